"""A node that passes cmd_vel_nom on to cmd_vel and does nothing else: what DDS and rclpy cost."""

from geometry_msgs.msg import Twist
from rclpy.node import Node

from vcp_cbf_safety.ros.running import run


class Relay(Node):
    """Publishes every command at once, as it came."""

    def __init__(self) -> None:
        super().__init__('relay')
        publisher = self.create_publisher(Twist, 'cmd_vel', 10)
        self.create_subscription(Twist, 'cmd_vel_nom', publisher.publish, 10)

    def start(self) -> bool:
        """Nothing to do."""
        return True

    def stop(self) -> None:
        """Nothing to do."""


if __name__ == '__main__':
    run(Relay, 'relay')
