"""A differential-drive base that is not ideal: dead time, lag, limits, slip, noisy odometry."""

import math
from collections import deque
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from vcp_cbf_safety.motion.unicycle import RobotState, Twist2D, advance

Pose = tuple[float, float, float]

# Longest integration step of the ground truth [s]: 5 mm of travel at 1 m/s.
TIME_STEP = 0.005

_STANDSTILL = Twist2D(0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseModel:
    """How a base answers commands and how its odometry lies.

    Attributes:
        body_radius: radius of the body disc around the axle centre [m].
        footprint: corners of the body in the base frame where it is no disc [m]; then
            `body_radius` is that of the disc around the axle centre that contains it.
        min_speed, max_speed, max_yaw_rate: what the base does at most [m/s, m/s, rad/s].
        acceleration, deceleration: limits of the linear velocity loop, away from standing and
            towards it [m/s^2].
        yaw_acceleration: limit of the yaw rate's loop, both ways [rad/s^2].
        lag: time constant of the velocity loop [s]; 0 obeys at once.
        delay: dead time of a command [s].
        command_timeout: a command that has been in force for longer is one to stop [s].
        slip: share of the wheel speed that is lost at top speed.
        position_noise, heading_noise: standard deviations of the odometry [m, rad].
        speed_noise, yaw_rate_noise: the same of its twist [m/s, rad/s].
        odometry_delay: age of an odometry message when it arrives [s].

    Raises:
        ValueError: if a value is not a number in its range.
    """

    body_radius: float = 0.15
    footprint: tuple[tuple[float, float], ...] = ()
    min_speed: float = -math.inf
    max_speed: float = math.inf
    max_yaw_rate: float = math.inf
    acceleration: float = math.inf
    deceleration: float = math.inf
    yaw_acceleration: float = math.inf
    lag: float = 0.1
    delay: float = 0.0
    command_timeout: float = math.inf
    slip: float = 0.0
    position_noise: float = 0.0
    heading_noise: float = 0.0
    speed_noise: float = 0.0
    yaw_rate_noise: float = 0.0
    odometry_delay: float = 0.0

    def __post_init__(self) -> None:
        for name in (
            'lag', 'delay', 'slip', 'position_noise', 'heading_noise', 'speed_noise',
            'yaw_rate_noise', 'odometry_delay',
        ):  # fmt: skip
            if not getattr(self, name) >= 0.0:
                raise ValueError(f'{name} is {getattr(self, name)}; it must not be negative')
        for name in (
            'body_radius', 'max_speed', 'max_yaw_rate', 'acceleration', 'deceleration',
            'yaw_acceleration', 'command_timeout',
        ):  # fmt: skip
            if not getattr(self, name) > 0.0:
                raise ValueError(f'{name} is {getattr(self, name)}; it must be positive')
        furthest = max((math.hypot(*corner) for corner in self.footprint), default=0.0)
        if furthest > self.body_radius + 1e-9:
            raise ValueError(
                f'body_radius is {self.body_radius}; it must not be less than the distance of the '
                f'furthest corner of footprint, {furthest:g}'
            )


class AnyBase(Protocol):
    """What every simulated base offers, whatever moves it."""

    @property
    def model(self) -> BaseModel:
        """Body and limits."""

    @property
    def pose(self) -> Pose:
        """True x, y, heading [m, m, rad]."""

    @property
    def v(self) -> float:
        """True speed along the heading [m/s]."""

    @property
    def omega(self) -> float:
        """True yaw rate [rad/s]."""

    def command(self, now: float, command: Twist2D) -> None:
        """Accept a command at time `now` [s]."""

    def odometry(self) -> RobotState:
        """What the robot believes, with its age."""


class Base:
    """Ground truth of one robot.

    Args:
        model: how it behaves.
        pose: (x, y, heading) at the start [m, m, rad].
        random: source of the odometry noise.
    """

    def __init__(self, model: BaseModel, pose: Pose, random: np.random.Generator) -> None:
        self.model = model
        self.pose = pose
        self.v = 0.0
        self.omega = 0.0
        self._random = random
        self._target = _STANDSTILL
        self._in_force_since = 0.0
        self._pending: deque[tuple[float, Twist2D]] = deque()
        ticks = max(1, round(model.odometry_delay / TIME_STEP))
        self._past: deque[RobotState] = deque([self.state], maxlen=ticks + 1)

    @property
    def state(self) -> RobotState:
        """True pose and twist."""
        return RobotState(*self.pose, self.v, self.omega)

    def command(self, now: float, command: Twist2D) -> None:
        """Accept a command at time `now` [s]; it acts after the dead time."""
        self._pending.append((now + self.model.delay, command))

    def advance(self, now: float, duration: float = TIME_STEP) -> None:
        """Move by one step that begins at `now`, no longer than `TIME_STEP` [s]."""
        model, target = self.model, self._wanted(now)
        target_v = min(max(target.v, model.min_speed), model.max_speed)
        target_omega = min(max(target.omega, -model.max_yaw_rate), model.max_yaw_rate)
        before_v, before_omega = self.v, self.omega
        speeding_up = abs(target_v) > abs(before_v) and before_v * target_v >= 0.0
        limit = model.acceleration if speeding_up else model.deceleration
        self.v = self._respond(before_v, target_v, limit, duration)
        if before_v * self.v < 0.0 and model.acceleration < model.deceleration:
            self.v = 0.0  # beyond standing it speeds up, with the other limit
        self.omega = self._respond(before_omega, target_omega, model.yaw_acceleration, duration)
        grip = 1.0 - model.slip * abs(self.v) / model.max_speed
        mean_v = self._mean(before_v, self.v, limit)
        mean_omega = self._mean(before_omega, self.omega, model.yaw_acceleration)
        self.pose = advance(self.pose, grip * mean_v, grip * mean_omega, duration)
        self._past.append(self.state)

    def stall(self, before: Pose) -> None:
        """Wheels slip against something: the body stays where it was, but a disc turns."""
        self.v = 0.0
        if self.model.footprint:
            self.pose, self.omega = before, 0.0
        else:
            self.pose = (*before[:2], self.pose[2])

    def odometry(self) -> RobotState:
        """What the robot believes, with its age: delayed and noisy pose, wheel speeds.

        The delay is a number of whole time steps, one at least.
        """
        age = (len(self._past) - 1) * TIME_STEP
        return measured(self._past[0], self.model, self._random, age)

    def _wanted(self, now: float) -> Twist2D:
        while self._pending and self._pending[0][0] <= now + 1e-9:
            self._in_force_since, self._target = self._pending.popleft()
        timed_out = now - self._in_force_since > self.model.command_timeout
        return _STANDSTILL if timed_out else self._target

    def _respond(self, value: float, target: float, limit: float, duration: float) -> float:
        """First-order lag, then the limit of acceleration."""
        left = math.exp(-duration / self.model.lag) if self.model.lag > 0.0 else 0.0
        change = (target - value) * (1.0 - left)
        largest = limit * duration
        return value + min(max(change, -largest), largest)

    def _mean(self, before: float, after: float, limit: float) -> float:
        """Mean of a velocity over a step; a base that obeys at once has it from the beginning."""
        at_once = self.model.lag == 0.0 and limit == math.inf
        return after if at_once else 0.5 * (before + after)


def measured(
    state: RobotState, model: BaseModel, random: np.random.Generator, age: float = 0.0
) -> RobotState:
    """A state as odometry has it, with noise of at most three standard deviations.

    Args:
        state: the truth.
        model: standard deviations.
        random: source of the noise.
        age: of the state [s].
    """
    twist_lies = model.speed_noise > 0.0 or model.yaw_rate_noise > 0.0
    noise = random.normal(size=5 if twist_lies else 3).clip(-3.0, 3.0).tolist()
    dx, dy, dheading, dv, domega = noise if twist_lies else (*noise, 0.0, 0.0)
    return RobotState(
        state.x + model.position_noise * dx,
        state.y + model.position_noise * dy,
        state.heading + model.heading_noise * dheading,
        speed=state.speed + model.speed_noise * dv,
        yaw_rate=state.yaw_rate + model.yaw_rate_noise * domega,
        age=age,
    )
