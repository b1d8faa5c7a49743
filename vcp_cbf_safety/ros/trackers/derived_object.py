"""derived_object_msgs/msg/ObjectArray: objects with a shape, as of CARLA and of radars."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.ros.conversions import heading_of
from vcp_cbf_safety.ros.trackers.tracked import Tracked

# Object.OBJECT_DETECTED: seen in one scan, so that its twist says nothing.
_DETECTED = 0
# Types of shape_msgs/msg/SolidPrimitive, which a robot without such a tracker need not have, and
# where their dimensions are.
_BOX, _SPHERE, _CYLINDER, _CONE = 1, 2, 3, 4
_BOX_X, _BOX_Y, _SPHERE_RADIUS, _CYLINDER_RADIUS = 0, 1, 0, 1


def read(message: Any) -> Iterator[Tracked]:
    """Objects of a message.

    Raises:
        InputError: if one has no shape, no rotation, or a frame of its own.
    """
    for each in message.objects:
        name, frame = str(each.id), each.header.frame_id
        if frame not in ('', message.header.frame_id):
            raise InputError(
                f"object {name} is in frame '{frame}' and the list that it is in in frame "
                f"'{message.header.frame_id}'"
            )
        velocity = each.twist.linear
        known = each.detection_level != _DETECTED
        corners, radius = _outline(each, name)
        yield Tracked(name, corners, radius, (velocity.x, velocity.y) if known else None)


def _outline(each: Any, name: str) -> tuple[Sequence[tuple[float, float]], float]:
    """Corners of an object seen from above, and what it sticks out around them [m]."""
    place, sizes = each.pose.position, list(each.shape.dimensions)
    kind = each.shape.type
    if kind == _SPHERE and sizes:
        return [(place.x, place.y)], sizes[_SPHERE_RADIUS]
    if kind in (_CYLINDER, _CONE) and len(sizes) > 1:
        return [(place.x, place.y)], sizes[_CYLINDER_RADIUS]
    if kind == _BOX and len(sizes) > 1:
        yaw = heading_of(each.pose.orientation, f'object {name}')
        cosine, sine = math.cos(yaw), math.sin(yaw)
        length, width = 0.5 * sizes[_BOX_X], 0.5 * sizes[_BOX_Y]
        corners = ((length, width), (-length, width), (-length, -width), (length, -width))
        return [
            (place.x + cosine * x - sine * y, place.y + sine * x + cosine * y) for x, y in corners
        ], 0.0
    if each.polygon.points:
        return [(corner.x, corner.y) for corner in each.polygon.points], 0.0
    raise InputError(f'object {name} has neither a shape with dimensions nor a polygon')
