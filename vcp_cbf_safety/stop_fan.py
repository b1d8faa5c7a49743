"""The ways to look at: when a stop may begin, and where the pieces of its way end."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.prediction import Ahead
from vcp_cbf_safety.response import limits_of, time_to_zero, times_to_zero
from vcp_cbf_safety.stopping_trajectory import (
    LAGS_TO_STOP,
    StoppingTrajectory,
    limits_in,
    states_of,
    stopping_distance,
    stopping_trajectories,
)
from vcp_cbf_safety.unicycle import RobotState, Twist2D

Vector = NDArray[np.float64]

# No piece of a stop is longer than this [s], and none is longer than so many hold times while the
# robot turns: its arc is no further from the chord than half of the bend in the margins (eq. 9).
_LONGEST_PIECE, _HOLD_TIMES = 0.1, math.sqrt(2.0)

# Pieces of a stop, at least, on which the robot does not turn, where ways are not compared.
_LEAST_REST = 4

# Ways of one base, by when the stop begins.
Fan = list[StoppingTrajectory]


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


def grid_of(config: FilterConfig, starts: Sequence[Ahead], command: Twist2D) -> Grid:
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
    """
    hold, speeds = config.hold_time, [start.state.speed for start in starts]
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
    pieces = pieces_of_stop(config, fastest, turn)
    after = stop_times(config, np.array((fastest,)), np.array((turn,)), pieces)[:, 0]
    times = np.concatenate((sorted(ends), hold + after))
    return Grid(sorted(ends), stops, times)


def fans_of(
    config: FilterConfig, starts: Sequence[Ahead], command: Twist2D, grid: Grid
) -> list[Fan]:
    """Ways of the axle centre while a command holds and while the robot then stops.

    Args:
        config: hold time, lag and accelerations of the base.
        starts: states when the command takes effect.
        command: what the base is told for one hold time at most, before it is told to stop.
        grid: the times to look at.

    Returns:
        For each state one way for each of `grid.stops`: the first stops at once, the last after
        the hold time.
    """
    many = len(grid.stops)
    ways = stopping_trajectories(
        config,
        np.repeat(states_of(starts), many, axis=0),
        np.repeat(limits_in(config, starts), many, axis=0),
        np.array(((command.v, command.omega),)),
        np.tile(grid.stops, len(starts)),
        grid.times[:, None],
    )
    each = [ways.one(index) for index in range(many * len(starts))]
    return [each[index : index + many] for index in range(0, len(each), many)]


def stopping_trajectory(
    config: FilterConfig, robot: RobotState, command: Twist2D
) -> StoppingTrajectory:
    """The way that holds the command for the whole hold time."""
    start = [Ahead(robot)]
    return fans_of(config, start, command, grid_of(config, start, command))[0][-1]


class Pieces(NamedTuple):
    """How many pieces a stop has: while the robot turns, and after that."""

    turning: int
    rest: int


def times_until_standing(
    config: FilterConfig,
    states: Vector,
    limits: Vector,
    commands: Vector,
    stops: Vector,
    pieces: Pieces,
) -> Vector:
    """Ends of pieces (k, w) for trajectories that are not compared with one another.

    Args:
        config: lag and accelerations of the base.
        states, limits, commands, stops: see `stopping_trajectories`.
        pieces: of the stops, enough for all of them.
    """
    v, told = states[:, 3], commands[:, 0]
    fastest = np.maximum(np.abs(v), np.abs(told))
    turn = np.maximum(np.abs(states[:, 4]), np.abs(commands[:, 1]))
    after = stop_times(config, fastest, turn, pieces)
    times: Vector = np.concatenate((0.5 * stops[None], stops[None], stops + after))
    back = v * told < 0.0
    if back.any():  # where it turns back, a piece must end
        own = 0.5 * stops
        zero = times_to_zero(abs(v[back]), abs(told[back]), config.velocity_lag, limits[back, 1])
        own[back] = np.where(zero < stops[back], zero, own[back])
        times = np.sort(np.concatenate((own[None], times)), axis=0)
    return times


def pieces_of_stop(config: FilterConfig, v: float, omega: float) -> Pieces:
    """So many that none is too long.

    Args:
        config: hold time, lag and accelerations of the base.
        v, omega: the fastest that it may be when the stop begins [m/s, rad/s].
    """
    (turning,), (rolling,) = _durations(config, np.array((v,)), np.array((omega,)))
    short = min(_LONGEST_PIECE, _HOLD_TIMES * config.hold_time)
    rest = math.ceil((rolling - turning) / _LONGEST_PIECE)
    return Pieces(math.ceil(turning / short), rest)


def pieces_of_all(config: FilterConfig, v: float, omega: float) -> Pieces:
    """Enough for stops from up to that speed and yaw rate, whatever each of them begins with.

    Who is told to turn less rolls straight on for longer.
    """
    pieces = pieces_of_stop(config, v, omega)
    return pieces._replace(rest=max(pieces.rest, _LEAST_REST))


def longest_piece(config: FilterConfig, omega: float, least: float) -> float:
    """No piece of a stop, of as many as `pieces_of_all` says, is longer [s].

    Args:
        config: lag and accelerations of the base.
        omega: the yaw rate that the pieces are enough for [rad/s].
        least: the one with which the stop may begin [rad/s].
    """
    settling = LAGS_TO_STOP * config.velocity_lag if least == 0.0 < omega else 0.0
    sooner = (omega - least) / config.max_yaw_acceleration + settling
    return _LONGEST_PIECE + sooner / _LEAST_REST


def stop_times(config: FilterConfig, v: Vector, omega: Vector, pieces: Pieces) -> Vector:
    """When the pieces of stops end (k, w) [s].

    Args:
        config: lag and accelerations of the base.
        v, omega: (w,) the fastest that the bases may be when the stops begin [m/s, rad/s].
        pieces: how many.
    """
    turning, rolling = _durations(config, v, omega)
    first = np.arange(1, pieces.turning + 1)[:, None] * (turning / max(pieces.turning, 1))
    rest = np.arange(1, pieces.rest + 1)[:, None] * ((rolling - turning) / max(pieces.rest, 1))
    times: Vector = np.concatenate((first, turning + rest))
    return times


def _durations(config: FilterConfig, v: Vector, omega: Vector) -> tuple[Vector, Vector]:
    """How long bases turn while they stop, and how long that takes (w,) [s]."""
    settling = LAGS_TO_STOP * config.velocity_lag
    rolling = np.abs(v) / config.max_deceleration + settling
    turning = np.abs(omega) / config.max_yaw_acceleration + settling
    return np.minimum(np.where(omega != 0.0, turning, 0.0), rolling), rolling
