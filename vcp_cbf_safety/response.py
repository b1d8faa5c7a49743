"""How a base answers: a first-order response of speed and yaw rate with limited acceleration."""

import math
from typing import NamedTuple

from vcp_cbf_safety.configuration import FilterConfig


class Limits(NamedTuple):
    """How quickly a base changes its speed.

    Attributes:
        up: away from standing [m/s^2].
        down: towards standing [m/s^2].
    """

    up: float
    down: float


def limits_of(config: FilterConfig) -> Limits:
    """The limits that are configured."""
    return Limits(config.max_acceleration, config.max_deceleration)


def respond(
    start: float, target: float, duration: float, lag: float, limit: float
) -> tuple[float, float]:
    """First-order response with limited acceleration: value at the end, mean over the time.

    Args:
        start: value at the beginning [m/s or rad/s].
        target: commanded value.
        duration: length of the interval, positive [s].
        lag: time constant [s].
        limit: largest rate of change [m/s^2 or rad/s^2].
    """
    gap = target - start
    rate = math.copysign(limit, gap)
    # Saturated until the gap is what the lag alone closes at the limit.
    ramp = min(duration, max(0.0, (abs(gap) - limit * lag) / limit))
    knee = start + rate * ramp
    travelled = 0.5 * (start + knee) * ramp
    rest = duration - ramp
    if lag == 0.0:
        end = knee if rest == 0.0 else target
        travelled += target * rest
    else:
        left = math.exp(-rest / lag)
        end = target - (target - knee) * left
        travelled += target * rest - (target - knee) * lag * (1.0 - left)
    return end, travelled / duration


def respond_speed(
    config: FilterConfig,
    start: float,
    target: float,
    duration: float,
    limits: Limits | None = None,
) -> tuple[float, float]:
    """`respond` of the linear speed: it rises with one limit, and falls to zero with another.

    Args:
        config: velocity_lag, max_acceleration and max_deceleration of the base.
        start: speed at the beginning [m/s].
        target: commanded speed [m/s].
        duration: length of the interval, positive [s].
        limits: other limits than those of the configuration.
    """
    lag, (rising, braking) = config.velocity_lag, limits or limits_of(config)
    if start * target >= 0.0:
        limit = rising if abs(target) > abs(start) else braking
        return respond(start, target, duration, lag, limit)
    if rising == braking:
        return respond(start, target, duration, lag, braking)
    crossing = time_to_zero(abs(start), abs(target), lag, braking)
    if crossing == 0.0:  # too slow for the logarithm to tell from standing
        return respond(0.0, target, duration, lag, rising)
    if crossing >= duration:
        return respond(start, target, duration, lag, braking)
    rest = duration - crossing
    _, mean_before = respond(start, target, crossing, lag, braking)
    end, mean_after = respond(0.0, target, rest, lag, rising)
    return end, (mean_before * crossing + mean_after * rest) / duration


def time_to_zero(speed: float, beyond: float, lag: float, limit: float) -> float:
    """Time until a base that is told to reverse stands [s].

    Args:
        speed: at the beginning, its size [m/s].
        beyond: what it is told, its size [m/s].
        lag: velocity lag [s].
        limit: of its deceleration [m/s^2].
    """
    knee = max(limit * lag - beyond, 0.0)  # below it the lag alone is slower than the limit
    ramp = max(speed - knee, 0.0) / limit
    if knee == 0.0:
        return ramp
    return ramp + lag * math.log((beyond + min(speed, knee)) / beyond)
