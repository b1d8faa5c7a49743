"""The state topic: outcome of the cycle, binding hazard, minimum barrier and reason, latched."""

from collections.abc import Callable

from diagnostic_msgs.msg import DiagnosticStatus, KeyValue
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy

from vcp_cbf_safety.command import Outcome, SafeCommand

STATE_QOS = QoSProfile(
    depth=1,
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.TRANSIENT_LOCAL,
)

# Seconds between two messages while nothing changes.
_HEARTBEAT = 1.0

_UNTROUBLED = (Outcome.NOMINAL, Outcome.FILTERED)


def level_of(outcome: Outcome) -> bytes:
    """OK where the robot does what it is asked as far as that is safe, else WARN."""
    return DiagnosticStatus.OK if outcome in _UNTROUBLED else DiagnosticStatus.WARN


def state_message(name: str, hardware_id: str, command: SafeCommand) -> DiagnosticStatus:
    """State of one cycle as a message."""
    values = {
        'outcome': str(command.outcome),
        'binding': command.binding or '',
        'min_barrier_m': f'{command.min_barrier:.4f}',
        'circulating': str(command.circulating).lower(),
        'reason': command.reason,
    }
    return DiagnosticStatus(
        level=level_of(command.outcome),
        name=name,
        message=command.reason,
        hardware_id=hardware_id,
        values=[KeyValue(key=key, value=value) for key, value in values.items()],
    )


class StateReporter:
    """Publishes the state when outcome, binding hazard or reason change, and once a second.

    Args:
        publish: sends a message.
        name: name of the status.
        hardware_id: name of the robot.
    """

    def __init__(
        self, publish: Callable[[DiagnosticStatus], None], name: str, hardware_id: str
    ) -> None:
        self._publish = publish
        self._name = name
        self._hardware_id = hardware_id
        self._last: tuple[object, ...] | None = None
        self._due = 0.0

    def report(self, command: SafeCommand, now: float) -> None:
        """Take the command of a cycle at a monotonic time [s]."""
        key = (command.outcome, command.binding, command.reason, command.circulating)
        if key == self._last and now < self._due:
            return
        self._last, self._due = key, now + _HEARTBEAT
        self._publish(state_message(self._name, self._hardware_id, command))
