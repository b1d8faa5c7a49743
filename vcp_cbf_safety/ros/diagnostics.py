"""/diagnostics: whether inputs, safety and timing of the filter are as they should be."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue

from vcp_cbf_safety.reason_code import ReasonCode
from vcp_cbf_safety.ros.control import Cycle
from vcp_cbf_safety.ros.cycle_statistics import CycleStatistics, RecentCycles
from vcp_cbf_safety.ros.inputs import Inputs
from vcp_cbf_safety.ros.modes import DISABLED, ENFORCE, SHADOW
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.ros.sources.source import Source
from vcp_cbf_safety.ros.state import INACTIVE, level_of
from vcp_cbf_safety.ros.state_content import State
from vcp_cbf_safety.ros.timing import TimingLimits

# The statuses, which are called `<node>: <this>`.
STATUSES = ('inputs', 'safety', 'timing')

# Something is where it must never be, or nothing that the robot may do keeps it off.
_UNSAFE = (ReasonCode.INSIDE_BODY, ReasonCode.NO_COMMAND)


def age_values(inputs: Inputs, sources: Iterable[Source], now: float) -> dict[str, str]:
    """Time since the last odometry and nominal command, and what sources say, by their keys."""
    values = {
        'odom_age_s': f'{inputs.odom.age(now):.3f}',
        'cmd_vel_nom_age_s': f'{inputs.nominal.age(now):.3f}',
    }
    for source in sources:
        values |= source.values(now)
    return values


class Finding(NamedTuple):
    """What one of the statuses says.

    Attributes:
        level: of DiagnosticStatus.
        message: one sentence, or several with `; ` between them.
    """

    level: bytes
    message: str


def judge_timing(recent: RecentCycles | None, period: float, limits: TimingLimits) -> Finding:
    """Whether control cycles come in time.

    Args:
        recent: those of the last second; None while the filter is inactive.
        period: between two of them [s].
        limits: from where on they do not.
    """
    if recent is None:
        return Finding(DiagnosticStatus.STALE, INACTIVE.reason)
    share = recent.late / max(recent.cycles, 1)
    said = f'{recent.late} of {recent.cycles} cycles came late'
    if share > limits.late_error:
        return Finding(DiagnosticStatus.ERROR, said)
    if share > limits.late_warn:
        return Finding(DiagnosticStatus.WARN, said)
    if recent.duration > limits.duration_warn * period:
        took = f'cycles take {1e3 * recent.duration:.1f} ms of a period of {1e3 * period:g} ms'
        return Finding(DiagnosticStatus.WARN, took)
    return Finding(DiagnosticStatus.OK, said)


def judge_safety(state: State, bypasses: Sequence[str], troubles: Sequence[str]) -> Finding:
    """Whether the filter keeps the robot safe, and lets it do what it is asked.

    Args:
        state: of the last cycle.
        bypasses: how the filter is driven around, one sentence each.
        troubles: what else is wrong with the filter itself.
    """
    command = state.command
    level = level_of(command.outcome)
    mode = ''
    if state.mode in (SHADOW, DISABLED):
        mode = f'mode {state.mode}: nominal commands pass unchanged'
    if troubles or state.mode != ENFORCE:
        level = DiagnosticStatus.WARN
    if bypasses or command.code in _UNSAFE:
        level = DiagnosticStatus.ERROR
    said = dict.fromkeys((*bypasses, mode, command.reason or str(command.outcome), *troubles))
    return Finding(level, '; '.join(filter(None, said)))


def judge_inputs(cycle: Cycle | None, bypasses: Sequence[str], issues: Sequence[str]) -> Finding:
    """Whether all that the filter hears is there and makes sense.

    Args:
        cycle: the last one; None while the filter is inactive.
        bypasses: how the filter is driven around, which `judge_safety` tells.
        issues: what is wrong on the graph.
    """
    if cycle is None:
        return Finding(DiagnosticStatus.STALE, INACTIVE.reason)
    said = [each for each in dict.fromkeys((*cycle.faults, *issues)) if each not in bypasses]
    if cycle.brake and cycle.brake not in bypasses:
        return Finding(DiagnosticStatus.ERROR, '; '.join(said))
    if said:
        return Finding(DiagnosticStatus.WARN, '; '.join(said))
    return Finding(DiagnosticStatus.OK, 'all inputs are as they should be')


class Health(NamedTuple):
    """Everything that the diagnostics judge and tell.

    Attributes:
        cycle: the last one; None while the filter is inactive.
        state: what `~/state` says.
        settings: the node's parameters.
        statistics: of the cycles.
        bypasses: how the filter is driven around, one sentence each.
        issues: these, and what else is wrong on the graph.
        troubles: what is wrong with the filter itself.
        input_values: values about inputs by their keys.
        advice_values: values about the network by their keys.
    """

    cycle: Cycle | None
    state: State
    settings: NodeSettings
    statistics: CycleStatistics
    bypasses: Sequence[str]
    issues: Sequence[str]
    troubles: Sequence[str]
    input_values: Mapping[str, str]
    advice_values: Mapping[str, str]


class Diagnostics:
    """Makes the message on /diagnostics: one status each for inputs, safety and timing.

    Args:
        node: full name of the node, without a leading slash.
        hardware_id: name of the robot.
    """

    def __init__(self, node: str, hardware_id: str) -> None:
        self._node, self._hardware_id = node, hardware_id

    def message(self, health: Health, stamp: Time) -> DiagnosticArray:
        """What there is to say once a second."""
        settings, statistics = health.settings, health.statistics
        inputs = judge_inputs(health.cycle, health.bypasses, health.issues)
        safety = judge_safety(health.state, health.bypasses, health.troubles)
        recent = None if health.cycle is None else statistics.recent()
        timing = judge_timing(recent, settings.filter.period, settings.timing_limits)
        array = DiagnosticArray(
            status=[
                self._status('inputs', inputs, health.input_values),
                self._status(
                    'safety', safety, statistics.outcome_values() | dict(health.advice_values)
                ),
                self._status('timing', timing, statistics.values()),
            ]
        )
        array.header.stamp = stamp
        return array

    def _status(self, name: str, found: Finding, values: Mapping[str, str]) -> DiagnosticStatus:
        return DiagnosticStatus(
            level=found.level,
            name=f'{self._node}: {name}',
            message=found.message,
            hardware_id=self._hardware_id,
            values=[KeyValue(key=key, value=value) for key, value in values.items()],
        )


def values_of_nodes(message: DiagnosticArray) -> dict[str, dict[str, str]]:
    """Values of filters in a message on /diagnostics, by the full name of each node."""
    found: dict[str, dict[str, str]] = {}
    for status in message.status:
        node, _, name = status.name.rpartition(': ')
        if name in STATUSES and node.rpartition('/')[2] == 'safety_filter':
            values = {each.key: each.value for each in status.values}
            found.setdefault(f'/{node}', {}).update(values)
    return found
