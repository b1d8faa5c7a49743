"""Publishers, subscriptions and timers of the filter while it is configured."""

from collections.abc import Callable, Iterable
from time import monotonic
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import PoseStamped, Twist, TwistStamped
from nav_msgs.msg import Odometry
from rclpy.clock import Clock
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from std_msgs.msg import Float64MultiArray
from visualization_msgs.msg import MarkerArray

from vcp_cbf_safety.errors import ConfigurationError
from vcp_cbf_safety.ros.bypass import GraphIssues, Wire, inspect_graph
from vcp_cbf_safety.ros.frames import Frames
from vcp_cbf_safety.ros.inputs import Inputs, Newest
from vcp_cbf_safety.ros.polling import Gate, NeverCalled, Take, polled_subscription
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.ros.sources.source import Context, Source
from vcp_cbf_safety.ros.state import STATE_QOS
from vcp_cbf_safety.ros.watch import Log

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
        command, diagnostics, state, markers, telemetry: the publishers.
        inputs: the newest messages.
        gate: open while a nominal command that arrives is to wake the node.
        node, group: whose subscriptions they are, and the group that is never called.

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
        self.node = node
        self.group = NeverCalled()
        self.gate = Gate()
        self._drops: list[Callable[[], object]] = []
        kind = TwistStamped if settings.stamped else Twist
        self.command = self._publisher(kind, 'cmd_vel', RELIABLE)
        self.diagnostics = self._publisher(DiagnosticArray, '/diagnostics', RELIABLE)
        self.state = self._publisher(DiagnosticStatus, '~/state', STATE_QOS)
        self.markers = self._publisher(MarkerArray, '~/markers', RELIABLE)
        self.telemetry = self._publisher(Float64MultiArray, '~/telemetry', RELIABLE)
        self._output = Wire(self.command.topic_name, kind)
        self._wires = {wire.topic: wire for wire in heard}

        self.inputs = Inputs(
            odom_topic=node.resolve_topic_name('odom'),
            nominal_topic=node.resolve_topic_name('cmd_vel_nom'),
            goal_topic=node.resolve_topic_name('goal_pose'),
            ros_now=self.ros_now,
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

    def context(self, log: Log, settings: NodeSettings) -> Context:
        """What sources are made with."""
        resolve = self.node.resolve_topic_name
        frames = Frames(settings, self.ros_now)
        return Context(self.inputs, resolve, log, self.ros_now, settings, frames, monotonic())

    def connect(self, sources: Iterable[Source]) -> None:
        """Let sources hear what they need and do not hear yet."""
        for source in sources:
            source.connect(self)

    def hear(self, kind: type, newest: Newest, qos: QoSProfile = NEWEST) -> Callable[[], object]:
        """Subscribe for a source; returns what ends that before all of this ends."""
        drop = self._poll(kind, newest.topic, newest, qos)
        self._drops.append(drop)

        def drop_now() -> None:
            self._drops.remove(drop)
            drop()

        return drop_now

    def hear_all(self, kind: type, topic: str, qos: QoSProfile, single: bool = True) -> Take:
        """Subscribe for a source that takes every message; `hear` keeps only the newest."""
        subscription, take = polled_subscription(self.node, kind, topic, qos, self.group)
        wire = Wire(subscription.topic_name, kind, single)
        self.add(wire, lambda: self.node.destroy_subscription(subscription))
        return take

    def add(self, wire: Wire, drop: Callable[[], object]) -> None:
        """Inspect a topic that a source hears by itself, and end that in the end."""
        self._wires[wire.topic] = wire
        self._drops.append(drop)

    def ros_now(self) -> float:
        """ROS time [s]."""
        return 1e-9 * self.node.get_clock().now().nanoseconds

    def timer(self, period: float, callback: Callable[[], None], clock: Clock) -> None:
        """Call something regularly as long as this exists."""
        timer = self.node.create_timer(period, callback, clock=clock)
        self._drops.append(lambda: self.node.destroy_timer(timer))

    def inspect(self) -> GraphIssues:
        """What is wrong on the graph around these topics."""
        return inspect_graph(self.node, list(self._wires.values()), self._output)

    def drop(self) -> None:
        """Leave the graph."""
        for drop in reversed(self._drops):
            drop()
        self._drops.clear()

    def _publisher(self, kind: type, topic: str, qos: QoSProfile) -> Any:
        publisher: Any = self.node.create_publisher(kind, topic, qos)
        self._drops.append(lambda: self.node.destroy_publisher(publisher))
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
        group = self.group if arrived is None else self.gate
        subscription, take = polled_subscription(self.node, kind, topic, qos, group, arrived)
        self._wires[newest.topic] = Wire(newest.topic, kind, single)
        self.inputs.connect(newest, take)

        def drop() -> None:
            self._wires.pop(newest.topic, None)
            self.node.destroy_subscription(subscription)

        return drop
