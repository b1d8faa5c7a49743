"""The state topic: outcome of the cycle, binding hazard, minimum barrier and reason, latched."""

from collections.abc import Callable
from typing import NamedTuple

from diagnostic_msgs.msg import DiagnosticStatus, KeyValue
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy

from vcp_cbf_safety.command import Outcome, SafeCommand
from vcp_cbf_safety.reason_code import ReasonCode
from vcp_cbf_safety.ros.modes import ENFORCE

STATE_QOS = QoSProfile(
    depth=1,
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.TRANSIENT_LOCAL,
)

# Seconds between two messages while nothing changes.
_HEARTBEAT = 1.0


INACTIVE = SafeCommand(
    0.0,
    0.0,
    Outcome.STOPPED,
    reason='the safety filter is inactive',
    code=ReasonCode.INACTIVE,
)


class State(NamedTuple):
    """What the state topic tells.

    Attributes:
        command: the cycle's command.
        mode: the mode in force.
        faults: everything that is not as it should be, one sentence each.
    """

    command: SafeCommand
    mode: str = ENFORCE
    faults: tuple[str, ...] = ()


_UNTROUBLED = (Outcome.NOMINAL, Outcome.FILTERED, Outcome.IDLE)


def level_of(outcome: Outcome) -> bytes:
    """OK where the robot does what it is asked as far as that is safe, else WARN.

    Nothing is wrong with a robot that nobody asks to move.
    """
    return DiagnosticStatus.OK if outcome in _UNTROUBLED else DiagnosticStatus.WARN


def state_message(name: str, hardware_id: str, state: State) -> DiagnosticStatus:
    """State of one cycle as a message."""
    command = state.command
    values = {
        'outcome': str(command.outcome),
        'code': str(command.code),
        'binding': command.binding or '',
        'min_barrier_m': f'{command.min_barrier:.4f}',
        'circulating': str(command.circulating).lower(),
        'reason': command.reason,
        'mode': state.mode,
        'faults': '; '.join(state.faults),
    }
    level = level_of(command.outcome)
    if state.faults or state.mode != ENFORCE:
        level = max(level, DiagnosticStatus.WARN)
    return DiagnosticStatus(
        level=level,
        name=name,
        message=command.reason,
        hardware_id=hardware_id,
        values=[KeyValue(key=key, value=value) for key, value in values.items()],
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
        self._last: tuple[object, ...] | None = None
        self._due = 0.0

    def report(self, state: State, now: float) -> None:
        """Take the state of a cycle at a monotonic time [s]."""
        command = state.command
        key = (
            command.outcome, command.binding, command.reason, command.circulating, state.mode,
            state.faults,
        )  # fmt: skip
        if key == self._last and now < self._due:
            return
        self._last, self._due = key, now + _HEARTBEAT
        self._publish(state_message(self._name, self._hardware_id, state))
