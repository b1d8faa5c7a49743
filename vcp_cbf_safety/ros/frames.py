"""Brings what is in other frames into that of the odometry, or says which transform is missing."""

import math
from collections.abc import Callable

from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.frames.planar import Planar
from vcp_cbf_safety.frames.transforms import Transforms
from vcp_cbf_safety.ros.settings import NodeSettings


class Frames:
    """The frames that a node knows.

    Attributes:
        tree: the transforms that have come.
        missing: why none can come, '' when they can.

    Args:
        settings: the node's parameters; `world_frame` and `use_tf` stay as they are.
        ros_now: current ROS time [s], on the clock of the stamps; 0 while that clock is unknown.
    """

    def __init__(self, settings: NodeSettings, ros_now: Callable[[], float]) -> None:
        self.tree = Transforms()
        self.missing = '' if settings.use_tf else 'use_tf is false'
        self._world = plain(settings.world_frame)
        self._ros_now = ros_now
        self._last: dict[str, Planar] = {}
        self._jumped = -math.inf

    def to_world(self, frame: str, timeout: float, now: float) -> Planar | None:
        """The newest transform from a frame to the world frame; None for the world frame itself.

        What stands in the frame of a map is moved by each correction of the localisation; the
        robot is not.

        Args:
            frame: where something is given.
            timeout: how old the transform may be, by receipt or stamp [s].
            now: monotonic time [s].

        Raises:
            InputError: if there is none, it is older than that, or the frame moves with the
                robot; the message names the transform.
        """
        frame = plain(frame)
        if frame == self._world:
            return None
        self._check(frame, self._world)
        found = self.tree.newest(self._world, frame)
        if self.tree.moves_in(frame, self._world):
            raise InputError(
                f'no transform from {frame} to {self._world} is of use: {frame} moves with the '
                f'robot, and what is there would do so too; send it in {self._world}'
            )
        if found.received <= self._jumped:
            raise InputError(
                f'the transform from {frame} to {self._world} is from before the odometry jumped'
            )
        how = f'the transform from {frame} to {self._world} is older than transform_timeout'
        age = now - found.received
        if age > timeout:
            raise InputError(f'{how} ({timeout:g} s): the newest came {age:.1f} s ago')
        ros_now = self._ros_now()
        age = ros_now - found.stamp
        if ros_now > 0.0 and age > timeout:
            raise InputError(
                f'{how} ({timeout:g} s) by its stamp, {age:.1f} s: it comes late, or the clocks '
                'differ (use_sim_time?)'
            )
        return found.pose

    def note_jump(self, now: float) -> None:
        """Take that the odometry has another origin: what came before says nothing any more."""
        self._jumped = now
        self._last.clear()

    def placed(self, frame: str, timeout: float, now: float) -> tuple[Planar | None, str]:
        """As `to_world`, but with what was known last and the sentence instead of an error.

        Returns:
            The transform, None for the world frame and for a frame that has never been found, and
            why it is not known now, '' when it is.
        """
        try:
            pose = self.to_world(frame, timeout, now)
        except InputError as error:
            return self._last.get(plain(frame)), str(error)
        if pose is not None:
            self._last[plain(frame)] = pose
        return pose, ''

    def between(self, target: str, source: str, ago: float) -> Planar:
        """The transform between two frames some time ago [s].

        Raises:
            InputError: if there is none; the message names the transform.
        """
        target, source = plain(target), plain(source)
        self._check(source, target)
        return self.tree.at(target, source, self._ros_now() - ago)

    def _check(self, source: str, target: str) -> None:
        if self.missing:
            raise InputError(f'no transform from {source} to {target}: {self.missing}')


def plain(frame: str) -> str:
    """A frame's name as transforms have it, without a leading slash."""
    return frame.lstrip('/')
