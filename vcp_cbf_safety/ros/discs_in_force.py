"""The obstacles in force, each in the frame that it was given in, and where that is now."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from vcp_cbf_safety.frames.planar import Planar
from vcp_cbf_safety.hazards.hazards import Circle
from vcp_cbf_safety.motion.unicycle import RobotState
from vcp_cbf_safety.ros.marker_draft import Entry
from vcp_cbf_safety.ros.marker_motion import MarkerMotion, Track
from vcp_cbf_safety.ros.markers import DiscList
from vcp_cbf_safety.ros.refusals import Key
from vcp_cbf_safety.ros.standing_discs import StandingDiscs


class _Moving(NamedTuple):
    circle: Circle
    motion: MarkerMotion
    frame: str


class DiscsInForce:
    """Discs that stand still, by frame, and discs that move.

    Args:
        entries: the discs of every marker.
        tracks: what is known of the motion of each.
    """

    def __init__(
        self, entries: Mapping[Key, tuple[Entry, ...]], tracks: Mapping[Key, Track]
    ) -> None:
        circles: dict[str, list[Circle]] = {}
        lists: dict[str, list[DiscList]] = {}
        self._moving: list[_Moving] = []
        for key, of_marker in entries.items():
            track = tracks.get(key)
            motion = track.motion if track is not None else None
            for discs, _, _, frame in of_marker:
                if isinstance(discs, DiscList):
                    lists.setdefault(frame, []).append(discs)
                elif motion is None:
                    circles.setdefault(frame, []).append(discs)
                else:
                    self._moving.append(_Moving(discs, motion, frame))
        self._standing = {
            frame: StandingDiscs(circles.get(frame, ()), lists.get(frame, ()))
            for frame in dict.fromkeys((*circles, *lists))
        }

    @property
    def frames(self) -> set[str]:
        """The frames that something is in, but for the world frame."""
        return {*self._standing, *(each.frame for each in self._moving)} - {''}

    @property
    def count(self) -> tuple[int, int]:
        """How many there are, and how many of them move."""
        moving = len(self._moving)
        return sum(map(len, self._standing.values())) + moving, moving

    def near(
        self,
        robot: RobotState | None,
        reach: Callable[[RobotState], float],
        poses: Mapping[str, Planar],
    ) -> tuple[Circle, ...]:
        """Those that stand still and may matter, in the world frame.

        Args:
            robot: where the robot is, None for all of them.
            reach: how far the edge of a disc may be away from there and still matter [m].
            poses: where frames are in the world frame; what is in others is left out.
        """
        found: list[Circle] = []
        for frame, discs in self._standing.items():
            if not frame:
                found += discs.near(robot, reach)
            elif frame in poses:
                pose = poses[frame]
                seen = None if robot is None else _seen_from(pose, robot)
                found += [circle.moved(pose) for circle in discs.near(seen, reach)]
        return tuple(found)

    def moving(self, now: float, poses: Mapping[str, Planar]) -> list[Circle]:
        """Those that move, as last reported, with their age at a monotonic time [s]."""
        found = []
        for circle, motion, frame in self._moving:
            made = Circle(
                circle.x, circle.y, circle.radius, motion.vx, motion.vy, circle.name,
                max(0.0, now - motion.measured), motion.doubt,
            )  # fmt: skip
            if not frame:
                found.append(made)
            elif frame in poses:
                found.append(made.moved(poses[frame]))
        return found


def _seen_from(pose: Planar, robot: RobotState) -> RobotState:
    """A robot in a frame with a pose in the world."""
    place = pose.inverse().after(Planar(robot.x, robot.y, robot.heading))
    return RobotState(*place, robot.speed, robot.yaw_rate, robot.age)
