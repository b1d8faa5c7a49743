"""Plays a recording into the real nodes over ROS 2 and takes down what they answer."""

import heapq
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import Twist
from nav_msgs.msg import Odometry
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from visualization_msgs.msg import MarkerArray

from vcp_cbf_safety.hazards.hazards import Circle
from vcp_cbf_safety.motion.unicycle import RobotState
from vcp_cbf_safety.ros.conversions import command_writer
from vcp_cbf_safety.ros.diagnostics import values_of_nodes
from vcp_cbf_safety.sim.messages import obstacle_markers, odometry_message
from vcp_cbf_safety.sim.mrclam import Dataset, RecordedRobot, measured_twists
from vcp_cbf_safety.studies.demo.heard import Heard, Sent
from vcp_cbf_safety.studies.demo.scenario import FILTER
from vcp_cbf_safety.studies.interruption import Interruption
from vcp_cbf_safety.studies.published import PublishedCommand, PublishedState

FRAME = 'map'

# No answer may be lost while the player is busy.
_DEPTH = 1000
_EVERY_STATE = QoSProfile(
    depth=_DEPTH,
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.TRANSIENT_LOCAL,
)

# How often the first poses are repeated until everybody is connected [s].
_WARM_UP_PERIOD = 0.05

_OBSTACLES_PERIOD = 0.5

# Messages of one topic that come closer together than this [s] are left out: a filter with a
# period of 20 ms would see only the last of them.
_SPACING = 0.008

# Longest wait for answers before the recording is looked at again [s].
_BATCH = 0.01

# When the player is later than this with a message [s], the whole recording slips.
_LONGEST_LAG = 0.02


class _Event(NamedTuple):
    """Something of the recording that is due: stamp [s], order within it, what to do."""

    stamp: float
    order: int
    publish: Callable[[], None]


def thinned(series: np.ndarray, spacing: float) -> list[int]:
    """Indices of the rows that are at least `spacing` [s] after the one before them."""
    kept, last = [], -np.inf
    for index, stamp in enumerate(series[:, 0].tolist()):
        if stamp - last >= spacing:
            kept.append(index)
            last = stamp
    return kept


def _when(event: _Event) -> tuple[float, int]:
    return event.stamp, event.order


