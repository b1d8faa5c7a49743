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
    motions = list(zip(scene.velocities.tolist(), scene.responsibility.tolist(), strict=True))
    count = len(motions)
    G: list[float] = []
    right: list[float] = []
    caps: list[float] = []
    barriers: list[tuple[float, float, float]] = []
    for care, offset in zip(cares, (ahead_of_axle, 0.0), strict=True):
        gain, turns, braking = care.gains, care.turns, care.deceleration
        point = (x + offset * cosine, y + offset * sine)
        barriers = _barriers(scene, point, elsewhere, inflation)
        for (h, nx, ny), ((vx, vy), share) in zip(barriers, motions, strict=True):
            free = h if h > 0.0 else 0.0
            along, aside = nx * cosine + ny * sine, offset * (ny * cosine - nx * sine)
            closing = nx * vx + ny * vy if share >= 1.0 else 0.0
            if closing < 0.0:
                closing = 0.0
            approach = gain * free
            cap = approach / (gain * care.hold_time)
            if braking is not None:
                ahead = abs(along)
                deceleration = braking * (ahead + turns * (1.0 - ahead))
                reach = deceleration * care.reaction_time
                square = reach * reach + SMOOTHING
                stoppable = sqrt(square + 2.0 * deceleration * free) - sqrt(square)
                if stoppable < approach:
                    approach = stoppable
                cap = min(cap, max(stoppable - closing, 0.0))
            if h < 0.0 and turns == 0.0 and abs(along) < ABEAM:
                along = 0.0
            row = share * approach - closing
            if row < 0.0:
                row = limited_retreat(along, aside, row, care.max_yaw_rate)
            G += (-along, -aside)
            right.append(row)
            caps.append(cap)
    seen = np.array(barriers, dtype=np.float64).reshape(-1, 3)
    return SceneRows(
        np.array(G, dtype=np.float64).reshape(2 * count, 2),
        np.array(right, dtype=np.float64),
        np.array(caps, dtype=np.float64),
        seen[:, 0],
        seen[:, 1:],
    )


def _barriers(
    scene: Scene,
    point: tuple[float, float],
    elsewhere: Sequence[tuple[float, float]],
    inflation: float,
) -> list[tuple[float, float, float]]:
    """Barrier h [m] and unit normal of every hazard at a point; h at the worst of several."""
    x, y = point
    found = []
    for (cx, cy), radius in zip(scene.centers.tolist(), scene.radii.tolist(), strict=True):
        dx, dy = x - cx, y - cy
        distance = sqrt(dx * dx + dy * dy + TIP_SQUARED)
        found.append((distance - radius - inflation, dx / distance, dy / distance))
    walls = zip(scene.wall_normals.tolist(), scene.wall_offsets.tolist(), strict=True)
    for (nx, ny), size in walls:
        found.append((x * nx + y * ny + (size - inflation), nx, ny))
    if not elsewhere:
        return found
    nearer = [min([0.0, *[nx * ox + ny * oy for ox, oy in elsewhere]]) for _, nx, ny in found]
    return [(h + less, nx, ny) for (h, nx, ny), less in zip(found, nearer, strict=True)]


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
