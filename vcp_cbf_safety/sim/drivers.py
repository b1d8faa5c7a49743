"""Nominal drivers: what asks a robot to move, without knowing of any hazard and without ROS."""

import bisect
import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from vcp_cbf_safety.errors import VcpCbfError
from vcp_cbf_safety.motion.unicycle import RobotState, Twist2D

STANDSTILL = Twist2D(0.0, 0.0)

# Of a driver that heads straight for a goal: yaw rate per heading error [1/s], and speed per
# distance, where that is below cruising [1/s].
HEADING_GAIN, SLOWDOWN_GAIN = 2.0, 1.5


class RecordingError(VcpCbfError, ValueError):
    """A recording cannot be read; the message names the file, the line and the rule."""


class Driver(Protocol):
    """Whatever turns time and state into a nominal command."""

    def command(self, time: float, robot: RobotState) -> Twist2D:
        """Nominal command at a time since the driver began [s]."""

    @property
    def arrived(self) -> bool:
        """Whether the driver has nothing left to do."""


def steer(
    bearing: float, heading: float, speed: float, max_yaw_rate: float, gain: float
) -> Twist2D:
    """Turn towards a bearing and drive; the more it lies ahead, the faster.

    Args:
        bearing, heading: in the world frame [rad].
        speed: straight ahead [m/s].
        max_yaw_rate: fastest turn [rad/s].
        gain: yaw rate per heading error [1/s].
    """
    error = bearing - heading
    error = math.atan2(math.sin(error), math.cos(error))
    turn = min(max(gain * error, -max_yaw_rate), max_yaw_rate)
    return Twist2D(speed * max(0.0, math.cos(error)), turn)


def straight_at(
    goal: tuple[float, float],
    pose: tuple[float, float, float],
    speed: float,
    max_yaw_rate: float,
    heading_gain: float = HEADING_GAIN,
) -> Twist2D:
    """Straight at a goal, blind to everything in between, and slower close to it.

    Args:
        goal: (x, y) in the world frame [m].
        pose: x, y, heading of the robot [m, m, rad].
        speed: cruising speed [m/s].
        max_yaw_rate: fastest turn [rad/s].
        heading_gain: yaw rate per heading error [1/s].
    """
    x, y, heading = pose
    dx, dy = goal[0] - x, goal[1] - y
    slow = min(speed, SLOWDOWN_GAIN * math.hypot(dx, dy))
    return steer(math.atan2(dy, dx), heading, slow, max_yaw_rate, heading_gain)


class GoalDriver:
    """Straight at a goal, blind to everything in between; stays there once it has arrived."""

    def __init__(
        self,
        goal: tuple[float, float],
        *,
        speed: float,
        max_yaw_rate: float,
        tolerance: float = 0.1,
    ) -> None:
        """Choose a goal.

        Args:
            goal: (x, y) in the world frame [m].
            speed: cruising speed [m/s].
            max_yaw_rate: fastest turn [rad/s].
            tolerance: distance from the goal that counts as arrived [m].
        """
        self.goal = goal
        self._speed = speed
        self._max_yaw_rate = max_yaw_rate
        self._tolerance = tolerance
        self._arrived = False

    @property
    def arrived(self) -> bool:
        """Whether the robot has been within the tolerance of the goal."""
        return self._arrived

    def command(self, time: float, robot: RobotState) -> Twist2D:
        """Straight at the goal until it is reached."""
        away = math.dist(self.goal, (robot.x, robot.y))
        self._arrived = self._arrived or away <= self._tolerance
        if self._arrived:
            return STANDSTILL
        pose = (robot.x, robot.y, robot.heading)
        return straight_at(self.goal, pose, self._speed, self._max_yaw_rate)


class RandomDriver:
    """Random commands, each held for a random while; the same seed gives the same drive."""

    arrived = False

    def __init__(
        self,
        *,
        speeds: tuple[float, float],
        max_yaw_rate: float,
        holds: tuple[float, float] = (0.5, 2.0),
        seed: int = 0,
    ) -> None:
        """Choose ranges.

        Args:
            speeds: lowest and highest linear speed [m/s].
            max_yaw_rate: fastest turn, either way [rad/s].
            holds: shortest and longest time that a command is held [s].
            seed: of the drive.
        """
        self._speeds, self._max_yaw_rate, self._holds = speeds, max_yaw_rate, holds
        self._random = np.random.default_rng(seed)
        self._until = -math.inf
        self._twist = STANDSTILL

    def command(self, time: float, robot: RobotState) -> Twist2D:
        """Command of the current hold."""
        if time >= self._until:
            self._twist = Twist2D(
                float(self._random.uniform(*self._speeds)),
                float(self._random.uniform(-self._max_yaw_rate, self._max_yaw_rate)),
            )
            self._until = time + float(self._random.uniform(*self._holds))
        return self._twist


@dataclass(frozen=True, slots=True)
class StampedTwist:
    """A recorded command: time [s] and twist."""

    time: float
    twist: Twist2D


class RecordedDriver:
    """Plays commands at their recorded times, each held until the next; then stands."""

    def __init__(self, recording: Sequence[StampedTwist], *, last_hold: float = 0.1) -> None:
        """Choose a recording.

        Args:
            recording: commands in order of time; the first one is played at once.
            last_hold: how long the last command is held [s].

        Raises:
            RecordingError: if the recording is empty.
        """
        if not recording:
            raise RecordingError('the recording is empty; it needs at least one command')
        self._times = [each.time - recording[0].time for each in recording]
        self._twists = [each.twist for each in recording]
        self._end = self._times[-1] + last_hold
        self._arrived = False

    @property
    def arrived(self) -> bool:
        """Whether the recording is over."""
        return self._arrived

    def command(self, time: float, robot: RobotState) -> Twist2D:
        """Newest recorded command at a time."""
        self._arrived = self._arrived or time >= self._end
        if self._arrived:
            return STANDSTILL
        return self._twists[max(0, bisect.bisect_right(self._times, time) - 1)]


def read_recording(path: Path) -> list[StampedTwist]:
    """Commands from a CSV file of lines `stamp,v,omega` [s, m/s, rad/s].

    A first line that does not start with a number is a header; empty lines and lines that start
    with # are skipped.

    Raises:
        RecordingError: if the file cannot be read, a line has not three finite numbers, or time
            goes back.
    """
    recording: list[StampedTwist] = []
    header_allowed = True
    for number, fields in _csv_lines(path):
        try:
            time, v, omega = (float(each) for each in fields)
        except ValueError:
            if header_allowed and not _is_number(fields[0]):
                header_allowed = False
                continue
            raise RecordingError(
                f'{path}, line {number}: {",".join(fields)!r} is not `stamp,v,omega`'
            ) from None
        header_allowed = False
        if not all(math.isfinite(each) for each in (time, v, omega)):
            raise RecordingError(f'{path}, line {number}: every number must be finite')
        if recording and time < recording[-1].time:
            raise RecordingError(f'{path}, line {number}: the stamp goes back in time')
        recording.append(StampedTwist(time, Twist2D(v, omega)))
    if not recording:
        raise RecordingError(f'{path} holds no command; it needs lines of `stamp,v,omega`')
    return recording


def _csv_lines(path: Path) -> list[tuple[int, list[str]]]:
    try:
        with path.open(newline='', encoding='utf-8') as file:
            lines = list(csv.reader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RecordingError(f'{path} cannot be read as CSV: {error}') from None
    return [
        (number, fields)
        for number, fields in enumerate(lines, start=1)
        if fields and not fields[0].lstrip().startswith('#')
    ]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
