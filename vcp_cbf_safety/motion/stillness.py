"""For how long a robot has not moved, and for how long it has not although it is told to."""

import math

from vcp_cbf_safety.motion.unicycle import RobotState, Twist2D

# What moves or turns by less than this [m, rad] has not moved; odometry is noisy.
_MOVED, _TURNED = 0.01, 0.05

# A base that does what it is told is past both within half a second of this command.
_MARKED = Twist2D(v=0.03, omega=0.1)


class Stillness:
    """Watches the poses of a robot.

    Attributes:
        seconds: for how long the pose has not changed [s].
        ignored: for how long of that the robot was told to move [s].
    """

    def __init__(self) -> None:
        self.seconds = self.ignored = 0.0
        self._pose = (math.inf, math.inf, 0.0)

    def notice(self, robot: RobotState, told: Twist2D, elapsed: float) -> None:
        """Take the odometry of a cycle, and what the robot was told `elapsed` seconds ago."""
        x, y, heading = self._pose
        moved = math.hypot(robot.x - x, robot.y - y) > _MOVED
        turned = abs(math.remainder(robot.heading - heading, 2.0 * math.pi)) > _TURNED
        if moved or turned:
            self._pose = (robot.x, robot.y, robot.heading)
            self.seconds = self.ignored = 0.0
            return
        self.seconds += elapsed
        if abs(told.v) > _MARKED.v or abs(told.omega) > _MARKED.omega:
            self.ignored += elapsed
