"""Counts and times of the control cycle, and the diagnostics message made of them."""

from collections import Counter
from collections.abc import Iterable, Mapping

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue

from vcp_cbf_safety.command import Outcome, SafeCommand
from vcp_cbf_safety.ros.inputs import Inputs
from vcp_cbf_safety.ros.sources.source import Source
from vcp_cbf_safety.ros.state import state_message
from vcp_cbf_safety.ros.state_content import State
from vcp_cbf_safety.ros.timing import RecentDurations


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

    def record(self, command: SafeCommand, duration: float, late: bool) -> None:
        """Take one cycle: its command, how long it took [s] and whether it came late."""
        self.cycles += 1
        self.late_ticks += late
        self.outcomes[command.outcome] += 1
        self.durations['tick'].add(duration)
        if command.timing.total > 0.0:
            self.durations['build'].add(command.timing.build)
            self.durations['solve'].add(command.timing.solve)

    def values(self) -> dict[str, str]:
        """Everything by its key in the diagnostics."""
        values = {}
        for name, durations in self.durations.items():
            for what, seconds in zip(('p50', 'p99', 'max'), durations.summary(), strict=True):
                values[f'{name}_{what}_ms'] = f'{1e3 * seconds:.4f}'
        values['late_ticks'] = str(self.late_ticks)
        values['cycles'] = str(self.cycles)
        for outcome in Outcome:
            values[f'outcome.{outcome}'] = str(self.outcomes[outcome])
        return values


def age_values(inputs: Inputs, sources: Iterable[Source], now: float) -> dict[str, str]:
    """Time since the last odometry and nominal command, and what sources say, by their keys."""
    values = {
        'odom_age_s': f'{inputs.odom.age(now):.3f}',
        'cmd_vel_nom_age_s': f'{inputs.nominal.age(now):.3f}',
    }
    for source in sources:
        values |= source.values(now)
    return values


def diagnostics_message(
    *,
    name: str,
    hardware_id: str,
    state: State,
    values: Mapping[str, str],
) -> DiagnosticStatus:
    """One status: level and message from the state of the last cycle, and the values."""
    status = state_message(name, hardware_id, state)
    sentences = dict.fromkeys((state.command.reason, *state.faults))
    return DiagnosticStatus(
        level=status.level,
        name=name,
        message='; '.join(filter(None, sentences)) or str(state.command.outcome),
        hardware_id=hardware_id,
        values=[KeyValue(key=key, value=value) for key, value in values.items()],
    )


def as_array(status: DiagnosticStatus, stamp: object) -> DiagnosticArray:
    """The message on /diagnostics with one status."""
    array = DiagnosticArray(status=[status])
    array.header.stamp = stamp
    return array
