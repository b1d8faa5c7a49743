"""Replays a bag: summary, page, pictures and messages."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from vcp_cbf_safety.studies.console import write_json
from vcp_cbf_safety.studies.recording import write_recording
from vcp_cbf_safety.studies.replay import figure
from vcp_cbf_safety.studies.replay.advice import advice_of
from vcp_cbf_safety.studies.replay.bag import read_bag
from vcp_cbf_safety.studies.replay.messages import kinds_of
from vcp_cbf_safety.studies.replay.opened import BagError
from vcp_cbf_safety.studies.replay.page import write_report
from vcp_cbf_safety.studies.replay.settings import settings_of
from vcp_cbf_safety.studies.replay.shadow import ShadowCycle
from vcp_cbf_safety.studies.replay.summary import summary_of
from vcp_cbf_safety.studies.replay.sweep import compared, variants_of
from vcp_cbf_safety.studies.replay.topics import ANY, Asked
from vcp_cbf_safety.studies.replay.windows import play_jobs, windows_of

# So many of the closest moments are shown, each so far from the others [s].
_MOMENTS, _APART = 10, 1.0


def replay(
    bag: Path,
    out: Path,
    asked: Asked = ANY,
    given: Sequence[str] = (),
    sweeps: Sequence[str] = (),
) -> None:
    """Replay a bag and write what came out.

    Args:
        bag: a folder, a .mcap or a .db3 file.
        out: folder for replay.html, replay.json, replay.png and replay.mcap.
        asked: topics.
        given: `NAME=VALUE` of parameters.
        sweeps: `NAME=FROM:TO` of parameters.

    Raises:
        BagError: if the bag cannot be used.
        ConfigurationError: if a parameter is not legal.
    """
    console = Console()
    with _bar('read') as told:
        recording = read_bag(bag, asked, told)
    settings = settings_of(recording, given)
    variants = variants_of(sweeps, settings)
    for note in recording.notes:
        console.print(note, highlight=False, markup=False)
    with _bar('replay') as told:
        results = play_jobs(recording, windows_of(recording, settings), told)
    cycles = [cycle for result in results for cycle in result.played.cycles]
    faults = [*dict.fromkeys(fault for result in results for fault in result.played.faults)]
    if not cycles:
        raise BagError(f'{bag}: no cycle had both odometry and a nominal command')
    for fault in faults:
        console.print(fault, highlight=False, markup=False)
    summary = summary_of(cycles, settings.filter)
    summary['drove_by'] = recording.topics.sent
    with _bar('parameters') as told:
        summary['advice'] = advice_of(recording, settings, cycles, told)
    if variants:
        with _bar('sweep') as told:
            summary['sweeps'] = compared(recording, variants, told)
    write_json(out / 'replay.json', summary)
    messages = chain.from_iterable(result.messages for result in results)
    write_recording(out / 'replay.mcap', kinds_of(recording.topics.robot), messages)
    points = figure.points_seen(recording, settings)
    body = figure.DrawnBody(settings.filter.discs, settings.body.outline)
    overview = out / 'replay.png'
    figure.draw_replay(overview, points, cycles, body)
    write_report(
        out / 'replay.html',
        bag.name,
        summary,
        cycles,
        {'timeline': figure.timeline(cycles), 'overview': overview.read_bytes()},
        [(_caption(cycle), figure.moment(points, cycle, body)) for cycle in _closest(cycles)],
        [*recording.notes, *faults],
    )
    _show(console, summary)


@contextmanager
def _bar(title: str) -> Iterator[Callable[[float], None]]:
    """A progress bar; call it with the share that is done."""
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(f'{title:<10}', total=1.0)
        yield lambda share: progress.update(task, completed=share)
        progress.update(task, completed=1.0)


def _closest(cycles: Sequence[ShadowCycle]) -> list[ShadowCycle]:
    """The cycles with the smallest barriers, none of them soon after another, in their order."""
    found: list[ShadowCycle] = []
    kept = [cycle for cycle in cycles if cycle.around is not None]
    for cycle in sorted(kept, key=lambda each: each.command.min_barrier):
        if all(abs(cycle.time - other.time) >= _APART for other in found):
            found.append(cycle)
        if len(found) == _MOMENTS:
            break
    return sorted(found, key=lambda each: each.time)


def _caption(cycle: ShadowCycle) -> str:
    return (
        f'{cycle.time:.2f} s: {cycle.shaped.name}, barrier {cycle.command.min_barrier:.2f} m, '
        f'{cycle.nominal.v:.2f} to {cycle.command.v:.2f} m/s'
    )


def _show(console: Any, summary: dict[str, Any]) -> None:
    table = Table(title='Interventions')
    for heading in ('from [s]', 'to [s]', 'slower by [m/s]', 'because of', 'free [m]', 'stop [m]'):
        table.add_column(escape(heading), justify='left' if heading == 'because of' else 'right')
    for each in summary['interventions']:
        table.add_row(
            f'{each["begin_s"]:.2f}', f'{each["end_s"]:.2f}', f'{each["strongest_m_s"]:.2f}',
            escape(each['binding'] or each['reason']),
            '' if each['free_m'] is None else f'{each["free_m"]:.2f}',
            f'{each["stopping_m"]:.2f}',
        )  # fmt: skip
    console.print(table)
    if (nearest := summary['nearest']) is not None:
        console.print(
            f'nearest: {nearest["hazard"]} at {nearest["time_s"]:.2f} s, {nearest["free_m"]:.3f} '
            f'm from the body, smallest barrier {nearest["barrier_m"]:.3f} m',
            highlight=False,
            markup=False,
        )
    for each in summary['advice'][:3]:
        console.print(
            f'{each["parameter"]}={each["value"]:g} instead of {each["now"]:g}: '
            f'{each["passing"]:.0%} of the most changed commands would pass',
            highlight=False,
        )
    for each in summary.get('sweeps', ()):
        console.print(
            f'{each["parameter"]}={each["value"]:g}: {each["untouched"]:.2%} pass untouched, '
            f'{each["interventions"]} interventions',
            highlight=False,
        )
    console.print(
        f'{summary["untouched"]:.2%} of {summary["cycles"]} cycles pass untouched', highlight=False
    )
