"""Publishers, subscriptions and timers of the filter while it is configured."""

from collections.abc import Callable, Iterable
from time import monotonic
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import PoseStamped, Twist, TwistStamped
from nav_msgs.msg import Odometry
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy

from vcp_cbf_safety.errors import ConfigurationError
from vcp_cbf_safety.ros.bypass import GraphIssues, Wire, inspect_graph
from vcp_cbf_safety.ros.inputs import Inputs, Newest
from vcp_cbf_safety.ros.marker_queue import IDLE
from vcp_cbf_safety.ros.obstacle_topic import ObstacleTopic
from vcp_cbf_safety.ros.obstacles import ObstacleStore
from vcp_cbf_safety.ros.polling import Gate, NeverCalled, polled_subscription
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.ros.state import STATE_QOS

# Odometry is often published best effort, and only the newest counts. A best-effort subscription
# hears reliable publishers too.
NEWEST = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
RELIABLE = QoSProfile(depth=10, reliability=ReliabilityPolicy.RELIABLE)
# A goal is sent once.
NEWEST_RELIABLE = QoSProfile(depth=1, reliability=ReliabilityPolicy.RELIABLE)


def check_topics(resolve: Callable[[str], str], settings: NodeSettings) -> None:
    """See that no topic of the filter is another of its topics, after remapping.

    Args:
        resolve: full name of a topic; of a node, `resolve_topic_name`.
        settings: the node's parameters.

    Raises:
        ConfigurationError: if it would hear its own commands, or take itself for a peer; the
            message names both.
    """
    nominal, command, own = map(resolve, ('cmd_vel_nom', 'cmd_vel', 'odom'))
    if command == nominal:
        raise ConfigurationError(
            f'cmd_vel and cmd_vel_nom are both {command}, where the filter would hear its own '
            'commands; they must be two topics: remap one of them to another name'
        )
    for peer in settings.peers:
        topic = settings.peer_topic(peer)
        if resolve(topic) == own:
            raise ConfigurationError(
                f"the odometry of peer '{peer}', {topic}, and odom, that of this robot, are both "
                f"{own}; a robot is not its own peer: take '{peer}' out of peers, or remap odom"
            )


class Connections:
    """Everything that a configured filter has on the ROS graph.

    Attributes:
        command, diagnostics, state: the publishers.
        inputs: the newest messages.
        gate: open while a nominal command that arrives is to wake the node.

    Args:
        node: whose they are.
        settings: its parameters.
        heard: topics that the node hears anyway, to be inspected too.
        commanded: called when a nominal command has woken the node.
    """

    def __init__(
        self,
        node: Node,
        settings: NodeSettings,
        heard: Iterable[Wire],
        commanded: Callable[[], None],
    ) -> None:
        self._node = node
        self._group = NeverCalled()
        self.gate = Gate()
        self._drops: list[Callable[[], object]] = []
        kind = TwistStamped if settings.stamped else Twist
        self.command = self._publisher(kind, 'cmd_vel', RELIABLE)
        self.diagnostics = self._publisher(DiagnosticArray, '/diagnostics', RELIABLE)
        self.state = self._publisher(DiagnosticStatus, '~/state', STATE_QOS)
        self._output = Wire(self.command.topic_name, kind)
        self._wires = {wire.topic: wire for wire in heard}
        self._peer_drops: dict[str, Callable[[], object]] = {}

        def ros_now() -> float:
            return 1e-9 * node.get_clock().now().nanoseconds

        obstacles = ObstacleStore(
            topic=node.resolve_topic_name('obstacles'),
            world_frame=settings.world_frame,
            config=settings.filter,
            warn=node.get_logger().warning,
            note=node.get_logger().info,
        )
        self.inputs = Inputs(
            odom_topic=node.resolve_topic_name('odom'),
            nominal_topic=node.resolve_topic_name('cmd_vel_nom'),
            goal_topic=node.resolve_topic_name('goal_pose'),
            obstacles=obstacles,
            ros_now=ros_now,
            warn=node.get_logger().warning,
        )
        self._drops.append(self._poll(Odometry, 'odom', self.inputs.odom))

        def arrived(message: Any, waited: float) -> None:
            self.inputs.take_nominal(message, waited, monotonic())
            commanded()

        self._drops.append(self._poll(kind, 'cmd_vel_nom', self.inputs.nominal, arrived=arrived))
        # Goals may come from several senders.
        self._drops.append(
            self._poll(PoseStamped, 'goal_pose', self.inputs.goal, NEWEST_RELIABLE, single=False)
        )
        self.follow(settings)
        topic = ObstacleTopic(node, self._group)
        self._drops.append(topic.drop)
        self.inputs.markers.connect(topic.take)
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self.timer(IDLE, lambda: self.inputs.markers.poll_when_idle(monotonic()), steady)
        self._wires[topic.wire.topic] = topic.wire

    def follow(self, settings: NodeSettings) -> None:
        """Take changed parameters: hear the peers that they name, and no others."""
        self.inputs.obstacles.config = settings.filter
        for peer in set(self.inputs.peers) - set(settings.peers):
            self._peer_drops.pop(peer)()
            self.inputs.forget_peer(peer)
        for peer in settings.peers:
            if peer not in self.inputs.peers:
                topic = settings.peer_topic(peer)
                newest = self.inputs.add_peer(peer, self._node.resolve_topic_name(topic))
                self._peer_drops[peer] = self._poll(Odometry, topic, newest)

    def timer(self, period: float, callback: Callable[[], None], clock: Clock) -> None:
        """Call something regularly as long as this exists."""
        timer = self._node.create_timer(period, callback, clock=clock)
        self._drops.append(lambda: self._node.destroy_timer(timer))

    def inspect(self) -> GraphIssues:
        """What is wrong on the graph around these topics."""
        return inspect_graph(self._node, list(self._wires.values()), self._output)

    def drop(self) -> None:
        """Leave the graph."""
        for drop in (*self._peer_drops.values(), *reversed(self._drops)):
            drop()
        self._peer_drops.clear()
        self._drops.clear()

    def _publisher(self, kind: type, topic: str, qos: QoSProfile) -> Any:
        publisher: Any = self._node.create_publisher(kind, topic, qos)
        self._drops.append(lambda: self._node.destroy_publisher(publisher))
        return publisher

    def _poll(
        self,
        kind: type,
        topic: str,
        newest: Newest,
        qos: QoSProfile = NEWEST,
        single: bool = True,
        arrived: Callable[[Any, float], None] | None = None,
    ) -> Callable[[], object]:
        """Subscribe, and return what ends that."""
        group = self._group if arrived is None else self.gate
        subscription, take = polled_subscription(self._node, kind, topic, qos, group, arrived)
        self._wires[newest.topic] = Wire(newest.topic, kind, single)
        self.inputs.connect(newest, take)

        def drop() -> None:
            self._wires.pop(newest.topic, None)
            self._node.destroy_subscription(subscription)

        return drop
