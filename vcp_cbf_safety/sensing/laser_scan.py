"""One scan of a laser scanner, and the points in the world that it shows."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.motion.pose_history import PoseHistory

Vector = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Mount:
    """Where a scanner is on the robot: x, y [m] and yaw [rad] in base_link."""

    x: float = 0.0
    y: float = 0.0
    yaw: float = 0.0


@dataclass(frozen=True, slots=True)
class LaserScan:
    """One scan, as `sensor_msgs/LaserScan` defines it.

    Attributes:
        ranges: (n,) distances [m]. What REP 117 says holds: inf for nothing in range, -inf for
            something nearer than `range_min`, NaN for no measurement. Numbers outside of
            `range_min` to `range_max` are no measurements either.
        angle_min: bearing of the first beam in the scanner's frame [rad].
        angle_increment: from one beam to the next [rad]; negative where it turns clockwise.
        range_min, range_max: what it can measure [m].
        stamp: time of the first beam [s].
        time_increment: from one beam to the next [s].
    """

    ranges: Vector
    angle_min: float
    angle_increment: float
    range_min: float
    range_max: float
    stamp: float = 0.0
    time_increment: float = 0.0


class Returns:
    """What the beams of a scan say.

    Attributes:
        distances: (n,) to what each beam met, -1 where it met nothing [m].
        free: (n,) how far each beam surely passed through nothing [m].
    """

    def __init__(self, scan: LaserScan) -> None:
        ranges = scan.ranges
        hit: Flags = (ranges >= scan.range_min) & (ranges <= scan.range_max) & (ranges > 0.0)
        near: Flags = np.isneginf(ranges)
        self.distances: Vector = np.where(hit, ranges, np.where(near, scan.range_min, -1.0))
        self.free: Vector = np.where(
            hit, ranges, np.where(np.isposinf(ranges), scan.range_max, 0.0)
        )


def check_scan(scan: LaserScan, name: str) -> None:
    """See that a scan can be one.

    Raises:
        InputError: if its geometry is none, or no beam measured anything; the message says what.
    """
    geometry = {
        'angle_min': scan.angle_min, 'angle_increment': scan.angle_increment,
        'range_min': scan.range_min, 'range_max': scan.range_max,
        'time_increment': scan.time_increment,
    }  # fmt: skip
    for field, number in geometry.items():
        if not math.isfinite(number):
            raise InputError(f'{name} has {field} {number}; it must be a finite number')
    if not len(scan.ranges):
        raise InputError(f'{name} has no ranges')
    turn = abs(scan.angle_increment) * (len(scan.ranges) - 1)
    if scan.angle_increment == 0.0 and len(scan.ranges) > 1:
        raise InputError(f'{name} has angle_increment 0; its beams would all point the same way')
    if turn > 2.0 * math.pi + abs(scan.angle_increment):
        raise InputError(
            f'{name} turns by {turn:.2f} rad from first to last beam, more than once around'
        )
    if not 0.0 <= scan.range_min < scan.range_max:
        raise InputError(
            f'{name} has range_min {scan.range_min} m and range_max {scan.range_max} m; the first '
            'must be smaller and not negative'
        )
    if scan.time_increment < 0.0:
        raise InputError(f'{name} has time_increment {scan.time_increment} s, which is negative')


def points_of(
    scan: LaserScan, mount: Mount, poses: PoseHistory, beams: Vector, away: Vector
) -> Vector:
    """Points in the odometry's frame, each from where the robot was when its beam was sent.

    Docs/theory.md, eq. 25.

    Args:
        scan: the scan.
        mount: where the scanner is on the robot.
        poses: where the robot was.
        beams: (m,) which beams.
        away: (m,) distances along them [m].

    Returns:
        (m, 2) points [m].

    Raises:
        InputError: if the robot's pose at that time is not known.
    """
    pose = poses.at(scan.stamp + scan.time_increment * beams)
    x, y, heading = pose[:, 0], pose[:, 1], pose[:, 2]
    bearing = mount.yaw + scan.angle_min + scan.angle_increment * beams
    ahead, aside = mount.x + away * np.cos(bearing), mount.y + away * np.sin(bearing)
    cosine, sine = np.cos(heading), np.sin(heading)
    return np.column_stack((x + cosine * ahead - sine * aside, y + sine * ahead + cosine * aside))
