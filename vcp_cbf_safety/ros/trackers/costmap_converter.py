"""costmap_converter_msgs/msg/ObstacleArrayMsg: of costmap_converter, as for TEB."""

from collections.abc import Iterator
from typing import Any

from vcp_cbf_safety.ros.trackers.tracked import Tracked


def read(message: Any) -> Iterator[Tracked]:
    """Obstacles of a message: discs, lines and polygons, and the velocities of their centroids."""
    for index, each in enumerate(message.obstacles):
        corners = [(corner.x, corner.y) for corner in each.polygon.points]
        velocity = each.velocities.twist.linear
        # Not every plugin tells its obstacles apart by their id.
        name = f'{index}/{each.id}'
        yield Tracked(name, corners, each.radius, (velocity.x, velocity.y))
