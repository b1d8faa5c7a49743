"""Tables of what was measured, for the terminal and for docs/benchmarks.md."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.table import Table as RichTable
from rich.text import Text

# Columns of the terminal that the tables need.
WIDTH = 120


@dataclass
class Table:
    """Title, headings, rows of cells, a sentence; the first column is text, the others numbers."""

    title: str
    headings: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    note: str = ''

    def rich(self) -> RichTable:
        """For the terminal, without the sentence."""
        table = RichTable(title=Text(self.title))
        for index, heading in enumerate(self.headings):
            table.add_column(heading, justify='right' if index else 'left')
        for row in self.rows:
            table.add_row(*row)
        return table

    def markdown(self) -> str:
        """For a document."""
        ruler = ('---', *['---:'] * (len(self.headings) - 1))
        lines = [f'| {" | ".join(cells)} |' for cells in (self.headings, ruler, *self.rows)]
        note = ['', self.note] if self.note else []
        return '\n'.join((f'**{self.title}**', '', *lines, *note))


def step_tables(report: dict[str, Any]) -> list[Table]:
    """The filter alone, the ratios of all scenes, then one table for each scene."""
    scenes = report['scenes']
    return [_alone_table(scenes), _ratio_table(scenes), *map(_scene_table, scenes)]


def _alone_table(scenes: list[dict[str, Any]]) -> Table:
    table = Table(
        'The filter alone, every cycle [us]',
        ('scene', 'rows', 'median', 'p90', 'p99', 'of which build', 'solve', 'check', 'unchanged'),
        note='Of the parts, medians; unchanged: share of cycles that passed the nominal command.',
    )
    for scene in scenes:
        times, outcomes = scene['alone_us'], scene['outcomes']
        numbers = [times['total'][q] for q in ('p50', 'p90', 'p99')]
        numbers += [times[name]['p50'] for name in ('build', 'solve', 'check')]
        share = outcomes.get('nominal', 0) / sum(outcomes.values())
        cells = (*(f'{x:,.0f}' for x in numbers), f'{share:.0%}')
        table.rows.append((scene['name'], str(scene['rows']), *cells))
    return table


def _ratio_table(scenes: list[dict[str, Any]]) -> Table:
    names = list(dict.fromkeys(name for scene in scenes for name in scene['baselines']))
    table = Table(
        'Steps that are held back: median of the filter [us]; of the others, ratio to it',
        ('scene', *names),
    )
    for scene in scenes:
        cells = [scene['name']]
        for name in names:
            each = scene['baselines'].get(name)
            if each is None:
                cells.append('')
            elif 'step_us' not in each:
                cells.append(f'{each["ratio_solve"]:.2f}')
            elif name == names[0]:
                cells.append(f'{each["step_us"]["p50"]:,.0f}')
            else:
                cells.append(f'{each["ratio_step"]:.2f}')
        table.rows.append(tuple(cells))
    return table


def _scene_table(scene: dict[str, Any]) -> Table:
    table = Table(
        f'{scene["name"]} and arena, {scene["rows"]} rows: steps that are held back [us]',
        (
            'solved by', 'steps', 'median', 'p90', 'p99', 'x filter', 'solver alone', 'x filter',
            'other answers', 'gave up',
        ),
    )  # fmt: skip
    for name, each in scene['baselines'].items():
        step = each.get('step_us')
        whole = [f'{step[q]:,.0f}' for q in ('p50', 'p90', 'p99')] if step else ['', '', '']
        table.rows.append(
            (
                name,
                str(each['n']),
                *whole,
                f'{each["ratio_step"]:.2f}' if step else '',
                f'{each["solve_us"]["p50"]:,.0f}',
                f'{each["ratio_solve"]:.2f}',
                str(each.get('other_answers', '')),
                str(each.get('gave_up', '')),
            )
        )
    table.note = ' '.join(
        f'Left out: {name}, {reason}.' for name, reason in scene['left_out'].items()
    )
    return table


def fill(page: Path, name: str, text: str) -> None:
    """Replace what stands between the markers of this name in a document.

    Raises:
        ValueError: if the document does not have them.
    """
    before = page.read_text(encoding='utf-8')
    begin, end = f'<!-- {name}: begin -->', f'<!-- {name}: end -->'
    pattern = re.compile(f'{re.escape(begin)}.*?{re.escape(end)}', re.DOTALL)
    if not pattern.search(before):
        raise ValueError(f'{page} has no {begin} ... {end} to write between')
    after = pattern.sub(lambda _: f'{begin}\n{text}\n{end}', before)
    page.write_text(after, encoding='utf-8')


def conditions(report: dict[str, Any]) -> str:
    """Under which conditions the steps were timed, in one paragraph."""
    versions = ', '.join(report['solvers'].values())
    missing = ''.join(f' {name}: {why}.' for name, why in report['missing'].items())
    return (
        f'{report["machine"]}, {report["cores"]} cores, load average {report["load_average"]} at '
        f'the end, one thread; Python {report["python"]}, numpy {report["numpy"]}, {versions}.'
        f'{missing} Up to {report["cycles"]} steps in each scene, and as many as fit into '
        f'{report["limit_s"]:g} s of a baseline; who does not do 20 in that time is left out, '
        'of larger scenes too.'
    )


def node_cases(report: dict[str, Any]) -> list[tuple[str, str, dict[str, float]]]:
    """Every case and node that benchmarks/node.py measured, with the figures of both."""
    return [(case, node, found) for case, both in report.items() for node, found in both.items()]


def node_table(report: dict[str, Any]) -> Table:
    """Times from nominal to safe command and what that costs, for the filter and for a relay."""
    heading = (
        'case',
        'node',
        'median',
        'p90',
        'p99',
        'max',
        'CPU [%]',
        'memory [MB]',
        'start [s]',
    )
    table = Table('From cmd_vel_nom to cmd_vel [ms]', heading)
    times = ('p50_ms', 'p90_ms', 'p99_ms', 'max_ms')
    costs = {'cpu_percent': '.1f', 'rss_mb': '.0f', 'start_s': '.1f'}
    for case, node, found in node_cases(report):
        cells = [f'{found[key]:.2f}' if key in found else '' for key in times]
        cells += [format(found[key], how) for key, how in costs.items()]
        table.rows.append((case, node, *cells))
    return table
