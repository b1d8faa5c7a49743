"""Where robot and peers will be when the command of this cycle takes effect."""

from collections import deque
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.hazards.discs import (
    AGE,
    ERROR,
    MOTION,
    RADIUS,
    VX,
    VY,
    Discs,
    Motion,
    Vector,
    X,
    Y,
    check_discs,
    velocity_of,
)
from vcp_cbf_safety.hazards.hazards import ANY_SPEED, Hazards, SpeedLimits, discs_of
from vcp_cbf_safety.hazards.scene import Scene, scene_of_discs
from vcp_cbf_safety.motion.response import Limits, limits_of, respond, respond_speed, turn_limit_of
from vcp_cbf_safety.motion.unicycle import RobotState, Twist2D, advance

# Speeds that differ by less [m/s] are the same speed.
_STEADY = 1e-3

# A base that hardly speeds up, and one that brakes at once [m/s^2].
_SLOWEST, _HARDEST = 1e-6, 1e9

# What was in force longer ago than this [s] is forgotten: odometry that old predicts nothing.
MEMORY = 2.0


class CommandHistory:
    """The commands already sent to the base, newest last, and how long ago each was sent."""

    def __init__(self) -> None:
        self._sent: deque[tuple[float, Twist2D]] = deque()
        self._now = 0.0

    def elapse(self, seconds: float) -> None:
        """Let time pass since the newest command."""
        self._now += seconds
        while len(self._sent) > 1 and self._now - self._sent[1][0] > MEMORY:
            self._sent.popleft()

    def send(self, command: Twist2D) -> None:
        """Remember a command that is being sent now."""
        self._sent.append((self._now, command))

    @property
    def newest(self) -> Twist2D:
        """The command sent last; standing still before the first."""
        return self._sent[-1][1] if self._sent else Twist2D(0.0, 0.0)

    def in_force(self, start: float, end: float) -> list[tuple[float, Twist2D]]:
        """Commands between two ages, oldest first, with how long each was the newest one.

        Args:
            start: begin of the interval, seconds ago.
            end: end of the interval, seconds ago; may be negative, the newest command then lasts.

        Returns:
            (duration [s], command) each; before the first command the robot was told to stand.
        """
        begin, stop = self._now - start, self._now - end
        newest_first: list[tuple[float, Twist2D]] = []
        for sent, command in reversed(self._sent):
            if sent < stop:
                newest_first.append((max(sent, begin), command))
            if sent <= begin:
                break
        else:
            newest_first.append((begin, Twist2D(0.0, 0.0)))
        until = stop
        spans: list[tuple[float, Twist2D]] = []
        for since, command in newest_first:
            if until > since:
                spans.append((until - since, command))
            until = min(until, since)
        return spans[::-1]


class Ahead(NamedTuple):
    """A state in which the robot may be when a command takes effect.

    Attributes:
        state: the state, with age 0.
        limits: how quickly the base that gets there changes its speed; None for the configured.
    """

    state: RobotState
    limits: Limits | None = None


class Prediction(NamedTuple):
    """Robot and hazards as they were seen, and when a command sent now takes effect.

    Attributes:
        robot: the robot as it was seen.
        seen: discs as they were seen.
        starts: states in which the robot may be when the command takes effect, the expected one
            first.
        scene: the same discs at that time, and the walls of the arena.
        speed_limits: of this cycle.
    """

    robot: RobotState
    seen: Discs
    starts: list[Ahead]
    scene: Scene
    speed_limits: SpeedLimits = ANY_SPEED

    @property
    def ahead(self) -> RobotState:
        """The state in which the robot is expected to be."""
        return self.starts[0].state


def predict(
    config: FilterConfig,
    robot: RobotState,
    hazards: Hazards,
    seen: Discs,
    history: CommandHistory,
) -> Prediction:
    """Robot and hazards when a command sent now takes effect.

    Args:
        config: the filter's parameters.
        robot: as it was seen.
        hazards: arena and speed limits of the cycle.
        seen: its discs as they were seen, or those of them that matter.
        history: commands already sent.

    Raises:
        HazardError: if a hazard is beyond all maps by then; the message names it.
    """
    scene = scene_of_discs(hazards.arena, predict_discs(config, seen))
    expected = Ahead(predict_robot(config, robot, history))
    starts = [expected, *predict_extremes(config, robot, history)]
    return Prediction(robot, seen, starts, scene, hazards.speed_limits)


def unpredicted(robot: RobotState, hazards: Hazards) -> Prediction:
    """The prediction of no time: robot and hazards as they were seen."""
    seen = discs_of(hazards)
    now = Ahead(replace(robot, age=0.0))
    scene = scene_of_discs(hazards.arena, seen)
    return Prediction(robot, seen, [now], scene, hazards.speed_limits)


