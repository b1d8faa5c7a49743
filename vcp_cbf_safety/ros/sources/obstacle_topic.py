"""Hears obstacle markers of every sender, and those that a latched sender sent before."""

from collections.abc import Iterator
from typing import Any

from rclpy.clock import Clock, ClockType
from rclpy.event_handler import SubscriptionEventCallbacks
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from visualization_msgs.msg import MarkerArray

from vcp_cbf_safety.ros.bypass import Wire
from vcp_cbf_safety.ros.polling import NeverCalled, RawMessage, raw_messages

# More than come between two looks.
_QOS = QoSProfile(depth=100, reliability=ReliabilityPolicy.RELIABLE)
# As deep as a sender of single markers may have a history.
_LATCHED_QOS = QoSProfile(
    depth=1000,
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.TRANSIENT_LOCAL,
)

# How often to look for latched senders: within the time that odometry must be good [s].
_LOOK = 0.1

# So many messages are known when they come again.
_MOST_HEARD = 2000


class ObstacleTopic:
    """The subscriptions to the topic obstacles, which are looked into once a cycle.

    One subscription cannot hear all: a volatile one gets no history, and a transient-local one
    gets nothing from volatile senders, who would also be told of a subscription that does not
    match. So a second one is made when somebody latched is there. Its messages arrive twice from
    then on.

    Attributes:
        wire: the topic.

    Args:
        node: who hears.
        group: the group that is never called.
    """

    def __init__(self, node: Node, group: NeverCalled) -> None:
        self._node = node
        self._group = group
        self._volatile = self._subscription(_QOS)
        self._latched: Any = None
        self._repeats = Repeats()
        # Obstacles may come from several senders.
        self.wire = Wire(self._volatile.topic_name, MarkerArray, single=False)
        # ROS time may stop.
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._timer = node.create_timer(_LOOK, self._look, clock=steady)

    def take(self) -> Iterator[RawMessage]:
        """Every message that has come since the last look, once."""
        for message in raw_messages(self._volatile, MarkerArray):
            if self._repeats.is_new(message, latched=False):
                yield message
        if self._latched is not None:
            for message in raw_messages(self._latched, MarkerArray):
                if self._repeats.is_new(message, latched=True):
                    yield message

    def drop(self) -> None:
        """Hear nothing any more."""
        self._node.destroy_timer(self._timer)
        for subscription in filter(None, (self._volatile, self._latched)):
            self._node.destroy_subscription(subscription)

    def _look(self) -> None:
        senders = self._node.get_publishers_info_by_topic(self.wire.topic)
        if any(_is_latched(sender) for sender in senders):
            self._timer.cancel()
            self._latched = self._subscription(_LATCHED_QOS)

    def _subscription(self, qos: QoSProfile) -> Any:
        # Whom it cannot hear, the look at the graph finds out.
        silent = SubscriptionEventCallbacks(incompatible_qos=lambda event: None)
        return self._node.create_subscription(
            MarkerArray, 'obstacles', lambda message: None, qos,
            callback_group=self._group, event_callbacks=silent,
        )  # fmt: skip


class Repeats:
    """Knows the messages that one subscription has brought already and another brings again.

    Each brings the messages of a sender in their order, the volatile one none of the history. So
    a repeated message is left out. But when the latched one has brought something that was taken
    since, that may be older: then it is taken again, so that for every marker the sender's last
    word is the last one taken.
    """

    def __init__(self) -> None:
        self._heard: dict[tuple[int, int, int], int] = {}
        self._count = 0
        self._newest_latched = 0

    def is_new(self, message: RawMessage, latched: bool) -> bool:
        """Whether to take a message that one of the subscriptions has brought."""
        if message.sent == 0:
            return True  # nothing tells it from another one with the same markers
        fingerprint = (message.sent, len(message.raw), hash(message.raw))
        before = self._heard.get(fingerprint)
        if before is not None and not (latched and before < self._newest_latched):
            return False
        self._count += 1
        if latched:
            self._newest_latched = self._count
        self._heard[fingerprint] = self._count
        if len(self._heard) > _MOST_HEARD:
            del self._heard[next(iter(self._heard))]
        return True


def _is_latched(sender: Any) -> bool:
    return bool(sender.qos_profile.durability == DurabilityPolicy.TRANSIENT_LOCAL)
