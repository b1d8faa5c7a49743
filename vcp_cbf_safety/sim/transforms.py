"""Transforms of simulated robots on /tf, so that RViz and Foxglove know where they are."""

from collections.abc import Callable, Mapping
from typing import Any

from geometry_msgs.msg import TransformStamped
from nav_msgs.msg import Odometry
from rclpy.node import Node

from vcp_cbf_safety.sim.node_support import LATCHED, steady_clock

# Seconds between two messages on /tf.
_PERIOD = 1.0 / 30.0
_DEPTH = 100


class TransformPublisher:
    """Publishes where robots are, from the frame of their odometry, while somebody listens.

    Without tf2_msgs it says so in one sentence and does nothing.

    Args:
        node: the simulator.
        newest: gives the newest odometry of every robot.
        scanners: frame of the scanner of each robot, at the middle of its body, by the frame of
            the robot; none where there are no scanners.
    """

    def __init__(
        self,
        node: Node,
        newest: Callable[[], list[Odometry]],
        scanners: Mapping[str, str],
    ) -> None:
        self._newest = newest
        try:
            from tf2_msgs.msg import TFMessage
        except ImportError as error:
            node.get_logger().info(
                f'there are no transforms on /tf, because tf2_msgs cannot be imported ({error}): '
                'install ros-<distro>-tf2-msgs, or without ROS 2 packages: make tf2-msgs'
            )
            return
        self._kind: Any = TFMessage
        self._publisher: Any = node.create_publisher(TFMessage, '/tf', _DEPTH)
        self._static: Any = node.create_publisher(TFMessage, '/tf_static', LATCHED)
        fixed = [TransformStamped(child_frame_id=child) for child in scanners.values()]
        for transform, parent in zip(fixed, scanners, strict=True):
            transform.header.frame_id = parent
            transform.header.stamp = node.get_clock().now().to_msg()
            transform.transform.rotation.w = 1.0
        self._static.publish(TFMessage(transforms=fixed))
        node.create_timer(_PERIOD, self._publish, clock=steady_clock())

    def _publish(self) -> None:
        if self._publisher.get_subscription_count():
            transforms = [transform_of(message) for message in self._newest()]
            self._publisher.publish(self._kind(transforms=transforms))


def transform_of(odometry: Odometry) -> TransformStamped:
    """Where the robot is by its odometry, as a transform."""
    made = TransformStamped(header=odometry.header, child_frame_id=odometry.child_frame_id)
    position, pose = odometry.pose.pose.position, made.transform
    pose.translation.x, pose.translation.y = position.x, position.y
    pose.rotation = odometry.pose.pose.orientation
    return made
