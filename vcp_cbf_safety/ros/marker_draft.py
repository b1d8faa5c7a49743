"""What a message makes of the obstacles while it is being read; nothing of it counts before."""

from typing import NamedTuple

from vcp_cbf_safety.hazards.hazards import Circle
from vcp_cbf_safety.ros.marker_motion import Sighting
from vcp_cbf_safety.ros.markers import DiscList
from vcp_cbf_safety.ros.refusals import Key, Refusals


class Entry(NamedTuple):
    """The discs of one marker.

    Attributes:
        discs: one, or those of a list.
        expires: monotonic time [s], inf for never.
        shape: what a single disc was made of, but for its place.
        frame: where it is given, '' for the world frame.
    """

    discs: Circle | DiscList
    expires: float
    shape: tuple[object, ...] = ()
    frame: str = ''


class Draft:
    """The obstacles as a message will leave them.

    Attributes:
        entries, refusals: as they will be.
        added: what the message adds, and has not deleted again, by where each was seen.
    """

    def __init__(self, entries: dict[Key, tuple[Entry, ...]], refusals: Refusals) -> None:
        self.entries = dict(entries)
        self.refusals = refusals.copy()
        self.added: dict[Key, list[Sighting]] = {}

    def delete(self, key: Key) -> None:
        """Delete a marker."""
        self.refusals.end(key)
        self.entries.pop(key, None)
        self.added.pop(key, None)

    def delete_all(self, namespace: str) -> None:
        """Delete the markers of a namespace, those of every one when it is empty."""
        self.refusals.end_all(namespace)
        for markers in (self.entries, self.added):
            if not namespace:
                markers.clear()
            else:
                for key in [key for key in markers if key[0] == namespace]:
                    del markers[key]
