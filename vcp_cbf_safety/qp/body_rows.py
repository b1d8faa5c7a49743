"""Rows of all hazards for all discs of a body, and the least barriers of these."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.body.disc import BodyDisc
from vcp_cbf_safety.hazards.scene import Scene
from vcp_cbf_safety.motion.unicycle import RobotState
from vcp_cbf_safety.qp.scene_rows import (
    FEW,
    Axis,
    Elsewhere,
    Kept,
    SceneRows,
    rows_of_few,
    rows_of_many,
)

Vector = NDArray[np.float64]
Flags = NDArray[np.bool_]


def rows_of_body(
    scene: Scene, axis: Axis, states: Sequence[RobotState], kept: Kept, whole: Kept | None
) -> SceneRows:
    """Rows of n hazards: at the control point, and for each of m discs.

    Args:
        scene: hazards when the command takes effect.
        axis: where the robot is then.
        states: in which it may be, that of the axis first.
        kept: what the robot keeps free of hazards.
        whole: the same towards peers that share the work; None where there is no difference.
    """
    rows = _rows_of(scene, axis, states, kept)
    if whole is None:
        return rows
    shared = scene.responsibility < 1.0
    if not shared.any():
        return rows
    return _replaced(rows, shared, _rows_of(scene, axis, states, whole))


def least_of_discs(rows: SceneRows) -> tuple[Vector, Vector]:
    """Least barrier of every hazard (n,) over the discs, and its normal (n, 2)."""
    if len(rows.barriers) == 1:
        return rows.barriers[0], rows.normals[0]
    least, each = rows.barriers.argmin(axis=0), np.arange(rows.barriers.shape[1])
    return rows.barriers[least, each], rows.normals[least, each]


def levels_of(scene: Scene, discs: int) -> NDArray[np.int64]:
    """(n + m n,) what the rows of a body of so many discs protect."""
    levels, count = scene.row_levels, len(scene.names)
    if discs == 1:
        return levels
    return np.concatenate((levels[:count], np.tile(levels[count:], discs)))


def _rows_of(scene: Scene, axis: Axis, states: Sequence[RobotState], kept: Kept) -> SceneRows:
    make = rows_of_few if len(scene.names) <= FEW else rows_of_many
    return make(scene, axis, elsewhere(states, kept.discs), kept)


def elsewhere(states: Sequence[RobotState], discs: Sequence[BodyDisc]) -> list[Elsewhere]:
    """Where else control point and discs may be, from where they are in the first of the states.

    The control point keeps its place relative to the axle centre.
    """
    if len(states) == 1:
        return [()] * (1 + len(discs))
    x, y = states[0].x, states[0].y
    axle = [(state.x - x, state.y - y) for state in states[1:]]
    found: list[Elsewhere] = [axle]
    for disc in discs:
        places = [
            disc.place(state.x - x, state.y - y, math.cos(state.heading), math.sin(state.heading))
            for state in (states if disc.distance else ())
        ]
        moved = [(px - places[0][0], py - places[0][1]) for px, py in places[1:]]
        found.append(moved or axle)
    return found


def _replaced(rows: SceneRows, which: Flags, others: SceneRows) -> SceneRows:
    """The rows, with those of another body of one disc for some of the n hazards."""
    discs, count = rows.barriers.shape
    right, caps = (each.reshape(-1, count).copy() for each in (rows.h, rows.caps))
    G = rows.G.reshape(-1, count, 2).copy()
    block = np.array((0, *[1] * discs))
    G[:, which] = others.G.reshape(2, count, 2)[block][:, which]
    right[:, which] = others.h.reshape(2, count)[block][:, which]
    caps[:, which] = others.caps.reshape(2, count)[block][:, which]
    barriers = np.where(which, others.barriers, rows.barriers)
    normals = np.where(which[:, None], others.normals, rows.normals)
    return SceneRows(G.reshape(-1, 2), right.reshape(-1), caps.reshape(-1), barriers, normals)
