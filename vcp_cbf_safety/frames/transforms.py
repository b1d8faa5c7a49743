"""Where frames are in each other, over the last seconds: a tree of planar transforms."""

import math
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.frames.planar import Planar

# How long transforms are remembered [s], and how many of a frame.
MEMORY = 10.0
_MOST_SAMPLES = 10_000
# How long after its newest transform a frame is taken to be where it was [s].
HOLD = 0.2
# More frames than this are no robot's.
_MOST_FRAMES = 1000


class Found(NamedTuple):
    """The newest transform between two frames.

    Attributes:
        pose: takes coordinates in the source to coordinates in the target.
        stamp: when the oldest of its parts was sent, by its stamp [s]; inf when none ages.
        received: the same by receipt [s].
    """

    pose: Planar
    stamp: float = math.inf
    received: float = math.inf


class _Link:
    """Where a frame is in its parent.

    Attributes:
        received: monotonic time of the newest word about it [s]; inf for one that never ages.
        error: why the newest word cannot be used, '' when it can.
    """

    def __init__(self) -> None:
        self.received = math.inf
        self.error = ''
        self._times: list[float] = []
        self._poses: list[Planar] = []

    def fix(self, pose: Planar) -> None:
        """It is here for good."""
        self._times, self._poses, self.received, self.error = [], [pose], math.inf, ''

    def add(self, pose: Planar, stamp: float, received: float) -> None:
        """It is here at a time; a time before the newest one begins a new history."""
        if self._times and stamp == self._times[-1]:
            self._poses[-1] = pose
        elif self._times and stamp > self._times[-1]:
            if stamp - self._times[0] > 2.0 * MEMORY or len(self._times) >= 2 * _MOST_SAMPLES:
                first = max(
                    bisect_left(self._times, stamp - MEMORY), len(self._times) - _MOST_SAMPLES
                )
                del self._times[:first], self._poses[:first]
            self._times.append(stamp)
            self._poses.append(pose)
        else:
            self._times, self._poses = [stamp], [pose]
        self.received, self.error = received, ''

    @property
    def newest(self) -> Found:
        """Where it was last."""
        stamp = self._times[-1] if self._times else math.inf
        return Found(self._poses[-1], stamp, self.received)

    def at(self, time: float) -> Planar:
        """Where it is at a time [s].

        Raises:
            InputError: if that is before what is remembered, or too long after the newest.
        """
        times, poses = self._times, self._poses
        if not times:
            return poses[-1]
        if time > times[-1] + HOLD:
            raise InputError(
                f'it ends {time - times[-1]:.2f} s too early; at most {HOLD:g} s can be bridged'
            )
        if time < times[0]:
            raise InputError(f'it begins {times[0] - time:.2f} s too late')
        after = bisect_left(times, time)
        if after == len(times):
            return poses[-1]
        if times[after] == time:
            return poses[after]
        share = (time - times[after - 1]) / (times[after] - times[after - 1])
        return _between(poses[after - 1], poses[after], share)


