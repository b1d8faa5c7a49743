"""What a cycle saw and did, as markers for RViz and Foxglove: ~/markers."""

from collections.abc import Callable, Sequence
from typing import Any

from builtin_interfaces.msg import Time
from geometry_msgs.msg import Point
from std_msgs.msg import ColorRGBA
from visualization_msgs.msg import Marker, MarkerArray

from vcp_cbf_safety.command import SafeCommand
from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.hazards.hazards import Arena
from vcp_cbf_safety.motion.unicycle import RobotState
from vcp_cbf_safety.ros.cycle_shapes import ARENA, shapes_of_cycle
from vcp_cbf_safety.ros.marker_shapes import Color, Shape
from vcp_cbf_safety.ros.settings import NodeSettings

# Seconds between two messages, while somebody listens.
_PERIOD = 0.1


class Visualizer:
    """Publishes markers ten times a second, while somebody listens.

    Args:
        publisher: of the topic.
        frame: the world frame.
        arena_frame: the frame of the arena.
        now: gives the stamp.
    """

    def __init__(
        self, publisher: Any, frame: str, arena_frame: str, now: Callable[[], Time]
    ) -> None:
        self._publisher, self._now = publisher, now
        self._frames = {ARENA: arena_frame}
        self._frame = frame
        self._due = 0.0
        self._robot: RobotState | None = None

    def show(self, settings: NodeSettings, command: SafeCommand, now: float) -> None:
        """Take the command of a cycle at a monotonic time [s]."""
        if command.record is not None:
            self._robot = command.record.prediction.robot
        if now < self._due or self._publisher.get_subscription_count() == 0:
            return
        self._due = now + _PERIOD
        config, outline = settings.filter, settings.body.outline
        made = markers_of_cycle(config, settings.arena, command, self._robot, outline)
        stamp = self._now()
        for marker in made:
            marker.header.frame_id = self._frames.get(marker.ns, self._frame)
            marker.header.stamp = stamp
        self._publisher.publish(MarkerArray(markers=made))


def markers_of_cycle(
    config: FilterConfig,
    arena: Arena | None,
    command: SafeCommand,
    robot: RobotState | None,
    outline: Sequence[tuple[float, float]] = (),
) -> list[Marker]:
    """All markers of a cycle, as `shapes_of_cycle`; the first one deletes those before."""
    shapes = shapes_of_cycle(config, arena, command, robot, outline)
    drawn = [_marker(number, shape) for number, shape in enumerate(shapes, 1)]
    return [Marker(action=Marker.DELETEALL), *drawn]


def _marker(number: int, shape: Shape) -> Marker:
    marker = Marker(ns=shape.namespace, id=number, type=int(shape.kind), action=Marker.ADD)
    where, scale = marker.pose.position, marker.scale
    where.x, where.y, where.z = shape.place
    scale.x, scale.y, scale.z = shape.scale
    marker.pose.orientation.w = 1.0
    marker.color = _rgba(shape.color, shape.alpha)
    marker.points = [Point(x=x, y=y, z=z) for x, y, z in shape.points.tolist()]
    marker.colors = [_rgba(color, 1.0) for color in shape.colors]
    marker.text = shape.text
    return marker


def _rgba(color: Color, alpha: float) -> ColorRGBA:
    red, green, blue = color
    return ColorRGBA(r=red, g=green, b=blue, a=alpha)
