"""For how long a robot has not moved, although it is told to."""

import math

from vcp_cbf_safety.unicycle import RobotState

# What moves or turns by less than this [m, rad] has not moved; odometry is noisy.
_MOVED, _TURNED = 0.01, 0.05


class Stillness:
    """Watches the poses of a robot.

    Attributes:
        seconds: for how long the pose has not changed [s].
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self._pose = (math.inf, math.inf, 0.0)

    def notice(self, robot: RobotState, elapsed: float) -> None:
        """Take the state of a cycle, `elapsed` seconds after the one before."""
        x, y, heading = self._pose
        moved = math.hypot(robot.x - x, robot.y - y) > _MOVED
        turned = abs(math.remainder(robot.heading - heading, 2.0 * math.pi)) > _TURNED
        if moved or turned:
            self._pose, self.seconds = (robot.x, robot.y, robot.heading), 0.0
        else:
            self.seconds += elapsed
