"""Obstacles from MarkerArray messages: added, changed, deleted, and gone when their time is up."""

from collections.abc import Callable
from typing import NamedTuple

from visualization_msgs.msg import Marker, MarkerArray

from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.hazards import Circle
from vcp_cbf_safety.ros.conversions import circle_of

Key = tuple[str, int]


class _Entry(NamedTuple):
    circle: Circle
    expires: float  # monotonic time [s], inf for never


class ObstacleStore:
    """Discs of the markers that are in force, by namespace and id.

    A marker that cannot be an obstacle is refused with one warning each; if it replaces one that
    was an obstacle, the old one stays.

    Args:
        world_frame: the frame that markers must be in.
        warn: takes one sentence for each marker that is refused for the first time.
    """

    def __init__(self, world_frame: str, warn: Callable[[str], object]) -> None:
        self._world_frame = world_frame
        self._warn = warn
        self._entries: dict[Key, _Entry] = {}
        self._refused: dict[Key, str] = {}
        self._circles: tuple[Circle, ...] = ()
        self._next_expiry = float('inf')

    @property
    def refused(self) -> int:
        """Number of markers that were sent and are no obstacles."""
        return len(self._refused)

    def take(self, message: MarkerArray, now: float) -> None:
        """Apply a message, its markers in order.

        Args:
            message: the markers.
            now: monotonic time of its receipt [s].
        """
        for marker in message.markers:
            if marker.action == Marker.DELETEALL:
                self._entries.clear()
                self._refused.clear()
            elif marker.action == Marker.DELETE:
                self._entries.pop((marker.ns, marker.id), None)
                self._refused.pop((marker.ns, marker.id), None)
            else:
                self._add(marker, now)
        self._rebuild()

    def circles(self, now: float) -> tuple[Circle, ...]:
        """The discs in force at a monotonic time [s]."""
        if now >= self._next_expiry:
            self._entries = {
                key: entry for key, entry in self._entries.items() if entry.expires > now
            }
            self._rebuild()
        return self._circles

    def _add(self, marker: Marker, now: float) -> None:
        key = (marker.ns, marker.id)
        try:
            circle = circle_of(marker, self._world_frame)
        except InputError as error:
            if self._refused.get(key) != str(error):
                self._refused[key] = str(error)
                self._warn(f'refused as an obstacle: {error}')
            return
        self._refused.pop(key, None)
        lifetime = marker.lifetime.sec + 1e-9 * marker.lifetime.nanosec
        self._entries[key] = _Entry(circle, now + lifetime if lifetime > 0.0 else float('inf'))

    def _rebuild(self) -> None:
        self._circles = tuple(entry.circle for entry in self._entries.values())
        self._next_expiry = min(
            (entry.expires for entry in self._entries.values()), default=float('inf')
        )