class Player(Node):
    """Publishes poses as odometry and commands as nominal commands, at their recorded times.

    Messages that a filter would never see, because newer ones overtake them, are left out.
    Recording time runs `rate` times as fast as the wall clock, velocities stay as recorded. On a
    machine that cannot keep up the recording slips: `slipped` seconds of the wall clock in all.
    """

    def __init__(
        self, dataset: Dataset, landmarks: Sequence[Circle], rate: float, context: Context
    ) -> None:
        super().__init__('recording_player', context=context)
        self.heard = {robot.name: Heard() for robot in dataset.robots}
        self.slipped = 0.0
        self.ended = 0.0
        self._dataset, self._landmarks, self._rate = dataset, landmarks, rate
        self._begin = dataset.common_span[0]
        self._started: float | None = None
        self._write = command_writer(False, lambda: self.get_clock().now().to_msg())
        self._obstacles = self.create_publisher(MarkerArray, '/obstacles', 10)
        self._odometry, self._nominal = {}, {}
        self._diagnoses = 0
        for name in self.heard:
            self._odometry[name] = self.create_publisher(Odometry, f'/{name}/odom', 10)
            self._nominal[name] = self.create_publisher(Twist, f'/{name}/cmd_vel_nom', 10)
            self.create_subscription(
                Twist, f'/{name}/cmd_vel', partial(self._on_command, name), _DEPTH
            )
            self.create_subscription(
                DiagnosticStatus,
                f'/{name}/{FILTER}/state',
                partial(self._on_state, name),
                _EVERY_STATE,
            )
        self.create_subscription(DiagnosticArray, '/diagnostics', self._on_diagnostics, 50)
        self.create_timer(_OBSTACLES_PERIOD, self._publish_obstacles)

    @property
    def diagnoses(self) -> int:
        """Diagnostics received so far."""
        return self._diagnoses

    @property
    def time(self) -> float:
        """Recording time since the begin of the playback [s]; 0 before."""
        if self._started is None:
            return 0.0
        return (time.monotonic() - self._started) * self._rate

    @property
    def newest_answers(self) -> float:
        """Wall-clock time until which every filter's answers have been taken down [s]."""
        return min(each.answers[-1].wall if each.answers else 0.0 for each in self.heard.values())

    def missing(self) -> list[str]:
        """What is not connected yet, one sentence each."""
        found = []
        for name, heard in self.heard.items():
            values = heard.diagnostics
            if not heard.answers:
                found.append(f'no command from the filter of {name}')
            if int(values.get('obstacles', 0)) < len(self._landmarks):
                found.append(f'the filter of {name} does not know the landmarks')
            for peer in self.heard:
                if peer != name and values.get(f'peer.{peer}.age_s', 'inf') == 'inf':
                    found.append(f'the filter of {name} does not hear {peer}')
        return found

    def warm_up(self) -> Callable[[], bool]:
        """A condition to wait for that repeats the first poses until all are connected."""
        due = 0.0
        first = [self._first_events(robot) for robot in self._dataset.robots]

        def connected() -> bool:
            nonlocal due
            if time.monotonic() >= due:
                due = time.monotonic() + _WARM_UP_PERIOD
                for events in first:
                    for publish in events:
                        publish()
            return not self.missing()

        return connected

    def play(
        self,
        seconds: float,
        executor: SingleThreadedExecutor,
        progress: Callable[[float], None],
        interruption: Interruption,
    ) -> None:
        """Play the first `seconds` of the recording and handle the answers meanwhile."""
        for heard in self.heard.values():
            del heard.sent[:-1]  # the filter may still answer the last one
            heard.answers.clear()
        self._started = time.monotonic()
        streams = (self._events(robot) for robot in self._dataset.robots)
        for event in heapq.merge(*streams, key=_when):
            due = event.stamp - self._begin
            if due < 0.0:
                continue
            if due > seconds:
                break
            while (wait := (due - self.time) / self._rate) > 0.0:
                executor.spin_once(timeout_sec=min(wait, _BATCH))
                interruption.check()
                progress(self.time)
            if -wait > _LONGEST_LAG:
                # The machine is too slow for this rate: play slower, rather than in bursts.
                self._catch_up(executor)
                lag = self.time / self._rate - due / self._rate
                self._started += lag
                self.slipped += lag
            event.publish()
        self.ended = time.time()
        interruption.check()
        progress(seconds)

    def _catch_up(self, executor: SingleThreadedExecutor) -> None:
        """Handle answers for a moment, which a player that is late would never get to."""
        ends = time.monotonic() + _BATCH
        while time.monotonic() < ends:
            executor.spin_once(timeout_sec=0.0)

    def _events(self, robot: RecordedRobot) -> Iterator[_Event]:
        """Poses and commands of a robot in order of time."""
        twists = measured_twists(robot.poses)
        spacing = _SPACING * self._rate

        def poses() -> Iterator[_Event]:
            for index in thinned(robot.poses, spacing):
                row, twist = robot.poses[index], twists[index]
                yield _Event(row[0], 0, partial(self._publish_pose, robot.name, row, twist))

        def commands() -> Iterator[_Event]:
            for row in robot.commands[thinned(robot.commands, spacing)]:
                yield _Event(row[0], 1, partial(self._publish_command, robot.name, row))

        return heapq.merge(poses(), commands(), key=_when)

    def _first_events(self, robot: RecordedRobot) -> list[Callable[[], None]]:
        """Pose at the begin of the playback, and a command to stand."""
        index = max(0, int(np.searchsorted(robot.poses[:, 0], self._begin, side='right')) - 1)
        stand = np.zeros(3)
        return [
            partial(self._publish_pose, robot.name, robot.poses[index], np.zeros(2)),
            partial(self._publish_command, robot.name, stand),
        ]

    def _publish_pose(self, name: str, row: np.ndarray, twist: np.ndarray) -> None:
        state = RobotState(*row[1:].tolist(), *twist.tolist())
        stamp = self.get_clock().now().to_msg()
        self._odometry[name].publish(odometry_message(state, stamp, FRAME, f'{name}/base_link'))

    def _publish_command(self, name: str, row: np.ndarray) -> None:
        v, omega = row[1:].tolist()
        self.heard[name].sent.append(Sent(time.time(), max(0.0, row[0] - self._begin), v, omega))
        self._nominal[name].publish(self._write(v, omega, 'base_link'))

    def _publish_obstacles(self) -> None:
        stamp = self.get_clock().now().to_msg()
        self._obstacles.publish(obstacle_markers(self._landmarks, stamp, FRAME))

    def _on_command(self, name: str, message: Twist, info: Any) -> None:
        self.heard[name].answers.append(
            PublishedCommand(_published_at(info), message.linear.x, message.angular.z)
        )

    def _on_state(self, name: str, message: DiagnosticStatus, info: Any) -> None:
        values = {pair.key: pair.value for pair in message.values}
        self.heard[name].states.append(
            PublishedState(
                _published_at(info), values['outcome'], values['binding'], values['reason']
            )
        )

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        found = values_of_nodes(message)
        for name, heard in self.heard.items():
            values = found.get(f'/{name}/{FILTER}')
            if values is not None:
                heard.diagnostics = values
                self._diagnoses += 1


def _published_at(info: Any) -> float:
    """When a message was published by the sender's wall clock [s]."""
    return 1e-9 * float(info['source_timestamp'])
