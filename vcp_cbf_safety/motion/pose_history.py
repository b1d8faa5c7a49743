"""Where the robot was: its odometry of the last seconds, asked at any time in between."""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.motion.unicycle import CLOCK_TICK, RobotState, advance

Vector = NDArray[np.float64]

# How long odometry is remembered [s], and how far beyond the newest it is carried on [s].
MEMORY = 2.0
AHEAD = 0.2


class PoseHistory:
    """Poses of the robot, newest last."""

    def __init__(self) -> None:
        self._poses: deque[tuple[float, float, float, float]] = deque()
        self._newest: RobotState | None = None
        self._table: Vector | None = None

    def note(self, robot: RobotState, now: float) -> None:
        """Remember a state that is `robot.age` old at a time [s]; older news is no news."""
        time = now - robot.age
        if self._poses and time <= self._poses[-1][0] + CLOCK_TICK:
            return
        heading = robot.heading
        if self._poses:  # without jumps between -pi and pi, so that it can be interpolated
            before = self._poses[-1][3]
            heading = before + np.remainder(heading - before + np.pi, 2.0 * np.pi) - np.pi
        self._poses.append((time, robot.x, robot.y, float(heading)))
        while self._poses[-1][0] - self._poses[0][0] > MEMORY:
            self._poses.popleft()
        self._newest, self._table = robot, None

    def forget(self) -> None:
        """Start over, as when the odometry has another origin."""
        self._poses.clear()
        self._newest = self._table = None

    def at(self, times: Vector) -> Vector:
        """Poses (n, 3) at times (n,) [s]: x, y [m] and heading [rad], in the odometry's frame.

        Between two messages they are interpolated; after the newest one its twist goes on.

        Raises:
            InputError: if a time is before what is remembered or too long after the newest.
        """
        if not self._poses:
            raise InputError('no odometry has come yet')
        table = self._as_table()
        first, last = table[0, 0], table[-1, 0]
        earliest = float(times.min(initial=last))
        latest = float(times.max(initial=first))
        if earliest < first - CLOCK_TICK:
            raise InputError(
                f'it is {first - earliest:.2f} s older than the oldest odometry that is remembered'
            )
        if latest > last + CLOCK_TICK:
            raise InputError(
                f'it is {latest - last + AHEAD:.2f} s newer than the newest odometry; at most '
                f'{AHEAD:g} s can be bridged'
            )
        return np.column_stack([np.interp(times, table[:, 0], each) for each in table[:, 1:].T])

    def _as_table(self) -> Vector:
        """(n, 4) time, x, y, heading, and what comes next if the robot goes on as it does."""
        if self._table is None:
            assert self._newest is not None
            time, *pose = self._poses[-1]
            steps = [AHEAD * share for share in (0.25, 0.5, 0.75, 1.0)]
            robot, (x, y, heading) = self._newest, pose
            ahead = [
                (time + step, *advance((x, y, heading), robot.speed, robot.yaw_rate, step))
                for step in steps
            ]
            self._table = np.array([*self._poses, *ahead])
        return self._table
