"""Where the centres of hazards that move by themselves can be, over time: support functions."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Flags = NDArray[np.bool_]

# In so many steps the time is divided since a hazard was seen, and until the robot stands.
_STEPS_SINCE, _STEPS_UNTIL = 4, 24

# Directions in which the reachable sets are measured, besides the one towards the robot.
DIRECTIONS = 24


class Motions(NamedTuple):
    """What m hazards can do at most (docs/theory.md, eq. 20).

    Attributes:
        centers: (m, 2) where they were seen, or are predicted to be [m].
        spread: (m,) how far from there they may be at that time [m].
        since: (m,) time from then until the command takes effect [s].
        velocities: (m, 2) at that time [m/s].
        drift: (m,) how wrong these may be [m/s].
        fastest: (m,) highest speed [m/s].
        headings: (m,) of unicycles; NaN for what may turn as it likes [rad].
        yaw_rates: (m,) how fast unicycles turn at most [rad/s].
        acceleration: highest acceleration, of a unicycle along its heading [m/s^2].
    """

    centers: Vector
    spread: Vector
    since: Vector
    velocities: Vector
    drift: Vector
    fastest: Vector
    headings: Vector
    yaw_rates: Vector
    acceleration: float


class Reach(NamedTuple):
    """Support functions of the sets in which m centres are, at times and between them.

    Attributes:
        heading: of the first direction; the others follow counter-clockwise, evenly, and the last
            is the one towards the robot [rad].
        directions: (m, d, 2) unit vectors in the world frame.
        times: (j,) since the command took effect, the first is zero [s].
        supports: (j, m, d) largest coordinate along each direction by then [m].
    """

    heading: float
    directions: Vector
    times: Vector
    supports: Vector

    def of(self, which: Flags) -> 'Reach':
        """The same of some of the m centres."""
        return self._replace(directions=self.directions[which], supports=self.supports[:, which])

    def between(self) -> 'Reach':
        """The same along the direction towards the robot alone."""
        return self._replace(directions=self.directions[:, -1:], supports=self.supports[:, :, -1:])

    def until(self, times: Vector) -> Vector:
        """Supports (k, m, d) at k times within `times` [m]; convex in time, so chords bound it."""
        last = len(self.times) - 2
        index = np.minimum(np.searchsorted(self.times, times, side='right') - 1, last)
        part = (times - self.times[index]) / (self.times[index + 1] - self.times[index])
        before = self.supports[index]
        supports: Vector = before + part[:, None, None] * (self.supports[index + 1] - before)
        return supports

    def at_once(self, angle: float) -> tuple[Vector, Vector]:
        """Bound of the supports in a direction when the command takes effect.

        Args:
            angle: of the direction [rad].

        Returns:
            Two neighbours of the direction, (m, 2, 2), weighed so that their sum is the direction,
            and how far the sets lead at most along both together, (m,) [m].
        """
        step = 2.0 * math.pi / DIRECTIONS
        place = ((angle - self.heading) / step) % DIRECTIONS
        first = int(place) % DIRECTIONS
        pair = [first, (first + 1) % DIRECTIONS]
        part = place - int(place)
        weights = np.array((math.sin((1.0 - part) * step), math.sin(part * step)))
        weights = weights / math.sin(step)
        directions: Vector = self.directions[:, pair] * weights[:, None]
        supports: Vector = self.supports[0][:, pair] @ weights
        return directions, supports


def reach_of(motions: Motions, robot: tuple[float, float, float], duration: float) -> Reach:
    """Supports of where hazards can be until the robot stands.

    The speed at which a set can grow in a direction never falls, because what a hazard can do
    at a time it can do later as well. So what it is at the end of a step bounds the step.

    Args:
        motions: what the hazards can do.
        robot: pose for which directions are chosen [m, m, rad].
        duration: how long the robot needs, positive [s].
    """
    x, y, heading = robot
    count = len(motions.centers)
    fan = heading + np.arange(DIRECTIONS) * (2.0 * math.pi / DIRECTIONS)
    towards = np.arctan2(y - motions.centers[:, 1], x - motions.centers[:, 0])
    angles = np.concatenate((np.tile(fan, (count, 1)), towards[:, None]), axis=1)
    directions = np.stack((np.cos(angles), np.sin(angles)), axis=2)
    times = np.linspace(0.0, duration, _STEPS_UNTIL + 1)
    seen = np.arange(1, _STEPS_SINCE + 1)[:, None] * (motions.since / _STEPS_SINCE)
    elapsed = np.concatenate((seen, times[1:, None] + motions.since))
    growth = _speeds(motions, elapsed, directions)
    growth[:_STEPS_SINCE] *= (motions.since / _STEPS_SINCE)[:, None]
    growth[_STEPS_SINCE:] *= duration / _STEPS_UNTIL
    start = (directions @ motions.centers[:, :, None])[:, :, 0] + motions.spread[:, None]
    supports = start + np.cumsum(growth, axis=0)
    return Reach(heading, directions, times, supports[_STEPS_SINCE - 1 :])


def _speeds(motions: Motions, elapsed: Vector, directions: Vector) -> Vector:
    """Highest speeds (j, m, d) along directions after times (j, m) [m/s]."""
    gained = motions.acceleration * elapsed
    fastest, known = motions.fastest, ~np.isnan(motions.headings)
    speeds = np.empty((len(elapsed), *directions.shape[:2]))
    if not known.all():
        free = ~known
        along = (directions[free] @ motions.velocities[free, :, None])[:, :, 0]
        further = (motions.drift + gained)[:, free, None]
        speeds[:, free] = np.minimum(along + further, fastest[free, None])
    if known.any():
        headings = motions.headings[known]
        ahead = np.column_stack((np.cos(headings), np.sin(headings)))
        speed = (motions.velocities[known] * ahead).sum(axis=1)
        high = np.minimum(speed + gained[:, known], fastest[known])[:, :, None]
        low = np.maximum(speed - gained[:, known], -fastest[known])[:, :, None]
        turn = np.minimum(motions.yaw_rates * elapsed, math.pi)[:, known, None]
        # Cosines of the angles between direction and heading, at least and at most. By the sum
        # formula: a cosine of each entry would take longer than all the rest.
        cosine = (directions[known] @ ahead[:, :, None])[:, :, 0].clip(-1.0, 1.0)
        sine, away = (1.0 - cosine * cosine) ** 0.5, np.arccos(cosine)
        both, apart = cosine * np.cos(turn), sine * np.sin(turn)
        best = np.where(turn >= away, 1.0, both + apart)
        worst = np.where(turn + away >= math.pi, -1.0, both - apart)
        speeds[:, known] = np.maximum(
            np.where(best >= 0.0, high, low) * best, np.where(worst >= 0.0, high, low) * worst
        )
    return speeds
