"""How a base answers: a first-order response of speed and yaw rate with limited acceleration.

Docs/theory.md, section 7 and eq. 17. What a stop takes at most is in `braking`.
"""

import math
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.hazards.hazards import Array
from vcp_cbf_safety.qp.constraints import positive_part

Vector = NDArray[np.float64]
# A speed or yaw rate, of one base or of many.
Rate = TypeVar('Rate', float, Vector)


class Limits(NamedTuple):
    """How quickly a base changes its speed.

    Attributes:
        up: away from standing [m/s^2].
        down: towards standing [m/s^2].
    """

    up: float
    down: float


def deceleration_of(config: FilterConfig) -> float:
    """What the base brakes with at least, a in docs/theory.md, eq. 8 [m/s^2]."""
    return config.max_deceleration


def turn_limit_of(config: FilterConfig) -> float:
    """How quickly the base changes its yaw rate, alpha in docs/theory.md [rad/s^2]."""
    return config.max_yaw_acceleration


def limits_of(config: FilterConfig) -> Limits:
    """The limits that are configured."""
    return Limits(config.max_acceleration, deceleration_of(config))


def largest_change(
    config: FilterConfig, speed: float, target: float, limits: Limits | None
) -> float:
    """How quickly the speed of a base changes at most while it follows a command [m/s^2].

    One that brakes at once changes it with its lag alone; without a lag, before the way begins.

    Args:
        config: lag and accelerations of the base.
        speed: when the command takes effect [m/s].
        target: commanded speed [m/s].
        limits: other limits that the base may have, too.
    """
    most = max(limits_of(config))
    if limits is None or config.velocity_lag == 0.0:
        return most
    return max(most, min(max(limits), abs(target - speed) / config.velocity_lag))


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


def way_to_zero(start: Rate, lag: float, limit: Rate) -> Rate:
    """What rates that are told to be zero add up to in the end: numbers or arrays.

    Args:
        start: values at the beginning [m/s or rad/s].
        lag: time constant [s].
        limit: largest rates of change [m/s^2 or rad/s^2].
    """
    lower, higher = (min, max) if isinstance(start, float) else (np.minimum, np.maximum)
    bound = limit * lag  # below it the lag alone is slower than the limit
    knee = lower(higher(start, -bound), bound)
    way: Rate = 0.5 * (start + knee) * ((abs(start) - abs(knee)) / limit) + knee * lag
    return way


def responses(
    starts: Array,
    targets: Array,
    durations: Array,
    lag: Array,
    limits: Array,
    arrays: Any = np,
) -> tuple[Array, Array]:
    """`respond` of many: values at the ends (k, w), and what they add up to until then.

    Args:
        starts, targets: (w,) at the beginning, and commanded.
        durations: (k, w) or (k, 1) lengths of the intervals, not negative [s].
        lag: time constant, of tensors never zero [s].
        limits: (w,) or one, largest rates of change.
        arrays: the module that these are arrays of, numpy or torch.
    """
    gaps = targets - starts
    whole = positive_part(abs(gaps) / limits - lag)
    ramps = arrays.minimum(durations, whole)
    knees = starts + arrays.sign(gaps) * limits * ramps
    rest = durations - ramps
    added = 0.5 * (starts + knees) * ramps + targets * rest
    left = targets - knees
    if arrays is np and lag == 0.0:
        return np.where(durations >= whole, targets, knees), added
    decay = arrays.exp(rest / -lag)
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


class StopMotion(NamedTuple):
    """How w bases move while commands hold and while they then stop.

    Attributes:
        ends: (k, w) of the pieces, since the commands took effect [s].
        speeds, yaw_rates: (k + 1, w) when the pieces begin, and zero [m/s, rad/s].
        ways, angles: (k + 1, w) since they began [m, rad].
    """

    ends: Vector
    speeds: Vector
    yaw_rates: Vector
    ways: Vector
    angles: Vector


def stop_motion(
    config: FilterConfig,
    states: Vector,
    limits: Vector,
    commands: Vector,
    stops: Vector,
    times: Vector,
) -> StopMotion:
    """How bases move while commands hold and while they then stop.

    Args:
        config: lag and accelerations of the base.
        states: (w, 5) x, y, heading, speed and yaw rate when the commands take effect.
        limits: (w, 2) how quickly the speed changes, away from standing and towards it [m/s^2].
        commands: (w, 2) or (1, 2) what the bases are told first [m/s, rad/s].
        stops: (w,) when they are told to stop, among the times [s].
        times: (k, w) or (k, 1) ends of the pieces [s]. One more, straight ahead, is what a
            first-order response never quite finishes.
    """
    count, lag = len(states), config.velocity_lag
    yaw_limits = np.full(count, turn_limit_of(config))
    began, still = np.zeros((1, count)), np.zeros(2 * count)
    held = np.concatenate((began, np.minimum(times, stops), stops[None]))
    v, omega = states[:, 3], states[:, 4]
    told_v, told_omega = np.broadcast_to(commands, (count, 2)).T
    speeds, ways = speed_responses(config, v, told_v, held, limits)
    yaw_rates, angles = responses(omega, told_omega, held, lag, yaw_limits)
    # From there on both fall to zero in the same way.
    last = np.concatenate((speeds[-1], yaw_rates[-1]))
    falls = np.concatenate((np.full(count, deceleration_of(config)), yaw_limits))
    rest = np.maximum(times - stops, 0.0)
    slowed, gone = responses(last, still, np.concatenate((rest, rest), axis=1), lag, falls)
    np.copyto(speeds[1:-1], slowed[:, :count], where=rest > 0.0)
    np.copyto(yaw_rates[1:-1], slowed[:, count:], where=rest > 0.0)
    speeds[-1] = yaw_rates[-1] = 0.0
    ways[1:-1] += gone[:, :count]
    angles[1:-1] += gone[:, count:]
    # The way that is left when the times are over.
    left = way_to_zero(last, lag, falls)
    ways[-1] += left[:count]
    angles[-1] += left[count:]
    ends = np.concatenate((times, times[-1:])) + began
    return StopMotion(ends, speeds, yaw_rates, ways, angles)
