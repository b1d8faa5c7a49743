"""Node relay: the wire between robot and safety filter, with a fault on it when told so."""

import heapq
import json
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from typing import Any

from geometry_msgs.msg import Twist
from nav_msgs.msg import Odometry
from rclpy.node import Node
from rclpy.parameter import Parameter
from rosgraph_msgs.msg import Clock
from std_msgs.msg import String

from vcp_cbf_safety.ros.running import run
from vcp_cbf_safety.sim.node_support import declare, declare_list, steady_clock
from vcp_cbf_safety.studies.faults.corruption import Line, LineFault

_DEPTH = 10
_DRAIN_PERIOD = 0.001
_CLOCK_PERIOD = 0.01

CLOCK = 'clock'


class Relay(Node):
    """Passes odometry and commands on, each line with its own fault.

    Lines `odom`, `cmd_vel_nom` and `cmd_vel` of the robot in whose namespace the node is, and
    `<peer>` for the odometry of each peer. What comes in on <topic>_sent leaves on <topic>, for
    cmd_vel the other way round. With `publish_clock` it also is the source of /clock, wall time
    plus what the line `clock` shifts it by.

    Subscribes ~/fault: JSON of line name -> fields of `LineFault`; lines not named pass. Publishes
    ~/injected: JSON with `line` and the wall-clock time `injected` [s] as soon as that is known.
    """

    def __init__(self) -> None:
        super().__init__('relay')
        self._lines: dict[str, Line] = {}
        self._reported: set[str] = set()
        self._queue: list[tuple[float, int, Callable[[Any], None], Any]] = []
        self._order = count()
        self._injections = self.create_publisher(String, '~/injected', _DEPTH)
        self.create_subscription(String, '~/fault', self._on_fault, _DEPTH)
        self._add('odom', Odometry, 'odom_sent', 'odom')
        self._add('cmd_vel_nom', Twist, 'cmd_vel_nom_sent', 'cmd_vel_nom')
        self._add('cmd_vel', Twist, 'cmd_vel', 'cmd_vel_received')
        for peer in declare_list(
            self, 'peers', Parameter.Type.STRING_ARRAY, 'Robots whose odometry passes here too'
        ):
            self._add(peer, Odometry, f'/{peer}/odom_sent', f'/{peer}/odom')
        self._clock_offset = 0.0
        clock = steady_clock()
        self._drain_timer = self.create_timer(_DRAIN_PERIOD, self._drain, clock=clock)
        self._drain_timer.cancel()
        if declare(self, 'publish_clock', False, 'Whether to be the source of /clock'):
            self._clock_publisher = self.create_publisher(Clock, '/clock', _DEPTH)
            self.create_timer(_CLOCK_PERIOD, self._tick, clock=clock)

    def start(self) -> bool:
        """Nothing to do: subscriptions and timers run."""
        return True

    def stop(self) -> None:
        """Nothing to leave behind."""

    def _add(self, name: str, kind: type, source: str, sink: str) -> None:
        self._lines[name] = Line(seed=len(self._lines))
        publish = self.create_publisher(kind, sink, _DEPTH).publish
        self.create_subscription(kind, source, partial(self._on_message, name, publish), _DEPTH)

    def _on_message(self, name: str, publish: Callable[[Any], None], message: Any) -> None:
        now = time.time()
        for due in self._lines[name].take(message, now):
            if due.time <= now:
                publish(due.message)
            else:
                heapq.heappush(self._queue, (due.time, next(self._order), publish, due.message))
                self._drain_timer.reset()
        self._report(name)

    def _drain(self) -> None:
        now = time.time()
        while self._queue and self._queue[0][0] <= now:
            _, _, publish, message = heapq.heappop(self._queue)
            publish(message)
        if not self._queue:
            self._drain_timer.cancel()

    def _on_fault(self, message: String) -> None:
        faults = {name: LineFault(**fields) for name, fields in json.loads(message.data).items()}
        self._reported.clear()
        for name, line in self._lines.items():
            line.apply(faults.get(name, LineFault()))
            self._report(name)
        self._clock_offset = faults[CLOCK].amount if CLOCK in faults else 0.0

    def _report(self, name: str) -> None:
        injected = self._lines[name].injected
        if injected is not None and name not in self._reported:
            self._reported.add(name)
            self._publish_injection(name, injected)

    def _publish_injection(self, name: str, injected: float) -> None:
        data = json.dumps({'line': name, 'injected': injected})
        self._injections.publish(String(data=data))

    def _tick(self) -> None:
        now = time.time()
        message = Clock()
        seconds, nanoseconds = divmod(round(1e9 * (now + self._clock_offset)), 1_000_000_000)
        message.clock.sec, message.clock.nanosec = seconds, nanoseconds
        self._clock_publisher.publish(message)
        if self._clock_offset and CLOCK not in self._reported:
            self._reported.add(CLOCK)
            self._publish_injection(CLOCK, now)


def main(args: Sequence[str] | None = None) -> int:
    """Run the node."""
    return run(Relay, 'relay', args)


if __name__ == '__main__':
    sys.exit(main())
