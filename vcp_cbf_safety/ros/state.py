"""The state topic: outcome of the cycle, binding hazard, minimum barrier and reason, latched."""

from collections.abc import Callable

from diagnostic_msgs.msg import DiagnosticStatus, KeyValue
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy

from vcp_cbf_safety.command import Outcome, SafeCommand
from vcp_cbf_safety.reason_code import ReasonCode
from vcp_cbf_safety.ros.state_content import UNTROUBLED, State, StateGate

STATE_QOS = QoSProfile(
    depth=1,
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.TRANSIENT_LOCAL,
)

INACTIVE = SafeCommand(
    0.0,
    0.0,
    Outcome.STOPPED,
    reason='the safety filter is inactive',
    code=ReasonCode.INACTIVE,
)


def level_of(outcome: Outcome) -> bytes:
    """OK where the robot does what it is asked as far as that is safe, else WARN."""
    return DiagnosticStatus.OK if outcome in UNTROUBLED else DiagnosticStatus.WARN


def state_message(name: str, hardware_id: str, state: State) -> DiagnosticStatus:
    """State of one cycle as a message."""
    return DiagnosticStatus(
        level=DiagnosticStatus.WARN if state.troubled else DiagnosticStatus.OK,
        name=name,
        message=state.command.reason,
        hardware_id=hardware_id,
        values=[KeyValue(key=key, value=value) for key, value in state.values.items()],
    )


class StateReporter:
    """Publishes the state whenever it changes in more than a number, and once a second.

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
        self._gate = StateGate()

    def report(self, state: State, now: float) -> None:
        """Take the state of a cycle at a monotonic time [s]."""
        if self._gate.passes(state, now):
            self._publish(state_message(self._name, self._hardware_id, state))
