"""How the axle centre moves while a command holds and while the robot then stops."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.motion.braking import stopping_distance, stopping_time
from vcp_cbf_safety.motion.prediction import Ahead
from vcp_cbf_safety.motion.response import StopMotion, limits_of
from vcp_cbf_safety.motion.unicycle import Twist2D

Vector = NDArray[np.float64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.int64]


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


def highest_rates(starts: Sequence[Ahead], command: Twist2D) -> tuple[float, float]:
    """The fastest that a robot may be until it stops: speed and yaw rate [m/s, rad/s].

    Args:
        starts: states in which it may be.
        command: what it is told before it is told to stand.
    """
    fastest, turn = abs(command.v), abs(command.omega)
    for start in starts:
        fastest = max(fastest, abs(start.state.speed))
        turn = max(turn, abs(start.state.yaw_rate))
    return fastest, turn


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
    fastest, _ = highest_rates(starts, command)
    return stopping_distance(config, fastest, longer), stopping_time(config, fastest, longer)


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
