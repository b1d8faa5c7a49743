"""Hears obstacle markers of every sender, and those that a latched sender sent before."""

from collections.abc import Callable
from typing import Any

from rclpy.clock import Clock, ClockType
from rclpy.event_handler import SubscriptionEventCallbacks
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from visualization_msgs.msg import MarkerArray

from vcp_cbf_safety.ros.bypass import Wire

_QOS = QoSProfile(depth=10, reliability=ReliabilityPolicy.RELIABLE)
# As deep as a sender of single markers may have a history.
_LATCHED_QOS = QoSProfile(
    depth=1000,
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.TRANSIENT_LOCAL,
)

# How often to look for latched senders: within the time that odometry must be good [s].
_LOOK = 0.1


class ObstacleTopic:
    """The subscriptions to the topic obstacles.

    One subscription cannot hear all: a volatile one gets no history, and a transient-local one
    gets nothing from volatile senders, who would also be told of a subscription that does not
    match. So a second one is made when somebody latched is there. Its messages arrive twice from
    then on, which changes nothing: both subscriptions hear a sender's messages in their order, so
    that for every marker the sender's last word is the last one taken.

    Attributes:
        wire: the topic.

    Args:
        node: who hears.
        take: takes a message.
    """

    def __init__(self, node: Node, take: Callable[[MarkerArray], None]) -> None:
        self._node = node
        self._take = take
        self._subscriptions = [node.create_subscription(MarkerArray, 'obstacles', take, _QOS)]
        # Obstacles may come from several senders.
        self.wire = Wire(self._subscriptions[0].topic_name, MarkerArray, single=False)
        # ROS time may stop.
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._timer = node.create_timer(_LOOK, self._look, clock=steady)

    def drop(self) -> None:
        """Hear nothing any more."""
        self._node.destroy_timer(self._timer)
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)

    def _look(self) -> None:
        senders = self._node.get_publishers_info_by_topic(self.wire.topic)
        if any(_is_latched(sender) for sender in senders):
            self._timer.cancel()
            self._subscriptions.append(self._latched())

    def _latched(self) -> Any:
        # Volatile senders do not match this one, and need not: the other one hears them.
        silent = SubscriptionEventCallbacks(incompatible_qos=lambda event: None)
        return self._node.create_subscription(
            MarkerArray, 'obstacles', self._take, _LATCHED_QOS, event_callbacks=silent
        )


def _is_latched(sender: Any) -> bool:
    return bool(sender.qos_profile.durability == DurabilityPolicy.TRANSIENT_LOCAL)
