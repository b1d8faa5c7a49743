"""Barriers and rows of a whole scene: plain numbers for few hazards, arrays for many."""

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.braking import SMOOTHING
from vcp_cbf_safety.constraints import limited_retreat
from vcp_cbf_safety.hazards import TIP_SQUARED, Barriers
from vcp_cbf_safety.rows import ABEAM, Care, hazard_rows
from vcp_cbf_safety.scene import Scene
from vcp_cbf_safety.unicycle import directed_input_matrix

Vector = NDArray[np.float64]

# Up to so many hazards plain numbers are faster than arrays.
FEW = 24


class SceneRows(NamedTuple):
    """Steering rows of n hazards, then their body rows.

    Attributes:
        G: (2 n, 2) coefficients.
        h: (2 n,) right-hand sides.
        caps: (2 n,) right-hand sides that even a relaxed row keeps.
        barriers: (n,) at the axle centre [m].
        normals: (n, 2) unit normals there, from hazard to robot.
    """

    G: Vector
    h: Vector
    caps: Vector
    barriers: Vector
    normals: Vector


class Axis(NamedTuple):
    """Where the robot is: axle centre [m], direction, and offset of its control point [m]."""

    x: float
    y: float
    cosine: float
    sine: float
    offset: float


def rows_of_few(
    scene: Scene,
    axis: Axis,
    elsewhere: Sequence[tuple[float, float]],
    inflation: float,
    cares: tuple[Care, Care],
) -> SceneRows:
    """What `rows_of_many` answers, one hazard after the other without arrays.

    It is the same formulas once more, written out: a call for each would take as long as numpy.

    Args:
        scene, axis, elsewhere, inflation: see `rows_of_many`.
        cares: for the control point and for the axle centre.
    """
    x, y, cosine, sine, ahead_of_axle = axis
    hazards = _hazards(scene)
    table: list[float] = []
    for care, offset in zip(cares, (ahead_of_axle, 0.0), strict=True):
        gain, turns, braking, reaction = (
            care.gains,
            care.turns,
            care.deceleration,
            care.reaction_time,
        )
        longest = gain * care.hold_time
        px, py = x + offset * cosine, y + offset * sine
        for is_disc, first, second, size, vx, vy, share in hazards:
            if is_disc:
                nx, ny = px - first, py - second
                distance = sqrt(nx * nx + ny * ny + TIP_SQUARED)
                h, nx, ny = distance - size - inflation, nx / distance, ny / distance
            else:
                h, nx, ny = px * first + py * second + (size - inflation), first, second
            nearer = 0.0
            for ox, oy in elsewhere:
                nearer = min(nearer, nx * ox + ny * oy)
            h += nearer
            along, aside = nx * cosine + ny * sine, offset * (ny * cosine - nx * sine)
            closing = max(nx * vx + ny * vy, 0.0) if share >= 1.0 else 0.0
            free = h if h > 0.0 else 0.0
            approach = gain * free
            cap = approach / longest
            if braking is not None:
                ahead = abs(along)
                deceleration = braking * (ahead + turns * (1.0 - ahead))
                reach = deceleration * reaction
                square = reach * reach + SMOOTHING
                stoppable = sqrt(square + 2.0 * deceleration * free) - sqrt(square)
                if stoppable < approach:
                    approach = stoppable
                left = stoppable - closing
                if left < cap:
                    cap = left if left > 0.0 else 0.0
            if h < 0.0 and turns == 0.0 and abs(along) < ABEAM:
                along = 0.0
            right = share * approach - closing
            if right < 0.0:
                right = limited_retreat(along, aside, right, care.max_yaw_rate)
            table += (-along, -aside, right, cap, h, nx, ny)
    count = len(hazards)
    columns = np.array(table, dtype=np.float64).reshape(2 * count, 7).T.copy()
    return SceneRows(
        columns[:2].T, columns[2], columns[3], columns[4, count:], columns[5:, count:].T
    )


def _hazards(scene: Scene) -> list[tuple[bool, float, float, float, float, float, float]]:
    """Every hazard: whether a disc, its centre and radius or normal and offset, how it moves."""
    discs, walls = len(scene.radii), len(scene.wall_offsets)
    kinds = [True] * discs + [False] * walls
    places = scene.centers.tolist() + scene.wall_normals.tolist()
    sizes = scene.radii.tolist() + scene.wall_offsets.tolist()
    motions, shares = scene.velocities.tolist(), scene.responsibility.tolist()
    return [
        (kind, x, y, size, vx, vy, share)
        for kind, (x, y), size, (vx, vy), share in zip(
            kinds, places, sizes, motions, shares, strict=True
        )
    ]


def rows_of_many(
    scene: Scene,
    axis: Axis,
    elsewhere: Sequence[tuple[float, float]],
    inflation: float,
    care: Care,
) -> SceneRows:
    """Rows of a scene, all hazards at once.

    Args:
        scene: hazards when the command takes effect.
        axis: where the robot is then.
        elsewhere: where else it may be, from there [m]; rows hold for the nearest place.
        inflation: body radius plus all margins [m].
        care: how fast control point and axle centre may approach hazards.
    """
    x, y, cosine, sine, offset = axis
    points = np.array(((x + offset * cosine, y + offset * sine), (x, y)))
    barriers = scene.barriers(points, inflation)
    if elsewhere:
        # A distance is convex: nowhere is it less than along the normal.
        nearer = np.minimum((barriers.normals @ np.array(elsewhere).T).min(axis=-1), 0.0)
        barriers = Barriers(barriers.h + nearer, barriers.normals)
    matrices = np.array([directed_input_matrix(cosine, sine, point) for point in (offset, 0.0)])
    rows, caps = hazard_rows(barriers, matrices, scene.velocities, scene.responsibility, care)
    return SceneRows(
        rows.G.reshape(-1, 2),
        rows.h.reshape(-1),
        caps.reshape(-1),
        barriers.h[1],
        barriers.normals[1],
    )
