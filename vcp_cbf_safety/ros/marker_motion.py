"""Whether and how fast a marker moves, from the places where it has been reported."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from vcp_cbf_safety.configuration import FilterConfig

# Positions that went through a transform differ by this much although nothing moves [m].
_ROUNDING = 1e-3
# A marker that has not left its place for this long is at rest again [s].
_REST = 1.0
# Reports that are further apart than this say nothing about a motion [s].
MEMORY = 2.0
# Reports without usable stamps come with delays that differ by this much [s].
_RECEIPT_JITTER = 0.02
# Stamps and receipts that disagree by more than this on the time between two reports: a clock has
# jumped [s].
_CLOCK_JUMP = 1.0
# Reports closer together than this are not kept beside each other [s].
_SPACING = 0.05
# A motion is believed up to this many times `peer_max_speed`, as that of a base is.
_OVERSPEED = 2.0


class Sighting(NamedTuple):
    """One report of a marker.

    Attributes:
        x, y: its position in the frame of the marker [m].
        stamp: of the message, on the clock of the stamps, 0 when nobody set it [s].
        transport: how old it was at receipt by that stamp [s].
        received: monotonic time of its receipt [s].
    """

    x: float
    y: float
    stamp: float
    transport: float
    received: float


class MarkerMotion(NamedTuple):
    """How a marker moves.

    Attributes:
        vx, vy: its velocity in the frame of the marker [m/s].
        doubt: largest error of the velocity, as far as accelerations keep to
            `peer_max_acceleration` [m/s].
        measured: monotonic time at which it was where it was last reported [s].
    """

    vx: float
    vy: float
    doubt: float
    measured: float


class Track:
    """What is known of the motion of one marker.

    A marker that is seen for the first time stands. It moves once it is further from where it
    stood than two reports of one place can be apart, 2 `position_uncertainty`, and it stands again
    when it has not done so for a second: noise within the uncertainty never makes it move.

    While it moves its velocity is known from the earlier report that tells most about it. Where
    none does, after a jump or while several markers have its name, only the top speed is known.

    Attributes:
        received: monotonic time of the last report [s].
        frame: where its reports are given.
    """

    def __init__(self, frame: str = '') -> None:
        self.frame = frame
        self.received = -math.inf
        self._stamp = 0.0
        self._measured = -math.inf
        self._places: tuple[tuple[float, float], ...] = ()  # where it stood, or was last moving
        self._left = -math.inf  # monotonic time at which it was last found elsewhere
        self._sightings: list[Sighting] = []  # oldest first, empty while its name is doubled
        self._motion: MarkerMotion | None = None

    @property
    def motion(self) -> MarkerMotion | None:
        """How it moved when it was last reported; None while it stands."""
        return self._motion

    def see(self, sightings: Sequence[Sighting], config: FilterConfig) -> None:
        """Take what one message says.

        Args:
            sightings: the reports, more than one where several markers have one name.
            config: position_uncertainty, peer_max_speed and peer_max_acceleration.
        """
        newest = sightings[0]
        if self._is_repetition(sightings):
            return
        wobble = 2.0 * config.position_uncertainty + _ROUNDING
        if len(sightings) == 1 and self._goes_on_standing(newest, wobble):
            # What follows would come to the same; of many markers, most stand.
            self._note(newest)
            self._keep(newest)
            return
        if self._gap(newest) > MEMORY:
            self._places, self._sightings, self._left = (), [], -math.inf
        self._note(newest)
        places = tuple((each.x, each.y) for each in sightings)
        jumped = len(sightings) == 1 and self._follow(newest, wobble, config)
        if len(sightings) > 1:
            self._sightings = []
        if self._places and (jumped or _have_left(places, self._places, wobble)):
            self._left = newest.received
        if not self._places or self._left == newest.received:
            self._places = places
        moves = newest.received - self._left < _REST
        self._motion = self._estimate(wobble, config) if moves else None

    def _is_repetition(self, sightings: Sequence[Sighting]) -> bool:
        """Whether a message came before, by another subscription."""
        if len(sightings) > 1 or not self._sightings:
            return False
        newest, last = sightings[0], self._sightings[-1]
        same = newest.stamp == last.stamp > 0.0 and newest[:2] == last[:2]
        return same and newest.received - last.received <= _RECEIPT_JITTER

    def _goes_on_standing(self, newest: Sighting, wobble: float) -> bool:
        """Whether a marker that stands is still near where it stood and was last seen."""
        kept, places = self._sightings, self._places
        if self._motion is not None or len(places) != 1 or not kept:
            return False
        (x, y), (last_x, last_y, *_) = places[0], kept[-1]
        return (
            math.hypot(newest.x - x, newest.y - y) <= wobble
            and math.hypot(newest.x - last_x, newest.y - last_y) <= wobble
            and newest.received - self._left >= _REST
            and self._gap(newest) <= MEMORY
        )

    def _note(self, newest: Sighting) -> None:
        """Remember when the newest report was made."""
        self._measured = newest.received - (newest.transport if self._is_usable(newest) else 0.0)
        self.received, self._stamp = newest.received, newest.stamp

    def _gap(self, newest: Sighting) -> float:
        gap = newest.received - self.received
        if newest.stamp > 0.0 and self._stamp > 0.0:
            gap = max(gap, newest.stamp - self._stamp)
        return gap

    def _is_usable(self, newest: Sighting) -> bool:
        """Whether the stamps of this marker say how old it is: they are set and advance."""
        advance = newest.stamp - self._stamp
        if newest.stamp == 0.0 or self._stamp == 0.0 or advance <= 0.0:
            return False
        return abs(advance - (newest.received - self.received)) <= _CLOCK_JUMP

    def _follow(self, newest: Sighting, wobble: float, config: FilterConfig) -> bool:
        """Keep a report; True when it is too far from the one before to be one motion."""
        kept, jumped = self._sightings, False
        if kept:
            seconds, jitter = _between(kept[-1], newest)
            fastest = _OVERSPEED * config.peer_max_speed
            jumped = _distance(kept[-1], newest) > fastest * (seconds + jitter) + wobble
        if jumped:
            kept.clear()
        self._keep(newest)
        return jumped

    def _keep(self, newest: Sighting) -> None:
        """Keep a report beside some of those of the last second."""
        kept = self._sightings
        if len(kept) > 1 and _between(kept[-2], kept[-1])[0] < _SPACING:
            kept.pop()
        kept.append(newest)
        while len(kept) > 2 and newest.received - kept[0].received > _REST:
            kept.pop(0)

    def _estimate(self, wobble: float, config: FilterConfig) -> MarkerMotion:
        """Velocity over the time that leaves the least doubt (docs/theory.md, eq. 15b)."""
        vx = vy = 0.0
        least, top = math.inf, config.peer_max_speed
        for old in self._sightings[:-1]:
            newest = self._sightings[-1]
            seconds, jitter = _between(old, newest)
            if seconds <= jitter:
                continue
            furthest = _distance(old, newest) + wobble
            doubt = (
                wobble / seconds
                + furthest * jitter / (seconds * (seconds - jitter))
                + 0.5 * config.peer_max_acceleration * (seconds + jitter)
            )
            if doubt < least:
                least = doubt
                vx, vy = (newest.x - old.x) / seconds, (newest.y - old.y) / seconds
        speed = math.hypot(vx, vy)
        share = min(1.0, _OVERSPEED * top / speed) if speed > 0.0 else 1.0
        doubt = min(least, top + share * speed)
        return MarkerMotion(share * vx, share * vy, doubt, self._measured)


def _have_left(
    places: Sequence[tuple[float, float]], before: Sequence[tuple[float, float]], wobble: float
) -> bool:
    """Whether one of the places is not explained by noise around those before."""
    return any(
        all(math.hypot(x - was_x, y - was_y) > wobble for was_x, was_y in before)
        for x, y in places
    )


def _between(old: Sighting, new: Sighting) -> tuple[float, float]:
    """Time between two reports, and by how much it may be wrong [s]."""
    between, said = new.received - old.received, new.stamp - old.stamp
    if old.stamp > 0.0 and said > 0.0 and abs(said - between) <= _CLOCK_JUMP:
        return said, 0.0
    return between, _RECEIPT_JITTER


def _distance(old: Sighting, new: Sighting) -> float:
    return math.hypot(new.x - old.x, new.y - old.y)
