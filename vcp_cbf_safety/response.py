"""How a base answers: a first-order response of speed and yaw rate with limited acceleration."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.configuration import FilterConfig

Vector = NDArray[np.float64]


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
    if lag > 0.0 and abs(gap) <= limit * lag:  # most of the time; the same without the ramp
        left = math.exp(-duration / lag)
        return target - gap * left, (target * duration - gap * lag * (1.0 - left)) / duration
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


def way_to_zero(start: float, lag: float, limit: float) -> float:
    """What a rate that is told to be zero adds up to in the end.

    Args:
        start: value at the beginning [m/s or rad/s].
        lag: time constant [s].
        limit: largest rate of change [m/s^2 or rad/s^2].
    """
    size = abs(start)
    knee = min(size, limit * lag)  # below it the lag alone is slower than the limit
    return math.copysign(0.5 * (size * size - knee * knee) / limit + knee * lag, start)


def responses(
    starts: Vector, targets: Vector, durations: Vector, lag: float, limits: Vector | float
) -> tuple[Vector, Vector]:
    """`respond` of many: values at the ends (k, w), and what they add up to until then.

    Args:
        starts, targets: (w,) at the beginning, and commanded.
        durations: (k, w) or (k, 1) lengths of the intervals, not negative [s].
        lag: time constant [s].
        limits: (w,) or one, largest rates of change.
    """
    gaps = targets - starts
    whole = np.maximum(abs(gaps) / limits - lag, 0.0)
    ramps = np.minimum(durations, whole)
    knees = starts + np.sign(gaps) * limits * ramps
    rest = durations - ramps
    added = 0.5 * (starts + knees) * ramps + targets * rest
    left = targets - knees
    if lag == 0.0:
        return np.where(durations >= whole, targets, knees), added
    decay = np.exp(rest / -lag)
    return targets - left * decay, added - left * (lag * (1.0 - decay))


def speed_responses(
    config: FilterConfig, starts: Vector, targets: Vector, durations: Vector, limits: Vector
) -> tuple[Vector, Vector]:
    """`respond_speed` of many: speeds (k, w) at the ends [m/s] and ways until then [m].

    Args:
        config: velocity_lag of the base.
        starts, targets: (w,) speeds at the beginning, and commanded [m/s].
        durations: (k, w) or (k, 1), not negative [s].
        limits: (w, 2) away from standing, and towards it [m/s^2].
    """
    lag, (rising, braking) = config.velocity_lag, limits.T
    back = starts * targets < 0.0
    up = ~back & (abs(targets) > abs(starts))
    speeds, ways = responses(starts, targets, durations, lag, np.where(up, rising, braking))
    back &= rising != braking
    if back.any():
        which = np.flatnonzero(back)
        v, told, up_limit = starts[which], targets[which], rising[which]
        crossings = times_to_zero(abs(v), abs(told), lag, braking[which])
        rest = np.broadcast_to(durations, speeds.shape)[:, which] - crossings
        _, before = responses(v, told, crossings[None], lag, braking[which])
        after, added = responses(np.zeros_like(v), told, np.maximum(rest, 0.0), lag, up_limit)
        speeds[:, which] = np.where(rest > 0.0, after, speeds[:, which])
        ways[:, which] = np.where(rest > 0.0, before + added, ways[:, which])
    return speeds, ways


def times_to_zero(speeds: Vector, beyond: Vector, lag: float, limits: Vector) -> Vector:
    """`time_to_zero` of many (w,) [s]."""
    knees = np.maximum(limits * lag - beyond, 0.0)  # below it the lag alone is slower
    ramps = np.maximum(speeds - knees, 0.0) / limits
    slow = lag * (np.log(beyond + np.minimum(speeds, knees)) - np.log(beyond))
    times: Vector = ramps + np.where(knees > 0.0, slow, 0.0)
    return times
