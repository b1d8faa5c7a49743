"""Whether the twist in a robot's odometry is how its poses move."""

import math
from typing import NamedTuple

# Poses are compared over up to this much time and this much turning [s, rad]: long enough for
# slow robots, short enough that a correction by a localisation is soon forgotten.
_LONGEST = 1.0
_WIDEST = 0.5
# A twist may come from a low-pass filter and show a speed that was true so long ago [s].
_LAG = 0.1
# Wheels slip: the ground speed may be less than the twist says by this share, and headings are
# noisy, which looks the same. More than the wheel speed it is only by the error of their radius.
_SLIP = 0.2
_SCALE = 0.02
# Windows grow by one message at first, later by their length over this.
_SPARSENESS = 3
# No window is shorter than this where speeds are told [s].
_SHORTEST = 1e-3


class Sample(NamedTuple):
    """One odometry message.

    Attributes:
        measured: when the state was measured, by the stamp where that is of use [s].
        received: when it was received [s].
        jitter: how much longer than other messages it may have been on its way, where the time of
            measurement is not known [s].
        x, y: position [m].
        heading: [rad].
        speed: forward speed that its twist says [m/s].
    """

    measured: float
    received: float
    jitter: float
    x: float
    y: float
    heading: float
    speed: float


class Doubt(NamedTuple):
    """What honest odometry may be wrong by.

    Attributes:
        distance: difference of two positions of a robot that stands [m].
        jitter: time between two stamps [s].
        acceleration: how fast the speed may change between two messages [m/s^2].
    """

    distance: float
    jitter: float
    acceleration: float


class Contradiction(NamedTuple):
    """A twist that is not how the poses move.

    Attributes:
        said: mean forward speed by the twists [m/s].
        moved: mean forward speed by the poses [m/s].
        seconds: over this time [s].
    """

    said: float
    moved: float
    seconds: float


class _Point(NamedTuple):
    """A message, and sums over all legs up to it since the check began.

    Attributes:
        sample: the message.
        least, most: smallest and largest way by the twists, as vectors in the world frame [m].
        bumps: what speeds between messages can add or take away [m].
        seconds: time by the stamps [s].
    """

    sample: Sample
    least: tuple[float, float] = (0.0, 0.0)
    most: tuple[float, float] = (0.0, 0.0)
    bumps: float = 0.0
    seconds: float = 0.0


class TwistCheck:
    """Compares twists with the way between poses, over windows of up to a second."""

    def __init__(self) -> None:
        self._points: list[_Point] = []

    def clear(self) -> None:
        """Forget what was seen, as after a jump."""
        self._points.clear()

    def add(self, newest: Sample, doubt: Doubt) -> Contradiction | None:
        """Take a message and look back from it (docs/theory.md, section 9).

        The way along the newest heading must be what the twists say, within doubt, from every
        earlier message on that is looked at: the nearest few and, the further back the more
        sparsely, up to the oldest.

        Returns:
            The first window, from the shortest on, in which it is not; None when there is none.
        """
        points = self._points
        last = _after(points[-1], newest, doubt) if points else _Point(newest)
        points.append(last)
        while newest.received - points[0].sample.received > _LONGEST:
            del points[0]
        forward = math.cos(newest.heading), math.sin(newest.heading)
        slowest = fastest = newest.speed
        behind, lag = len(points) - 1, 1
        while behind > 0:
            begin = max(behind - lag, 0)
            speeds = [point.sample.speed for point in points[begin:behind]]
            slowest, fastest = min(slowest, *speeds), max(fastest, *speeds)
            point = points[begin]
            if abs(_angle(point.sample.heading, newest.heading)) > _WIDEST:
                break
            allowed = _allowed(point, last, doubt, slowest, fastest)
            sample = point.sample
            way = _dot((newest.x - sample.x, newest.y - sample.y), forward)
            if way < _between(point.least, last.least, forward) - allowed or (
                way > _between(point.most, last.most, forward) + allowed
            ):
                return _contradiction(points[begin:], way)
            behind, lag = begin, max(1, (len(points) - begin) // _SPARSENESS)
        return None


def _after(point: _Point, newest: Sample, doubt: Doubt) -> _Point:
    """The sums with one more leg.

    What the twists say between two messages is all from the smaller to the larger of both speeds.
    """
    sample = point.sample
    passed = max(0.0, newest.measured - sample.measured)
    heading = sample.heading + 0.5 * _angle(newest.heading, sample.heading)
    low, high = min(sample.speed, newest.speed), max(sample.speed, newest.speed)
    low *= passed * (1.0 - _SLIP if low > 0.0 else 1.0 + _SCALE)
    high *= passed * (1.0 + _SCALE if high > 0.0 else 1.0 - _SLIP)
    # Between two messages it may have sped up and braked again, or the other way round.
    longest = max(passed, newest.received - sample.received)
    cosine, sine = math.cos(heading), math.sin(heading)
    return _Point(
        newest,
        (point.least[0] + low * cosine, point.least[1] + low * sine),
        (point.most[0] + high * cosine, point.most[1] + high * sine),
        point.bumps + 0.5 * doubt.acceleration * longest * longest,
        point.seconds + passed,
    )


def _allowed(begin: _Point, end: _Point, doubt: Doubt, slowest: float, fastest: float) -> float:
    """By how much honest odometry may be wrong over a window whose speeds are known [m]."""
    received = end.sample.received - begin.sample.received
    unsure = (
        doubt.jitter
        + max(begin.sample.jitter, end.sample.jitter)
        + abs(received - (end.seconds - begin.seconds))
    )
    return (
        doubt.distance
        + (end.bumps - begin.bumps)
        + unsure * max(fastest, -slowest)
        + _LAG * (fastest - slowest + 0.5 * doubt.acceleration * _LAG)
    )


def _contradiction(points: list[_Point], way: float) -> Contradiction:
    samples = [point.sample for point in points]
    seconds = max(
        points[-1].seconds - points[0].seconds,
        samples[-1].received - samples[0].received,
        _SHORTEST,
    )
    said = sum(sample.speed for sample in samples) / len(samples)
    return Contradiction(said, way / seconds, seconds)


def _between(
    begin: tuple[float, float], end: tuple[float, float], along: tuple[float, float]
) -> float:
    return _dot((end[0] - begin[0], end[1] - begin[1]), along)


def _dot(one: tuple[float, float], other: tuple[float, float]) -> float:
    return one[0] * other[0] + one[1] * other[1]


def _angle(to: float, start: float) -> float:
    return math.remainder(to - start, math.tau)
