"""A differential-drive base that is not ideal: dead time, lag, limits, slip, noisy odometry."""

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from vcp_cbf_safety.unicycle import RobotState, Twist2D, advance

# Integration step of the ground truth [s].
TIME_STEP = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseModel:
    """How a base answers commands and how its odometry lies.

    Attributes:
        body_radius: radius of the body disc [m].
        min_speed, max_speed, max_yaw_rate: what the base does at most [m/s, m/s, rad/s].
        acceleration, deceleration: limits of the linear velocity loop, away from standing and
            towards it [m/s^2].
        yaw_acceleration: limit of the yaw rate's loop, both ways [rad/s^2].
        lag: time constant of the velocity loop [s].
        delay: dead time of a command [s].
        slip: share of the wheel speed that is lost at top speed.
        position_noise, heading_noise: standard deviations of the odometry [m, rad].
        odometry_delay: age of an odometry message when it arrives [s].
    """

    body_radius: float
    min_speed: float
    max_speed: float
    max_yaw_rate: float
    acceleration: float
    deceleration: float
    yaw_acceleration: float
    lag: float
    delay: float
    slip: float
    position_noise: float
    heading_noise: float
    odometry_delay: float


class Base:
    """Ground truth of one robot.

    Args:
        model: how it behaves.
        pose: (x, y, heading) at the start [m, m, rad].
        random: source of the odometry noise.
    """

    def __init__(
        self,
        model: BaseModel,
        pose: tuple[float, float, float],
        random: np.random.Generator,
    ) -> None:
        self.model = model
        self.pose = pose
        self.v = 0.0
        self.omega = 0.0
        self._random = random
        self._target = Twist2D(0.0, 0.0)
        self._pending: deque[tuple[float, Twist2D]] = deque()
        ticks = max(1, round(model.odometry_delay / TIME_STEP))
        self._past: deque[tuple[tuple[float, float, float], float, float]] = deque(
            [(pose, 0.0, 0.0)], maxlen=ticks + 1
        )
        self._left = math.exp(-TIME_STEP / model.lag) if model.lag > 0.0 else 0.0

    def command(self, now: float, command: Twist2D) -> None:
        """Accept a command at time `now` [s]; it acts after the dead time."""
        self._pending.append((now + self.model.delay, command))

    def advance(self, now: float) -> None:
        """Move by one time step that begins at `now` [s]."""
        while self._pending and self._pending[0][0] <= now + 1e-9:
            self._target = self._pending.popleft()[1]
        model = self.model
        target_v = min(max(self._target.v, model.min_speed), model.max_speed)
        target_omega = min(max(self._target.omega, -model.max_yaw_rate), model.max_yaw_rate)
        before_v, before_omega = self.v, self.omega
        speeding_up = abs(target_v) > abs(before_v) and before_v * target_v >= 0.0
        limit = model.acceleration if speeding_up else model.deceleration
        self.v = self._respond(before_v, target_v, limit)
        if before_v * self.v < 0.0 and model.acceleration < model.deceleration:
            self.v = 0.0  # beyond standing it speeds up, with the other limit
        self.omega = self._respond(before_omega, target_omega, model.yaw_acceleration)
        grip = 1.0 - model.slip * abs(self.v) / model.max_speed
        mean_v, mean_omega = 0.5 * (before_v + self.v), 0.5 * (before_omega + self.omega)
        self.pose = advance(self.pose, grip * mean_v, grip * mean_omega, TIME_STEP)
        self._past.append((self.pose, self.v, self.omega))

    def odometry(self) -> RobotState:
        """What the robot believes, with its age: delayed and noisy pose, wheel speeds."""
        (x, y, heading), v, omega = self._past[0]
        noise = self._random.normal(size=3).clip(-3.0, 3.0).tolist()
        model = self.model
        return RobotState(
            x + model.position_noise * noise[0],
            y + model.position_noise * noise[1],
            heading + model.heading_noise * noise[2],
            speed=v,
            yaw_rate=omega,
            age=(len(self._past) - 1) * TIME_STEP,
        )

    def _respond(self, value: float, target: float, limit: float) -> float:
        change = (target - value) * (1.0 - self._left)
        largest = limit * TIME_STEP
        return value + min(max(change, -largest), largest)
