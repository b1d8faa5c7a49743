"""Where the centres of hazards that move by themselves can be, over time: support functions."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.int64]

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


class MotionBounds(NamedTuple):
    """What one hazard can do at most: a row of `Motions`."""

    x: float
    y: float
    spread: float
    since: float
    vx: float
    vy: float
    drift: float
    fastest: float
    heading: float
    yaw_rate: float
    acceleration: float


def motions_of(bounds: Sequence[MotionBounds]) -> Motions:
    """What some hazards can do, which all speed up alike."""
    table = np.array(bounds)
    spread, since = table[:, 2], table[:, 3]
    drift, fastest, headings, yaw_rates = table[:, 6:10].T
    return Motions(
        table[:, :2],
        spread,
        since,
        table[:, 4:6],
        drift,
        fastest,
        headings,
        yaw_rates,
        bounds[0].acceleration,
    )


class Reach(NamedTuple):
    """Support functions of the sets in which m centres are, at even times and between them.

    Attributes:
        headings: (m,) of the first directions; the others follow counter-clockwise, evenly, and
            the last is the one towards the robot [rad].
        directions: (m, d, 2) unit vectors in the world frame.
        step: (m,) between two times; the first is when the command takes effect [s].
        supports: (j, m, d) largest coordinate along each direction by then [m].
    """

    headings: Vector
    directions: Vector
    step: Vector
    supports: Vector

    def of(self, which: Flags | Indices) -> 'Reach':
        """The same of some of the m centres."""
        return Reach(
            self.headings[which],
            self.directions[which],
            self.step[which],
            self.supports[:, which],
        )

    def between(self) -> 'Reach':
        """The same along the direction towards the robot alone."""
        return self._replace(directions=self.directions[:, -1:], supports=self.supports[:, :, -1:])

    def within(self, distances: Vector, along: Vector) -> Flags:
        """Which sets (m,) may ever come so near to places.

        Many cannot: a direction tells them from a disc around the places.

        Args:
            distances: (m,) radii of the discs [m].
            along: (m, d) least coordinates of their centres along each direction [m].
        """
        furthest = np.maximum(self.supports[0], self.supports[-1])
        within: Flags = (along - distances[:, None] < furthest).all(axis=1)
        return within

    def until(self, times: Vector, which: Indices | None = None) -> Vector:
        """Supports (..., m, d) at times (..., m); convex in time, so chords bound it [m].

        Args:
            times: up to the last of them [s].
            which: m of the centres; all of them when not given.
        """
        which = np.arange(len(self.step)) if which is None else which
        place = times / self.step[which]
        index = np.minimum(place.astype(np.int64), len(self.supports) - 2)
        before = self.supports[index, which]
        part = (place - index)[..., None]
        supports: Vector = before + part * (self.supports[index + 1, which] - before)
        return supports

    def at_once(self, angles: Vector) -> tuple[Vector, Vector]:
        """Bound of the supports in a direction when the command takes effect.

        Args:
            angles: (m,) of the directions [rad].

        Returns:
            Two neighbours of each direction, (m, 2, 2), weighed so that their sum is the
            direction, and how far the sets lead at most along both together, (m,) [m].
        """
        step = 2.0 * math.pi / DIRECTIONS
        place = ((angles - self.headings) / step) % DIRECTIONS
        first = place.astype(np.int64) % DIRECTIONS
        pair = np.stack((first, (first + 1) % DIRECTIONS), axis=1)
        part = (place - np.floor(place))[:, None]
        weights = np.sin(step * np.concatenate((1.0 - part, part), axis=1)) / math.sin(step)
        centers = np.arange(len(pair))[:, None]
        directions: Vector = self.directions[centers, pair] * weights[:, :, None]
        supports: Vector = (self.supports[0][centers, pair] * weights).sum(axis=1)
        return directions, supports


def reach_of(motions: Motions, robots: Vector, durations: Vector | float) -> Reach:
    """Supports of where hazards can be until a robot stands.

    The speed at which a set can grow in a direction never falls, because what a hazard can do
    at a time it can do later as well. So what it is at the end of a step bounds the step.

    Args:
        motions: what the m hazards can do.
        robots: (3,) or (m, 3) pose for which directions are chosen [m, m, rad].
        durations: () or (m,) how long the robot needs, positive [s].
    """
    count = len(motions.centers)
    x, y, headings = np.broadcast_to(robots, (count, 3)).T
    step = np.broadcast_to(durations / _STEPS_UNTIL, (count,))
    fan = headings[:, None] + np.arange(DIRECTIONS) * (2.0 * math.pi / DIRECTIONS)
    towards = np.arctan2(y - motions.centers[:, 1], x - motions.centers[:, 0])
    angles = np.concatenate((fan, towards[:, None]), axis=1)
    directions = np.stack((np.cos(angles), np.sin(angles)), axis=2)
    seen = np.arange(1, _STEPS_SINCE + 1)[:, None] * (motions.since / _STEPS_SINCE)
    until = np.arange(1, _STEPS_UNTIL + 1)[:, None] * step
    growth = _speeds(motions, np.concatenate((seen, until + motions.since)), directions)
    growth[:_STEPS_SINCE] *= (motions.since / _STEPS_SINCE)[:, None]
    growth[_STEPS_SINCE:] *= step[:, None]
    start = (directions @ motions.centers[:, :, None])[:, :, 0] + motions.spread[:, None]
    supports = start + np.cumsum(growth, axis=0)
    return Reach(headings, directions, step, supports[_STEPS_SINCE - 1 :])


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


def supports_along(bounds: MotionBounds, angle: float, duration: float, steps: int) -> list[float]:
    """Supports of one hazard along one direction, in fewer and larger steps than `reach_of`.

    They are nowhere less than those of `reach_of` in that direction.

    Args:
        bounds: what the hazard can do.
        angle: of the direction [rad].
        duration: until the last of them [s].
        steps: a divisor of the number of steps of `reach_of`.

    Returns:
        The first is when the command takes effect, `steps` more follow [m].
    """
    x, y, since = math.cos(angle), math.sin(angle), bounds.since
    step = duration / steps
    first, *speeds = _speeds_along(bounds, x, y, [since + k * step for k in range(steps + 1)])
    support = x * bounds.x + y * bounds.y + bounds.spread + since * first
    supports = [support]
    for speed in speeds:
        support += step * speed
        supports.append(support)
    return supports


def _speeds_along(
    bounds: MotionBounds, x: float, y: float, elapsed: Sequence[float]
) -> list[float]:
    """`_speeds` of one hazard along a unit vector: the same formula without arrays."""
    vx, vy, fastest, acceleration = bounds.vx, bounds.vy, bounds.fastest, bounds.acceleration
    if math.isnan(bounds.heading):
        along = x * vx + y * vy + bounds.drift
        return [min(along + acceleration * time, fastest) for time in elapsed]
    ex, ey, yaw_rate = math.cos(bounds.heading), math.sin(bounds.heading), bounds.yaw_rate
    speed, cosine = vx * ex + vy * ey, min(max(x * ex + y * ey, -1.0), 1.0)
    sine, away = math.sqrt(1.0 - cosine * cosine), math.acos(cosine)
    speeds = []
    for time in elapsed:
        turn, gained = yaw_rate * time, acceleration * time
        high = speed + gained if speed + gained < fastest else fastest
        low = speed - gained if gained - speed < fastest else -fastest
        both, apart = cosine * math.cos(turn), sine * math.sin(turn)
        best = 1.0 if turn >= away else both + apart
        worst = -1.0 if turn + away >= math.pi else both - apart
        ahead = (high if best >= 0.0 else low) * best
        back = (high if worst >= 0.0 else low) * worst
        speeds.append(ahead if ahead > back else back)
    return speeds
