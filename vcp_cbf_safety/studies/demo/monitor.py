"""Watches a fleet over ROS 2: when everybody is connected, what happens, when it is over."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from nav_msgs.msg import Odometry
from rclpy.context import Context
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from std_msgs.msg import Bool

from vcp_cbf_safety.ros.conversions import heading_of
from vcp_cbf_safety.ros.diagnostics import values_of_nodes
from vcp_cbf_safety.sim.node_support import LATCHED
from vcp_cbf_safety.studies.demo.record import (
    CIRCULATING,
    NOMINAL,
    Contact,
    RobotRun,
    RunRecord,
    TrackPoint,
)
from vcp_cbf_safety.studies.demo.scenario import DRIVER, FILTER, SIMULATOR, Scenario

# A robot that has not moved further than this [m] for this long [s] after a collision is stuck.
_STUCK_DISTANCE = 0.02
_STUCK_TIME = 3.0

_OUTCOME_KEY = 'outcome.'


@dataclass(slots=True)
class _Watched:
    """Newest messages and history of one robot."""

    track: list[TrackPoint] = field(default_factory=list)
    outcome: str = ''
    arrived_at: float | None = None
    truth: dict[str, str] = field(default_factory=dict)
    contacts: list[Contact] = field(default_factory=list)
    diagnostics: dict[str, str] = field(default_factory=dict)
    outcomes_at_start: dict[str, int] = field(default_factory=dict)
    odometry_count: int = 0


class Monitor(Node):
    """Subscribes to everything a run is judged by and starts the drivers."""

    def __init__(self, scenario: Scenario, *, filtered: bool, context: Context) -> None:
        super().__init__('demo_monitor', context=context)
        self._filtered = filtered
        self._obstacle_count = len(scenario.obstacles)
        self._scanned = scenario.scanned
        self._robots = {robot.name: _Watched() for robot in scenario.robots}
        self._with_filter = {each.name for each in scenario.robots if filtered and each.filtered}
        self._began: float | None = None
        self._obstacle_receivers = 0
        self._truths = self._diagnoses = 0
        self._start = self.create_publisher(Bool, '/start', LATCHED)
        self.create_subscription(
            DiagnosticArray, f'/{SIMULATOR}/ground_truth', self._on_truth, LATCHED
        )
        self.create_subscription(DiagnosticArray, '/diagnostics', self._on_diagnostics, 50)
        for name in self._robots:
            self.create_subscription(
                Odometry,
                f'/{name}/odom',
                partial(self._on_odometry, name),
                qos_profile_sensor_data,
            )
            self.create_subscription(
                Bool, f'/{name}/{DRIVER}/arrived', partial(self._on_arrived, name), LATCHED
            )
            if name in self._with_filter:
                self.create_subscription(
                    DiagnosticStatus,
                    f'/{name}/{FILTER}/state',
                    partial(self._on_state, name),
                    LATCHED,
                )

    @property
    def elapsed(self) -> float:
        """Time since the drivers were started [s]; 0 before."""
        return 0.0 if self._began is None else time.monotonic() - self._began

    @property
    def arrived(self) -> int:
        """How many robots have reached their goals."""
        return sum(robot.arrived_at is not None for robot in self._robots.values())

    def missing(self) -> list[str]:
        """What is not connected yet, one sentence each; none when the drivers may start."""
        found = []
        for name, robot in self._robots.items():
            if robot.odometry_count == 0:
                found.append(f'no odometry from {name}')
            if int(robot.truth.get('commands', 0)) == 0:
                found.append(f'no command has reached {name}')
            if name in self._with_filter:
                found += self._missing_of_filter(name, robot)
        drivers = self._start.get_subscription_count()
        if drivers < len(self._robots):
            found.append(f'{drivers} of {len(self._robots)} drivers listen to /start')
        return found

    def _missing_of_filter(self, name: str, robot: _Watched) -> list[str]:
        found = []
        values = robot.diagnostics
        if robot.outcome != NOMINAL:
            found.append(f'the filter of {name} is {robot.outcome or "silent"}')
        if self._scanned:
            if int(values.get('scan.0.points', 0)) == 0:
                found.append(f'the filter of {name} sees nothing with its scanner')
            return found
        if int(values.get('obstacles', 0)) < self._obstacle_count:
            found.append(
                f'the filter of {name} knows {values.get("obstacles", 0)} of '
                f'{self._obstacle_count} obstacles'
            )
        for peer in self._robots:
            age = float(values.get(f'peer.{peer}.age_s', math.inf))
            if peer != name and not math.isfinite(age):
                found.append(f'the filter of {name} does not hear {peer}')
        return found

    def start_drivers(self) -> None:
        """Let the drivers drive, and the clock run."""
        for robot in self._robots.values():
            robot.outcomes_at_start = _outcomes(robot.diagnostics)
            robot.track.clear()
        self._began = time.monotonic()
        self._start.publish(Bool(data=True))

    def over(self) -> bool:
        """Whether every robot has arrived or is stuck after a collision."""
        return all(
            robot.arrived_at is not None or _is_stuck(robot) for robot in self._robots.values()
        )

    def report_counts(self) -> tuple[int, int]:
        """Ground truths and diagnoses received so far; both grow when there are newer ones."""
        return self._truths, self._diagnoses

    def record(self) -> RunRecord:
        """Everything that is known of the run so far."""
        robots = {}
        for name, robot in self._robots.items():
            outcomes = {
                outcome: count - robot.outcomes_at_start.get(outcome, 0)
                for outcome, count in _outcomes(robot.diagnostics).items()
            }
            robots[name] = RobotRun(
                tuple(robot.track),
                tuple(robot.contacts),
                float(robot.truth.get('worst_clearance_m', 'nan')),
                robot.arrived_at,
                outcomes,
                dict(robot.diagnostics),
            )
        return RunRecord(self._filtered, self.elapsed, robots)

    def _on_odometry(self, name: str, message: Odometry) -> None:
        robot = self._robots[name]
        robot.odometry_count += 1
        pose = message.pose.pose
        heading = heading_of(pose.orientation, f'/{name}/odom')
        robot.track.append(
            TrackPoint(self.elapsed, pose.position.x, pose.position.y, heading, robot.outcome)
        )

    def _on_state(self, name: str, message: DiagnosticStatus) -> None:
        values = _values(message)
        circulates = values.get('circulating') == 'true'
        self._robots[name].outcome = CIRCULATING if circulates else values.get('outcome', '')

    def _on_arrived(self, name: str, message: Bool) -> None:
        robot = self._robots[name]
        if message.data and robot.arrived_at is None:
            robot.arrived_at = self.elapsed

    def _on_truth(self, message: DiagnosticArray) -> None:
        self._truths += 1
        for status in message.status:
            if status.name in self._robots:
                robot = self._robots[status.name]
                robot.truth = _values(status)
                robot.contacts += _contacts(robot.truth, len(robot.contacts), self.elapsed)

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        found = values_of_nodes(message)
        for name, robot in self._robots.items():
            values = found.get(f'/{name}/{FILTER}')
            if values is not None:
                robot.diagnostics = values
                self._diagnoses += 1


def _values(status: DiagnosticStatus) -> dict[str, str]:
    return {pair.key: pair.value for pair in status.values}


def _outcomes(diagnostics: Mapping[str, str]) -> dict[str, int]:
    return {
        key.removeprefix(_OUTCOME_KEY): int(value)
        for key, value in diagnostics.items()
        if key.startswith(_OUTCOME_KEY)
    }


def _contacts(truth: Mapping[str, str], known: int, now: float) -> list[Contact]:
    """Collisions that ground truth has beyond those known; it is sent as soon as one happens."""
    found: list[Contact] = []
    while (text := truth.get(f'collision.{known + len(found)}')) is not None:
        _, x, y, against = text.split(' ', 3)
        found.append(Contact(now, float(x), float(y), against))
    return found


def _is_stuck(robot: _Watched) -> bool:
    if int(robot.truth.get('collisions', 0)) == 0 or not robot.track:
        return False
    last: Any = robot.track[-1]
    for point in reversed(robot.track):
        if math.hypot(point.x - last.x, point.y - last.y) > _STUCK_DISTANCE:
            return False
        if last.time - point.time > _STUCK_TIME:
            return True
    return False
