"""From records to figures: what a campaign says, by family and driver."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields

import numpy as np

from vcp_cbf_safety.studies.campaign.episode import EpisodeRecord
from vcp_cbf_safety.studies.campaign.smoothness import Smoothness


@dataclass(slots=True)
class Tally:
    """Sums over the filtered robots of some episodes.

    Attributes:
        robots: how many.
        tries: episodes that were played to find the ones that count.
        driven: contacts that a robot drove into.
        suffered: contacts at which the robot stood or gave way.
        worst_clearance_m: least ground-truth distance of any body to anything.
        worst_over_margin_m: the same minus the configured margin.
        margin_violations: robots that came closer than their margin to something.
        goals, arrived: robots that had a goal, and that reached it.
        time_s: time to the goal of those that arrived.
        cycles: filter cycles.
        outcomes: cycles by outcome.
        circulating: cycles in which a deadlock was being resolved.
        deadlocks: deadlocks noticed.
        smoothness: how the commands changed near hazards.
    """

    robots: int = 0
    tries: int = 0
    driven: int = 0
    suffered: int = 0
    worst_clearance_m: float = math.inf
    worst_over_margin_m: float = math.inf
    margin_violations: int = 0
    goals: int = 0
    arrived: int = 0
    time_s: float = 0.0
    cycles: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    circulating: int = 0
    deadlocks: int = 0
    smoothness: Smoothness = field(default_factory=Smoothness)

    @property
    def success(self) -> float:
        """Share of the robots with a goal that arrived; NaN without any."""
        return self.arrived / self.goals if self.goals else math.nan

    @property
    def interventions(self) -> float:
        """Share of the cycles in which the nominal command was changed."""
        return 1.0 - self.outcomes['nominal'] / max(self.cycles, 1)

    def add(self, record: EpisodeRecord) -> None:
        """Count an episode in."""
        self.tries += record.tries
        filtered = [r for r in record.episode.robots if r.config is not None]
        for robot, result in zip(filtered, record.robots, strict=True):
            assert robot.config is not None
            self.robots += 1
            self.driven += result.driven
            self.suffered += result.suffered
            self.worst_clearance_m = min(self.worst_clearance_m, result.worst_clearance)
            over_margin = result.worst_clearance - robot.config.margin
            self.worst_over_margin_m = min(self.worst_over_margin_m, over_margin)
            self.margin_violations += over_margin < 0.0
            self.goals += result.has_goal
            self.arrived += result.arrived_at is not None
            self.time_s += result.arrived_at or 0.0
            self.cycles += result.cycles
            self.outcomes.update(result.outcomes)
            self.circulating += result.circulating
            self.deadlocks += result.deadlocks
            self.smoothness.add(result.smoothness)


def tallies(records: Iterable[EpisodeRecord]) -> dict[str, Tally]:
    """Tally of every family, of every family and driver ('clutter/goal'), and of 'all'."""
    result: dict[str, Tally] = {}
    for record in records:
        family, driver = record.episode.family, record.episode.driver
        for key in ('all', family, f'{family}/{driver}'):
            result.setdefault(key, Tally()).add(record)
    return dict(sorted(result.items()))


def failed(record: EpisodeRecord) -> str | None:
    """Why an episode deserves a picture: a driven contact, a goal not reached; else None."""
    if any(r.driven for r in record.robots):
        return 'contact'
    if record.episode.family.startswith('hostile'):
        return None  # whoever is being rammed need not arrive
    if any(r.has_goal and r.arrived_at is None for r in record.robots):
        return 'not-arrived'
    return None


def as_json(table: dict[str, Tally], step_times: list[float]) -> dict[str, object]:
    """The tallies and the per-cycle times as plain values."""
    times = np.percentile(np.array(step_times or [math.nan]) * 1e6, (50, 99)).tolist()
    families: dict[str, dict[str, object]] = {}
    for key, tally in table.items():
        entry = {f.name: getattr(tally, f.name) for f in fields(tally)} | {
            'outcomes': dict(tally.outcomes),
            'smoothness': tally.smoothness.per_cycle() if tally.smoothness.cycles else None,
            'success': tally.success if tally.goals else None,
            'interventions': tally.interventions,
            'mean_time_s': tally.time_s / tally.arrived if tally.arrived else None,
        }
        del entry['time_s']
        families[key] = entry
    return {'step_us': {'p50': times[0], 'p99': times[1]}, 'tallies': families}
