"""What the state topic tells, as plain values; needs no ROS."""

from typing import NamedTuple

from vcp_cbf_safety.command import Outcome, SafeCommand
from vcp_cbf_safety.ros.modes import ENFORCE

# Seconds between two messages while nothing changes.
_HEARTBEAT = 1.0
# The robot does what it is asked as far as that is safe; nothing is wrong with one that nobody
# asks to move.
UNTROUBLED = (Outcome.NOMINAL, Outcome.FILTERED, Outcome.IDLE)


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

    @property
    def troubled(self) -> bool:
        """Whether somebody should look."""
        outcome = self.command.outcome
        return outcome not in UNTROUBLED or bool(self.faults) or self.mode != ENFORCE

    @property
    def values(self) -> dict[str, str]:
        """Keys and values of the message."""
        command = self.command
        return {
            'outcome': str(command.outcome),
            'code': str(command.code),
            'binding': command.binding or '',
            'min_barrier_m': f'{command.min_barrier:.4f}',
            'circulating': str(command.circulating).lower(),
            'reason': command.reason,
            'mode': self.mode,
            'faults': '; '.join(self.faults),
        }


class StateGate:
    """Lets a state pass when it has changed in more than a number, and once a second."""

    def __init__(self) -> None:
        self._last: tuple[object, ...] | None = None
        self._due = 0.0

    def passes(self, state: State, now: float) -> bool:
        """Whether the state of a cycle at a time [s] is to be told."""
        command = state.command
        key = (
            command.outcome, command.binding, command.reason, command.circulating, state.mode,
            state.faults,
        )  # fmt: skip
        if key == self._last and now < self._due:
            return False
        self._last, self._due = key, now + _HEARTBEAT
        return True
