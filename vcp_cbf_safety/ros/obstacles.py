"""Obstacles from MarkerArray messages: added, changed, deleted, and gone when their time is up."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.frames.planar import Planar
from vcp_cbf_safety.hazards.hazards import Circle
from vcp_cbf_safety.motion.unicycle import RobotState
from vcp_cbf_safety.ros.discs_in_force import DiscsInForce
from vcp_cbf_safety.ros.marker_draft import Draft, Entry
from vcp_cbf_safety.ros.marker_motion import MEMORY, Sighting, Track
from vcp_cbf_safety.ros.marker_types import MarkerAction
from vcp_cbf_safety.ros.markers import (
    LISTS,
    REMARKS,
    DiscList,
    ObstacleMarker,
    circle_at,
    circle_of,
    discs_of,
)
from vcp_cbf_safety.ros.refusals import MOST_REFUSED, Key, Refusals
from vcp_cbf_safety.ros.said_once import SaidOnce

_NEVER = float('inf')
_NO_POSES: Mapping[str, Planar] = {}


class ObstacleStore:
    """Discs of the markers that are in force, by namespace and id.

    A CYLINDER, SPHERE or CUBE whose position changes from message to message is a dynamic
    obstacle, also when every message deletes all markers first (`marker_motion.Track`). The points
    of a SPHERE_LIST, CUBE_LIST or POINTS have no names, so nobody knows which of them is which
    in the next message: they stand still, and a list that is sent again replaces the old one.

    Markers with the same namespace and id in one message are all kept until the next message about
    them, with one warning each; no velocity is derived for them.

    A marker that cannot be an obstacle is refused with one warning each; if it replaces one that
    was an obstacle, the old one stays. Something is there that nobody can place, until a good
    marker replaces it, or it is deleted or its lifetime is over. Text and arrows are no obstacles
    and change nothing.

    A message takes effect as a whole, when all of it has been read.

    Attributes:
        config: position_uncertainty, peer_max_speed and peer_max_acceleration tell motion from
            noise.
        unread_since: monotonic time at which the oldest message came that has not taken effect
            [s], inf when there is none; it may renew what would expire after that.

    Args:
        topic: resolved topic name, for warnings.
        world_frame: the frame that markers must be in, but for what follows.
        any_frame: whether they may be in others; they stay in those until somebody asks.
        config: see above.
        warn: takes one sentence for each marker that is refused or doubled for the first time.
        note: takes one sentence when something is ignored for the first time.
    """

    def __init__(
        self,
        *,
        topic: str,
        world_frame: str,
        config: FilterConfig,
        warn: Callable[[str], object],
        note: Callable[[str], object],
        any_frame: bool = False,
    ) -> None:
        self.config = config
        self.unread_since = float('inf')
        self._topic = topic
        self._world_frame, self._any_frame = world_frame, any_frame
        self._own = ('', world_frame.lstrip('/'))
        self._note = note
        self._has_noted = False
        self._doubled = SaidOnce(warn, MOST_REFUSED)
        self._entries: dict[Key, tuple[Entry, ...]] = {}
        self._tracks: dict[Key, Track] = {}
        self._refusals = Refusals(warn)
        self._heard = -float('inf')
        self._discs = DiscsInForce({}, {})
        self._next_expiry = float('inf')

    @property
    def topic(self) -> str:
        """Resolved topic name."""
        return self._topic

    @property
    def refused(self) -> int:
        """Number of markers that were sent and are no obstacles."""
        return len(self._refusals)

    def count(self, now: float) -> tuple[int, int]:
        """How many discs are in force at a monotonic time [s], and how many of them move."""
        self._expire(now)
        return self._discs.count

    def frames(self, now: float) -> set[str]:
        """The frames other than the world frame that discs in force are in."""
        self._expire(now)
        return self._discs.frames

    def age(self, now: float) -> float:
        """Time since the last message at a monotonic time, inf before the first [s]."""
        return now - self._heard

    def refusal(self, now: float) -> str:
        """Why there is something that cannot be placed at a monotonic time [s], '' when not."""
        self._expire(now)
        return self._refusals.sentence(now)

    def take(
        self, markers: Iterable[ObstacleMarker], received: float, ros_now: float = 0.0
    ) -> None:
        """Apply a message at once; see `taking`."""
        for _ in self.taking(markers, received, ros_now):
            pass

    def taking(
        self, markers: Iterable[ObstacleMarker], received: float, ros_now: float
    ) -> Iterator[None]:
        """Apply a message, its markers in order, in small steps of which only the last has effect.

        Args:
            markers: the message.
            received: monotonic time of its receipt [s].
            ros_now: ROS time of its receipt, on the clock of the stamps; 0 while that clock is
                unknown [s].

        Raises:
            Whatever reading the next marker raises; the message then has no effect.
        """
        draft = Draft(self._entries, self._refusals)
        for marker in markers:
            if marker.action == MarkerAction.DELETEALL:
                draft.delete_all(marker.namespace)
            elif marker.action == MarkerAction.DELETE:
                draft.delete((marker.namespace, marker.number))
            elif marker.kind in REMARKS:
                self._note_remark(marker)
            else:
                self._add(draft, marker, received, ros_now)
            yield
        for key, sightings in draft.added.items():
            self._follow(key, sightings, draft.entries.get(key, ()), received)
            yield
        self._heard = received
        self._entries, self._refusals = draft.entries, draft.refusals
        self._forget_tracks(received)
        self._rebuild()

    def near(
        self,
        robot: RobotState | None,
        reach: Callable[[RobotState], float],
        now: float,
        poses: Mapping[str, Planar] = _NO_POSES,
    ) -> tuple[Circle, ...]:
        """The discs in force at a monotonic time [s] that stand still and may matter.

        Args:
            robot: where the robot is, None for all of them.
            reach: how far the edge of a disc may be away from there and still matter [m].
            now: see above.
            poses: where other frames are in the world frame; what is in none of them is left out.
        """
        self._expire(now)
        return self._discs.near(robot, reach, poses)

    def moving(self, now: float, poses: Mapping[str, Planar] = _NO_POSES) -> list[Circle]:
        """The discs in force at a monotonic time [s] that move, as last reported, with age."""
        self._expire(now)
        return self._discs.moving(now, poses)

    def _expire(self, now: float) -> None:
        now = min(now, self.unread_since)
        if now < self._next_expiry:
            return
        kept = (
            (key, tuple(entry for entry in entries if entry.expires > now))
            for key, entries in self._entries.items()
        )
        self._entries = {key: entries for key, entries in kept if entries}
        self._refusals.expire(now)
        self._rebuild()

    def _add(self, draft: Draft, marker: ObstacleMarker, received: float, ros_now: float) -> None:
        key = (marker.namespace, marker.number)
        expires = received + marker.lifetime if marker.lifetime > 0.0 else _NEVER
        try:
            entry = self._entry(key, marker, expires)
        except InputError as error:
            draft.refusals.add(key, str(error), expires, received)
            draft.added.setdefault(key, [])
            return
        sightings = draft.added.get(key)
        if sightings is None:
            sightings = draft.added[key] = []
            draft.refusals.accept(key, received)
            draft.entries[key] = (entry,)
        else:
            draft.entries[key] = (*draft.entries.get(key, ()), entry)
        discs = entry.discs
        if isinstance(discs, Circle):
            transport = ros_now - marker.stamp if ros_now > marker.stamp else 0.0
            sightings.append(Sighting(discs.x, discs.y, marker.stamp, transport, received))

    def _entry(self, key: Key, marker: ObstacleMarker, expires: float) -> Entry:
        """The discs of a marker; those that it had before, where they are the same."""
        before = self._entries.get(key)
        frame = marker.frame.lstrip('/') if self._any_frame else ''
        within, frame = (self._world_frame, '') if frame in self._own else (frame, frame)
        if marker.kind in LISTS:
            discs = discs_of(marker, within)
            if before and isinstance(before[0].discs, DiscList) and discs.is_as(before[0].discs):
                discs = before[0].discs
            return Entry(discs, expires, frame=frame)
        shape = (marker.kind, marker.frame, marker.geometry[3:])
        same = before[0] if before else None
        if same is not None and isinstance(same.discs, Circle) and same.shape == shape:
            circle = circle_at(marker, same.discs)
            if circle is same.discs and expires == same.expires:
                return same
            return Entry(circle, expires, same.shape, frame)
        return Entry(circle_of(marker, within), expires, shape, frame)

    def _follow(
        self, key: Key, sightings: list[Sighting], entries: tuple[Entry, ...], received: float
    ) -> None:
        """Take where the markers of one name were seen."""
        if len(entries) > 1:
            self._warn_of_doubles(key, received)
        if any(isinstance(each.discs, DiscList) for each in entries):
            # Which of them has moved is not known.
            self._tracks.pop(key, None)
        elif sightings:
            track = self._tracks.get(key)
            frame = entries[0].frame if entries else ''
            if track is None or track.frame != frame:
                track = self._tracks[key] = Track(frame)
            track.see(sightings, self.config)

    def _note_remark(self, marker: ObstacleMarker) -> None:
        if not self._has_noted:
            self._has_noted = True
            self._note(
                f'text and arrows on {self._topic} are no obstacles and are ignored, the first is '
                f'marker {marker.name}'
            )

    def _warn_of_doubles(self, key: Key, now: float) -> None:
        self._doubled.bad(
            key,
            f"a message on {self._topic} has more than one marker with ns '{key[0]}' and id "
            f'{key[1]}; all of them are kept as obstacles, without a velocity: each needs an id '
            'of its own',
            now,
        )

    def _forget_tracks(self, now: float) -> None:
        """Forget what is deleted, but not at once: a message may delete all and add them again."""
        if len(self._tracks) > len(self._entries):
            self._tracks = {
                key: track
                for key, track in self._tracks.items()
                if key in self._entries or now - track.received <= MEMORY
            }

    def _rebuild(self) -> None:
        self._discs = DiscsInForce(self._entries, self._tracks)
        expiries = [entry.expires for entries in self._entries.values() for entry in entries]
        self._next_expiry = min(self._refusals.next_expiry, min(expiries, default=float('inf')))
