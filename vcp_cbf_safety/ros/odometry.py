"""The state of a robot from its odometry: each message converted once, jumps found."""

import math
from dataclasses import replace
from typing import NamedTuple

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.ros.conversions import robot_state_of
from vcp_cbf_safety.ros.inputs import Newest
from vcp_cbf_safety.unicycle import RobotState

# How many position uncertainties two measurements may differ by when nothing has moved.
_NOISE = 3.0
# A heading may be off by this much between two measurements [rad].
_HEADING_NOISE = 0.3
# A base measured beyond its limits is believed up to this many times the limit.
_OVERSPEED = 2.0


class Reach(NamedTuple):
    """How far a robot can get between two messages.

    Attributes:
        speed, yaw_rate: its limits [m/s, rad/s].
        distance: what the position may change without motion [m].
        jitter: how much longer than the stamps say the motion may have taken [s].
    """

    speed: float
    yaw_rate: float
    distance: float
    jitter: float


def reach_of(config: FilterConfig) -> Reach:
    """How far the robot itself can get."""
    return Reach(
        config.top_speed,
        config.max_yaw_rate,
        _NOISE * config.position_uncertainty,
        config.hold_time,
    )


def reach_of_peer(config: FilterConfig) -> Reach:
    """How far a peer can get; nothing is known of how fast it turns."""
    return Reach(
        config.peer_max_speed,
        math.inf,
        _NOISE * config.position_uncertainty,
        config.hold_time,
    )


class OdometryReader:
    """Reads the odometry of one robot.

    Attributes:
        newest: its topic.
        error: why the newest message cannot be read, '' when it can.
        same_since: monotonic time since when every message has said the same numbers [s].
        jump: how the robot got further than it can, '' when it did not.
    """

    def __init__(self, newest: Newest) -> None:
        self.newest = newest
        self.error = self.jump = ''
        self.same_since = -math.inf
        self._read = 0
        self._state: RobotState | None = None
        self._received = -math.inf
        self._measured = -math.inf

    def read(self, world_frame: str, reach: Reach) -> None:
        """Look at the newest message, if it is a new one.

        A message that cannot be read changes nothing. After a jump the next message is compared
        with where the robot jumped to.
        """
        newest = self.newest
        if newest.count == self._read:
            return
        self._read = newest.count
        try:
            state = robot_state_of(newest.message, world_frame, newest.topic, 0.0)
        except InputError as error:
            self.error = str(error)
            return
        measured = newest.received - newest.transport
        between = max(newest.received - self._received, measured - self._measured)
        self.error = self.jump = ''
        if self._state is not None:
            self.jump = _jump(self._state, state, between + reach.jitter, reach, newest.topic)
        if state != self._state:
            self.same_since = newest.received
        self._state, self._received, self._measured = state, newest.received, measured

    def state(self, now: float) -> RobotState | None:
        """The last state that could be read, with its age at a monotonic time [s]."""
        if self._state is None:
            return None
        return replace(self._state, age=max(0.0, now - self._measured))

    def age(self, now: float) -> float:
        """Age of the last state that could be read [s]; inf when there is none."""
        return now - self._measured


def _jump(before: RobotState, after: RobotState, seconds: float, reach: Reach, topic: str) -> str:
    """What is wrong when a robot got further than it can, else ''."""
    speed = _believed(max(abs(before.speed), abs(after.speed)), reach.speed)
    distance = math.hypot(after.x - before.x, after.y - before.y)
    if distance > speed * seconds + reach.distance:
        return (
            f'{topic} jumped by {distance:.3f} m in {seconds:.3f} s, further than the robot can '
            f'drive ({reach.speed:g} m/s)'
        )
    yaw_rate = _believed(max(abs(before.yaw_rate), abs(after.yaw_rate)), reach.yaw_rate)
    turn = abs(math.remainder(after.heading - before.heading, math.tau))
    if turn > yaw_rate * seconds + _HEADING_NOISE:
        return (
            f'{topic} jumped by {turn:.3f} rad in {seconds:.3f} s, further than the robot can '
            f'turn ({reach.yaw_rate:g} rad/s)'
        )
    return ''


def _believed(measured: float, limit: float) -> float:
    return min(max(measured, limit), _OVERSPEED * limit)
