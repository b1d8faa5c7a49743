"""Hazards that do what they may to be driven into, and the robot that must not."""

import math
from dataclasses import dataclass

import numpy as np

from vcp_cbf_safety import Circle, FilterConfig, Hazards, Peer, RobotState, Twist2D
from vcp_cbf_safety.motion.response import respond, respond_speed
from vcp_cbf_safety.motion.unicycle import advance
from vcp_cbf_safety.studies.campaign.ablation import Feature, filter_without

TIME_STEP = 0.005
BODY = 0.2


class Runner:
    """Accelerates in any direction as much as it may, always towards a point near the robot."""

    def __init__(self, x: float, y: float, course: float, config: FilterConfig) -> None:
        self.position = np.array((x, y))
        pace = 0.5 * config.peer_max_speed
        self.velocity = pace * np.array((math.cos(course), math.sin(course)))
        self._limits = config.peer_max_speed, config.peer_max_acceleration

    def move(self, target: np.ndarray, now: float) -> None:
        """Move by one time step."""
        del now
        fastest, acceleration = self._limits
        way = target - self.position
        wanted = fastest * way / max(float(np.hypot(*way)), 1e-6)
        change = wanted - self.velocity
        size = max(float(np.hypot(*change)), 1e-9)
        self.velocity = self.velocity + change * min(1.0, acceleration * TIME_STEP / size)
        self.position = self.position + self.velocity * TIME_STEP

    def seen(self) -> Hazards:
        """As a circle: what may turn at once has no heading."""
        velocity = self.velocity.tolist()
        return Hazards(
            circles=[Circle(*self.position.tolist(), BODY, *velocity, velocity_uncertainty=1e-9)]
        )


@dataclass
class Plan:
    """What a driver does: shares of acceleration and yaw rate in turn, each for `leg` seconds.

    `chases`: from then on it steers at the robot, as sharply as it can [s].
    """

    shares: np.ndarray
    leg: float
    chases: float


class Driver:
    """A unicycle inside the bounds that were configured, which follows a plan."""

    def __init__(
        self, x: float, y: float, heading: float, speed: float, config: FilterConfig, plan: Plan
    ) -> None:
        self.pose, self.speed, self.yaw_rate = (x, y, heading), speed, 0.0
        self._config, self._plan = config, plan

    @property
    def position(self) -> np.ndarray:
        """Where its centre is [m]."""
        return np.array(self.pose[:2])

    def move(self, target: np.ndarray, now: float) -> None:
        """Move by one time step."""
        config, plan = self._config, self._plan
        push, turn = plan.shares[int(now / plan.leg) % len(plan.shares)]
        if now >= plan.chases:
            way = target - self.position
            off = math.atan2(way[1], way[0]) - self.pose[2]
            off = math.atan2(math.sin(off), math.cos(off))
            turn = max(-1.0, min(1.0, off / (config.peer_max_yaw_rate * TIME_STEP + 1e-9)))
            push = 1.0 if math.cos(off) > 0.0 else -1.0
        before = self.speed
        fastest = config.peer_max_speed
        speed = before + push * config.peer_max_acceleration * TIME_STEP
        self.speed = max(-fastest, min(fastest, speed))
        self.yaw_rate = turn * config.peer_max_yaw_rate
        self.pose = advance(self.pose, 0.5 * (before + self.speed), self.yaw_rate, TIME_STEP)

    def seen(self) -> Hazards:
        """As a peer that need not give way."""
        return Hazards(peers=[Peer(*self.pose, self.speed, self.yaw_rate, BODY)])


def first_contact(
    config: FilterConfig,
    attacker: Runner | Driver,
    lead: float,
    nominals: list[Twist2D],
    without: frozenset[Feature] = frozenset(),
) -> tuple[float, float]:
    """How a meeting ends: how fast the robot itself closes in, and how near the two came.

    Args:
        config: the robot, which does exactly what it is told, and its filter.
        attacker: starts near the origin, where the robot starts.
        lead: how far ahead of the robot it aims [m].
        nominals: one a cycle.
        without: pieces of the filter to leave out.

    Returns:
        Closing speed of the robot at the first contact [m/s], -inf without one; the least free
        distance [m].
    """
    safety_filter = filter_without(config, without)
    pose, v, omega, now, least = (0.0, 0.0, 0.0), 0.0, 0.0, 0.0, math.inf
    for nominal in nominals:
        state = RobotState(*pose, speed=v, yaw_rate=omega)
        command = safety_filter.step(nominal, state, attacker.seen(), config.period)
        for _ in range(round(config.period / TIME_STEP)):
            v, mean_v = respond_speed(config, v, command.v, TIME_STEP)
            omega, mean_omega = respond(
                omega, command.omega, TIME_STEP, config.velocity_lag, config.max_yaw_acceleration
            )
            pose = advance(pose, mean_v, mean_omega, TIME_STEP)
            ahead = np.array((math.cos(pose[2]), math.sin(pose[2])))
            robot = np.array(pose[:2])
            attacker.move(robot + lead * math.copysign(1.0, v) * ahead, now)
            now += TIME_STEP
            away = attacker.position - robot
            distance = float(np.hypot(*away))
            least = min(least, distance - config.body_radius - BODY)
            if least < 0.0:
                return v * float(ahead @ away) / max(distance, 1e-9), least
    return -math.inf, least
