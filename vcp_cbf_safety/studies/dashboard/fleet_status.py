"""What the filters of a domain say of themselves."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.context import Context
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from std_srvs.srv import Trigger

from vcp_cbf_safety.ros.state import STATE_QOS

_STATE = '/safety_filter/state'
_STATE_TYPE = 'diagnostic_msgs/msg/DiagnosticStatus'
_RELIABLE = QoSProfile(depth=10, reliability=ReliabilityPolicy.RELIABLE)

# A filter says something once a second; one that has not for so long is gone [s].
SILENT = 3.0


@dataclass(slots=True)
class FilterStatus:
    """What one filter said last.

    Attributes:
        node: its full name, /robot1/safety_filter.
        heard: when, by a monotonic clock [s]; 0 before the first time.
        state: values of `~/state`.
        diagnostics: values of `/diagnostics`.
    """

    node: str
    heard: float = 0.0
    state: dict[str, str] = field(default_factory=dict)
    diagnostics: dict[str, str] = field(default_factory=dict)

    @property
    def robot(self) -> str:
        """Its namespace, or '/' without one."""
        return self.node.rpartition('/')[0] or '/'

    @property
    def silent(self) -> bool:
        """Whether it has said nothing for too long."""
        return monotonic() - self.heard > SILENT

    def value(self, key: str) -> str:
        """A value of its state or diagnostics, '' when it has said none."""
        return self.state.get(key) or self.diagnostics.get(key, '')


class FleetStatus(Node):
    """Finds every filter of the domain, hears its state, and can stop it and release it.

    Attributes:
        filters: by the full name of the node.

    Args:
        context: of ROS.
    """

    def __init__(self, context: Context) -> None:
        super().__init__('safety_dashboard', context=context)
        self.filters: dict[str, FilterStatus] = {}
        self.create_subscription(DiagnosticArray, '/diagnostics', self._diagnostics, _RELIABLE)
        self.create_timer(1.0, self.discover)
        self.discover()

    def discover(self) -> None:
        """Hear the state of every filter that has come since."""
        for topic, types in self.get_topic_names_and_types():
            node = topic.removesuffix('/state')
            if topic.endswith(_STATE) and _STATE_TYPE in types and node not in self.filters:
                status = self.filters[node] = FilterStatus(node)
                self.create_subscription(
                    DiagnosticStatus, topic, lambda m, s=status: _take(m, s), STATE_QOS
                )

    def request(self, node: str, what: str, answered: Callable[[str], None]) -> None:
        """Ask one filter to stop or to let go.

        Args:
            node: full name of the filter.
            what: `emergency_stop` or `release`.
            answered: takes one sentence.
        """
        client: Any = self.create_client(Trigger, f'{node}/{what}')
        if not client.service_is_ready():
            answered(f'{node} does not offer {what}: it is not there')
            self.destroy_client(client)
            return

        def done(future: Any) -> None:
            answered(f'{node}: {future.result().message}')
            self.destroy_client(client)

        client.call_async(Trigger.Request()).add_done_callback(done)

    def _diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            name, _, what = status.name.partition(': ')
            found = self.filters.get(f'/{name}')
            if found is not None and what == 'safety filter':
                found.diagnostics = {each.key: each.value for each in status.values}


def _take(message: DiagnosticStatus, status: FilterStatus) -> None:
    status.heard = monotonic()
    status.state = {each.key: each.value for each in message.values}
