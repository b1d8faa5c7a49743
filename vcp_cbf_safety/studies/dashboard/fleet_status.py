"""What the filters of a domain say of themselves."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from time import monotonic
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from std_srvs.srv import Trigger

from vcp_cbf_safety.ros.diagnostics import values_of_nodes
from vcp_cbf_safety.ros.state import STATE_QOS

_STATE = '/safety_filter/state'
_STATE_TYPE = 'diagnostic_msgs/msg/DiagnosticStatus'
_RELIABLE = QoSProfile(depth=10, reliability=ReliabilityPolicy.RELIABLE)

# What can be asked of a filter: its services.
STOP, RELEASE = 'emergency_stop', 'release'

# A filter says something once a second; one that has not for so long is gone [s].
SILENT = 3.0


@dataclass(slots=True)
class FilterStatus:
    """What one filter said last.

    Attributes:
        node: its full name, /robot1/safety_filter.
        received: when, by a monotonic clock [s]; 0 before the first time.
        state: values of `~/state`.
        diagnostics: values of `/diagnostics`.
    """

    node: str
    received: float = 0.0
    state: dict[str, str] = field(default_factory=dict)
    diagnostics: dict[str, str] = field(default_factory=dict)

    @property
    def robot(self) -> str:
        """Its namespace, or '/' without one."""
        return self.node.rpartition('/')[0] or '/'

    @property
    def silent(self) -> bool:
        """Whether it has said nothing for too long."""
        return monotonic() - self.received > SILENT

    def value(self, key: str) -> str:
        """A value of its state or diagnostics, '' when it has said none."""
        return self.state.get(key) or self.diagnostics.get(key, '')


class FleetStatus(Node):
    """Finds every filter of the domain, hears its state, and can stop it and release it.

    Args:
        context: of ROS.
    """

    def __init__(self, context: Context) -> None:
        super().__init__('safety_dashboard', context=context)
        self._filters: dict[str, FilterStatus] = {}
        self._request_clients: dict[tuple[str, str], Any] = {}
        self.create_subscription(DiagnosticArray, '/diagnostics', self._diagnostics, _RELIABLE)
        self.create_timer(1.0, self.discover)
        self.discover()

    def known(self) -> dict[str, FilterStatus]:
        """The filters that have been found, by the full name of the node; for any thread."""
        return dict(self._filters)

    def discover(self) -> None:
        """Hear the state of every filter that has come since."""
        for topic, types in self.get_topic_names_and_types():
            node = topic.removesuffix('/state')
            if topic.endswith(_STATE) and _STATE_TYPE in types and node not in self._filters:
                self._meet(node, topic)

    def _meet(self, node: str, topic: str) -> None:
        status = FilterStatus(node)
        self.create_subscription(DiagnosticStatus, topic, lambda m: _take(m, status), STATE_QOS)
        # Found now, so that a stop need not wait for that.
        for what in (STOP, RELEASE):
            client: Any = self.create_client(Trigger, f'{node}/{what}')
            self._request_clients[node, what] = client
        self._filters[node] = status

    def request(self, node: str, what: str, answered: Callable[[str], None]) -> None:
        """Ask one filter to stop or to let go.

        Args:
            node: full name of the filter.
            what: `STOP` or `RELEASE`.
            answered: takes one sentence.
        """
        client = self._request_clients[node, what]
        if not client.service_is_ready():
            answered(f'{node} does not offer {what}: it is not there')
            return
        client.call_async(Trigger.Request()).add_done_callback(
            lambda future: answered(f'{node}: {future.result().message}')
        )

    def _diagnostics(self, message: DiagnosticArray) -> None:
        for node, values in values_of_nodes(message).items():
            if node in self._filters:
                self._filters[node].diagnostics = values


@contextmanager
def spinning(context: Context) -> Iterator[FleetStatus]:
    """A fleet whose messages are taken in a thread of their own."""
    fleet, executor = FleetStatus(context), SingleThreadedExecutor(context=context)
    executor.add_node(fleet)
    thread = Thread(target=executor.spin, daemon=True)
    thread.start()
    try:
        yield fleet
    finally:
        executor.shutdown()
        thread.join()
        fleet.destroy_node()


def _take(message: DiagnosticStatus, status: FilterStatus) -> None:
    status.received = monotonic()
    status.state = {each.key: each.value for each in message.values}
