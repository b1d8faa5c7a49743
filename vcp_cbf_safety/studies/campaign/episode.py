"""What an episode is, and what came of it, as plain data."""

import math
from collections import Counter
from dataclasses import dataclass, field, replace

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.hazards.hazards import Arena, Circle
from vcp_cbf_safety.sim.base import BaseModel
from vcp_cbf_safety.studies.campaign.drivers import Driver, stand
from vcp_cbf_safety.studies.campaign.scanning import ScannerModel
from vcp_cbf_safety.studies.campaign.smoothness import Smoothness


@dataclass(frozen=True, slots=True, kw_only=True)
class Robot:
    """One robot of an episode.

    Attributes:
        model: its base.
        start: (x, y, heading) [m, m, rad].
        driver: what asks it to move.
        config: parameters of its filter; None for a robot without one.
        goal: where it should arrive, None when it has no goal [m].
        cooperates: whether the others may count on it to take its part.
        responsibility: its part of keeping apart from another robot that cooperates.
        first_cycle: when its filter runs first [s]; None for some time in the first 20 ms.
        scanner: with one its filter is told what the scanner shows, and else nothing.
    """

    model: BaseModel
    start: tuple[float, float, float]
    driver: Driver
    config: FilterConfig | None
    goal: tuple[float, float] | None = None
    cooperates: bool = False
    responsibility: float = 0.5
    first_cycle: float | None = None
    scanner: ScannerModel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """Everything that happens in an episode; the same seed gives the same run.

    Attributes:
        family: kind of world, for the report.
        driver: kind of nominal command, for the report.
        robots: robots with and without filter; the report judges those with one.
        arena: the walls.
        circles: discs; those with a velocity turn back at the walls.
        duration: length [s].
        jitter: largest delay of a cycle [s].
        seed: of noise and jitter.
    """

    family: str
    driver: str
    robots: tuple[Robot, ...]
    arena: Arena
    circles: tuple[Circle, ...]
    duration: float
    jitter: float
    seed: int

    def without_drivers(self) -> 'Episode':
        """The same with drivers that stand still: plain data that fits through a pipe."""
        return replace(self, robots=tuple(replace(r, driver=stand) for r in self.robots))


@dataclass(slots=True)
class RobotRecord:
    """What became of one filtered robot.

    `driven` contacts are those that the robot drove into; at a `suffered` one it stood or gave
    way to something that moved by itself. `time_left` is the least time [s] in which its own
    motion alone would have led it into another robot, judged in episodes with hostile ones.
    """

    driven: int = 0
    suffered: int = 0
    worst_clearance: float = math.inf
    time_left: float = math.inf
    arrived_at: float | None = None
    has_goal: bool = False
    cycles: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    circulating: int = 0
    deadlocks: int = 0
    smoothness: Smoothness = field(default_factory=Smoothness)
    step_times: list[float] = field(default_factory=list)
    path: list[tuple[float, float, float, str]] = field(default_factory=list)
    contacts: list[tuple[float, float, float]] = field(default_factory=list)


@dataclass(slots=True)
class EpisodeRecord:
    """Result of an episode: one entry for every filtered robot.

    `tries` counts the episodes that were played to find this one.
    """

    episode: Episode
    robots: list[RobotRecord]
    tries: int = 1

    @property
    def worst_clearance(self) -> float:
        """Least ground-truth distance of any filtered body to anything [m]."""
        return min((r.worst_clearance for r in self.robots), default=math.inf)

    @property
    def time_left(self) -> float:
        """Least time in which a robot's own motion led it into another [s]; -1 when it did."""
        if any(r.driven for r in self.robots):
            return -1.0
        return min((r.time_left for r in self.robots), default=math.inf)
