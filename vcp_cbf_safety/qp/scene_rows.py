"""Barriers and rows of a whole scene: plain numbers for few hazards, arrays for many."""

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.body.disc import BodyDisc
from vcp_cbf_safety.hazards.hazards import TIP_SQUARED, Barriers
from vcp_cbf_safety.hazards.scene import Scene
from vcp_cbf_safety.motion.braking import stoppable_speed
from vcp_cbf_safety.motion.unicycle import disc_input_matrix
from vcp_cbf_safety.qp.constraints import limited_retreat
from vcp_cbf_safety.qp.rows import ABEAM, Care, hazard_rows

Vector = NDArray[np.float64]

# Up to so many hazards plain numbers are faster than arrays.
FEW = 24


class SceneRows(NamedTuple):
    """Steering rows of n hazards, then their body rows for each of m discs of the body.

    Attributes:
        G: (n + m n, 2) coefficients.
        h: (n + m n,) right-hand sides.
        caps: (n + m n,) right-hand sides that even a relaxed row keeps.
        barriers: (m, n) at the centres of the discs [m].
        normals: (m, n, 2) unit normals there, from hazard to robot.
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


class Kept(NamedTuple):
    """What the robot keeps free of hazards.

    Attributes:
        steering: radius around the control point [m].
        discs: those of the body, with all margins.
        care: how fast control point and centres of the discs may approach hazards, together.
        cares: the same of the control point, and of the centre of a disc.
    """

    steering: float
    discs: tuple[BodyDisc, ...]
    care: Care
    cares: tuple[Care, Care]


# Where else a disc may be, from where it is expected [m].
Elsewhere = Sequence[tuple[float, float]]


def rows_of_few(scene: Scene, axis: Axis, elsewhere: Sequence[Elsewhere], kept: Kept) -> SceneRows:
    """What `rows_of_many` answers, one hazard after the other without arrays.

    It is the same formulas once more, written out: a call for each would take as long as numpy.
    """
    x, y, cosine, sine, offset = axis
    hazards = _hazards(scene)
    table: list[float] = []
    care = kept.cares[0]
    points = ((offset, 0.0, kept.steering), *kept.discs)
    for (a, b, inflation), places in zip(points, elsewhere, strict=True):
        gain, turns, braking, reaction = (
            care.gains,
            care.turns,
            care.deceleration,
            care.reaction_time,
        )
        yaw_braking, longest = care.yaw_deceleration, gain * care.hold_time
        px, py = x + a * cosine - b * sine, y + a * sine + b * cosine
        for is_disc, first, second, size, vx, vy, share in hazards:
            if is_disc:
                nx, ny = px - first, py - second
                distance = sqrt(nx * nx + ny * ny + TIP_SQUARED)
                h, nx, ny = distance - size - inflation, nx / distance, ny / distance
            else:
                h, nx, ny = px * first + py * second + (size - inflation), first, second
            nearer = 0.0
            for ox, oy in places:
                nearer = min(nearer, nx * ox + ny * oy)
            h += nearer
            along = nx * cosine + ny * sine
            aside = a * (ny * cosine - nx * sine) - (b * along if b else 0.0)
            closing = max(nx * vx + ny * vy, 0.0) if share >= 1.0 else 0.0
            free = h if h > 0.0 else 0.0
            approach = gain * free
            cap = approach / longest
            if braking is not None:
                stoppable = stoppable_speed(
                    free, braking, reaction, abs(along), turns, yaw_braking, abs(aside)
                )
                if stoppable < approach:
                    approach = stoppable
                left = stoppable - closing
                if left < cap:
                    cap = left if left > 0.0 else 0.0
            if h < 0.0 and turns == 0.0:
                along = 0.0 if abs(along) < ABEAM else along
                aside = 0.0 if abs(aside) < ABEAM else aside
            right = share * approach - closing
            if right < 0.0:
                right = limited_retreat(along, aside, right, care.max_yaw_rate)
            table += (-along, -aside, right, cap, h, nx, ny)
        care = kept.cares[1]
    count, discs = len(hazards), len(kept.discs)
    columns = np.array(table, dtype=np.float64).reshape((1 + discs) * count, 7).T.copy()
    barriers, normals = columns[4, count:], columns[5:, count:].T
    return SceneRows(
        columns[:2].T,
        columns[2],
        columns[3],
        barriers.reshape(discs, count),
        normals.reshape(discs, count, 2),
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
    scene: Scene, axis: Axis, elsewhere: Sequence[Elsewhere], kept: Kept
) -> SceneRows:
    """Rows of a scene, all hazards at once.

    Args:
        scene: hazards when the command takes effect.
        axis: where the robot is then.
        elsewhere: where else control point and discs may be, for each of these; rows hold for the
            nearest place.
        kept: what the robot keeps free, and how fast it may approach hazards.
    """
    x, y, cosine, sine, offset = axis
    discs = [BodyDisc(offset, 0.0, kept.steering), *kept.discs]
    points = np.array([disc.place(x, y, cosine, sine) for disc in discs])
    inflation = np.array([(disc.radius,) for disc in discs])
    barriers = scene.barriers(points, inflation)
    if elsewhere[0]:
        # A distance is convex: nowhere is it less than along the normal.
        along = barriers.normals @ np.array(elsewhere).swapaxes(1, 2)
        barriers = Barriers(barriers.h + np.minimum(along.min(axis=-1), 0.0), barriers.normals)
    matrices = np.array([disc_input_matrix(cosine, sine, disc.x, disc.y) for disc in discs])
    rows, caps = hazard_rows(barriers, matrices, scene.velocities, scene.responsibility, kept.care)
    return SceneRows(
        rows.G.reshape(-1, 2),
        rows.h.reshape(-1),
        caps.reshape(-1),
        barriers.h[1:],
        barriers.normals[1:],
    )
