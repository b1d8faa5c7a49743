"""Listens to one run: commands, states, diagnostics, true motion and ground truth."""

import json
import time
from collections.abc import Callable
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import Twist
from nav_msgs.msg import Odometry
from rclpy.context import Context
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from std_msgs.msg import Bool, String

from vcp_cbf_safety.ros.diagnostics import values_of_nodes
from vcp_cbf_safety.sim.node_support import LATCHED
from vcp_cbf_safety.studies.faults.recording import Notice, Recording, TrueMotion
from vcp_cbf_safety.studies.faults.scene import FILTER, PEER, RELAY, ROBOT, SIMULATOR
from vcp_cbf_safety.studies.published import PublishedCommand, PublishedState

_DEPTH = 100
# What the intruder writes into a number that nobody reads, to tell its commands from the filter's.
_INTRUDER_MARK = 1.0
_NODE = f'{ROBOT}/{FILTER}'


class Recorder(Node):
    """Records a run, starts the drivers and tells the relay what to do.

    Attributes:
        recording: what was heard so far.
        truths: how many ground truths came.
        world_time: age of the simulated world, by the last of them [s].
    """

    def __init__(self, context: Context, *, with_peer: bool, filtered: bool) -> None:
        super().__init__('fault_recorder', context=context)
        self.recording = Recording()
        self.truths = 0
        self.world_time = 0.0
        self._with_peer, self._filtered = with_peer, filtered
        self._truth: dict[str, str] = {}
        self._awaited: str | None = None
        self._start = self.create_publisher(Bool, '/start', LATCHED)
        self._fault = self.create_publisher(String, f'/{ROBOT}/{RELAY}/fault', 10)
        self._intruder: tuple[Any, Any, Any] | None = None
        # In Jazzy callbacks may take the MessageInfo too, but their type does not say so.
        subscribe: Any = self.create_subscription
        subscribe(String, f'/{ROBOT}/{RELAY}/injected', self._on_injected, 10)
        subscribe(Twist, f'/{ROBOT}/cmd_vel', self._on_command, _DEPTH)
        subscribe(DiagnosticStatus, f'/{ROBOT}/{FILTER}/state', self._on_state, LATCHED)
        subscribe(DiagnosticArray, '/diagnostics', self._on_diagnostics, _DEPTH)
        odom = f'/{ROBOT}/odom_sent'
        subscribe(Odometry, odom, self._on_odometry, qos_profile_sensor_data)
        subscribe(DiagnosticArray, f'/{SIMULATOR}/ground_truth', self._on_truth, LATCHED)

    # Before the run.

    def missing(self) -> list[str]:
        """What is not connected yet, one sentence each."""
        found = []
        if not self.recording.motion:
            found.append(f'no odometry from {ROBOT}')
        if int(self._truth.get('commands', 0)) == 0:
            found.append(f'no command has reached {ROBOT}')
        if self._start.get_subscription_count() < 1 + self._with_peer:
            found.append('not every driver listens to /start')
        if self._fault.get_subscription_count() < 1:
            found.append('the relay does not listen')
        return found + (self._missing_of_filter() if self._filtered else [])

    def _missing_of_filter(self) -> list[str]:
        states, values = self.recording.states, self.recording.diagnostics
        found = []
        if not states or states[-1].outcome != 'nominal':
            found.append(f'the filter is {states[-1] if states else "silent"}')
        if self._with_peer:
            if float(values.get(f'peer.{PEER}.age_s', 'inf')) == float('inf'):
                found.append(f'the filter does not hear {PEER}')
        elif int(values.get('obstacles', 0)) == 0:
            found.append('the filter knows no obstacle')
        return found

    def start_drivers(self) -> None:
        """Let the drivers drive; the recording begins anew."""
        self.recording.commands.clear()
        self.recording.states[:] = self.recording.states[-1:]
        self.recording.notices.clear()
        self._start.publish(Bool(data=True))

    @property
    def x(self) -> float:
        """Where the robot truly is along x [m]."""
        return self.recording.motion[-1].x

    def sees_motion_since(self, wall: float) -> Callable[[], bool]:
        """Tells whether odometry that was sent after a wall-clock time [s] has come."""
        return lambda: self.recording.motion[-1].wall > wall

    # The fault.

    def inject(self, lines: dict[str, dict[str, Any]], awaited: str | None) -> None:
        """Put faults on lines of the relay; `awaited` is the one that tells when it began."""
        self._awaited = awaited
        self.recording.late_before = self.recording.late_ticks
        if awaited is None:
            self.recording.injected = time.time()
        self._fault.publish(String(data=json.dumps(lines)))

    def end(self) -> None:
        """Let every line pass again."""
        self._awaited = None
        self.recording.ended = time.time()
        self._fault.publish(String(data='{}'))

    def intrude(self) -> None:
        """Be a second publisher on cmd_vel that says zero ten times a second."""
        node = Node('forgotten_teleop', context=self.context, namespace=ROBOT)
        publisher = node.create_publisher(Twist, 'cmd_vel', 10)
        message = Twist()
        message.linear.y = _INTRUDER_MARK
        timer = self.create_timer(0.1, lambda: publisher.publish(message))
        self._intruder = node, publisher, timer

    def withdraw(self) -> None:
        """Be the second publisher no longer."""
        if self._intruder is not None:
            node, _, timer = self._intruder
            self.destroy_timer(timer)
            node.destroy_node()
            self._intruder = None

    # What is heard.

    def _on_injected(self, message: String) -> None:
        data = json.loads(message.data)
        if data['line'] == self._awaited and self.recording.injected is None:
            self.recording.injected = data['injected']

    def _on_command(self, message: Twist, info: Any) -> None:
        if message.linear.y != _INTRUDER_MARK:
            command = PublishedCommand(_sent(info), message.linear.x, message.angular.z)
            self.recording.commands.append(command)

    def _on_state(self, message: DiagnosticStatus, info: Any) -> None:
        values = _values(message)
        self.recording.states.append(
            PublishedState(
                _sent(info),
                values['outcome'],
                values['binding'],
                values['reason'],
                values['code'],
            )
        )

    def _on_diagnostics(self, message: DiagnosticArray, info: Any) -> None:
        self.recording.diagnostics |= values_of_nodes(message).get(f'/{_NODE}', {})
        for status in message.status:
            if status.name.startswith(f'{_NODE}: '):
                level = int.from_bytes(status.level, 'little')
                name = status.name.rpartition(': ')[2]
                self.recording.notices.append(Notice(_sent(info), level, status.message, name))

    def _on_odometry(self, message: Odometry, info: Any) -> None:
        position, twist = message.pose.pose.position, message.twist.twist
        self.recording.motion.append(TrueMotion(_sent(info), position.x, twist.linear.x))

    def _on_truth(self, message: DiagnosticArray) -> None:
        self.truths += 1
        for status in message.status:
            if status.name == 'world':
                self.world_time = float(_values(status)['time_s'])
            if status.name == ROBOT:
                self._truth = _values(status)
                self.recording.worst_clearance = float(self._truth['worst_clearance_m'])
                self.recording.contacts = [
                    value.split(' ', 3)[3]
                    for key, value in self._truth.items()
                    if key.startswith('collision.')
                ]


def _values(status: DiagnosticStatus) -> dict[str, str]:
    return {pair.key: pair.value for pair in status.values}


def _sent(info: Any) -> float:
    """Wall-clock time at which a message was published [s]."""
    return 1e-9 * float(info['source_timestamp'])
