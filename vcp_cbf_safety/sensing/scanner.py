"""A laser scanner on the robot: its newest scan, and what it has seen and no longer sees."""

import math
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.hazards.clusters import clusters_of
from vcp_cbf_safety.hazards.discs import AGE, ERROR, MOTION, Discs, Motion, standing_discs
from vcp_cbf_safety.motion.pose_history import PoseHistory
from vcp_cbf_safety.sensing.laser_scan import LaserScan, Mount, Returns, check_scan, points_of

Vector = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Points are never more than this [m] behind what a beam met, if they are the same thing.
_SAME = 0.05
# After so many guesses it is known to a small part of a beam which one looked at a point.
_GUESSES = 4


@dataclass(frozen=True, slots=True)
class ScannerConfig:
    """How to read a scanner.

    Attributes:
        mount: where it is on the robot.
        point_radius: radius of the disc around every point [m].
        memory: how long is known what it sees no longer [s].
        speed_bound: highest speed of what it sees [m/s]; 0 where everything stands still.
        stride: of so many beams next to each other only the nearest counts.
        min_hits: in so many of the last scans a beam must meet something for it to count.
        allow_empty: whether a scan in which no beam measured anything is none too bad.
        self_radius: points nearer to the axle centre than this are parts of the robot [m].
    """

    mount: Mount = field(default_factory=Mount)
    point_radius: float = 0.01
    memory: float = 1.0
    speed_bound: float = 0.0
    stride: int = 1
    min_hits: int = 1
    allow_empty: bool = False
    self_radius: float = 0.0


