"""The unicycle: its state, its command, its virtual control point and its exact motion."""

import math
from dataclasses import dataclass
from typing import Any

# Rounding of clocks [s].
CLOCK_TICK = 1e-6

# Numbers beyond this are no poses, speeds or ages of a robot; they are refused by name.
LARGEST_NUMBER = 1e6


@dataclass(frozen=True, slots=True)
class Twist2D:
    """A velocity command of a differential-drive robot, in base_link.

    Attributes:
        v: linear speed along the heading [m/s].
        omega: yaw rate, counter-clockwise positive [rad/s].
    """

    v: float
    omega: float


# A robot slower than this counts as standing: a first-order response never quite ends, and wheel
# odometry is no better.
STANDING = Twist2D(v=0.01, omega=0.01)


def stands(v: float, omega: float) -> bool:
    """Whether a robot with this speed [m/s] and yaw rate [rad/s] counts as standing."""
    return abs(v) <= STANDING.v and abs(omega) <= STANDING.omega


@dataclass(frozen=True, slots=True)
class RobotState:
    """Pose and twist of the robot's axle centre.

    Attributes:
        x, y: position in the world frame [m].
        heading: angle of base_link's x axis in the world frame [rad].
        speed: measured linear speed along the heading [m/s].
        yaw_rate: measured yaw rate [rad/s].
        age: time since the state was measured [s].
    """

    x: float
    y: float
    heading: float
    speed: float = 0.0
    yaw_rate: float = 0.0
    age: float = 0.0


def input_matrix(heading: float, offset: float) -> list[list[float]]:
    """How the command moves a point on the robot's axis (docs/theory.md, eq. 3).

    The point q = c + offset e has velocity q' = B (v, omega) with B = [e | offset t], where e is
    the heading direction and t its left normal.

    Args:
        heading: angle in the world frame [rad].
        offset: signed distance of the point ahead of the axle centre [m].

    Returns:
        B, 2 x 2, in the world frame.
    """
    return directed_input_matrix(math.cos(heading), math.sin(heading), offset)


def directed_input_matrix(cosine: Any, sine: Any, offset: Any) -> list[list[Any]]:
    """`input_matrix` from cosine and sine of the heading: numbers, arrays or tensors."""
    return [[cosine, -offset * sine], [sine, offset * cosine]]


def disc_input_matrix(cosine: float, sine: float, x: float, y: float) -> list[list[float]]:
    """How the command moves a point (x, y) of base_link, off the robot's axis too (eq. 27).

    It is B = [e | x t - y e].
    """
    return [[cosine, -x * sine - y * cosine], [sine, x * cosine - y * sine]]


def advance(
    pose: tuple[float, float, float], v: float, omega: float, duration: float
) -> tuple[float, float, float]:
    """Move a pose along the exact arc of a constant command (docs/theory.md, eq. 2).

    The chord of the arc has length v T sin(a) / a with a = omega T / 2 and points along
    heading + a.

    Args:
        pose: (x, y, heading) in the world frame [m, m, rad].
        v: linear speed [m/s].
        omega: yaw rate [rad/s].
        duration: how long the command is held [s]; negative goes back in time.

    Returns:
        (x, y, heading) at the end of the arc; the heading is not wrapped.
    """
    x, y, heading = pose
    half_turn = 0.5 * omega * duration
    chord = v * duration * (math.sin(half_turn) / half_turn if half_turn != 0.0 else 1.0)
    direction = heading + half_turn
    return (
        x + chord * math.cos(direction),
        y + chord * math.sin(direction),
        heading + omega * duration,
    )
