"""The goal that the robot is driven to: each message read once, and what is wrong with it."""

from geometry_msgs.msg import PoseStamped

from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.ros.conversions import check_frame
from vcp_cbf_safety.ros.inputs import Newest
from vcp_cbf_safety.ros.watch import Log
from vcp_cbf_safety.unicycle import LARGEST_NUMBER


class GoalReader:
    """Reads goals. They lead the robot around obstacles; nothing that is safe depends on them.

    A goal counts until the next one comes, however old it is. One that cannot be used takes the
    one before it out of force, and no more: it is said in the log, but it is no fault. Goals on
    the same topic may be meant for a planner, in a frame of its own.

    Attributes:
        place: x and y in the world frame [m]; None when there is none to go by.

    Args:
        newest: its topic.
        log: takes one warning for each message that cannot be used.
    """

    def __init__(self, newest: Newest, log: Log) -> None:
        self.place: tuple[float, float] | None = None
        self._newest = newest
        self._log = log
        self._read = 0

    def read(self, world_frame: str) -> None:
        """Look at the newest message, if it is a new one.

        Args:
            world_frame: the frame it must be in.
        """
        newest = self._newest
        if newest.count == self._read:
            return
        self._read, self.place = newest.count, None
        try:
            self.place = _place_of(newest.message, world_frame, newest.topic)
        except InputError as error:
            self._log.warning(f'{error}; obstacles are followed without knowing the goal')


def _place_of(message: PoseStamped, world_frame: str, source: str) -> tuple[float, float]:
    check_frame(message.header.frame_id, world_frame, source)
    place = message.pose.position.x, message.pose.position.y
    if not all(abs(number) <= LARGEST_NUMBER for number in place):
        raise InputError(f'{source} is at {place}; both must be numbers up to {LARGEST_NUMBER:g}')
    return place
