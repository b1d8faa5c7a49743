"""Counts and times of the control cycles."""

from collections import Counter
from typing import NamedTuple

import numpy as np

from vcp_cbf_safety.command import Outcome, SafeCommand
from vcp_cbf_safety.ros.timing import RecentDurations


class RecentCycles(NamedTuple):
    """Control cycles of about a second.

    Attributes:
        cycles: how many there were.
        late: how many of them came late.
        duration: 99th percentile of how long they took [s].
    """

    cycles: int
    late: int
    duration: float


class CycleStatistics:
    """What happened in the control cycles since the node was activated.

    Attributes:
        cycles: how many there were.
        late_ticks: how many came later after the one before than a command may stay in force.
        outcomes: how many had each outcome.
        durations: recent times by name: `tick` is a whole cycle, `build` and `solve` are parts
            of the filter's step, in cycles that had one.
    """

    def __init__(self) -> None:
        self.cycles = 0
        self.late_ticks = 0
        self.outcomes: Counter[Outcome] = Counter()
        self.durations = {name: RecentDurations() for name in ('tick', 'build', 'solve')}
        self._unseen: list[tuple[float, bool]] = []
        self._recent = RecentCycles(0, 0, 0.0)

    def record(self, command: SafeCommand, duration: float, late: bool) -> None:
        """Take one cycle: its command, how long it took [s] and whether it came late."""
        self.cycles += 1
        self.late_ticks += late
        self.outcomes[command.outcome] += 1
        self.durations['tick'].add(duration)
        self._unseen.append((duration, late))
        if command.timing.total > 0.0:
            self.durations['build'].add(command.timing.build)
            self.durations['solve'].add(command.timing.solve)

    def recent(self) -> RecentCycles:
        """Those since the last call; where there was none, what the last call has found."""
        if self._unseen:
            durations, late = zip(*self._unseen, strict=True)
            p99 = float(np.percentile(durations, 99.0))
            self._recent = RecentCycles(len(late), sum(late), p99)
            self._unseen.clear()
        return self._recent

    def values(self) -> dict[str, str]:
        """Times and counts by their keys in the diagnostics."""
        values = {}
        for name, durations in self.durations.items():
            for what, seconds in zip(('p50', 'p99', 'max'), durations.summary(), strict=True):
                values[f'{name}_{what}_ms'] = f'{1e3 * seconds:.4f}'
        values['late_ticks'] = str(self.late_ticks)
        values['cycles'] = str(self.cycles)
        return values

    def outcome_values(self) -> dict[str, str]:
        """How many cycles had each outcome, by its key in the diagnostics."""
        return {f'outcome.{outcome}': str(self.outcomes[outcome]) for outcome in Outcome}
