"""When control cycles run: regularly, and sooner when a command asks for one."""

import math
from collections.abc import Callable
from time import monotonic

from rclpy.clock import Clock, ClockType
from rclpy.node import Node

from vcp_cbf_safety.ros.polling import Gate

# A command that arrives runs a cycle when so much of a period has passed since the last cycle, and
# since the last one that a command has run. So most commands of a driver that is slower than the
# filter never wait, and a flood of them costs a tenth more than the control timer alone.
_AFTER_ANY, _AFTER_COMMANDED = 0.25, 0.9


class ControlTimer:
    """Calls a control cycle regularly; one out of turn is followed by the next a period later.

    Its clock is a steady one, because ROS time may stop.

    Args:
        node: whose timers these are.
        period: of the cycles [s].
        gate: opened while a nominal command that arrives is to wake the node.
        cycle: the control cycle.
    """

    def __init__(self, node: Node, period: float, gate: Gate, cycle: Callable[[], None]) -> None:
        self._node, self._gate, self._cycle = node, gate, cycle
        self._commanded = -math.inf  # monotonic time of the last cycle that a command has run [s]
        self._period = period
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._opening = node.create_timer(_AFTER_ANY * period, self._open, clock=steady)
        self._timer = node.create_timer(period, self._run, clock=steady)

    def run_now(self) -> None:
        """Run a cycle out of turn, for a command."""
        self._commanded = monotonic()
        self._timer.reset()
        self._run()

    def drop(self) -> None:
        """Run no cycle any more."""
        self._gate.open = False
        self._node.destroy_timer(self._opening)
        self._node.destroy_timer(self._timer)

    def _run(self) -> None:
        self._gate.open = False
        wait = self._commanded + _AFTER_COMMANDED * self._period - monotonic()
        self._opening.timer_period_ns = int(1e9 * max(wait, _AFTER_ANY * self._period))
        self._opening.reset()
        self._cycle()

    def _open(self) -> None:
        """From now on a nominal command need not wait; one that waits already is here at once."""
        self._opening.cancel()
        self._gate.open = True
