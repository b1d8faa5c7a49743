"""nav2_dynamic_msgs/msg/ObstacleArray: of the trackers of navigation2_dynamic."""

import math
from collections.abc import Iterator
from typing import Any

from vcp_cbf_safety.ros.trackers.tracked import Tracked


def read(message: Any) -> Iterator[Tracked]:
    """Obstacles of a message: boxes, whichever way they are turned."""
    for each in message.obstacles:
        place, velocity, size = each.position, each.velocity, each.size
        name = bytes(each.uuid.uuid).hex()
        radius = 0.5 * math.hypot(size.x, size.y)
        yield Tracked(name, [(place.x, place.y)], radius, (velocity.x, velocity.y))
