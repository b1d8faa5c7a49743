"""What a map says is occupied: nav_msgs/OccupancyGrid and its updates, as map servers publish."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from nav_msgs.msg import OccupancyGrid
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy

from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.hazards.discs import standing_discs
from vcp_cbf_safety.hazards.relevance import relevant_distance
from vcp_cbf_safety.ros.inputs import Newest
from vcp_cbf_safety.ros.occupancy_map import OccupancyMap
from vcp_cbf_safety.ros.polling import Take
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.ros.sources.source import Context, Moment, Seen, Source
from vcp_cbf_safety.ros.watch import Watch

if TYPE_CHECKING:
    from vcp_cbf_safety.ros.connections import Connections

# A map server publishes once, for everybody who comes later.
LATCHED = QoSProfile(
    depth=1,
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.TRANSIENT_LOCAL,
)
# Every update counts; more than come between two looks.
_DEPTH = 100
_EVERY_ONE = QoSProfile(depth=_DEPTH, reliability=ReliabilityPolicy.RELIABLE)
# A map holds the updates that came so long before it [s]; in less, two topics may overtake.
_OVERTAKES = 5.0
_UNTIL = 'the robot stands until a whole map comes'


class MapSource(Source):
    """The map that the parameter `map_topic` names, and its updates; the robot needs the map.

    An update that cannot be used leaves a part of the map unknown, until a whole map comes.
    """

    def __init__(self, context: Context) -> None:
        topic = context.settings.map_topic
        # A map does not age.
        self._newest = Newest(context.resolve(topic)) if topic else None
        self._frames, self._frame = context.frames, context.settings.world_frame
        self._watch = Watch('the map', context.log)
        self._warn = context.log.warning
        self._heard = False
        self._take: Take = lambda: None
        self._waiting: list[tuple[float, Any]] = []
        self._lost, self._polled = False, context.now
        self._read, self._interpreted = 0, (0, False)
        self._error = self._update_error = ''
        self._map: OccupancyMap | None = None

    def connect(self, connections: 'Connections') -> None:
        """Hear the map, and its updates where their message is installed."""
        if self._newest is None or self._heard:
            return
        connections.hear(OccupancyGrid, self._newest, LATCHED)
        self._heard = True
        try:
            from map_msgs.msg import OccupancyGridUpdate
        except ImportError as error:
            self._warn(
                f'updates of the map on {self._updates} are not heard: map_msgs cannot be '
                f'imported ({error}); install ros-<distro>-map-msgs if somebody publishes them'
            )
            return
        self._take = connections.hear_all(OccupancyGridUpdate, self._updates, _EVERY_ONE)

    @property
    def _updates(self) -> str:
        return f'{self._newest.topic}_updates' if self._newest is not None else ''

    def reset(self, now: float) -> None:
        """Start over; the map is still known."""
        self._watch.reset()

    def poll(self, now: float) -> None:
        """Take all updates that have come."""
        since, self._polled = now - self._polled, now
        for count in range(_DEPTH):
            if (taken := self._take()) is None:
                break
            message, waited = taken
            self._waiting.append((now - min(max(waited, 0.0), since), message))
            self._lost = self._lost or count == _DEPTH - 1
        # They wait while there is no map, and one that comes later holds the oldest.
        del self._waiting[:-_DEPTH]

    def look(self, moment: Moment) -> Seen:
        """The edge of the occupied cells near the robot."""
        newest, settings = self._newest, moment.settings
        if newest is None:
            return Seen()
        self._follow(newest, settings)
        self._update(newest, settings)
        fault, pose, unplaced = self._error or self._update_error, None, ''
        if newest.message is None:
            fault = f'no map on {newest.topic} yet'
            if self._waiting:
                fault += f', and {len(self._waiting)} updates of it on {self._updates}'
        else:
            pose, unplaced = self._frames.placed(
                self._frame, settings.transform_timeout, moment.now
            )
            if unplaced:
                fault = fault or f'the map on {newest.topic} cannot be placed: {unplaced}'
        reason = self._watch.observe(
            fault,
            moment.cycle,
            settings.recovery_time,
            moment.now,
            awaited=newest.message is None or (unplaced != '' and pose is None),
        )
        brake = [reason] if reason else []
        if moment.robot is None or self._map is None or (unplaced and pose is None):
            return Seen(brake=brake)
        place = (moment.robot.x, moment.robot.y)
        if pose is not None:
            place = pose.inverse().place(*place)
        points, radius = self._map.points, self._map.radius
        x, y = (points - place).T
        reach = relevant_distance(settings.filter, moment.robot) + radius
        near = points[x * x + y * y <= reach * reach]
        if pose is not None:
            near = pose.places(near)
        discs = standing_discs(_names(len(near)), near[:, 0], near[:, 1], radius)
        return Seen(discs=[discs], brake=brake)

    def values(self, now: float) -> dict[str, str]:
        """How many cells are at the edge of what is occupied."""
        if self._newest is None:
            return {}
        return {'map.cells': str(len(self._map.points) if self._map is not None else 0)}

    def _follow(self, newest: Newest, settings: NodeSettings) -> None:
        """Read a map that is new, or to be read in another way."""
        interpreted = (settings.map_occupied, settings.map_unknown_occupied)
        if newest.count != self._read:
            self._read, self._interpreted = newest.count, interpreted
            try:
                self._map = OccupancyMap(newest.message, newest.topic, settings)
                self._frame, self._error, self._update_error = self._map.frame, '', ''
            except InputError as error:
                self._error = str(error)
        elif self._map is not None and interpreted != self._interpreted:
            self._interpreted = interpreted
            self._map.interpret(settings)

    def _update(self, newest: Newest, settings: NodeSettings) -> None:
        """Take the updates that wait, in the order in which they came."""
        if self._map is None:
            return
        if self._lost:
            self._update_error = (
                f'{_DEPTH} updates of the map waited on {self._updates}, and some may be lost; '
                f'{_UNTIL}'
            )
        waiting, self._waiting, self._lost = self._waiting, [], False
        for received, message in waiting:
            # Those about a map that was refused say nothing.
            if self._error or received < newest.received - _OVERTAKES:
                continue
            try:
                self._map.update(message, self._updates, settings)
            except InputError as error:
                self._update_error = f'{error}; {_UNTIL}'


@lru_cache(maxsize=256)
def _names(count: int) -> tuple[str, ...]:
    return tuple(f'map[{i}]' for i in range(count))
