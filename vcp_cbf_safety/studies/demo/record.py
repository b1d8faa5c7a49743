"""What is known of a run once it is over, as plain values, and the figures made of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

# Interventions closer together than this [s] count as one.
_SAME_INTERVENTION = 0.5

NOMINAL = 'nominal'

# The filter replaced the nominal command to get out of a deadlock; no outcome of its own there.
CIRCULATING = 'circulating'


@dataclass(frozen=True, slots=True)
class TrackPoint:
    """Where a robot was, and the outcome of its filter then: '' without one, or CIRCULATING."""

    time: float
    x: float
    y: float
    heading: float
    outcome: str


@dataclass(frozen=True, slots=True)
class Contact:
    """A collision of a robot: time since the start [s], its position [m], what it touched."""

    time: float
    x: float
    y: float
    against: str


@dataclass(frozen=True, slots=True)
class RobotRun:
    """One robot's run.

    Attributes:
        track: where it was.
        contacts: its ground-truth collisions.
        worst_clearance: smallest ground-truth distance of its body to anything [m].
        arrived_at: when it reached its goal [s since the start], None if it did not.
        outcomes: cycles of its filter by outcome, during the run; empty without a filter.
        diagnostics: last values of its filter's diagnostics; empty without a filter.
    """

    track: Sequence[TrackPoint]
    contacts: Sequence[Contact]
    worst_clearance: float
    arrived_at: float | None
    outcomes: Mapping[str, int] = field(default_factory=dict)
    diagnostics: Mapping[str, str] = field(default_factory=dict)

    @property
    def interventions(self) -> int:
        """How often its filter stepped in; short gaps do not count."""
        count, last = 0, -float('inf')
        for point in self.track:
            if point.outcome in ('', NOMINAL):
                continue
            count += point.time - last > _SAME_INTERVENTION
            last = point.time
        return count


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A whole run: how long it took from the start [s], and each robot's record by name."""

    filtered: bool
    duration: float
    robots: Mapping[str, RobotRun]

    @property
    def collisions(self) -> int:
        """Ground-truth collisions; one of two robots with each other counts once."""
        contacts = [each.against for robot in self.robots.values() for each in robot.contacts]
        between_robots = sum(against in self.robots for against in contacts)
        return len(contacts) - between_robots + (between_robots + 1) // 2

    @property
    def worst_clearance(self) -> float:
        """Smallest distance between any body and anything else [m]."""
        return min(robot.worst_clearance for robot in self.robots.values())

    @property
    def goals_reached(self) -> int:
        """How many robots arrived."""
        return sum(robot.arrived_at is not None for robot in self.robots.values())

    @property
    def interventions(self) -> int:
        """How often a filter stepped in."""
        return sum(robot.interventions for robot in self.robots.values())

    def worst_timing(self, key: str) -> float | None:
        """Largest value of a timing among the robots' filters [ms]; None without filters."""
        values = [float(each.diagnostics[key]) for each in self.robots.values() if each.outcomes]
        return max(values) if values else None


def figures(run: RunRecord) -> dict[str, Any]:
    """The figures of a run, as they go into the JSON file."""
    cycles = sum(sum(robot.outcomes.values()) for robot in run.robots.values())
    untouched = sum(robot.outcomes.get(NOMINAL, 0) for robot in run.robots.values())
    return {
        'collisions': run.collisions,
        'worst_clearance_m': round(run.worst_clearance, 4),
        'goals_reached': run.goals_reached,
        'robots': len(run.robots),
        'duration_s': round(run.duration, 2),
        'interventions': run.interventions,
        'intervened_share': round(1.0 - untouched / cycles, 4) if cycles else 0.0,
        'solve_p50_ms': run.worst_timing('solve_p50_ms'),
        'solve_p99_ms': run.worst_timing('solve_p99_ms'),
        'tick_p99_ms': run.worst_timing('tick_p99_ms'),
        'per_robot': {name: _robot_figures(robot) for name, robot in run.robots.items()},
    }


def _robot_figures(robot: RobotRun) -> dict[str, Any]:
    return {
        'collisions': [
            {'time_s': round(each.time, 2), 'x_m': each.x, 'y_m': each.y, 'against': each.against}
            for each in robot.contacts
        ],
        'worst_clearance_m': round(robot.worst_clearance, 4),
        'arrived_s': None if robot.arrived_at is None else round(robot.arrived_at, 2),
        'interventions': robot.interventions,
        'outcomes': dict(robot.outcomes),
        'late_ticks': int(robot.diagnostics.get('late_ticks', 0)),
    }
