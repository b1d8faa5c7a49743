"""A map that was published, and what updates have changed in it since."""

import math
from typing import Any

import numpy as np
from nav_msgs.msg import OccupancyGrid

from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.hazards.occupancy import (
    Window,
    edge_after,
    edge_of,
    occupied_cells,
    points_of_cells,
    radius_of_cells,
)
from vcp_cbf_safety.motion.unicycle import LARGEST_NUMBER
from vcp_cbf_safety.ros.conversions import check_frame_without_transforms, heading_of
from vcp_cbf_safety.ros.frames import plain
from vcp_cbf_safety.ros.settings import NodeSettings


class OccupancyMap:
    """What a map says is occupied.

    Attributes:
        frame: of the map and of all updates.
        points: (n, 2) at the edge of what is occupied, in that frame [m].
        radius: of a cell [m].

    Args:
        message: the whole map.
        topic: where it came, for errors.
        settings: which of its cells are occupied, and which frame is the world's.

    Raises:
        InputError: if the map is in another frame without transforms, or its size, resolution or
            origin is none; the message names the topic.
    """

    def __init__(self, message: OccupancyGrid, topic: str, settings: NodeSettings) -> None:
        source, info = f'the map on {topic}', message.info
        self.frame = message.header.frame_id
        if not settings.use_tf or not self.frame:
            check_frame_without_transforms(self.frame, settings.world_frame, source)
        if not 0.0 < info.resolution <= LARGEST_NUMBER:
            raise InputError(f'{source} has resolution {info.resolution} m; it must be positive')
        _check_size(message.data, info.width, info.height, source)
        place = info.origin.position
        if not (math.isfinite(place.x) and math.isfinite(place.y)):
            raise InputError(
                f'{source} has its origin at ({place.x}, {place.y}); both must be finite'
            )
        self._origin = (place.x, place.y, heading_of(info.origin.orientation, source))
        self._resolution, self.radius = info.resolution, radius_of_cells(info.resolution)
        self._cells = np.array(message.data, dtype=np.int8).reshape(info.height, info.width)
        self.interpret(settings)

    def interpret(self, settings: NodeSettings) -> None:
        """Find what is occupied by the parameters, in the whole map."""
        self._occupied = _occupied(self._cells, settings)
        self._edge = edge_of(self._occupied)
        self._place()

    def update(self, message: Any, topic: str, settings: NodeSettings) -> None:
        """Take what has changed in a part of the map.

        Args:
            message: map_msgs/OccupancyGridUpdate.
            topic: where it came, for errors.
            settings: which cells are occupied.

        Raises:
            InputError: if it is in another frame than the map, has another number of cells than
                it says, or has some outside the map; the message names the topic. The map stays
                as it was.
        """
        source, frame = f'the update of the map on {topic}', message.header.frame_id
        if plain(frame) != plain(self.frame):
            raise InputError(
                f"{source} is in frame '{frame}'; it must be in that of the map, '{self.frame}'"
            )
        _check_size(message.data, message.width, message.height, source)
        height, width = self._cells.shape
        top, left = message.y, message.x
        window = Window(top, left, top + message.height, left + message.width)
        if min(top, left) < 0 or window.bottom > height or window.right > width:
            raise InputError(
                f'{source} has {message.width} x {message.height} cells from column {left} '
                f'and row {top} on; the map has only {width} x {height}'
            )
        cells = np.array(message.data, dtype=np.int8).reshape(message.height, message.width)
        window.of(self._cells)[:] = cells
        window.of(self._occupied)[:] = _occupied(cells, settings)
        self._edge = edge_after(self._edge, self._occupied, window)
        self._place()

    def _place(self) -> None:
        self.points = points_of_cells(self._edge, self._resolution, self._origin)


def _occupied(cells: Any, settings: NodeSettings) -> Any:
    return occupied_cells(cells, settings.map_occupied, settings.map_unknown_occupied)


def _check_size(cells: Any, width: int, height: int, source: str) -> None:
    if width * height != len(cells):
        raise InputError(
            f'{source} has {len(cells)} cells where width and height make {width * height}'
        )
