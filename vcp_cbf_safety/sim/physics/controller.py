"""The controllers of wheels: commands, dead time, limits of acceleration, speeds of rims."""

from collections import deque
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.motion.unicycle import Twist2D
from vcp_cbf_safety.sim.physics.model import PhysicsModel

Array = NDArray[np.float64]

_STANDSTILL = Twist2D(0.0, 0.0)


class CommandQueue:
    """Commands of one robot on their way to its controller.

    Args:
        model: its dead time, limits and watchdog.
    """

    def __init__(self, model: PhysicsModel) -> None:
        self._model = model
        self._pending: deque[tuple[float, Twist2D]] = deque()
        self._in_force = _STANDSTILL
        self._since = 0.0

    def put(self, now: float, twist: Twist2D) -> None:
        """Take a command at a time [s]; it acts after the dead time."""
        model = self._model
        legal = Twist2D(
            min(max(twist.v, model.min_speed), model.max_speed),
            min(max(twist.omega, -model.max_yaw_rate), model.max_yaw_rate),
        )
        self._pending.append((now + model.dead_time, legal))

    def at(self, now: float) -> Twist2D:
        """The command in force at a time [s]."""
        while self._pending and self._pending[0][0] <= now + 1e-9:
            self._since, self._in_force = self._pending.popleft()
        late = now - self._since > self._model.command_timeout
        return _STANDSTILL if late else self._in_force


class WheelControllers:
    """What the controllers of all wheels ask of their motors.

    Speed and yaw rate follow the command as fast as `acceleration` and `yaw_acceleration` allow.
    Where there is no yaw acceleration, every rim follows for itself: then a robot that stops out
    of a turn ends the turn first with one wheel, and brakes with the other alone.
    """

    def __init__(self, models: Sequence[PhysicsModel]) -> None:
        self._queues = [CommandQueue(model) for model in models]
        self._half_track = np.array([0.5 * model.track for model in models])
        self._radius = np.array([model.wheel_radius for model in models])
        # Rims for those whose wheels are limited one by one, else twists.
        self._by_wheel = np.array([model.yaw_acceleration == 0.0 for model in models])
        self._limits = np.array(
            [(m.acceleration, m.yaw_acceleration or m.acceleration) for m in models]
        ).reshape(-1, 2)
        self._asked = np.zeros((len(models), 2))

    def put(self, index: int, now: float, twist: Twist2D) -> None:
        """Command a robot at a time [s]."""
        self._queues[index].put(now, twist)

    def wanted(self, now: float, duration: float) -> Array:
        """Speeds (n, 2) of the left and right wheels [rad/s] for a step of time [s]."""
        in_force = (each.at(now) for each in self._queues)
        twists = np.array([(twist.v, twist.omega) for twist in in_force]).reshape(-1, 2)
        goal = np.where(self._by_wheel[:, None], self._rims(twists), twists)
        most = self._limits * duration
        self._asked += np.clip(goal - self._asked, -most, most)
        rims = np.where(self._by_wheel[:, None], self._asked, self._rims(self._asked))
        return rims / self._radius[:, None]

    def _rims(self, twists: Array) -> Array:
        turn = twists[:, 1] * self._half_track
        return np.column_stack((twists[:, 0] - turn, twists[:, 0] + turn))
