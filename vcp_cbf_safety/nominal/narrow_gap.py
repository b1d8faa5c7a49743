"""A gap narrower than the body with its margins: its two sides, and the axis that leads out."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# Sides of a gap face each other to within this angle [rad]; from a wider wedge the way out is
# wide too.
_FACING = math.cos(math.radians(20.0))


class NarrowGap(NamedTuple):
    """Two hazards whose margins the body is inside of, on opposite sides.

    Attributes:
        sides: indices of the two, the nearer one first.
        axis: (2,) unit vector along which both barriers change alike.
        closing: by how much the barrier that falls most falls per metre along the axis, and
            against it; zero or less where none falls.
        lacking: how much wider it would have to be for the body with its margins [m].
    """

    sides: tuple[int, int]
    axis: NDArray[np.float64]
    closing: tuple[float, float]
    lacking: float


def narrow_gap(barriers: NDArray[np.float64], normals: NDArray[np.float64]) -> NarrowGap | None:
    """The narrowest gap in which the body is (docs/theory.md, eq. 24); None when it is in none.

    Args:
        barriers: (n,) body barriers [m].
        normals: (n, 2) unit normals, from hazard to robot.
    """
    inside = np.flatnonzero(barriers < 0.0)
    if len(inside) < 2:
        return None
    depth, near = barriers[inside], normals[inside]
    facing = near @ near.T <= -_FACING
    if not facing.any():
        return None
    sums = np.where(facing, depth[:, None] + depth, math.inf)
    first, second = divmod(int(sums.argmin()), len(inside))
    if depth[first] > depth[second]:
        first, second = second, first
    x, y = (near[first] - near[second]).tolist()
    length = math.hypot(x, y)
    axis = np.array((-y / length, x / length))
    rise = near @ axis
    return NarrowGap(
        (int(inside[first]), int(inside[second])),
        axis,
        (-float(rise.min()), float(rise.max())),
        -float(depth[first] + depth[second]),
    )
