"""The state of a robot from its odometry: each message converted once, and what it cannot be."""

import math
from dataclasses import replace
from typing import NamedTuple

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.motion.braking import way_of_stop
from vcp_cbf_safety.motion.response import deceleration_of, limits_of, turn_limit_of
from vcp_cbf_safety.motion.twist_check import Contradiction, Doubt, Sample, TwistCheck
from vcp_cbf_safety.motion.unicycle import RobotState
from vcp_cbf_safety.ros.conversions import robot_state_of
from vcp_cbf_safety.ros.inputs import Newest

# How many position uncertainties two measurements may differ by when nothing has moved.
_NOISE = 3.0
# A heading may be off by this much between two measurements [rad].
_HEADING_NOISE = 0.3
# A base measured beyond its limits is believed up to this many times the limit.
_OVERSPEED = 2.0
# Without a stamp, one message may be this much longer on its way than another [s].
_RECEIPT_JITTER = 0.1
# Odometry that jumps to this near the origin, from this far [m], or to this near the heading zero,
# from another one [rad], has started again; its first messages may be lost for so long [s].
_ORIGIN = (0.05, 0.1)
_RESTART = (0.5, 0.5)
_LOST = 0.2


class DrivingLimits(NamedTuple):
    """How far a robot can get between two messages.

    Attributes:
        speed, yaw_rate: its limits [m/s, rad/s].
        distance: what the position may change without motion [m].
        jitter: how much longer than the stamps say the motion may have taken [s].
        acceleration: how fast its speed may change [m/s^2].
    """

    speed: float
    yaw_rate: float
    distance: float
    jitter: float
    acceleration: float


class Stop(NamedTuple):
    """How far a robot without odometry can get, because it brakes.

    Attributes:
        gap: time without a message after which it brakes [s].
        rolls: how long it may drive on before that takes effect [s].
        deceleration: with which it brakes at least [m/s^2].
        turns: how far it may turn until it stands [rad].
    """

    gap: float
    rolls: float
    deceleration: float
    turns: float


def reach_of(config: FilterConfig) -> DrivingLimits:
    """How far the robot itself can get."""
    return DrivingLimits(
        config.top_speed,
        config.max_yaw_rate,
        _NOISE * config.position_uncertainty,
        config.hold_time,
        max(limits_of(config)),
    )


def reach_of_peer(config: FilterConfig) -> DrivingLimits:
    """How far a peer can get; nothing is known of how fast it turns."""
    return DrivingLimits(
        config.peer_max_speed,
        math.inf,
        _NOISE * config.position_uncertainty,
        config.hold_time,
        config.peer_max_acceleration,
    )


def stop_of(config: FilterConfig, gap: float, unwatched: float) -> Stop:
    """How far the robot itself can get without odometry.

    Args:
        config: the base.
        gap: time without a message after which it brakes [s].
        unwatched: how long no cycle has looked, so that it may have driven on [s].
    """
    rolls = gap + unwatched + config.actuation_delay + config.velocity_lag
    turns = way_of_stop(config.max_yaw_rate, turn_limit_of(config), rolls)
    return Stop(gap, rolls, deceleration_of(config), turns)


class OdometryReader:
    """Reads the odometry of one robot.

    Attributes:
        newest: its topic.
        frame: of the last state that could be read, '' before the first.
        error: why the newest message cannot be read, '' when it can.
        same_since: monotonic time since when every message has said the same numbers [s].
        jump: how the robot got further than it can, '' when it did not.
        restart: why its origin may be another one since the newest message, '' when it is not.
        contradiction: how its twist differs from the motion of its poses, '' when it does not.
    """

    def __init__(self, newest: Newest) -> None:
        self.newest = newest
        self.frame = ''
        self.error = self.jump = self.restart = self.contradiction = ''
        self.same_since = -math.inf
        self._read = 0
        self._state: RobotState | None = None
        self._received = -math.inf
        self._measured = -math.inf
        self._continues = False
        self._twists = TwistCheck()

    def start_over(self) -> None:
        """Compare the next message with none before it."""
        self._continues = False
        self._twists.clear()

    def read(self, world_frame: str, reach: DrivingLimits, stop: Stop | None = None) -> None:
        """Look at the newest message, if it is a new one.

        A message that cannot be read changes nothing. After a jump the next message is compared
        with where the robot jumped to.

        Args:
            world_frame: the frame it must be in.
            reach: how far the robot can get.
            stop: how it brakes without odometry; None when it does not.
        """
        self.restart = ''
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
        before = self._state
        if before is not None and self._continues:
            self.jump = _jump(before, state, between + reach.jitter, reach, newest.topic)
            if (self.jump and _starts_again(before, state, between)) or (
                stop is not None
                and between > stop.gap
                and not _reached(before, state, between + reach.jitter, reach, stop)
            ):
                self.restart = _restart(before, state, between, newest.topic)
        if state != before:
            self.same_since = newest.received
        self._compare(state, measured, reach)
        self._state, self._received, self._measured = state, newest.received, measured
        self.frame = world_frame
        self._continues = True

    def _compare(self, state: RobotState, measured: float, reach: DrivingLimits) -> None:
        """Whether the twists are how the poses have moved."""
        if self.jump or self.restart:
            self._twists.clear()
        newest = self.newest
        sample = Sample(
            measured,
            newest.received,
            0.0 if newest.transport else _RECEIPT_JITTER,
            state.x,
            state.y,
            state.heading,
            state.speed,
        )
        doubt = Doubt(reach.distance, reach.jitter, reach.acceleration)
        found = self._twists.add(sample, doubt)
        if found is None:
            self.contradiction = ''
        elif not self.contradiction:
            # One sentence for all the messages that disagree.
            self.contradiction = _contradiction(found, newest.topic)

    def state(self, now: float) -> RobotState | None:
        """The last state that could be read, with its age at a monotonic time [s]."""
        if self._state is None:
            return None
        return replace(self._state, age=max(0.0, now - self._measured))

    def age(self, now: float) -> float:
        """Age of the last state that could be read [s]; inf when there is none."""
        return now - self._measured


