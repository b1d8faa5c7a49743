"""How the axle centre moves while a command holds and while the robot then stops."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.prediction import Ahead
from vcp_cbf_safety.response import (
    limits_of,
    responses,
    speed_responses,
)
from vcp_cbf_safety.unicycle import Twist2D

Vector = NDArray[np.float64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.int64]

# A first-order response has lost 99 % of its speed after this many time constants; what is left
# of the way is one last piece, straight ahead.
LAGS_TO_STOP = 5.0


class StoppingTrajectory(NamedTuple):
    """Positions of the axle centre at k + 1 times, and the k pieces between them.

    All arrays have one more axis, after the first, where there are several side by side.

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

    def one(self, index: int) -> 'StoppingTrajectory':
        """One of several."""
        return StoppingTrajectory(*(each[:, index] for each in self))

    def alone(self) -> 'StoppingTrajectory':
        """This one, as one of several."""
        return StoppingTrajectory(*(each[:, None] for each in self))

    def of(self, which: Flags | Indices) -> 'StoppingTrajectory':
        """Some of several."""
        return StoppingTrajectory(*(each[:, which] for each in self))

    def first(self, pieces: int) -> 'StoppingTrajectory':
        """The first pieces."""
        return StoppingTrajectory(self.points[: pieces + 1], *(e[:pieces] for e in self[1:]))


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
    return _stop_from(config, fastest, longer)


def longest_stops(
    config: FilterConfig, speeds: Vector, told: Vector, longer: float = 0.0
) -> tuple[Vector, Vector]:
    """`longest_stop` of many bases: ways [m] and times [s].

    Args:
        config: hold time, lag and deceleration of the base.
        speeds: now [m/s].
        told: speeds that they are told, of the same shape [m/s].
        longer: [s].
    """
    return _stop_from(config, np.maximum(abs(speeds), abs(told)), longer)


def _stop_from(config: FilterConfig, fastest: Any, longer: float) -> tuple[Any, Any]:
    """Way and time of stops from the highest speed, a number or an array."""
    reaction = config.hold_time + config.velocity_lag + longer
    time = fastest / config.max_deceleration + LAGS_TO_STOP * config.velocity_lag
    way = fastest * reaction + fastest**2 / (2.0 * config.max_deceleration)
    return way, config.hold_time + longer + time


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
    yaw_limits = np.full(count, config.max_yaw_acceleration)
    began, still = np.zeros((1, count)), np.zeros(2 * count)
    held = np.concatenate((began, np.minimum(times, stops), stops[None]))
    v, omega = states[:, 3], states[:, 4]
    told_v, told_omega = np.broadcast_to(commands, (count, 2)).T
    speeds, ways = speed_responses(config, v, told_v, held, limits)
    yaw_rates, angles = responses(omega, told_omega, held, lag, yaw_limits)
    # From there on both fall to zero in the same way.
    last = np.concatenate((speeds[-1], yaw_rates[-1]))
    falls = np.concatenate((np.full(count, config.max_deceleration), yaw_limits))
    rest = np.maximum(times - stops, 0.0)
    slowed, gone = responses(last, still, np.concatenate((rest, rest), axis=1), lag, falls)
    np.copyto(speeds[1:-1], slowed[:, :count], where=rest > 0.0)
    np.copyto(yaw_rates[1:-1], slowed[:, count:], where=rest > 0.0)
    speeds[-1] = yaw_rates[-1] = 0.0
    ways[1:-1] += gone[:, :count]
    angles[1:-1] += gone[:, count:]
    # The way that is left when the times are over.
    left = _whole_ways(last, falls, lag)
    ways[-1] += left[:count]
    angles[-1] += left[count:]
    ends = np.concatenate((times, times[-1:])) + began
    return StopMotion(ends, speeds, yaw_rates, ways, angles)


def stopping_trajectories(states: Vector, motion: StopMotion) -> StoppingTrajectory:
    """How the axle centres of bases move while commands hold and while they then stop.

    The base answers with its lag and its limits: a robot that is told to reverse still rolls
    forward for a while, and turns meanwhile (docs/theory.md, eq. 17). Between its ends a piece
    is an arc that is no further from the chord than v omega T^2 / 4, T the hold time.

    Args:
        states: (w, 5) x, y, heading, speed and yaw rate when the commands take effect.
        motion: of the same bases.

    Returns:
        w trajectories side by side.
    """
    _, speeds, _, ways, angles = motion
    turns, chords = angles[1:] - angles[:-1], ways[1:] - ways[:-1]
    middle = states[:, 2] + angles[:-1] + 0.5 * turns
    # An arc of that turn is shorter from end to end than along it.
    chords *= np.sinc(turns * (0.5 / math.pi))
    courses = np.empty((*middle.shape, 2))
    np.cos(middle, out=courses[:, :, 0])
    np.sin(middle, out=courses[:, :, 1])
    points = np.empty((len(middle) + 1, *courses.shape[1:]))
    points[0] = states[:, :2]
    np.multiply(chords[:, :, None], courses, out=points[1:])
    np.cumsum(points, axis=0, out=points)
    # Where the way turns back a piece ends.
    courses *= np.copysign(1.0, speeds[1:] + speeds[:-1])[:, :, None]
    sizes = abs(speeds)
    return StoppingTrajectory(
        points, courses, np.maximum(sizes[1:], sizes[:-1]), motion.ends, turns
    )


def states_of(starts: Sequence[Ahead]) -> Vector:
    """States as rows (s, 5)."""
    rows = [(s.x, s.y, s.heading, s.speed, s.yaw_rate) for s in (each.state for each in starts)]
    return np.array(rows)


def limits_in(config: FilterConfig, starts: Sequence[Ahead]) -> Vector:
    """How quickly the speed changes in each of them, as rows (s, 2)."""
    return np.array([each.limits or limits_of(config) for each in starts])


def _whole_ways(starts: Vector, limits: Vector, lag: float) -> Vector:
    """What responses to zero add up to until they are over (w,)."""
    sizes = abs(starts)
    knees = np.minimum(sizes, limits * lag)
    ramps = (sizes - knees) / limits
    ways: Vector = np.sign(starts) * (0.5 * (sizes + knees) * ramps + knees * lag)
    return ways