class Transforms:
    """Frames and their parents, each as it was sent, one at a time.

    A frame may have one parent. Where two are sent, nobody knows which of them is right; one that
    is not sent any more is forgotten after `MEMORY`.
    """

    def __init__(self) -> None:
        # By child, then by parent.
        self._links: dict[str, dict[str, _Link]] = {}

    def __len__(self) -> int:
        """How many frames have a parent."""
        return len(self._links)

    def fix(self, parent: str, child: str, pose: Planar) -> None:
        """A frame is in a place of its parent for good.

        Raises:
            InputError: if the two are one frame, one has no name, or there are too many.
        """
        self._link(parent, child).fix(pose)

    def add(self, parent: str, child: str, pose: Planar, stamp: float, received: float) -> None:
        """A frame is in a place of its parent at a time.

        Args:
            parent, child: the frames.
            pose: where the child is in the parent.
            stamp: when [s].
            received: monotonic time of its receipt [s].

        Raises:
            InputError: as `fix`.
        """
        self._link(parent, child).add(pose, stamp, received)
        links = self._links[child]
        for other in [name for name, link in links.items() if link.received < received - MEMORY]:
            del links[other]

    def refuse(self, parent: str, child: str, why: str, received: float = math.inf) -> None:
        """What was last sent of a frame is no use; whoever needs it is told why.

        Args:
            parent, child: the frames.
            why: one sentence.
            received: monotonic time of its receipt [s]; inf for what would hold for good.

        Raises:
            InputError: as `fix`.
        """
        link = self._link(parent, child)
        link.error, link.received = why, received

    def newest(self, target: str, source: str) -> Found:
        """The newest transform that takes coordinates in a source frame to those in a target.

        Raises:
            InputError: if there is none; the message names both frames, and what is missing.
        """
        up, down = self._paths(target, source)
        pose, stamp, received = Planar(), math.inf, math.inf
        for link in up:
            found = link.newest
            pose = found.pose.after(pose)
            stamp, received = min(stamp, found.stamp), min(received, found.received)
        back = Planar()
        for link in down:
            found = link.newest
            back = found.pose.after(back)
            stamp, received = min(stamp, found.stamp), min(received, found.received)
        return Found(back.inverse().after(pose), stamp, received)

    def at(self, target: str, source: str, time: float) -> Planar:
        """The transform at a time [s] that takes coordinates in a source to those in a target.

        Raises:
            InputError: as `newest`, or if a part of it is not known at that time.
        """
        up, down = self._paths(target, source)
        try:
            pose, back = Planar(), Planar()
            for link in up:
                pose = link.at(time).after(pose)
            for link in down:
                back = link.at(time).after(back)
        except InputError as error:
            raise InputError(
                f'no transform from {source} to {target} at the time of the message: {error}'
            ) from None
        return back.inverse().after(pose)

    def moves_in(self, frame: str, ancestor: str) -> bool:
        """Whether a frame is below another one and not fixed, as a robot is below its odometry.

        Raises:
            InputError: if the frame has two parents or is in a loop.
        """
        line = self._ancestors(frame)
        if ancestor not in line:
            return False
        links = self._along(line, ancestor, '')
        return any(link.received < math.inf for link in links)

    def _link(self, parent: str, child: str) -> _Link:
        if not parent or not child:
            raise InputError(
                f"a transform from '{child}' to '{parent}' has a frame without a name"
            )
        if parent == child:
            raise InputError(f'a transform says where {child} is in itself')
        if child not in self._links and len(self._links) >= _MOST_FRAMES:
            raise InputError(f'there are transforms of more than {_MOST_FRAMES} frames')
        return self._links.setdefault(child, {}).setdefault(parent, _Link())

    def _paths(self, target: str, source: str) -> tuple[list[_Link], list[_Link]]:
        """Links from both frames up to the first frame that they have in common."""
        if source == target:
            return [], []
        none = f'no transform from {source} to {target}'
        try:
            ups, downs = self._ancestors(source), self._ancestors(target)
        except InputError as error:
            raise InputError(f'{none}: {error}') from None
        for frame, line in ((source, ups), (target, downs)):
            if len(line) == 1 and not any(frame in parents for parents in self._links.values()):
                raise InputError(f"{none}: nobody sends where '{frame}' is")
        common = next((frame for frame in ups if frame in downs), None)
        if common is None:
            raise InputError(
                f'{none}: nothing connects {ups[-1]}, above the one, with {downs[-1]}, above the '
                'other'
            )
        return self._along(ups, common, none), self._along(downs, common, none)

    def _along(self, line: Sequence[str], last: str, none: str) -> list[_Link]:
        links = []
        for child, parent in pairwise(line):
            if child == last:
                break
            link = self._links[child][parent]
            if link.error:
                raise InputError(f'{none}: {link.error}')
            links.append(link)
        return links

    def _ancestors(self, frame: str) -> list[str]:
        """A frame, its parent, and so on to the root."""
        line = [frame]
        while parents := self._links.get(line[-1]):
            if len(parents) > 1:
                raise InputError(
                    f'{line[-1]} has two parents, {" and ".join(sorted(parents)[:2])}; only one '
                    'node may say where a frame is'
                )
            (parent,) = parents
            if parent in line:
                raise InputError(f'{" in ".join([*line, parent])} is a loop')
            line.append(parent)
        return line


def _between(before: Planar, after: Planar, share: float) -> Planar:
    """A pose on the way from one to another, straight, turning the shorter way."""
    turn = math.remainder(after.yaw - before.yaw, math.tau)
    return Planar(
        before.x + share * (after.x - before.x),
        before.y + share * (after.y - before.y),
        before.yaw + share * turn,
    )
