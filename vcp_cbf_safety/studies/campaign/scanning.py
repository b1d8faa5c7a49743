"""Robots of the campaign that know nothing but their laser scanner and their odometry."""

import math
from collections import deque
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.hazards.hazards import Arena, Hazards
from vcp_cbf_safety.motion.braking import braking_time, reaction_time, stopping_distance
from vcp_cbf_safety.motion.pose_history import PoseHistory
from vcp_cbf_safety.motion.unicycle import RobotState
from vcp_cbf_safety.sensing.field_of_view import Field, Unseen, field_of, limits_where
from vcp_cbf_safety.sensing.laser_scan import LaserScan, Mount
from vcp_cbf_safety.sensing.scanner import Scanner, ScannerConfig
from vcp_cbf_safety.sim.base import TIME_STEP, BaseModel
from vcp_cbf_safety.sim.lidar import Lidar, walls_of_box
from vcp_cbf_safety.studies.campaign.discs import MovingDiscs

Vector = NDArray[np.float64]

# Families: how many people walk there, and whether the filter is told the truth instead.
SCANNED = {
    'scan': (0, False), 'scan_told': (0, True),
    'scan_people': (3, False), 'scan_people_told': (3, True),
}  # fmt: skip
# How late a scan arrives at most, after its last beam [s].
LATE = 0.05
# Diameter of the smallest thing that there is [m]: two beams meet it where it matters.
_SMALLEST = 0.2
# Points that may walk cost time: of so many groups of beams at least only the nearest count.
_WALKING = 120
# What may walk and is no longer seen may soon be anywhere: for how long it is remembered [s].
_MEMORY_OF_PEOPLE = 0.3
# The first scan begins when the odometry of the first cycle has been heard [s].
_BEGINS = 0.05
# From this distance on [m] a thing is seen again before the robot is there, so that what the
# heading's error does to its place is of no account.
_REACH = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannerModel:
    """A scanner on a robot, and how the robot reads it.

    Attributes:
        lidar: its beams.
        config: how its scans are read.
        period: from one scan to the next [s].
        time_increment: from one beam to the next [s].
        unseen: what the robot may do where it does not look.
    """

    lidar: Lidar
    config: ScannerConfig
    period: float
    time_increment: float
    unseen: Unseen = Unseen.STOP


class Scanning:
    """Scans of one robot as they are taken, arrive, and become hazards.

    Args:
        model: the scanner.
        config: the robot's filter.
        arena: the walls, which the scanner sees as segments.
        random: source of noise and of how late scans arrive.
    """

    def __init__(
        self,
        model: ScannerModel,
        config: FilterConfig,
        arena: Arena,
        random: np.random.Generator,
    ) -> None:
        self._model, self._config, self._random = model, config, random
        self._walls = walls_of_box(arena)
        self._poses = PoseHistory()
        self._scanner = Scanner(model.config, 'scan')
        self._fields: tuple[Field, ...] = ()
        self._next = _BEGINS + float(random.uniform(0.0, model.period))
        self._track: list[tuple[float, Vector, Vector]] = []
        self._under_way: deque[tuple[float, LaserScan]] = deque()

    def watch(self, now: float, pose: tuple[float, float, float], discs: MovingDiscs) -> None:
        """Let time go on: the robot and the discs are there at a time [s]."""
        if now + TIME_STEP < self._next:
            return
        self._track.append((now, np.array(pose), discs.position.copy()))
        count = self._model.lidar.beams
        if now < self._next + self._model.time_increment * (count - 1):
            return
        scan = self._scan(discs.radius)
        self._under_way.append((now + float(self._random.uniform(0.0, LATE)), scan))
        self._next += self._model.period
        self._track = self._track[-1:]

    def hazards(self, now: float, believed: RobotState) -> Hazards:
        """What the robot knows in a cycle at a time [s], from its odometry and its scans."""
        self._poses.note(believed, now)
        while self._under_way and self._under_way[0][0] <= now:
            _, scan = self._under_way.popleft()
            try:
                self._scanner.take(scan, self._poses)
                self._fields = (field_of(scan, self._model.config.mount),)
            except InputError:  # the node would brake
                self._fields = ()
        limits = limits_where(self._config, self._fields, self._model.unseen)
        return Hazards(discs=[self._scanner.discs(now)], speed_limits=limits)

    def _scan(self, radii: Vector) -> LaserScan:
        """The scan that the last of its beams completes, each from where the robot then was."""
        model, mount, lidar = self._model, self._model.config.mount, self._model.lidar
        times = self._next + model.time_increment * np.arange(lidar.beams)
        known = np.array([time for time, _, _ in self._track])
        after = np.clip(np.searchsorted(known, times), 1, len(known) - 1)
        share = (times - known[after - 1]) / (known[after] - known[after - 1])
        x, y, heading = _between([pose for _, pose, _ in self._track], after, share).T
        cosine, sine = np.cos(heading), np.sin(heading)
        poses = np.column_stack((
            x + cosine * mount.x - sine * mount.y,
            y + sine * mount.x + cosine * mount.y,
            heading + mount.yaw,
        ))  # fmt: skip
        centers = _between([discs for _, _, discs in self._track], after, share)
        discs = np.dstack((centers, np.broadcast_to(radii, centers.shape[:2])))
        ranges = lidar.scan(poses, discs, self._walls, self._random)
        return LaserScan(
            ranges, lidar.angle_min, lidar.angle_increment, lidar.range_min, lidar.range_max,
            self._next, model.time_increment,
        )  # fmt: skip


