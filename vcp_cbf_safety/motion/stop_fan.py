"""The ways to look at: when a stop may begin, and where the pieces of its way end."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.motion.braking import braking_at_once, ramp_of_turn, stopping_distance
from vcp_cbf_safety.motion.prediction import Ahead
from vcp_cbf_safety.motion.response import (
    deceleration_of,
    largest_change,
    limits_of,
    stop_motion,
    time_to_zero,
    turn_limit_of,
)
from vcp_cbf_safety.motion.stop_pieces import pieces_of_stop, stop_times
from vcp_cbf_safety.motion.stopping_trajectory import (
    StoppingTrajectory,
    highest_rates,
    limits_in,
    states_of,
    stopping_trajectories,
)
from vcp_cbf_safety.motion.unicycle import RobotState, Twist2D

Vector = NDArray[np.float64]

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
    hold, (fastest, turn) = config.hold_time, highest_rates(starts, command)
    fan = max(_stops(config, fastest, turn, disc.distance) for disc in config.discs)
    begins = {hold * k / fan for k in range(fan + 1)}
    if config.velocity_lag == 0.0:
        for start in starts:
            begins.add(min(ramp_of_turn(config, start.state.yaw_rate, command.omega), hold))
    stops = sorted(begins)
    change = max(largest_change(config, s.state.speed, command.v, s.limits) for s in starts)
    pieces = pieces_of_stop(config, fastest, turn, change)
    ends = {*stops[1:], *(hold * k / pieces.holding for k in range(1, pieces.holding))}
    for start in starts:
        if start.state.speed * command.v < 0.0:  # where it turns back, a piece must end
            limits = start.limits or limits_of(config)
            zero = time_to_zero(
                abs(start.state.speed), abs(command.v), config.velocity_lag, limits.down
            )
            if 0.0 < zero < hold:
                ends.add(zero)
    after = stop_times(config, np.array((fastest,)), np.array((turn,)), pieces)[:, 0]
    times = np.concatenate((sorted(ends), hold + after))
    return Grid(sorted(ends), stops, times)


def _stops(config: FilterConfig, fastest: float, turn: float, distance: float) -> int:
    """How many stops after the first are followed for a disc at a distance from the axle centre.

    What its place on the robot adds to the way of length S turns by as much as that, and curves by
    up to distance ((2 omega)^2 + 2 alpha) more.
    """
    way, yaw_rate = stopping_distance(config, fastest), max(config.max_yaw_rate, turn)
    way += 2.0 * distance
    bend = (max(config.top_speed, fastest) + yaw_rate * distance) * yaw_rate
    curve = max(2.0 * turn**2, turn_limit_of(config))
    even = 4.0 * way * turn / (bend * config.hold_time)
    return max(1, math.ceil(min(math.sqrt(way * curve / bend), even)))


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
    if config.is_round:
        return _fans(config, starts, command, grid)
    # Who brakes at once stops at once, too.
    fans = []
    for start in starts:
        hard = start.limits is not None and start.limits.down > deceleration_of(config)
        fans += _fans(braking_at_once(config) if hard else config, [start], command, grid)
    return fans


def _fans(
    config: FilterConfig, starts: Sequence[Ahead], command: Twist2D, grid: Grid
) -> list[Fan]:
    many = len(grid.stops)
    states = np.repeat(states_of(starts), many, axis=0)
    motion = stop_motion(
        config,
        states,
        np.repeat(limits_in(config, starts), many, axis=0),
        np.array(((command.v, command.omega),)),
        np.tile(grid.stops, len(starts)),
        grid.times[:, None],
    )
    ways = stopping_trajectories(states, motion)
    each = [ways.one(index) for index in range(many * len(starts))]
    return [each[index : index + many] for index in range(0, len(each), many)]


def stopping_trajectory(
    config: FilterConfig, robot: RobotState, command: Twist2D
) -> StoppingTrajectory:
    """The way that holds the command for the whole hold time."""
    start = [Ahead(robot)]
    return fans_of(config, start, command, grid_of(config, start, command))[0][-1]
