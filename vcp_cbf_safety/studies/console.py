"""What a demo shows in the terminal: progress bars, tables and where the results are."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vcp_cbf_safety.errors import VcpCbfError
from vcp_cbf_safety.studies.extras import require
from vcp_cbf_safety.studies.interruption import Interruption, listening

if TYPE_CHECKING:
    from rich.table import Table


@contextmanager
def progress_bar(title: str, seconds: float) -> Iterator[Callable[[float, str], None]]:
    """A bar that fills with the seconds of a run; call it with the elapsed time and a note."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (
        TextColumn('{task.description:<22}'),
        BarColumn(bar_width=40),
        TextColumn('{task.completed:5.1f} of {task.total:g} s  {task.fields[note]}'),
    )
    with Progress(*columns, console=Console(stderr=True), refresh_per_second=5) as progress:
        task = progress.add_task(title, total=seconds, note='connecting')
        yield lambda elapsed, note: progress.update(task, completed=elapsed, note=note)


def run_table(title: str, runs: Mapping[str, Mapping[str, Any]]) -> 'Table':
    """Figures of runs beside each other, one column each."""
    rows: Sequence[tuple[str, str, str]] = (
        ('collisions', 'collisions', '{}'),
        ('worst clearance [m]', 'worst_clearance_m', '{:.3f}'),
        ('goals reached', 'goals_reached', '{}'),
        ('time [s]', 'duration_s', '{:.1f}'),
        ('interventions', 'interventions', '{}'),
        ('share of cycles changed', 'intervened_share', '{:.0%}'),
        ('solve p50 [ms]', 'solve_p50_ms', '{:.3f}'),
        ('solve p99 [ms]', 'solve_p99_ms', '{:.3f}'),
        ('tick p99 [ms]', 'tick_p99_ms', '{:.3f}'),
    )
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=title)
    table.add_column('')
    for name in runs:
        table.add_column(name, justify='right')
    for label, key, form in rows:
        values = []
        for figures in runs.values():
            filterless = figures['solve_p50_ms'] is None and key in _OF_THE_FILTER
            text = '-' if filterless else form.format(figures[key])
            if key == 'goals_reached':
                text += f' of {figures["robots"]}'
            values.append(text)
        table.add_row(escape(label), *values)
    return table


_OF_THE_FILTER = (
    'interventions', 'intervened_share', 'solve_p50_ms', 'solve_p99_ms', 'tick_p99_ms',
)  # fmt: skip


def show(table: 'Table') -> None:
    """Print a table on stdout."""
    from rich.console import Console

    Console().print(table)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write figures where other programs read them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + '\n', encoding='utf-8')


def run_command(command: Callable[[Interruption], int]) -> int:
    """Run a demo's command with its signals handled and its errors as sentences.

    Returns:
        Exit code: the command's own, 128 plus the signal after a Ctrl-C, 2 after an error.
    """
    with listening() as interruption:
        try:
            require('rclpy', 'domain_coordinator', 'rich', 'matplotlib', 'rosbags', 'jinja2')
            return command(interruption)
        except KeyboardInterrupt:
            print('interrupted; every process has been stopped', file=sys.stderr)
            return interruption.exit_code
        except VcpCbfError as error:
            print(error, file=sys.stderr)
            return 2