def _between(known: list[Vector], after: NDArray[np.int64], share: Vector) -> Vector:
    """(n, ...) values between those before `after` and those at it."""
    table = np.array(known)
    first, second = table[after - 1], table[after]
    found: Vector = first + share.reshape(-1, *(1,) * (table.ndim - 1)) * (second - first)
    return found


def random_scanner(
    random: np.random.Generator, config: FilterConfig, people: bool
) -> ScannerModel:
    """A scanner that is good enough for a robot, and else anything.

    Good enough is (docs/campaign.md): it looks further than the robot needs to stop before what
    comes at it with the speed bound; there two beams meet the smallest thing; what is too near
    to be measured is inside the body; where people walk, it sees all in front of the axle, beside
    the body too.

    Args:
        random: source of everything.
        config: filter of the robot.
        people: whether what it sees may walk, as fast as peers of the filter.
    """
    speed_bound = config.peer_max_speed if people else 0.0
    period = 1.0 / float(random.uniform(5.0, 20.0))
    need = _needed_range(config, period, speed_bound)
    field = math.radians(float(random.uniform(180.0, 360.0)))
    if random.random() < 0.25:
        field = 2.0 * math.pi
    around = field == 2.0 * math.pi
    widest = 2.0 * math.pi if people else field
    least = min(720, max(90, math.ceil(2.0 * widest * need / _SMALLEST)))
    beams = int(random.integers(least, 721))
    away = config.body_radius * float(random.uniform(0.0, 0.8))
    bearing = float(random.uniform(-math.pi, math.pi))
    yaw = float(random.uniform(-math.pi, math.pi)) if around else 0.0
    mount = Mount(away * math.cos(bearing), away * math.sin(bearing), yaw)
    if people:
        field = max(field, 2.0 * _half_that_sees_the_front(config.body_radius, mount))
    increment = float(random.choice((-1.0, 1.0))) * field / (beams if around else beams - 1)
    lidar = Lidar(
        beams=beams,
        angle_min=-0.5 * increment * (beams - 1),
        angle_increment=increment,
        range_min=float(random.uniform(0.0, config.body_radius - away)),
        range_max=float(random.uniform(max(2.5, need), 10.0)),
        noise=float(random.uniform(0.0, 0.01)),
        dropouts=float(random.uniform(0.0, 0.05)),
    )
    return ScannerModel(
        lidar=lidar,
        config=ScannerConfig(
            mount=mount,
            memory=_MEMORY_OF_PEOPLE if people else 1.0,
            speed_bound=speed_bound,
            stride=max(1, beams // _WALKING) if people else 1,
        ),
        period=period,
        time_increment=float(random.uniform(0.0, 1.0)) * period / beams,
    )


def with_scanner(
    config: FilterConfig, model: BaseModel, scanner: ScannerModel, overrides: dict[str, float]
) -> FilterConfig:
    """The filter of an owner who adds to `position_uncertainty` what the scanner may be wrong.

    Three standard deviations of a distance, and of where and how turned the robot was when it
    measured it, at `_REACH`. What is set for all episodes overrides it.
    """
    turned = 3.0 * model.heading_noise * _REACH
    further = 3.0 * scanner.lidar.noise + 3.0 * model.position_noise + turned
    known: dict[str, Any] = {'position_uncertainty': config.position_uncertainty + further}
    return replace(config, **(known | overrides))


def _half_that_sees_the_front(radius: float, mount: Mount) -> float:
    """Half of a field ahead that contains all that is in front of the axle, but the body [rad]."""
    return max(math.atan2(radius + abs(mount.y), -mount.x), 0.5 * math.pi)


def _needed_range(config: FilterConfig, period: float, speed_bound: float) -> float:
    """How far a scanner must look for the robot to stop before what it sees there [m]."""
    top = config.top_speed
    # Unseen between two scans, and not known of before the second has arrived.
    blind = 2.0 * period + LATE + config.hold_time + config.actuation_delay
    stop = reaction_time(config) + braking_time(config, top)
    way = stopping_distance(config, top) + top * blind
    return 2.0 * config.body_radius + config.margin + way + speed_bound * (blind + stop)
