"""What a map says is occupied: nav_msgs/OccupancyGrid, as a map server publishes it."""

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from nav_msgs.msg import OccupancyGrid
from numpy.typing import NDArray
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy

from vcp_cbf_safety.discs import standing_discs
from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.occupancy import edge_of, occupied_cells, points_of_cells, radius_of_cells
from vcp_cbf_safety.relevance import relevant_distance
from vcp_cbf_safety.ros.conversions import check_frame, heading_of
from vcp_cbf_safety.ros.inputs import Newest
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.ros.sources.source import Context, Moment, Seen, Source
from vcp_cbf_safety.ros.watch import Watch
from vcp_cbf_safety.unicycle import LARGEST_NUMBER

if TYPE_CHECKING:
    from vcp_cbf_safety.ros.connections import Connections

# A map server publishes once, for everybody who comes later.
LATCHED = QoSProfile(
    depth=1,
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.TRANSIENT_LOCAL,
)


class MapSource(Source):
    """The map that the parameter `map_topic` names; the robot needs it."""

    def __init__(self, context: Context) -> None:
        topic = context.settings.map_topic
        # A map does not age.
        self._newest = Newest(context.resolve(topic)) if topic else None
        self._frames, self._frame = context.frames, context.settings.world_frame
        self._watch = Watch('the map', context.log)
        self._heard = False
        self._read: tuple[object, ...] = ()
        self._error = ''
        self._points: NDArray[np.float64] = np.zeros((0, 2))
        self._radius = 0.0

    def connect(self, connections: 'Connections') -> None:
        """Hear the map."""
        if self._newest is not None and not self._heard:
            connections.hear(OccupancyGrid, self._newest, LATCHED)
            self._heard = True

    def reset(self, now: float) -> None:
        """Start over; the map is still known."""
        self._watch.reset()

    def look(self, moment: Moment) -> Seen:
        """The edge of the occupied cells near the robot."""
        newest, settings = self._newest, moment.settings
        if newest is None:
            return Seen()
        self._follow(newest, settings)
        fault, pose, unplaced = self._error, None, ''
        if newest.message is None:
            fault = f'no map on {newest.topic} yet'
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
        if moment.robot is None or (unplaced and pose is None):  # nobody knows where it is
            return Seen(brake=brake)
        place = (moment.robot.x, moment.robot.y)
        if pose is not None:
            place = pose.inverse().place(*place)
        x, y = (self._points - place).T
        reach = relevant_distance(settings.filter, moment.robot) + self._radius
        near = self._points[x * x + y * y <= reach * reach]
        if pose is not None:
            near = pose.places(near)
        discs = standing_discs(_names(len(near)), near[:, 0], near[:, 1], self._radius)
        return Seen(discs=[discs], brake=brake)

    def values(self, now: float) -> dict[str, str]:
        """How many cells are at the edge of what is occupied."""
        return {} if self._newest is None else {'map.cells': str(len(self._points))}

    def _follow(self, newest: Newest, settings: NodeSettings) -> None:
        """Read a map that is new, or to be read in another way."""
        read = (newest.count, settings.map_occupied, settings.map_unknown_occupied)
        if read == self._read or newest.message is None:
            return
        self._read = read
        try:
            self._points, self._radius = edge_points(newest.message, newest.topic, settings)
            self._frame, self._error = newest.message.header.frame_id, ''
        except InputError as error:
            self._error = str(error)


def edge_points(
    message: OccupancyGrid, topic: str, settings: NodeSettings
) -> tuple[NDArray[np.float64], float]:
    """Points (n, 2) at the edge of what is occupied, in its frame, and the radius of a cell [m].

    Raises:
        InputError: if the map is in another frame without transforms, or its size, resolution or
            origin is none; the message names the topic. What was known before stays known.
    """
    source, info = f'the map on {topic}', message.info
    if not settings.use_tf or not message.header.frame_id:
        check_frame(message.header.frame_id, settings.world_frame, source)
    if not 0.0 < info.resolution <= LARGEST_NUMBER:
        raise InputError(f'{source} has resolution {info.resolution} m; it must be positive')
    if info.width * info.height != len(message.data):
        raise InputError(
            f'{source} has {len(message.data)} cells where width and height make '
            f'{info.width * info.height}'
        )
    place = info.origin.position
    if not (math.isfinite(place.x) and math.isfinite(place.y)):
        raise InputError(f'{source} has its origin at ({place.x}, {place.y}); both must be finite')
    yaw = heading_of(info.origin.orientation, source)
    cells = np.array(message.data, dtype=np.int8).reshape(info.height, info.width)
    occupied = occupied_cells(cells, settings.map_occupied, settings.map_unknown_occupied)
    points = points_of_cells(edge_of(occupied), info.resolution, (place.x, place.y, yaw))
    return points, radius_of_cells(info.resolution)


@lru_cache(maxsize=256)
def _names(count: int) -> tuple[str, ...]:
    return tuple(f'map[{i}]' for i in range(count))
