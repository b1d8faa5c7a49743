"""The goal that the robot is driven to: each message read once, and what is wrong with it."""

import math

from geometry_msgs.msg import PoseStamped

from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.motion.unicycle import LARGEST_NUMBER
from vcp_cbf_safety.ros.conversions import check_frame_without_transforms
from vcp_cbf_safety.ros.frames import Frames
from vcp_cbf_safety.ros.inputs import Newest
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.ros.watch import Log

# A goal that is brought to another place begins boundary following anew. Each correction of a
# localisation moves what is in its map by a little, which is no other goal [m].
_SAME_GOAL = 0.1


class GoalReader:
    """Reads goals. They lead the robot around obstacles; nothing that is safe depends on them.

    A goal counts until the next one comes, however old it is. It stays where it was in its own
    frame. One that cannot be used takes the one before it out of force, and no more: it is said
    in the log, but it is no fault. Goals on the same topic may be meant for a planner, in a frame
    of its own.

    Attributes:
        place: x and y in the world frame [m]; None when there is none to go by.

    Args:
        newest: its topic.
        frames: bring a goal into the world frame.
        log: takes one warning for each message that cannot be used.
    """

    def __init__(self, newest: Newest, frames: Frames, log: Log) -> None:
        self.place: tuple[float, float] | None = None
        self._newest, self._frames, self._log = newest, frames, log
        self._read = 0
        self._goal: tuple[float, float] | None = None  # in its own frame
        self._unplaced = ''

    def read(self, settings: NodeSettings, now: float) -> None:
        """Look at the newest message, if it is a new one, and at where its goal is now.

        Args:
            settings: the node's parameters.
            now: monotonic time [s].
        """
        newest = self._newest
        if newest.count != self._read:
            self._read, self._unplaced = newest.count, ''
            self._goal = self.place = None
            try:
                self._goal = _place_of(newest.message, settings, newest.topic)
            except InputError as error:
                self._warn(str(error))
        if self._goal is None:
            return
        place = self._placed(self._goal, settings, now)
        if place is None or self.place is None or math.dist(place, self.place) > _SAME_GOAL:
            self.place = place

    def _placed(
        self, goal: tuple[float, float], settings: NodeSettings, now: float
    ) -> tuple[float, float] | None:
        """Where the goal is, by the newest transform or the last one; None where nobody knows."""
        frame = self._newest.message.header.frame_id
        pose, unplaced = self._frames.placed(frame, settings.transform_timeout, now)
        if unplaced and not self._unplaced:
            self._unplaced = unplaced
            text = f'the goal on {self._newest.topic} cannot be placed: {unplaced}'
            if pose is None:
                self._warn(text)
            else:
                self._log.warning(f'{text}; it is taken to be where it was')
        if unplaced and pose is None:
            return None
        return goal if pose is None else pose.place(*goal)

    def _warn(self, error: str) -> None:
        self._log.warning(f'{error}; obstacles are followed without knowing the goal')


def _place_of(message: PoseStamped, settings: NodeSettings, source: str) -> tuple[float, float]:
    frame = message.header.frame_id
    if not settings.use_tf or not frame:
        check_frame_without_transforms(frame, settings.world_frame, source)
    place = message.pose.position.x, message.pose.position.y
    if not all(abs(number) <= LARGEST_NUMBER for number in place):
        raise InputError(f'{source} is at {place}; both must be numbers up to {LARGEST_NUMBER:g}')
    return place
