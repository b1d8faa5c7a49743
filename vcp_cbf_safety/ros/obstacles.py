"""Obstacles from MarkerArray messages: added, changed, deleted, and gone when their time is up."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from visualization_msgs.msg import Marker, MarkerArray

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.hazards import Circle
from vcp_cbf_safety.ros.conversions import circle_of
from vcp_cbf_safety.ros.marker_motion import MEMORY, Sighting, Track

Key = tuple[str, int]

# So many refused markers, and so many warnings, are remembered one by one; a sender that numbers
# on and on could fill the memory.
_MOST_REFUSED = 1000


class _Entry(NamedTuple):
    circle: Circle
    expires: float  # monotonic time [s], inf for never


class _Refusal(NamedTuple):
    why: str
    expires: float  # monotonic time [s], inf for never


class ObstacleStore:
    """Discs of the markers that are in force, by namespace and id.

    A marker whose position changes from message to message is a dynamic obstacle, also when every
    message deletes all markers first (`marker_motion.Track`).

    Markers with the same namespace and id in one message are all kept until the next message about
    them, with one warning each; no velocity is derived for them.

    A marker that cannot be an obstacle is refused with one warning each; if it replaces one that
    was an obstacle, the old one stays. Something is there that nobody can place, until a good
    marker replaces it, or it is deleted or its lifetime is over.

    Attributes:
        config: position_uncertainty, peer_max_speed and peer_max_acceleration tell motion from
            noise.

    Args:
        topic: resolved topic name, for warnings.
        world_frame: the frame that markers must be in.
        config: see above.
        ros_now: current ROS time [s], on the clock of the stamps; 0 while that clock is unknown.
        warn: takes one sentence for each marker that is refused or doubled for the first time.
    """

    def __init__(
        self,
        *,
        topic: str,
        world_frame: str,
        config: FilterConfig,
        ros_now: Callable[[], float],
        warn: Callable[[str], object],
    ) -> None:
        self.config = config
        self._topic = topic
        self._world_frame = world_frame
        self._ros_now = ros_now
        self._warn = warn
        self._entries: dict[Key, list[_Entry]] = {}
        self._tracks: dict[Key, Track] = {}
        self._refused: dict[Key, _Refusal] = {}
        self._doubled: set[Key] = set()
        self._more_refused_until = -float('inf')
        self._heard = -float('inf')
        self._at_rest: tuple[Circle, ...] = ()
        self._moving: list[tuple[Circle, float]] = []  # and when they were measured
        self._next_expiry = float('inf')

    @property
    def refused(self) -> int:
        """Number of markers that were sent and are no obstacles."""
        return len(self._refused)

    def age(self, now: float) -> float:
        """Time since the last message at a monotonic time, inf before the first [s]."""
        return now - self._heard

    def refusal(self, now: float) -> str:
        """Why there is something that cannot be placed at a monotonic time [s], '' when not."""
        self._expire(now)
        if self._more_refused_until > now:
            return (
                f'more than {_MOST_REFUSED} markers were refused as obstacles; delete all with '
                'DELETEALL and an empty ns'
            )
        if not self._refused:
            return ''
        first = next(iter(self._refused.values())).why
        others = len(self._refused) - 1
        more = f', and so are {others} more' if others else ''
        return (
            f'refused as an obstacle: {first}{more}; the robot stands until that is replaced, '
            'deleted or expires'
        )

    def take(self, message: MarkerArray, now: float) -> None:
        """Apply a message, its markers in order.

        Args:
            message: the markers.
            now: monotonic time of its receipt [s].
        """
        self._heard = now
        # What the message adds, and has not deleted again.
        added: dict[Key, list[Sighting]] = {}
        for marker in message.markers:
            if marker.action == Marker.DELETEALL:
                self._delete_all(marker.ns, added)
            elif marker.action == Marker.DELETE:
                for markers in (self._entries, self._refused, added):
                    markers.pop((marker.ns, marker.id), None)
            else:
                self._add(marker, now, added)
        for key, sightings in added.items():
            if len(sightings) > 1:
                self._warn_of_doubles(key)
            if sightings:
                self._tracks.setdefault(key, Track()).see(sightings, self.config)
        self._forget_tracks(now)
        self._rebuild()

    def at_rest(self, now: float) -> tuple[Circle, ...]:
        """The discs in force at a monotonic time [s] that stand still."""
        self._expire(now)
        return self._at_rest

    def moving(self, now: float) -> list[Circle]:
        """The discs in force at a monotonic time [s] that move, as last reported, with age."""
        self._expire(now)
        return [replace(circle, age=max(0.0, now - measured)) for circle, measured in self._moving]

    def _expire(self, now: float) -> None:
        if now < self._next_expiry:
            return
        for key, entries in list(self._entries.items()):
            self._entries[key] = [entry for entry in entries if entry.expires > now]
            if not self._entries[key]:
                del self._entries[key]
        self._refused = {k: entry for k, entry in self._refused.items() if entry.expires > now}
        self._rebuild()

    def _delete_all(self, namespace: str, added: dict[Key, list[Sighting]]) -> None:
        """Delete the markers of a namespace, those of every one when it is empty."""
        if not namespace:
            self._more_refused_until = -float('inf')
        for markers in (self._entries, self._refused, added):
            for key in [key for key in markers if namespace in ('', key[0])]:
                del markers[key]

    def _add(self, marker: Marker, now: float, added: dict[Key, list[Sighting]]) -> None:
        key = (marker.ns, marker.id)
        lifetime = marker.lifetime.sec + 1e-9 * marker.lifetime.nanosec
        expires = now + lifetime if lifetime > 0.0 else float('inf')
        try:
            circle = circle_of(marker, self._world_frame)
        except InputError as error:
            self._refuse(key, _Refusal(str(error), expires))
            added.setdefault(key, [])
            return
        if key not in added:
            self._refused.pop(key, None)
            self._entries[key] = []
        self._entries.setdefault(key, []).append(_Entry(circle, expires))
        stamp = marker.header.stamp.sec + 1e-9 * marker.header.stamp.nanosec
        ros_now = self._ros_now()
        transport = max(0.0, ros_now - stamp) if ros_now > 0.0 else 0.0
        seen = Sighting(circle.x, circle.y, stamp, transport, now)
        added.setdefault(key, []).append(seen)

    def _warn_of_doubles(self, key: Key) -> None:
        if key in self._doubled or len(self._doubled) >= _MOST_REFUSED:
            return
        self._doubled.add(key)
        self._warn(
            f"a message on {self._topic} has more than one marker with ns '{key[0]}' and id "
            f'{key[1]}; all of them are kept as obstacles, without a velocity: each needs an id '
            'of its own'
        )

    def _forget_tracks(self, now: float) -> None:
        """Forget what is deleted, but not at once: a message may delete all and add them again."""
        if len(self._tracks) > len(self._entries):
            self._tracks = {
                key: track
                for key, track in self._tracks.items()
                if key in self._entries or now - track.received <= MEMORY
            }

    def _refuse(self, key: Key, refusal: _Refusal) -> None:
        before = self._refused.get(key)
        if before is None and len(self._refused) >= _MOST_REFUSED:
            # Which ones these are is not known any more, so that only the last expiry ends it.
            self._more_refused_until = max(self._more_refused_until, refusal.expires)
            return
        self._refused[key] = refusal
        if before is None or before.why != refusal.why:
            self._warn(f'refused as an obstacle: {refusal.why}')

    def _rebuild(self) -> None:
        at_rest = []
        self._moving = []
        for key, entries in self._entries.items():
            motion = self._tracks[key].motion
            if motion is None:
                at_rest += [entry.circle for entry in entries]
                continue
            for entry in entries:
                circle = replace(
                    entry.circle,
                    vx=motion.vx,
                    vy=motion.vy,
                    velocity_uncertainty=motion.doubt,
                )
                self._moving.append((circle, motion.measured))
        self._at_rest = tuple(at_rest)
        expiries = [entry.expires for entries in self._entries.values() for entry in entries]
        expiries += [refusal.expires for refusal in self._refused.values()]
        self._next_expiry = min(expiries, default=float('inf'))
