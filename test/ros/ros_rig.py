"""The robot around one filter: sends what the filter reads, keeps what it says, over DDS."""

import math
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Any

import rclpy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import Twist, TwistStamped
from nav_msgs.msg import Odometry
from rcl_interfaces.srv import SetParametersAtomically
from rclpy.executors import SingleThreadedExecutor
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rclpy.time import Time
from sensor_msgs.msg import LaserScan
from visualization_msgs.msg import Marker, MarkerArray

from vcp_cbf_safety.ros.diagnostics import values_of_nodes

RELIABLE = QoSProfile(depth=10)
BEST_EFFORT = QoSProfile(depth=10, reliability=ReliabilityPolicy.BEST_EFFORT)
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
PATIENCE = 20.0

# Where the robot is at first: not at the origin, where odometry that starts again would be.
HOME = (0.0, 0.1, 0.0)

_LEVELS = {getattr(DiagnosticStatus, level): level for level in ('OK', 'WARN', 'ERROR', 'STALE')}

# How often a service is asked within that time.
_REQUESTS = 4


class Rig:
    """The robot around one filter: sends odometry and nominal command at 50 Hz while it waits.

    Attributes:
        pose, twist, frame: the odometry to send; None as pose sends none. The pose stays as it is
            whatever the twist.
        nominal: (v, omega) to send, or None.
        orientation: (x, y, z, w) instead of that of the pose.
        clock: gives the time of the stamps [s].
        commands: every command the filter has sent, (v, omega).
        states: every message of this topic, as {key: value}, its message and level among them.
        diagnostics: the same of all statuses together, their messages joined and the worst level.
        statuses: of each of these, (level, message) by the name of the status.
    """

    def __init__(
        self,
        context: Any,
        namespace: str,
        *,
        stamped: bool = False,
        odom_qos: QoSProfile = BEST_EFFORT,
        nominal_qos: QoSProfile = RELIABLE,
        topics: Mapping[str, str] | None = None,
        peers: Sequence[str] = (),
    ) -> None:
        name = {t: t for t in ('odom', 'cmd_vel_nom', 'cmd_vel', 'obstacles')} | dict(topics or {})
        self.namespace = namespace
        self.node = rclpy.create_node(f'rig_{namespace}', context=context, namespace=namespace)
        self._executor = SingleThreadedExecutor(context=context)
        self._executor.add_node(self.node)
        self._stamped = stamped
        command = TwistStamped if stamped else Twist
        publisher, subscription = self.node.create_publisher, self.node.create_subscription
        self._odom = publisher(Odometry, name['odom'], odom_qos)
        self._nominal = publisher(command, name['cmd_vel_nom'], nominal_qos)
        self._obstacles = publisher(MarkerArray, name['obstacles'], RELIABLE)
        self._peers = {peer: publisher(Odometry, f'/{peer}/odom', RELIABLE) for peer in peers}
        self._inputs = [self._odom, self._nominal, self._obstacles, *self._peers.values()]
        self._output = subscription(command, name['cmd_vel'], self._take_command, RELIABLE)
        self._state = subscription(
            DiagnosticStatus, 'safety_filter/state', self._take_state, LATCHED
        )
        subscription(DiagnosticArray, '/diagnostics', self._take_diagnostics, RELIABLE)
        self.node.create_timer(0.02, self.send)
        self.reset()

    def reset(self) -> None:
        """Robot in the middle of the arena, no nominal command, nothing recorded."""
        self.pose: tuple[float, float, float] | None = HOME
        self.twist = (0.0, 0.0)
        self.frame = 'odom'
        self.orientation: tuple[float, float, float, float] | None = None
        self.clock: Callable[[], float] = self.now
        self.nominal: tuple[float, float] | None = (0.0, 0.0)
        self.peer_poses: dict[str, tuple[float, float, float]] = {}
        self.peer_speed = 0.0
        self.peer_frame = 'odom'
        self.commands: list[tuple[float, float]] = []
        self.messages: list[Any] = []
        self.states: list[dict[str, str]] = []
        self.diagnostics: list[dict[str, str]] = []
        self.statuses: list[dict[str, tuple[str, str]]] = []

    def close(self) -> None:
        self._executor.shutdown()
        self.node.destroy_node()

    def now(self) -> float:
        """ROS time without simulation [s]."""
        return 1e-9 * self.node.get_clock().now().nanoseconds

    # Sending.

    def send(self) -> None:
        if self.pose is not None:
            self._odom.publish(self._odometry(self.pose, self.twist, self.frame))
        for peer, pose in self.peer_poses.items():
            self._peers[peer].publish(
                self._odometry(pose, (self.peer_speed, 0.0), self.peer_frame)
            )
        if self.nominal is not None:
            message = TwistStamped() if self._stamped else Twist()
            twist = message.twist if self._stamped else message
            twist.linear.x, twist.angular.z = self.nominal
            self._nominal.publish(message)

    def _odometry(
        self, pose: tuple[float, float, float], twist: tuple[float, float], frame: str
    ) -> Odometry:
        message = Odometry()
        message.header.frame_id = frame
        message.header.stamp = Time(nanoseconds=int(1e9 * self.clock())).to_msg()
        message.child_frame_id = 'base_footprint'
        where = message.pose.pose
        where.position.x, where.position.y = pose[:2]
        where.orientation.z, where.orientation.w = math.sin(pose[2] / 2), math.cos(pose[2] / 2)
        if self.orientation is not None:
            q = where.orientation
            q.x, q.y, q.z, q.w = self.orientation
        message.twist.twist.linear.x, message.twist.twist.angular.z = twist
        return message

    def mark(
        self, x: float = 0.0, y: float = 0.0, radius: float = 0.2, *, number: int = 0,
        action: int = Marker.ADD, kind: int = Marker.CYLINDER, lifetime: float = 0.0,
        frame: str = 'odom',
    ) -> None:  # fmt: skip
        """Send one marker."""
        marker = Marker(ns='post', id=number, action=action, type=kind)
        marker.header.frame_id = frame
        marker.pose.position.x, marker.pose.position.y = x, y
        marker.scale.x = marker.scale.y = marker.scale.z = 2.0 * radius
        marker.lifetime.sec = int(lifetime)
        marker.lifetime.nanosec = int(1e9 * (lifetime % 1.0))
        self._obstacles.publish(MarkerArray(markers=[marker]))

    # Receiving.

    def _take_command(self, message: Any) -> None:
        twist = message.twist if self._stamped else message
        self.messages.append(message)
        self.commands.append((twist.linear.x, twist.angular.z))

    def _take_state(self, message: DiagnosticStatus) -> None:
        self.states.append(_values(message))

    def _take_diagnostics(self, message: DiagnosticArray) -> None:
        node = f'/{self.namespace}/safety_filter'
        values = values_of_nodes(message).get(node)
        if values is None:
            return
        said = {
            status.name.rpartition(': ')[2]: (_LEVELS[status.level], status.message)
            for status in message.status
        }
        level = max((status.level for status in message.status), default=DiagnosticStatus.OK)
        joined = '; '.join(text for _, text in said.values())
        self.diagnostics.append(values | {'message': joined, 'level': _LEVELS[level]})
        self.statuses.append(said)

    # Waiting.

    def wait_for(self, condition: Callable[[], Any], timeout: float = PATIENCE) -> Any:
        """Spin until a condition holds, and return what it returned."""
        ends = monotonic() + timeout
        while not (result := condition()):
            assert monotonic() < ends, (
                f'not within {timeout} s; last commands {self.commands[-3:]}, '
                f'last states {self.states[-2:]}'
            )
            self._executor.spin_once(timeout_sec=0.05)
        return result

    def matched(self) -> bool:
        return all(p.get_subscription_count() for p in self._inputs) and bool(
            self.node.count_publishers(self._output.topic_name)
        )

    def wait_for_command(
        self, accept: Callable[[float, float], bool], repeats: int = 3
    ) -> tuple[float, float]:
        """Wait until the newest commands, sent from now on, are all accepted; the last one."""
        seen = len(self.commands)

        def settled() -> bool:
            newest = self.commands[seen:][-repeats:]
            return len(newest) == repeats and all(accept(*each) for each in newest)

        self.wait_for(settled)
        return self.commands[-1]

    def wait_for_zero(self) -> None:
        self.wait_for_command(lambda v, omega: v == 0.0 and omega == 0.0)

    def wait_for_nominal(self) -> None:
        assert self.nominal is not None
        self.wait_for_command(lambda v, omega: (v, omega) == self.nominal)

    def wait_for_state(self, **wanted: str) -> dict[str, str]:
        """Wait until the newest state has these texts in these values."""

        def holds() -> bool:
            return bool(self.states) and all(
                text in self.states[-1][key] for key, text in wanted.items()
            )

        self.wait_for(holds)
        return self.states[-1]

    def call(self, service: Any, name: str, **fields: Any) -> Any:
        """Call a service of the filter and return its answer."""
        client = self.node.create_client(service, f'safety_filter/{name}')
        answer = self.ask(client, service.Request(**fields))
        self.node.destroy_client(client)
        return answer

    def ask(self, client: Any, request: Any) -> Any:
        """Answer to a request, which is sent again while there is none.

        A service is ready for a client before its answers are sure to find the client: over DDS
        the first answer can be lost.
        """
        self.wait_for(client.service_is_ready)
        for _ in range(_REQUESTS):
            future = client.call_async(request)
            ends = monotonic() + PATIENCE / _REQUESTS
            self.wait_for(lambda: future.done() or monotonic() > ends)  # noqa: B023
            if future.done():
                return future.result()
        raise AssertionError(f'{client.srv_name} did not answer {_REQUESTS} requests')

    def change(self, **values: Any) -> Any:
        """Set parameters of the filter, all at once, and return the answer."""
        parameters = [Parameter(name, value=v).to_parameter_msg() for name, v in values.items()]
        return self.call(
            SetParametersAtomically, 'set_parameters_atomically', parameters=parameters
        ).result

    def drive(self, v: float = 0.3, omega: float = 0.0) -> None:
        """Send a nominal command and see that it passes."""
        self.nominal = (v, omega)
        self.wait_for_nominal()


def open_field() -> LaserScan:
    """A scan in which nothing is in range."""
    scan = LaserScan(angle_max=6.28, angle_increment=6.28 / 359, range_min=0.12, range_max=3.5)
    scan.ranges = [math.inf] * 360
    return scan


def _values(status: DiagnosticStatus) -> dict[str, str]:
    values = {each.key: each.value for each in status.values}
    return values | {'message': status.message, 'level': _LEVELS[status.level]}
