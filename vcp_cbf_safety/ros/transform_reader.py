"""Reads messages with transforms into the tree of frames; needs no ROS."""

import math
from collections.abc import Callable
from typing import Any

from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.frames.planar import planar_of
from vcp_cbf_safety.frames.transforms import Transforms
from vcp_cbf_safety.ros.frames import plain
from vcp_cbf_safety.ros.said_once import SaidOnce

# Of so many pairs of frames is remembered what has been said.
_MOST_SAID = 100


class TransformReader:
    """Reads messages with transforms.

    Args:
        tree: takes the transforms.
        ros_now: current ROS time [s].
        warn: takes one sentence for each transform that is none.
    """

    def __init__(
        self, tree: Transforms, ros_now: Callable[[], float], warn: Callable[[str], object]
    ) -> None:
        self._tree, self._ros_now = tree, ros_now
        self._said = SaidOnce(warn, _MOST_SAID)

    def read(self, message: Any, fixed: bool, received: float) -> None:
        """Take the transforms of a message.

        Args:
            message: tf2_msgs/TFMessage.
            fixed: whether they hold for good.
            received: monotonic time of its receipt [s].
        """
        for each in message.transforms:
            parent, child = plain(each.header.frame_id), plain(each.child_frame_id)
            try:
                self._take(each, parent, child, fixed, received)
            except InputError as error:
                self._said.bad((parent, child), f'{error}; it is left out', received)

    def _take(self, each: Any, parent: str, child: str, fixed: bool, received: float) -> None:
        place, turn = each.transform.translation, each.transform.rotation
        try:
            pose = planar_of(
                (place.x, place.y, place.z),
                (turn.x, turn.y, turn.z, turn.w),
                f'the transform from {child} to {parent}',
            )
        except InputError as error:
            # Cameras look down, and arms reach out: that matters only to whoever needs it.
            self._tree.refuse(parent, child, str(error), math.inf if fixed else received)
            return
        if fixed:
            self._tree.fix(parent, child, pose)
            return
        stamp = each.header.stamp.sec + 1e-9 * each.header.stamp.nanosec
        self._tree.add(parent, child, pose, stamp or self._ros_now(), received)
