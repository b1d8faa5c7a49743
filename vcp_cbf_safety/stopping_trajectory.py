"""How the axle centre moves while a command holds and while the robot then stops."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.response import Limits, limits_of, respond, respond_speed, time_to_zero
from vcp_cbf_safety.unicycle import RobotState, Twist2D

Vector = NDArray[np.float64]

# No piece is longer than this [s], and while the robot turns none is longer than so many hold
# times: its arc then bulges no further from the chord than the bend that the margins contain (9).
_LONGEST_PIECE, _HOLD_TIMES = 0.1, 2.0

# A first-order response has lost 99 % of its speed after this many time constants; what is left
# of the way is one last piece, straight ahead.
_LAGS_TO_STOP = 5.0


class StoppingTrajectory(NamedTuple):
    """Positions of the axle centre at k + 1 times, and the k pieces between them.

    Attributes:
        points: (k + 1, 2) positions in the world frame [m]; the first is where it starts.
        directions: (k, 2) unit vectors of travel along the pieces.
        speeds: (k,) on each piece, the faster of its ends [m/s].
        times: (k,) at the ends of the pieces, since the command took effect [s].
    """

    points: Vector
    directions: Vector
    speeds: Vector
    times: Vector


def stopping_distance(config: FilterConfig, speed: float) -> float:
    """Longest way of the base from a speed to standing, when it brakes after one hold time [m]."""
    speed = abs(speed)
    reaction = config.hold_time + config.velocity_lag
    return speed * reaction + speed**2 / (2.0 * config.max_deceleration)


def longest_stop(config: FilterConfig, robot: RobotState, command: Twist2D) -> tuple[float, float]:
    """Bounds of `stopping_trajectory`: how far it leads at most [m], and how long it takes [s]."""
    fastest = max(abs(command.v), abs(robot.speed))
    time = fastest / config.max_deceleration + _LAGS_TO_STOP * config.velocity_lag
    return stopping_distance(config, fastest), config.hold_time + time


def stopping_trajectory(
    config: FilterConfig, robot: RobotState, command: Twist2D, limits: Limits | None = None
) -> StoppingTrajectory:
    """How the axle centre moves while the command holds and while the robot then stops.

    The base answers with its lag and its limits: a robot that is told to reverse still rolls
    forward for a while, and turns meanwhile (docs/theory.md, eq. 17). Between its ends a piece
    is an arc that is no further from the chord than v omega T^2 / 2, T the hold time.

    Args:
        config: hold time, lag and accelerations of the base.
        robot: state when the command takes effect.
        command: what it is told for one hold time, before it is told to stand.
        limits: how quickly the speed changes while the command holds; None for the configured.
    """
    limits = limits or limits_of(config)
    lag, yaw_limit = config.velocity_lag, config.max_yaw_acceleration
    v, omega, gone, turned, now = robot.speed, robot.yaw_rate, 0.0, 0.0, 0.0
    # Speed, yaw rate, way and turn at the ends of the pieces of the hold time.
    holds = [(0.0, v, gone, turned)]
    for end in _hold_ends(config, robot, command, limits):
        duration = end - now
        v, mean_v = respond_speed(config, v, command.v, duration, limits)
        omega, mean_omega = respond(omega, command.omega, duration, lag, yaw_limit)
        gone, turned, now = gone + mean_v * duration, turned + mean_omega * duration, end
        holds.append((now, v, gone, turned))
    times = _stop_times(config, v, omega)
    speeds, way, whole = _decay(v, config.max_deceleration, lag, times)
    _, turn, _ = _decay(omega, yaw_limit, lag, times)
    last = ((now + times[-1],), (0.0,), (gone + whole,), (turned + turn[-1],))
    stop = (now + times, speeds, gone + way, turned + turn)
    ends, speeds, way, angles = (
        np.concatenate(column) for column in zip(np.array(holds).T, stop, last, strict=True)
    )
    return _along(robot, ends, speeds, way, angles)


def _hold_ends(
    config: FilterConfig, robot: RobotState, command: Twist2D, limits: Limits
) -> list[float]:
    """When the pieces of the hold time end [s]: half way, at the end, and where it reverses."""
    hold = config.hold_time
    ends = [0.5 * hold, hold]
    if robot.speed * command.v < 0.0:
        zero = time_to_zero(abs(robot.speed), abs(command.v), config.velocity_lag, limits.down)
        if 0.0 < zero < hold and zero != ends[0]:
            ends = sorted((zero, *ends))
    return ends


def _stop_times(config: FilterConfig, v: float, omega: float) -> Vector:
    """When the pieces of the stop end [s]: short while the robot turns, then longer."""
    settling = _LAGS_TO_STOP * config.velocity_lag
    turning = 0.0
    if omega != 0.0:
        turning = abs(omega) / config.max_yaw_acceleration + settling
    rolling = abs(v) / config.max_deceleration + settling
    short = min(_LONGEST_PIECE, _HOLD_TIMES * config.hold_time)
    turning = min(turning, rolling)
    pieces = math.ceil(turning / short)
    rest = math.ceil((rolling - turning) / _LONGEST_PIECE)
    if not pieces + rest:
        return np.zeros(1)
    while_turning = np.arange(1, pieces + 1) * (turning / max(pieces, 1))
    after = turning + np.arange(1, rest + 1) * ((rolling - turning) / max(rest, 1))
    return np.concatenate((while_turning, after))


def _decay(start: float, limit: float, lag: float, times: Vector) -> tuple[Vector, Vector, float]:
    """`prediction.respond` to zero at many times: values, ways until then, and the whole way."""
    size = abs(start)
    knee = min(size, limit * lag)
    ramp = (size - knee) / limit
    first = np.minimum(times, ramp)
    left = np.exp((first - times) / lag) if lag > 0.0 else np.where(times > ramp, 0.0, 1.0)
    value = np.where(times > ramp, knee * left, size - limit * first)
    way = (size - 0.5 * limit * first) * first + knee * lag * (1.0 - left)
    sign = math.copysign(1.0, start)
    return sign * value, sign * way, sign * (0.5 * (size + knee) * ramp + knee * lag)


def _along(
    robot: RobotState, ends: Vector, speeds: Vector, way: Vector, angles: Vector
) -> StoppingTrajectory:
    """The trajectory from speeds, ways and turns at the ends of its pieces."""
    turn = np.diff(angles)
    middle = robot.heading + angles[:-1] + 0.5 * turn
    # An arc of that turn is shorter from end to end than along it.
    chord = np.diff(way) * np.sinc(turn / (2.0 * math.pi))
    courses = np.column_stack((np.cos(middle), np.sin(middle)))
    points = np.empty((len(ends), 2))
    points[0] = robot.x, robot.y
    points[1:] = points[0] + np.cumsum(chord[:, None] * courses, axis=0)
    directions = np.copysign(1.0, chord)[:, None] * courses
    sizes = np.abs(speeds)
    return StoppingTrajectory(points, directions, np.maximum(sizes[1:], sizes[:-1]), ends[1:])
