"""Obstacles from MarkerArray messages: added, changed, deleted, and gone when their time is up."""

from collections.abc import Callable
from typing import NamedTuple

from visualization_msgs.msg import Marker, MarkerArray

from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.hazards import Circle
from vcp_cbf_safety.ros.conversions import circle_of

Key = tuple[str, int]

# So many refused markers are remembered one by one; a sender that numbers on and on could fill
# the memory.
_MOST_REFUSED = 1000


class _Entry(NamedTuple):
    circle: Circle
    expires: float  # monotonic time [s], inf for never


class _Refusal(NamedTuple):
    why: str
    expires: float  # monotonic time [s], inf for never


class ObstacleStore:
    """Discs of the markers that are in force, by namespace and id.

    A marker that cannot be an obstacle is refused with one warning each; if it replaces one that
    was an obstacle, the old one stays. Something is there that nobody can place, until a good
    marker replaces it, or it is deleted or its lifetime is over.

    Args:
        world_frame: the frame that markers must be in.
        warn: takes one sentence for each marker that is refused for the first time.
    """

    def __init__(self, world_frame: str, warn: Callable[[str], object]) -> None:
        self._world_frame = world_frame
        self._warn = warn
        self._entries: dict[Key, _Entry] = {}
        self._refused: dict[Key, _Refusal] = {}
        self._more_refused_until = -float('inf')
        self._heard = -float('inf')
        self._circles: tuple[Circle, ...] = ()
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
        for marker in message.markers:
            if marker.action == Marker.DELETEALL:
                self._delete_all(marker.ns)
            elif marker.action == Marker.DELETE:
                self._entries.pop((marker.ns, marker.id), None)
                self._refused.pop((marker.ns, marker.id), None)
            else:
                self._add(marker, now)
        self._rebuild()

    def circles(self, now: float) -> tuple[Circle, ...]:
        """The discs in force at a monotonic time [s]."""
        self._expire(now)
        return self._circles

    def _expire(self, now: float) -> None:
        if now < self._next_expiry:
            return
        self._entries = {k: entry for k, entry in self._entries.items() if entry.expires > now}
        self._refused = {k: entry for k, entry in self._refused.items() if entry.expires > now}
        self._rebuild()

    def _delete_all(self, namespace: str) -> None:
        """Delete the markers of a namespace, those of every one when it is empty."""
        if not namespace:
            self._entries.clear()
            self._refused.clear()
            self._more_refused_until = -float('inf')
            return
        for markers in (self._entries, self._refused):
            for key in [key for key in markers if key[0] == namespace]:
                del markers[key]

    def _add(self, marker: Marker, now: float) -> None:
        key = (marker.ns, marker.id)
        lifetime = marker.lifetime.sec + 1e-9 * marker.lifetime.nanosec
        expires = now + lifetime if lifetime > 0.0 else float('inf')
        try:
            circle = circle_of(marker, self._world_frame)
        except InputError as error:
            self._refuse(key, _Refusal(str(error), expires))
            return
        self._refused.pop(key, None)
        self._entries[key] = _Entry(circle, expires)

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
        self._circles = tuple(entry.circle for entry in self._entries.values())
        expiries = [entry.expires for entry in self._entries.values()]
        expiries += [refusal.expires for refusal in self._refused.values()]
        self._next_expiry = min(expiries, default=float('inf'))
