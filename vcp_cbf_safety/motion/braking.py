"""The braking law: how fast a base may be, how far and for how long it moves on until it stands.

It reacts for a while, and then brakes with a constant deceleration. How it answers to one command
after the other, which is what the way to standing follows, is in `response`. Whoever needs to know
what a stop takes asks here or there. Numbers, arrays and tensors go through the same formulas.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.hazards.hazards import Array
from vcp_cbf_safety.motion.response import (
    Rate,
    deceleration_of,
    limits_of,
    time_to_zero,
    turn_limit_of,
    way_to_zero,
)

# Keeps the square root differentiable at zero [m^2/s^2]; no speed changes by more than 1e-9 m/s.
_SMOOTHING = 1e-18

# A first-order response has lost 99 % of its speed after this many time constants; what is left
# of the way is one last piece, straight ahead.
_LAGS_TO_STOP = 5.0


def reaction_time(config: FilterConfig) -> float:
    """How long a base goes on before it brakes, tau of docs/theory.md, eq. 8 [s].

    One hold time, because a command to stop comes that late at most, and the velocity lag.
    """
    return config.hold_time + config.velocity_lag


def way_of_stop(rate: Rate, limit: float, reaction: float) -> Rate:
    """How far a base moves, or turns, until it stands (docs/theory.md, eq. 8, for the distance).

    d(s) = s tau + s^2 / (2 a), the inverse of `stoppable_speed`.

    Args:
        rate: how fast it moves, not negative [m/s or rad/s].
        limit: a, with which it brakes, positive [m/s^2 or rad/s^2].
        reaction: tau, time before it brakes [s].
    """
    return rate * reaction + rate**2 / (2.0 * limit)


def stoppable_speed(
    free: Array,
    deceleration: Array,
    reaction: Array,
    ahead: Array = 1.0,
    turns: Array = 0.0,
    yaw_deceleration: Array | None = None,
    aside: Array = 0.0,
) -> Array:
    """Highest approach speed that can still be stopped within a distance (eq. 8 and 28).

    s(d) = -a tau + sqrt((a tau)^2 + 2 a d), the speed for which s tau + s^2 / (2 a) = d; zero at
    d = 0. A base brakes along its heading, so of its deceleration a0 what counts against a hazard
    at an angle is a = a0 |n.e|. All of it counts for a point that turning moves out of the way,
    and where turning moves a point towards the hazard the end of the turn brakes that by alpha |k|
    more.

    Args:
        free: distance d, not negative, any shape [m].
        deceleration: a0, positive [m/s^2].
        reaction: tau, time before the base brakes [s].
        ahead: |n.e|, the part of the normal along the heading.
        turns: 1 for points that turning moves out of the way, 0 for the body.
        yaw_deceleration: alpha, None where turning does not move the point [rad/s^2].
        aside: |k|, how fast a turn moves the point along the normal [m].

    Returns:
        Speed, same shape as that [m/s].
    """
    counts = deceleration * (ahead + turns * (1.0 - ahead))
    if yaw_deceleration is not None:
        counts = counts + yaw_deceleration * aside
    reach = counts * reaction
    square = reach * reach + _SMOOTHING
    return (square + 2.0 * counts * free) ** 0.5 - square**0.5


def stopping_distance(config: FilterConfig, speed: Rate, longer: float = 0.0) -> Rate:
    """Longest way of the base from a speed to standing [m].

    Args:
        config: hold time, lag and deceleration of the base.
        speed: the fastest that it is, either way [m/s].
        longer: for how long after the hold time it is told to go on [s].
    """
    return way_of_stop(abs(speed), deceleration_of(config), reaction_time(config) + longer)


def stopping_turn(config: FilterConfig, yaw_rate: Rate, longer: float = 0.0) -> Rate:
    """By how much the base turns at most from a yaw rate until it stands [rad]."""
    return way_of_stop(abs(yaw_rate), turn_limit_of(config), reaction_time(config) + longer)


def stopping_time(config: FilterConfig, speed: Rate, longer: float = 0.0) -> Rate:
    """How long it takes at most from a speed to standing [s]; see `stopping_distance`."""
    return config.hold_time + longer + rolling_time(config, speed)


def rolling_time(config: FilterConfig, speed: Rate) -> Rate:
    """How long the base rolls on from when it is told to stand [s]."""
    return braking_time(config, speed) + _LAGS_TO_STOP * config.velocity_lag


def braking_time(config: FilterConfig, speed: Rate) -> Rate:
    """How long the base brakes from a speed, lag and reaction apart [s]."""
    return abs(speed) / deceleration_of(config)


def turning_time(config: FilterConfig, yaw_rate: Rate) -> Rate:
    """How long the base turns on from when it is told to stand; zero where it does not [s]."""
    ending = abs(yaw_rate) / turn_limit_of(config) + _LAGS_TO_STOP * config.velocity_lag
    time: Rate = ending * (yaw_rate != 0.0)
    return time


def ramp_of_turn(config: FilterConfig, start: float, target: float) -> float:
    """How long the yaw rate changes with its limit before the lag takes over [s]."""
    return max(abs(target - start) / turn_limit_of(config) - config.velocity_lag, 0.0)


def rolls_on(config: FilterConfig, speed: float) -> float:
    """How far the base rolls from when it is told to stand (docs/theory.md, eq. 20c) [m]."""
    return way_to_zero(speed, config.velocity_lag, deceleration_of(config))


def turns_on(config: FilterConfig, yaw_rate: float) -> float:
    """By how much the base turns from when it is told to stand (eq. 20c) [rad]."""
    return way_to_zero(yaw_rate, config.velocity_lag, turn_limit_of(config))


def time_to_slow(config: FilterConfig, speed: float, slow: float) -> float:
    """After how long a base that is told to stand is slower than a speed (eq. 20c) [s].

    Args:
        config: lag and deceleration of the base.
        speed: when it is told, its size [m/s].
        slow: positive [m/s].
    """
    lag, limit = config.velocity_lag, deceleration_of(config)
    return time_to_zero(max(speed - slow, 0.0), slow, lag, limit)


def next_of_stop(config: FilterConfig, speed: float, last: float) -> float:
    """Next speed command of a stop that brakes as hard as the base can (docs/theory.md, eq. 19).

    The command is ahead of the base by what the full deceleration takes away in one lag and one
    hold time: a base with that lag and that limit answers as if it were told to stand at once.

    Args:
        config: lag, deceleration and hold time of the base.
        speed: of the base when the command takes effect [m/s].
        last: speed command before this one; a stop never asks for more [m/s].

    Returns:
        Speed [m/s]; zero when the base is nearly there, or was told another direction.
    """
    lead = deceleration_of(config) * reaction_time(config)
    left = min(abs(speed) - lead, abs(last))
    return math.copysign(left, speed) if left > 0.0 and speed * last > 0.0 else 0.0


@lru_cache(maxsize=64)
def braking_at_once(config: FilterConfig) -> FilterConfig:
    """A base that brakes as hard as its lag lets it; assumption A5 lets it (eq. 14b)."""
    most = FilterConfig.quantities()['max_deceleration'].high
    return replace(config, max_deceleration=most)


class Changes(NamedTuple):
    """By how much a base changes its speed and its yaw rate in some time.

    Attributes:
        up, down: away from standing, and towards it [m/s].
        turn: [rad/s].
    """

    up: float
    down: float
    turn: float


def changes_in(config: FilterConfig, seconds: float) -> Changes:
    """What the base reaches in some time [s] (docs/theory.md, eq. 16)."""
    up, down = limits_of(config)
    return Changes(up * seconds, down * seconds, turn_limit_of(config) * seconds)


def reachable_interval(
    now: tuple[Array, Array],
    nominal: Array,
    speed_up: Array,
    limits: tuple[Array, Array],
    lowest: Callable[..., Array] = min,
    highest: Callable[..., Array] = max,
) -> tuple[Array, Array]:
    """Bounds of one component of the command (docs/theory.md, eq. 16).

    The filter asks for no more than the base reaches in one period, counted from where it is and
    from what it was told last. Towards standing still and towards the nominal command there is no
    such bound: a base that is told to stop stops as fast as it can by itself.

    Args:
        now: predicted value and last command.
        nominal: nominal value.
        speed_up: largest change in one period.
        limits: lowest and highest legal value, with zero between.
        lowest: least of its arguments; for tensors, elementwise.
        highest: greatest of its arguments.

    Returns:
        Lowest and highest value the program may choose; contains zero.
    """
    low = lowest(lowest(*now) - speed_up, nominal, 0.0)
    high = highest(highest(*now) + speed_up, nominal, 0.0)
    return highest(limits[0], low), lowest(limits[1], high)


def peers_stopping_distance(config: FilterConfig, speed: float) -> float:
    """Longest way of a peer that shares the work until it stands (eq. 23, sigma) [m]."""
    return way_of_stop(abs(speed), config.peer_min_deceleration, reaction_time(config))


def peers_stopping_time(config: FilterConfig, speed: float) -> float:
    """How long that takes [s]."""
    return reaction_time(config) + abs(speed) / config.peer_min_deceleration


def peers_stop(
    config: FilterConfig, speed: float, yaw_rate: float, time: float
) -> tuple[float, float]:
    """How far such a peer has moved [m], and turned [rad], some time after its stop began [s].

    It goes on for a reaction time, and then brakes and ends its turn (docs/theory.md, eq. 23).
    """
    reaction = reaction_time(config)
    return (
        _way_until(speed, config.peer_min_deceleration, reaction, time),
        _way_until(yaw_rate, turn_limit_of(config), reaction, time),
    )


def _way_until(rate: float, limit: float, reaction: float, time: float) -> float:
    """Integral of a rate that is kept for the reaction time and then goes to zero."""
    braking = min(max(time - reaction, 0.0), abs(rate) / limit)
    kept = min(time, reaction) + braking
    return rate * kept - math.copysign(0.5 * limit, rate) * braking * braking
