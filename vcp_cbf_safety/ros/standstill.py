"""Notices a robot that stands although it should not, and lets people know."""

import math

from vcp_cbf_safety.motion.unicycle import RobotState, Twist2D, stands
from vcp_cbf_safety.ros.watch import Log

# A robot that has stood for so long although somebody wants it to drive is worth a line [s].
_PATIENCE = 3.0
# A base may well not move at all when it is told to be slower than this [m/s, rad/s].
_CREEP = Twist2D(v=0.02, omega=0.1)
# A robot that stays this near to where it was, and turns by no more, does not move [m, rad].
_STAYS = (0.02, 0.05)


def moves(command: Twist2D) -> bool:
    """Whether a command is more than a creep."""
    return abs(command.v) > _CREEP.v or abs(command.omega) > _CREEP.omega


class Standstill:
    """Watches what the robot is told, and what it does.

    Attributes:
        told_to_move: monotonic time since when it is told to move, inf while it is not [s].

    Args:
        log: takes one warning when the robot has stood for a while although it should drive.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self.reset()

    def reset(self) -> None:
        """Start over: nothing is known of the past."""
        self.told_to_move = math.inf
        self._stood_since = (
            math.inf
        )  # monotonic time since when it stands although it should drive [s]
        self._said = False
        self._place: RobotState | None = None
        self._there_since = math.inf

    def note(self, wanted: bool, sent: Twist2D, reason: str, now: float) -> None:
        """Take what a cycle has decided.

        Args:
            wanted: whether somebody wants the robot to drive.
            sent: what the base was told.
            reason: why not what was wanted, one sentence.
            now: monotonic time [s].
        """
        self.told_to_move = min(self.told_to_move, now) if moves(sent) else math.inf
        if not wanted or not stands(sent.v, sent.omega):
            self._stood_since, self._said = math.inf, False
            return
        self._stood_since = min(self._stood_since, now)
        if now - self._stood_since >= _PATIENCE and not self._said:
            self._said = True
            self._log.warning(
                f'the robot has stood for {_PATIENCE:g} s although it is asked to drive: {reason}'
            )

    def immobile(self, robot: RobotState | None, now: float) -> str:
        """What is wrong with a robot that is told to move and stays where it is, '' for nothing.

        Args:
            robot: its measured state, None while there is none.
            now: monotonic time [s].
        """
        if robot is None or self.told_to_move == math.inf or not self._stays(robot):
            self._place, self._there_since = robot, now
        if now - max(self.told_to_move, self._there_since) < _PATIENCE:
            return ''
        return (
            f'the robot has been told to move for {_PATIENCE:g} s and its odometry stays where it '
            'is: the base may be held, switched off, or need more speed than that to start moving'
        )

    def _stays(self, robot: RobotState) -> bool:
        place = self._place
        if place is None:
            return False
        away = math.hypot(robot.x - place.x, robot.y - place.y)
        turned = abs(math.remainder(robot.heading - place.heading, math.tau))
        return away <= _STAYS[0] and turned <= _STAYS[1]
