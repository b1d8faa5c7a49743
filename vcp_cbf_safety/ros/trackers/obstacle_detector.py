"""obstacle_detector/msg/Obstacles: circles with velocities, and walls."""

from collections.abc import Iterator
from typing import Any

from vcp_cbf_safety.ros.trackers.tracked import Tracked


def read(message: Any) -> Iterator[Tracked]:
    """Circles with the margin that the detector adds to their radius, and segments."""
    for index, circle in enumerate(message.circles):
        place, velocity = circle.center, circle.velocity
        yield Tracked(
            f'circles[{index}]', [(place.x, place.y)], circle.radius, (velocity.x, velocity.y)
        )
    for index, segment in enumerate(message.segments):
        first, last = segment.first_point, segment.last_point
        ends = [(first.x, first.y), (last.x, last.y)]
        yield Tracked(f'segments[{index}]', ends, 0.0, (0.0, 0.0))