class Scanner:
    """Points of one scanner, in the frame of the odometry.

    Args:
        config: how to read it.
        name: what to call its points and its scans.

    Attributes:
        mount: where it is on the robot; may be set before a scan is taken.
        own: how many points of the newest scan are parts of the robot itself, and left out.
        points: how many points count now.
    """

    def __init__(self, config: ScannerConfig, name: str) -> None:
        self._config, self._name = config, name
        self.mount = config.mount
        self.own = 0
        self._points: Vector = np.zeros((0, 2))
        self._times: Vector = np.zeros(0)
        self._hits: list[Flags] = []
        self._stamp = -math.inf
        self._place = (0.0, 0.0)
        self._made: tuple[tuple[float, int], Discs, Vector] | None = None

    @property
    def points(self) -> int:
        """How many points are known."""
        return len(self._points)

    def forget(self) -> None:
        """Start over, as when the odometry has another origin."""
        self._points, self._times, self._hits = np.zeros((0, 2)), np.zeros(0), []
        self._made = None

    def take(self, scan: LaserScan, poses: PoseHistory, known: Vector | None = None) -> None:
        """Take a scan.

        Args:
            scan: a newer one than those before.
            poses: where the robot was.
            known: (k, 3) centres and radii of robots that are known otherwise, at the time of the
                scan [m]: points inside are theirs.

        Raises:
            InputError: if the scan is broken, empty, or from a time at which the robot's pose is
                not known; the message names the scanner. What was known stays known.
        """
        config = self._config
        check_scan(scan, self._name)
        returns = Returns(scan)
        measured = (returns.distances >= 0.0) | (returns.free > 0.0)
        if not measured.any() and not config.allow_empty:
            raise InputError(
                f'{self._name} measured nothing with any of its {len(measured)} beams'
            )
        hits = self._counted(returns.distances >= 0.0)
        beams = _thinned(returns.distances, hits, config.stride)
        away = returns.distances[beams]
        try:
            points = points_of(scan, self.mount, poses, beams.astype(float), away)
            kept = self._still_unknown(scan, returns, poses)
            x, y, _ = poses.at(np.array([scan.stamp]))[0].tolist()
        except InputError as error:
            raise InputError(f'{self._name} cannot be placed: {error}') from None
        kept &= scan.stamp - self._times <= config.memory
        own = self._own(scan, beams, away)
        self._stamp, self._place, self._made = scan.stamp, (x, y), None
        self.own = int(own.sum())
        new = points[~own]
        if known is not None and len(known):
            apart = new[:, None] - known[:, :2]
            new = new[~((apart**2).sum(axis=2) < known[:, 2] ** 2).any(axis=1)]
        self._points = np.concatenate((new, self._points[kept]))
        self._times = np.concatenate((np.full(len(new), scan.stamp), self._times[kept]))

    def discs(self, now: float) -> Discs:
        """What the scanner has seen, at a time [s].

        What was last seen longer ago than `memory` is not known any more, but for the newest scan.
        Points that may move are covered by fewer discs, small ones near the robot.
        """
        known = (now - self._times <= self._config.memory) | (self._times == self._stamp)
        state = (self._stamp, int(known.sum()))
        if self._made is None or self._made[0] != state:
            self._made = (state, *self._discs_of(self._points[known], self._times[known]))
        _, discs, seen = self._made
        if self._config.speed_bound == 0.0:
            return discs
        table = discs.table.copy()
        table[:, AGE] = np.maximum(now - seen, 0.0)
        return Discs(discs.names, table)

    def _discs_of(self, points: Vector, times: Vector) -> tuple[Discs, Vector]:
        """Discs around points, and when each of them was seen, the earliest of its points."""
        config = self._config
        if config.speed_bound == 0.0:
            names = _names(self._name, len(points))
            return standing_discs(names, points[:, 0], points[:, 1], config.point_radius), times
        found = clusters_of(points, times, self._place)
        names = _names(self._name, len(found.centers))
        x, y = found.centers.T
        discs = standing_discs(names, x, y, found.reach + config.point_radius)
        discs.table[:, ERROR] = config.speed_bound
        discs.table[:, MOTION] = Motion.VELOCITY
        return discs, found.earliest

    def _counted(self, hit: Flags) -> Flags:
        """Which beams have met something in enough of the last scans."""
        wanted = self._config.min_hits
        if wanted <= 1:
            return hit
        if self._hits and len(self._hits[-1]) != len(hit):
            self._hits = []
        self._hits = [*self._hits[1 - wanted :], hit]
        if len(self._hits) < wanted:
            return hit  # better too much than nothing, until there have been enough
        counted: Flags = np.logical_and.reduce(self._hits)
        return counted

    def _own(self, scan: LaserScan, beams: NDArray[np.int64], away: Vector) -> Flags:
        """Which points are parts of the robot, by where it was when their beams were sent."""
        mount = self.mount
        bearing = mount.yaw + scan.angle_min + scan.angle_increment * beams
        x, y = mount.x + away * np.cos(bearing), mount.y + away * np.sin(bearing)
        own: Flags = x * x + y * y < self._config.self_radius**2
        return own

    def _still_unknown(self, scan: LaserScan, returns: Returns, poses: PoseHistory) -> Flags:
        """Which known points the scan says nothing about: no beam met or passed their place."""
        last = len(scan.ranges) - 1
        beam: Vector = np.full(len(self._points), 0.5 * last)
        guess, away = beam, beam
        # Where a beam points depends on when it was sent, and that on which beam it is.
        for _ in range(_GUESSES):
            guess = np.clip(beam, 0.0, last)
            pose = poses.at(scan.stamp + scan.time_increment * guess)
            beam, away = self._beams_at(scan, pose)
        first = np.floor(beam).astype(np.int64)
        # A robot that turns against its scanner passes places at which no beam looks.
        looked = (first >= 0) & (first < last) & (np.abs(beam - guess) < 1.0)
        first = np.clip(first, 0, max(last - 1, 0))
        beside = np.minimum(first + 1, last)
        # Both beams beside it went at least that far: it is seen again, or is gone.
        reached = np.minimum(returns.free[first], returns.free[beside]) + _SAME >= away
        unknown: Flags = ~(looked & reached)
        return unknown

    def _beams_at(self, scan: LaserScan, pose: Vector) -> tuple[Vector, Vector]:
        """Which beam points at each known point, and how far away it is [m], by (n, 3) poses."""
        mount, (x, y, heading) = self.mount, pose.T
        dx, dy = self._points[:, 0] - x, self._points[:, 1] - y
        cosine, sine = np.cos(heading), np.sin(heading)
        ahead, aside = cosine * dx + sine * dy - mount.x, cosine * dy - sine * dx - mount.y
        middle = 0.5 * (len(scan.ranges) - 1)
        turned = np.arctan2(aside, ahead) - mount.yaw - scan.angle_min
        turned -= scan.angle_increment * middle
        turned = np.remainder(turned + math.pi, 2.0 * math.pi) - math.pi
        increment = math.copysign(max(abs(scan.angle_increment), 1e-9), scan.angle_increment)
        return middle + turned / increment, np.hypot(ahead, aside)


def _thinned(distances: Vector, hits: Flags, stride: int) -> NDArray[np.int64]:
    """Beams that count: of every so many the nearest that met something."""
    if stride <= 1:
        return np.flatnonzero(hits)
    groups = -(-len(distances) // stride)
    padded = np.full(groups * stride, math.inf)
    padded[: len(distances)] = np.where(hits, distances, math.inf)
    table = padded.reshape(groups, stride)
    nearest = table.argmin(axis=1) + stride * np.arange(groups)
    found: NDArray[np.int64] = nearest[np.isfinite(table.min(axis=1))]
    return found


def _names(name: str, count: int) -> tuple[str, ...]:
    return _many_names(name, 1 << count.bit_length())[:count]


@lru_cache(maxsize=64)
def _many_names(name: str, count: int) -> tuple[str, ...]:
    return tuple(f'{name}[{i}]' for i in range(count))
