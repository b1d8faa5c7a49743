"""Barriers become rows of the program: class-K functions, sampling margin, shares, row levels.

The same functions build the rows of one robot with numpy and of a training batch with torch, which
is not imported here: what is no numpy array has the methods of a tensor.
"""

from enum import IntEnum
from typing import NamedTuple

import numpy as np

from vcp_cbf_safety.hazards.hazards import Array, dot


class Level(IntEnum):
    """What a row protects; when not all rows can hold, the lowest level gives way first."""

    STEERING = 0
    OBSTACLE = 1
    MOVING = 2


class Rows(NamedTuple):
    """Linear rows G u <= h of the program in u = (v, omega): G (..., n, 2), h (..., n)."""

    G: Array
    h: Array


_NUMPY = (np.ndarray, np.generic)


def positive_part(value: Array) -> Array:
    """max(value, 0), elementwise; NaN stays NaN."""
    if isinstance(value, float):
        return 0.0 if value < 0.0 else value
    if isinstance(value, _NUMPY):
        return np.maximum(value, 0.0)
    return value.clamp(min=0.0)


def lesser(first: Array, second: Array) -> Array:
    """Elementwise minimum; NaN stays NaN."""
    if isinstance(first, _NUMPY):
        return np.minimum(first, second)
    return first.minimum(second)


def class_k(barrier: Array, gain: Array) -> Array:
    """Fastest allowed approach at a barrier value (docs/theory.md, eq. 8).

    kappa(h) = gain max(h, 0) [m/s]. Inside a hazard's margin it is zero, not negative: the robot
    may stand or leave but is never driven by the filter alone, so u = 0 satisfies the row of
    every hazard that stands still, wherever the robot is.

    Args:
        barrier: h, any shape [m].
        gain: class-K gain, broadcastable to h [1/s].
    """
    return gain * positive_part(barrier)


def closing_speed(normals: Array, velocities: Array, responsibility: Array) -> Array:
    """Part of a hazard's own velocity that this robot must give way to (eq. 10) [m/s].

    max(0, n . w): the robot never counts on a hazard's retreat. Zero where the robot's
    responsibility is below one, because the peer then keeps its own share of the row.

    Args:
        normals: (..., n, 2) unit normals, from hazard to robot.
        velocities: (..., n, 2) hazard velocities in the world frame [m/s].
        responsibility: (..., n), in (0, 1].
    """
    return positive_part(dot(normals, velocities)) * (responsibility >= 1.0)


def barrier_rows(normals: Array, input_matrix: Array, approach: Array, closing: Array) -> Rows:
    """Rows that keep a point of the robot from approaching hazards too fast (eq. 6 and 7).

    -n . (B u) <= approach - closing, where B u is the point's velocity. With the input matrix of
    the virtual control point these are the steering rows, with that of the axle centre the body
    rows.

    Args:
        normals: (..., n, 2) unit normals at the point, from hazard to point.
        input_matrix: (..., 2, 2) B of the point, see `unicycle.input_matrix`.
        approach: (..., n) fastest allowed approach [m/s].
        closing: (..., n) speed of the hazard towards the robot [m/s].

    Returns:
        Rows with G (..., n, 2) and h (..., n).
    """
    return Rows(-(normals @ input_matrix), approach - closing)


def limit_retreat(rows: Rows, max_yaw_rate: Array) -> Rows:
    """Ask of the robot only the retreat that its motion can turn into distance (eq. 10b).

    A row with h < 0 asks the robot to give way with speed d = -h along the normal. A robot can do
    that with the part of its motion that lies along the normal: speed d (n . e) ahead or back, and
    what turning adds at the virtual control point. Without this limit a hazard that comes from the
    side would ask for more speed the less speed helps, and chase the robot off at its top speed.

    Args:
        rows: rows from `barrier_rows`, G (..., n, 2), h (..., n).
        max_yaw_rate: highest yaw rate [rad/s].

    Returns:
        The same rows; where h is negative it is raised to what is asked.
    """
    if isinstance(rows.h, np.ndarray) and (rows.h >= 0.0).all():
        return rows  # most cycles of a robot; spares it a dozen operations
    G = rows.G
    return Rows(G, limited_retreat(G[..., 0], G[..., 1], rows.h, max_yaw_rate))


def limited_retreat(first: Array, second: Array, right: Array, max_yaw_rate: Array) -> Array:
    """Right-hand sides of `limit_retreat`, elementwise: numbers, arrays or tensors.

    Args:
        first, second: coefficients of v and omega.
        right: right-hand sides.
        max_yaw_rate: highest yaw rate [rad/s].
    """
    demand = positive_part(-right)
    along = first * first
    aside = (1.0 - along) * demand
    excess = positive_part(aside - abs(second) * max_yaw_rate)
    return positive_part(right) - along * demand - (aside - excess)


def sampling_margin(max_speed: float, max_yaw_rate: float, period: float) -> float:
    """Furthest that an arc can bend away from its tangent in one period (eq. 9) [m].

    0.5 v omega T^2. The straight part of a step needs no margin: the distance to a convex set is
    convex along a line.
    """
    return 0.5 * max_speed * max_yaw_rate * period**2
