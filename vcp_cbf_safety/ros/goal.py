"""The goal that the robot is driven to: each message read once, and what is wrong with it."""

import math

from geometry_msgs.msg import PoseStamped

from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.ros.conversions import check_frame
from vcp_cbf_safety.ros.inputs import Newest
from vcp_cbf_safety.ros.watch import Log


class GoalReader:
    """Reads goals. They lead the robot around obstacles; nothing that is safe depends on them.

    A goal counts until the next one comes, however old it is. One that cannot be used takes the
    one before it out of force, and no more.

    Attributes:
        place: x and y in the world frame [m]; None when there is none to go by.
        fault: what is wrong with the newest message, '' for nothing.

    Args:
        newest: its topic.
        log: takes one warning for each message that cannot be used.
    """

    def __init__(self, newest: Newest, log: Log) -> None:
        self.place: tuple[float, float] | None = None
        self.fault = ''
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
        self._read, self.place, self.fault = newest.count, None, ''
        try:
            self.place = _place_of(newest.message, world_frame, newest.topic)
        except InputError as error:
            self.fault = f'{error}; obstacles are followed without knowing the goal'
            self._log.warning(self.fault)


def _place_of(message: PoseStamped, world_frame: str, source: str) -> tuple[float, float]:
    check_frame(message.header.frame_id, world_frame, source)
    place = message.pose.position.x, message.pose.position.y
    if not all(map(math.isfinite, place)):
        raise InputError(f'{source} is at {place}; both numbers must be finite')
    return place
