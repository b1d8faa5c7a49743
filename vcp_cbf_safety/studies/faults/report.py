"""The table and the JSON file of a campaign."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from vcp_cbf_safety.studies.faults.catalogue import FAULTS
from vcp_cbf_safety.studies.faults.scene import CONTROL_FREQUENCY
from vcp_cbf_safety.studies.faults.verdict import LONGEST_REACTION, Verdict

if TYPE_CHECKING:
    from rich.table import Table


def as_json(verdicts: Mapping[str, Verdict]) -> dict[str, Any]:
    """All figures by name of the fault."""
    return {
        'control_frequency_hz': CONTROL_FREQUENCY,
        'longest_reaction_periods': LONGEST_REACTION,
        'good': all(verdict.good for verdict in verdicts.values()),
        'faults': {name: _figures(name, verdict) for name, verdict in verdicts.items()},
    }


def _figures(name: str, verdict: Verdict) -> dict[str, Any]:
    fault = FAULTS[name]
    return {
        'fault': fault.title,
        'expected': fault.expected.reaction,
        'observed': verdict.observed,
        'due_s': fault.expected.due,
        'reaction_periods': _rounded(verdict.reaction_periods, 2),
        'collisions': len(verdict.contacts),
        'touched': list(verdict.contacts),
        'worst_clearance_m': _rounded(verdict.worst_clearance, 4),
        'late_ticks': verdict.late_ticks,
        'verdict': 'good' if verdict.good else 'bad',
        'wrong': list(verdict.wrong),
    }


def table(verdicts: Mapping[str, Verdict]) -> 'Table':
    """One row for each fault."""
    from rich.markup import escape
    from rich.table import Table

    view = Table(title='Faults injected while driving at full speed', show_lines=True)
    for column in ('fault', 'expected', 'observed'):
        view.add_column(column, overflow='fold')
    for column in ('reaction\n[periods]', 'collisions', 'nearest\n[m]', 'verdict'):
        view.add_column(column, justify='right')
    for name, verdict in verdicts.items():
        fault = FAULTS[name]
        good = '[green]good[/]' if verdict.good else '[red]bad[/]: '
        view.add_row(
            f'{escape(fault.title)}\n[dim]{name}[/]',
            escape(fault.expected.reaction),
            escape(verdict.observed),
            _shown(verdict.reaction_periods, '.1f'),
            str(len(verdict.contacts)),
            _shown(verdict.worst_clearance, '.3f'),
            good + escape('; '.join(verdict.wrong)),
        )
    return view


def markdown(verdicts: Mapping[str, Verdict]) -> str:
    """The same as Markdown, for docs/faults.md."""
    lines = [
        '| fault | expected | observed | reaction [periods] | collisions | nearest [m] | verdict',
        '| --- | --- | --- | ---: | ---: | ---: | ---',
    ]
    for name, verdict in verdicts.items():
        fault = FAULTS[name]
        cells = (
            f'{fault.title} (`{name}`)',
            fault.expected.reaction,
            verdict.observed,
            _shown(verdict.reaction_periods, '.1f'),
            str(len(verdict.contacts)),
            _shown(verdict.worst_clearance, '.3f'),
            '; '.join(('good',) if verdict.good else ('bad', *verdict.wrong)),
        )
        lines.append('| ' + ' | '.join(cell.replace('|', '/') for cell in cells))
    return ''.join(f'{line} |\n' for line in lines)


def _shown(number: float | None, form: str) -> str:
    return '' if number is None else format(number, form)


def _rounded(number: float | None, digits: int) -> float | None:
    return None if number is None else round(number, digits)
