"""How the axle centre moves while a command holds and while the robot then stops."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.prediction import Ahead
from vcp_cbf_safety.response import limits_of, respond, respond_speed, time_to_zero
from vcp_cbf_safety.unicycle import RobotState, Twist2D

Vector = NDArray[np.float64]

# No piece is longer than this [s], and while the robot turns none is longer than so many hold
# times: its arc bulges no further from the chord than half of the bend in the margins (eq. 9).
_LONGEST_PIECE, _HOLD_TIMES = 0.1, math.sqrt(2.0)

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
        turns: (k,) by how much the robot turns on the pieces; halfway it looks, or looks back,
            along the direction [rad].
    """

    points: Vector
    directions: Vector
    speeds: Vector
    times: Vector
    turns: Vector


def stopping_distance(config: FilterConfig, speed: float) -> float:
    """Longest way of the base from a speed to standing, when it brakes after one hold time [m]."""
    speed = abs(speed)
    reaction = config.hold_time + config.velocity_lag
    return speed * reaction + speed**2 / (2.0 * config.max_deceleration)


def longest_stop(
    config: FilterConfig, starts: Sequence[Ahead], command: Twist2D, longer: float = 0.0
) -> tuple[float, float]:
    """How far `stopping_trajectories` lead at most [m], and how long they take [s].

    Args:
        config: hold time, lag and deceleration of the base.
        starts: states in which the robot may be.
        command: what it is told before it is told to stand.
        longer: for how long after the hold time it is told that [s].
    """
    fastest = max(abs(command.v), *(abs(start.state.speed) for start in starts))
    time = fastest / config.max_deceleration + _LAGS_TO_STOP * config.velocity_lag
    way = stopping_distance(config, fastest) + fastest * longer
    return way, config.hold_time + longer + time


class Grid(NamedTuple):
    """The times at which trajectories are looked at, the same for all that are compared.

    Attributes:
        holds: ends of the pieces of the hold time, the last is the hold time [s].
        stops: when a stop may begin: zero and some of `holds`, the last is the hold time [s].
        times: (k,) ends of all pieces [s].
    """

    holds: list[float]
    stops: list[float]
    times: Vector


def grid_of(
    config: FilterConfig, starts: Sequence[Ahead], command: Twist2D, longer: float = 0.0
) -> Grid:
    """Times for trajectories from these states that no bend can hide between.

    The next cycle may come at any moment within the hold time, and begin a stop. The stops fan
    out: the later one begins, the further its way, of length S, has turned. They are looked at so
    densely that between two of them no way ends further from the straight line between their ends
    than half of the bend that the margins contain. That line curves, by up to S (2 omega)^2 and
    S 2 alpha per second squared, and it has a corner where the yaw rate arrives at once.

    Args:
        config: hold time, lag and accelerations of the base.
        starts: states in which the robot may be.
        command: what it is told for one hold time at most, before it is told to stand.
        longer: for how long after the hold time it is told that [s]. The pieces until then are
            half of that time long.
    """
    hold, speeds = config.hold_time + longer, [start.state.speed for start in starts]
    fastest = max(abs(command.v), *map(abs, speeds))
    turn = max(abs(command.omega), *(abs(start.state.yaw_rate) for start in starts))
    way = stopping_distance(config, fastest)
    bend = max(config.top_speed, fastest) * max(config.max_yaw_rate, turn)
    curve = max(2.0 * turn**2, config.max_yaw_acceleration)
    fan = max(1, math.ceil(min(math.sqrt(way * curve / bend), 4.0 * way * turn / (bend * hold))))
    begins = {hold * k / fan for k in range(fan + 1)}
    if config.velocity_lag == 0.0:
        for start in starts:
            ramp = abs(command.omega - start.state.yaw_rate) / config.max_yaw_acceleration
            begins.add(min(ramp, hold))
    stops = sorted(begins)
    ends = {*stops[1:], 0.5 * hold}
    for start in starts:
        if start.state.speed * command.v < 0.0:  # where it turns back, a piece must end
            limits = start.limits or limits_of(config)
            zero = time_to_zero(
                abs(start.state.speed), abs(command.v), config.velocity_lag, limits.down
            )
            if 0.0 < zero < hold:
                ends.add(zero)
    times = np.concatenate((sorted(ends), hold + _stop_times(config, fastest, turn)))
    return Grid(sorted(ends), stops, times)


def stopping_trajectories(
    config: FilterConfig, start: Ahead, command: Twist2D, grid: Grid
) -> list[StoppingTrajectory]:
    """How the axle centre moves while a command holds and while the robot then stops.

    The base answers with its lag and its limits: a robot that is told to reverse still rolls
    forward for a while, and turns meanwhile (docs/theory.md, eq. 17). Between its ends a piece
    is an arc that is no further from the chord than v omega T^2 / 4, T the hold time.

    Args:
        config: hold time, lag and accelerations of the base.
        start: state when the command takes effect.
        command: what it is told for one hold time at most, before it is told to stand.
        grid: the times to look at.

    Returns:
        One for each of `grid.stops`: the first stops at once, the last after the hold time.
    """
    state, limits = start.state, start.limits or limits_of(config)
    lag, yaw_limit = config.velocity_lag, config.max_yaw_acceleration
    v, omega, gone, turned, now = state.speed, state.yaw_rate, 0.0, 0.0, 0.0
    # Time, speed, way and turn at the ends of the pieces of the hold time, and the yaw rate.
    held, yaw_rates = [(0.0, v, 0.0, 0.0)], [omega]
    for end in grid.holds:
        duration = end - now
        v, mean_v = respond_speed(config, v, command.v, duration, limits)
        omega, mean_omega = respond(omega, command.omega, duration, lag, yaw_limit)
        gone, turned, now = gone + mean_v * duration, turned + mean_omega * duration, end
        held.append((now, v, gone, turned))
        yaw_rates.append(omega)
    trajectories = []
    for stop in grid.stops:
        count = bisect_right(grid.holds, stop)
        began, v, gone, turned = held[count]
        times = grid.times[count:] - began
        speeds, way, whole = _decay(v, config.max_deceleration, lag, times)
        _, turn, whole_turn = _decay(yaw_rates[count], yaw_limit, lag, times)
        last = ((grid.times[-1],), (0.0,), (gone + whole,), (turned + whole_turn,))
        rest = (began + times, speeds, gone + way, turned + turn)
        before = np.array(held[: count + 1]).T
        trajectories.append(
            _along(
                state,
                *(np.concatenate(column) for column in zip(before, rest, last, strict=True)),
            )
        )
    return trajectories


def stopping_trajectory(
    config: FilterConfig, robot: RobotState, command: Twist2D
) -> StoppingTrajectory:
    """The one of `stopping_trajectories` that holds the command for the whole hold time."""
    start = Ahead(robot)
    return stopping_trajectories(config, start, command, grid_of(config, [start], command))[-1]


def _stop_times(config: FilterConfig, v: float, omega: float) -> Vector:
    """When the pieces of the stop end [s]: short while the robot turns, then longer."""
    settling = _LAGS_TO_STOP * config.velocity_lag
    rolling = abs(v) / config.max_deceleration + settling
    turning = abs(omega) / config.max_yaw_acceleration + settling if omega != 0.0 else 0.0
    turning = min(turning, rolling)
    short = min(_LONGEST_PIECE, _HOLD_TIMES * config.hold_time)
    pieces = math.ceil(turning / short)
    rest = math.ceil((rolling - turning) / _LONGEST_PIECE)
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
    fastest = np.maximum(sizes[1:], sizes[:-1])
    return StoppingTrajectory(points, directions, fastest, ends[1:], turn)