def predict_robot(
    config: FilterConfig,
    robot: RobotState,
    history: CommandHistory,
    limits: Limits | None = None,
) -> RobotState:
    """State of the robot when a command sent now takes effect (docs/theory.md, eq. 14).

    From the odometry's stamp on, the base follows the commands already sent, each after the
    actuation delay, with a first-order velocity response; poses move along exact arcs.

    Args:
        config: delay, lag and accelerations of the base.
        robot: measured state and its age.
        history: commands already sent.
        limits: how quickly the speed changes; None for the configured.

    Returns:
        The state actuation_delay from now, with age 0.
    """
    return _follow(config, robot, _told(config, robot, history), limits)


def _told(
    config: FilterConfig, robot: RobotState, history: CommandHistory
) -> list[tuple[float, Twist2D]]:
    """What the base follows from the odometry's stamp until the command takes effect."""
    return history.in_force(max(robot.age, 0.0) + config.actuation_delay, 0.0)


def _follow(
    config: FilterConfig,
    robot: RobotState,
    told: list[tuple[float, Twist2D]],
    limits: Limits | None,
) -> RobotState:
    pose = (robot.x, robot.y, robot.heading)
    v, omega, lag = robot.speed, robot.yaw_rate, config.velocity_lag
    limits, turn_limit = limits or limits_of(config), turn_limit_of(config)
    for duration, command in told:
        v, mean_v = respond_speed(config, v, command.v, duration, limits)
        omega, mean_omega = respond(omega, command.omega, duration, lag, turn_limit)
        pose = advance(pose, mean_v, mean_omega, duration)
    return RobotState(*pose, speed=v, yaw_rate=omega)


def predict_extremes(
    config: FilterConfig, robot: RobotState, history: CommandHistory
) -> list[Ahead]:
    """Other states than that of `predict_robot` in which a legal base may be (assumption A5).

    A base brakes with max_deceleration or harder, and speeds up with max_acceleration or more
    slowly. While its speed changes, the harder or slower one is elsewhere. Driving one way
    straight on, every legal base is between the extremes. While it turns, or turns back, one in
    500 random bases was further out than the bend in the margins, by 2 cm at most.

    Args:
        config: delay, lag and accelerations of the base.
        robot: measured state and its age.
        history: commands already sent.

    Returns:
        None to three states; of a round body none where the speed follows the commands. A turn
        moves a long body, and driving may be what keeps that off a hazard. So there it matters
        how quickly the base answers to the next command, too.
    """
    told = _told(config, robot, history)
    speeds = (robot.speed, *[command.v for _, command in told])
    if max(speeds) - min(speeds) < _STEADY and config.is_round:
        return []
    up, down = limits_of(config)
    extremes = [Limits(_SLOWEST, _HARDEST)]
    if min(speeds) < 0.0 < max(speeds):
        extremes += [Limits(_SLOWEST, down), Limits(up, _HARDEST)]
    return [Ahead(_follow(config, robot, told, each), each) for each in extremes]


def predict_discs(config: FilterConfig, discs: Discs) -> Discs:
    """Discs when a command sent now takes effect (docs/theory.md, eq. 15).

    Robots follow their last twist along an exact arc, other discs their velocity, both from when
    they were measured on. Robots grow by how they may have sped up and turned since, other discs
    by how they may have sped up and by what their velocity may be wrong.

    Args:
        config: actuation_delay, peer_max_acceleration and peer_max_yaw_rate.
        discs: discs as last seen.

    Returns:
        The same discs, moved and grown; those that stand still are unchanged.

    Raises:
        HazardError: if one is beyond all maps by then; the message names it.
    """
    motion = discs.table[:, MOTION]
    if not motion.any():
        return discs
    table = discs.table.copy()
    drifting = motion == Motion.VELOCITY
    if drifting.any():
        table[drifting] = _drifted(config, table[drifting])
    for index in np.flatnonzero(motion > Motion.VELOCITY).tolist():
        table[index] = _driven(config, table[index].tolist())
    moved = Discs(discs.names, table)
    check_discs(moved)
    return moved


def _drifted(config: FilterConfig, table: Vector) -> Vector:
    ahead = table[:, AGE] + config.actuation_delay
    growth = (table[:, ERROR] + 0.5 * config.peer_max_acceleration * ahead) * ahead
    table[:, X] += table[:, VX] * ahead
    table[:, Y] += table[:, VY] * ahead
    table[:, RADIUS] += growth
    table[:, AGE] = 0.0
    return table


def _driven(config: FilterConfig, row: list[float]) -> list[float]:
    x, y, radius, vx, vy, share, age, _, heading, speed, yaw_rate, motion = row
    ahead = age + config.actuation_delay
    turning = config.peer_max_yaw_rate + abs(yaw_rate)
    # Elsewhere than its last twist says, it is by what it speeds up and turns. Turned back, it is
    # twice its way from there.
    growth = 0.5 * config.peer_max_acceleration * ahead**2
    growth += abs(speed) * ahead * min(0.5 * turning * ahead, 2.0)
    x, y, heading = advance((x, y, heading), speed, yaw_rate, ahead)
    vx, vy = velocity_of(speed, heading)
    return [x, y, radius + growth, vx, vy, share, 0.0, 0.0, heading, speed, yaw_rate, motion]