def _jump(
    before: RobotState, after: RobotState, seconds: float, reach: DrivingLimits, topic: str
) -> str:
    """What is wrong when a robot got further than it can, else ''."""
    speed = _believed(max(abs(before.speed), abs(after.speed)), reach.speed)
    distance = _distance(before, after)
    if distance > speed * seconds + reach.distance:
        return (
            f'{topic} jumped by {distance:.3f} m in {seconds:.3f} s, further than the robot can '
            f'drive ({reach.speed:g} m/s)'
        )
    yaw_rate = _believed(max(abs(before.yaw_rate), abs(after.yaw_rate)), reach.yaw_rate)
    turn = _angle(after.heading, before.heading)
    if turn > yaw_rate * seconds + _HEADING_NOISE:
        return (
            f'{topic} jumped by {turn:.3f} rad in {seconds:.3f} s, further than the robot can '
            f'turn ({reach.yaw_rate:g} rad/s)'
        )
    return ''


def _starts_again(before: RobotState, after: RobotState, seconds: float) -> bool:
    """Whether a jump is that of a driver that counts from the origin again."""
    missed = min(seconds, _LOST)
    if math.hypot(after.x, after.y) > _ORIGIN[0] + abs(after.speed) * missed:
        return False
    heading, turn = _angle(after.heading, 0.0), _angle(after.heading, before.heading)
    turned = turn > _RESTART[1] and heading <= _ORIGIN[1] + abs(after.yaw_rate) * missed
    return turned or _distance(before, after) > _RESTART[0]


def _reached(
    before: RobotState, after: RobotState, seconds: float, reach: DrivingLimits, stop: Stop
) -> bool:
    """Whether a robot that brakes without odometry can have got from one pose to the other."""
    speed = abs(before.speed)
    top = max(speed, min(reach.speed, speed + reach.acceleration * stop.rolls))
    way = min(seconds * top, way_of_stop(top, stop.deceleration, stop.rolls))
    turn = _angle(after.heading, before.heading)
    return _distance(before, after) <= way + reach.distance and turn <= stop.turns + _HEADING_NOISE


def _restart(before: RobotState, after: RobotState, seconds: float, topic: str) -> str:
    return (
        f'{topic} seems to have started again: the robot was at ({before.x:.2f}, {before.y:.2f}) '
        f'm and is at ({after.x:.2f}, {after.y:.2f}) m {seconds:.2f} s later, where it cannot '
        'have driven; make sure that its pose is right and call ~/release'
    )


def _contradiction(found: Contradiction, topic: str) -> str:
    # Without a minus before zero.
    said, moved = round(found.said, 2) + 0.0, round(found.moved, 2) + 0.0
    return (
        f'{topic} contradicts itself: its twist says {said:.2f} m/s and its poses move at '
        f'{moved:.2f} m/s along the heading; twist.linear.x must be the forward speed, in '
        'm/s and in the frame of the robot'
    )


def _distance(one: RobotState, other: RobotState) -> float:
    return math.hypot(other.x - one.x, other.y - one.y)


def _angle(one: float, other: float) -> float:
    return abs(math.remainder(other - one, math.tau))


def _believed(measured: float, limit: float) -> float:
    return min(max(measured, limit), _OVERSPEED * limit)
