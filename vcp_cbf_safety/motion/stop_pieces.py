"""Where the pieces of a way to standing end: so densely that no bend hides between."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.motion.braking import rolling_time, turning_time
from vcp_cbf_safety.motion.response import limits_of, times_to_zero, turn_limit_of

Vector = NDArray[np.float64]

# No piece of a stop is longer than this [s], and none is longer than so many hold times while the
# robot turns: its arc is no further from the chord than half of the bend in the margins (eq. 9).
_LONGEST_PIECE, _HOLD_TIMES = 0.1, math.sqrt(2.0)

# Pieces of a stop, at least, on which the robot does not turn, where ways are not compared.
_LEAST_REST = 4


class Pieces(NamedTuple):
    """How many pieces a way has: while a command holds, while the robot turns, and after that."""

    holding: int
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
        states, limits, commands, stops: see `stop_motion`.
        pieces: of the stops, enough for all of them.
    """
    v, told = states[:, 3], commands[:, 0]
    fastest = np.maximum(np.abs(v), np.abs(told))
    turn = np.maximum(np.abs(states[:, 4]), np.abs(commands[:, 1]))
    after = stop_times(config, fastest, turn, pieces)
    held = [stops[None] * (k / pieces.holding) for k in range(1, pieces.holding + 1)]
    times: Vector = np.concatenate((*held, stops + after))
    back = v * told < 0.0
    if back.any():  # where it turns back, a piece must end
        own = 0.5 * stops
        zero = times_to_zero(abs(v[back]), abs(told[back]), config.velocity_lag, limits[back, 1])
        own[back] = np.where(zero < stops[back], zero, own[back])
        times = np.sort(np.concatenate((own[None], times)), axis=0)
    return times


def pieces_of_stop(
    config: FilterConfig, v: float, omega: float, change: float | None = None
) -> Pieces:
    """So many that none is too long.

    Args:
        config: hold time, lag and accelerations of the base.
        v, omega: the fastest that it may be when the stop begins [m/s, rad/s].
        change: how quickly the speed changes at most while the command holds; None for as
            quickly as configured [m/s^2].
    """
    (turning,), (rolling,) = _durations(config, np.array((v,)), np.array((omega,)))
    up, down = limits_of(config)
    held = _longest_turn(config, v, omega, max(up, down) if change is None else change)
    short = min(_LONGEST_PIECE, _longest_turn(config, v, omega, down))
    rest = math.ceil((rolling - turning) / _LONGEST_PIECE)
    holding = max(2, math.ceil(config.hold_time / held))
    return Pieces(holding, math.ceil(turning / short), rest)


def _longest_turn(config: FilterConfig, v: float, omega: float, change: float) -> float:
    """Longest piece on which a robot may turn [s].

    The way of a disc at a distance rho from the axle centre, with the acceleration A, is no
    further than A t^2 / 8 from the chord of a piece of length t. A is omega (v + omega rho), which
    an arc has, and as the way is no arc where the speeds change one without the other, their
    changes too. In the limit it is not resolved more finely than an eighth of the hold time.
    """
    hold, turn = config.hold_time, config.max_yaw_rate
    longest = _HOLD_TIMES * hold
    if omega == 0.0:
        return longest
    for distance in (disc.distance for disc in config.discs if disc.distance):
        bend = turn * (config.top_speed + turn * distance)
        changing = change + turn_limit_of(config) * distance
        arc = omega * (abs(v) + omega * distance)
        longest = min(longest, hold * max(math.sqrt(2.0 * bend / (arc + changing)), 0.125))
    return longest


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
    sooner = turning_time(config, omega) - turning_time(config, least)
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
    """How long bases turn while they stop, and how long that takes (w,) [s].

    What a round body that does not roll any more still turns is of no account.
    """
    rolling, turning = rolling_time(config, v), turning_time(config, omega)
    if config.is_round:
        return np.minimum(turning, rolling), rolling
    return turning, np.maximum(turning, rolling)
