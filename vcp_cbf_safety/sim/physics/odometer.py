"""What a robot with physics believes: wheels that are counted, or a localisation."""

from collections import deque

import numpy as np

from vcp_cbf_safety.motion.unicycle import RobotState, advance
from vcp_cbf_safety.sim.base import TIME_STEP, Pose, measured
from vcp_cbf_safety.sim.physics.model import PhysicsModel


class Odometer:
    """Poses from a localisation or from the wheels alone, twists from the wheels.

    The wheels' radii are not quite what the robot thinks, so a pose that is counted from them
    drifts, and faster where they slip. A localisation has noise and does not drift.

    Args:
        model: noise, period and delay.
        pose: x, y, heading at the start, which is known [m, m, rad].
        random: source of the errors of the radii and of the noise.
        counted: whether poses are counted from the wheels.
    """

    def __init__(
        self, model: PhysicsModel, pose: Pose, random: np.random.Generator, counted: bool
    ) -> None:
        self._model, self._random, self._counted = model, random, counted
        errors = (model.wheel_radius_error * random.normal(size=2).clip(-3.0, 3.0)).tolist()
        self._radii = [model.wheel_radius * (1.0 + error) for error in errors]
        self._noise = model.base
        self._pose = pose
        self._angles = (0.0, 0.0)
        self._twist = (0.0, 0.0)
        self._ticks = max(1, round(model.odometry_period / TIME_STEP))
        self._latest = (0.0, RobotState(*pose, 0.0, 0.0))
        self._under_way: deque[tuple[float, RobotState]] = deque()

    def due(self, tick: int) -> bool:
        """Whether it measures at a step of time, counted from the start."""
        return tick % self._ticks == 0

    def measure(
        self, truth: RobotState, angles: tuple[float, float], elapsed: float
    ) -> RobotState:
        """Count the wheels since the last time, and say where the robot is and how fast.

        Args:
            truth: where it is.
            angles: of the left and right wheel since the start [rad].
            elapsed: since the last time [s].
        """
        left, right = (
            radius * (now - before)
            for radius, now, before in zip(self._radii, angles, self._angles, strict=True)
        )
        if elapsed > 0.0:
            way, turn = 0.5 * (left + right), (right - left) / self._model.track
            self._pose = advance(self._pose, way / elapsed, turn / elapsed, elapsed)
            self._angles = angles
            self._twist = (way / elapsed, turn / elapsed)
        v, omega = self._twist
        if self._counted:
            return RobotState(*self._pose, v, omega)
        return measured(
            RobotState(truth.x, truth.y, truth.heading, v, omega), self._noise, self._random
        )

    def send(self, now: float, state: RobotState) -> None:
        """Let a measurement of this moment [s] come after the delay."""
        self._under_way.append((now, state))

    def newest(self, now: float) -> RobotState:
        """The newest measurement that has come by now [s], with its age."""
        while self._under_way and self._under_way[0][0] + self._model.odometry_delay <= now + 1e-9:
            self._latest = self._under_way.popleft()
        then, state = self._latest
        return RobotState(
            state.x, state.y, state.heading, state.speed, state.yaw_rate, age=max(0.0, now - then)
        )
