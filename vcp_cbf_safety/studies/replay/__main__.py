"""`python -m vcp_cbf_safety.studies.replay BAG`: what the filter would have done in a bag."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.errors import VcpCbfError
from vcp_cbf_safety.studies.arguments import filter_parameters
from vcp_cbf_safety.studies.console import write_json
from vcp_cbf_safety.studies.extras import require

# So many of the closest moments are shown, each so far from the others [s].
_MOMENTS, _APART = 10, 1.0


def main(args: Sequence[str] | None = None) -> int:
    """Replay a bag; 0, or 2 when it cannot be used."""
    parser = argparse.ArgumentParser(
        prog='python -m vcp_cbf_safety.studies.replay', description=__doc__
    )
    parser.add_argument('bag', type=Path, help='folder, .mcap or .db3')
    parser.add_argument('--odom', default='', help='topic of the odometry (by type)')
    parser.add_argument('--nominal', default='', help='topic of the nominal command (by type)')
    parser.add_argument('--scan', action='append', default=[], help='topic of a scanner (all)')
    parser.add_argument(
        '--set', action='append', default=[], metavar='NAME=VALUE',
        help='parameter of the filter, e.g. body_radius=0.22; may be repeated',
    )  # fmt: skip
    parser.add_argument(
        '--sweep', action='append', default=[], metavar='NAME=FROM:TO',
        help='compare five values of a parameter, e.g. margin=0.02:0.10; may be repeated',
    )  # fmt: skip
    parser.add_argument(
        '--out', type=Path, default=Path('out'), help='folder of the results (out)'
    )
    options = parser.parse_args(args)
    try:
        require('rich', 'matplotlib', 'rosbags', 'jinja2')
        return _run(options)
    except VcpCbfError as error:
        print(error, file=sys.stderr)
        return 2


def _run(options: argparse.Namespace) -> int:
    from rich.console import Console
    from rich.progress import Progress

    from vcp_cbf_safety.studies.replay.bag import BagError, read_bag
    from vcp_cbf_safety.studies.replay.shadow import play
    from vcp_cbf_safety.studies.replay.summary import summary_of
    from vcp_cbf_safety.studies.replay.sweep import play_variant, variants_of

    console = Console()
    recording = read_bag(options.bag, options.odom, options.nominal, options.scan)
    config = _config(options.set, recording)
    variants = variants_of(options.sweep, config)
    for note in recording.notes:
        console.print(note, highlight=False)
    length = recording.odometry[-1].received - recording.odometry[0].received
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task('replay', total=length)
        cycles, faults = play(recording, config, lambda t: progress.update(task, completed=t))
        if not cycles:
            raise BagError('no cycle had both odometry and a nominal command')
        tracked = progress.track(variants, description='sweep') if variants else ()
        swept = [play_variant(recording, variant) for variant in tracked]
    for fault in faults:
        console.print(fault, highlight=False)
    summary = summary_of(cycles, config) | ({'sweeps': swept} if swept else {})
    write_json(options.out / 'replay.json', summary)
    _write_pages(options, recording, cycles, [*recording.notes, *faults], summary)
    _show(console, summary)
    print(f'{options.out / "replay.html"} is the report, with figures in replay.json')
    return 0


def _config(settings: list[str], recording: Any) -> FilterConfig:
    """The filter's parameters: those given, and the fastest that the robot was for its limits."""
    speeds = [each.value.speed for each in recording.odometry]
    speeds += [each.value.v for each in recording.nominal]
    rates = [abs(each.value.yaw_rate) for each in recording.odometry]
    rates += [abs(each.value.omega) for each in recording.nominal]
    values = {
        'body_radius': 0.2, 'vcp_offset': 0.1, 'period': 0.02,
        'min_speed': min(1.1 * min(speeds), -0.05), 'max_speed': max(1.1 * max(speeds), 0.1),
        'max_yaw_rate': max(1.1 * max(rates), 0.1),
    }  # fmt: skip
    return FilterConfig(**values | filter_parameters(settings))


def _write_pages(
    options: argparse.Namespace,
    recording: Any,
    cycles: Sequence[Any],
    notes: Sequence[str],
    summary: dict[str, Any],
) -> None:
    from vcp_cbf_safety.studies.replay import figure
    from vcp_cbf_safety.studies.replay.page import write_page

    radius, points = summary['parameters']['body_radius'], figure.points_seen(recording)
    overview = options.out / 'replay.png'
    figure.draw_replay(overview, points, cycles, radius)
    moments = [
        (_caption(cycle), figure.moment(points, cycle, radius)) for cycle in _closest(cycles)
    ]
    write_page(
        options.out / 'replay.html',
        options.bag.name,
        summary,
        cycles,
        {'timeline': figure.timeline(cycles), 'overview': overview.read_bytes()},
        moments,
        notes,
        summary.get('sweeps', ()),
    )


def _closest(cycles: Sequence[Any]) -> list[Any]:
    """The cycles with the smallest barriers, none of them soon after another, in their order."""
    found: list[Any] = []
    for cycle in sorted(cycles, key=lambda each: each.command.min_barrier):
        if cycle.bound is None:
            continue
        if all(abs(cycle.time - other.time) >= _APART for other in found):
            found.append(cycle)
        if len(found) == _MOMENTS:
            break
    return sorted(found, key=lambda each: each.time)


def _caption(cycle: Any) -> str:
    return (
        f'{cycle.time:.2f} s: {cycle.hazard}, barrier {cycle.command.min_barrier:.2f} m, '
        f'{cycle.nominal.v:.2f} to {cycle.command.v:.2f} m/s'
    )


def _show(console: Any, summary: dict[str, Any]) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table(title='Interventions')
    for heading in ('from [s]', 'to [s]', 'slower by [m/s]', 'because of', 'free [m]', 'stop [m]'):
        table.add_column(escape(heading), justify='left' if heading == 'because of' else 'right')
    for each in summary['interventions']:
        table.add_row(
            f'{each["begin_s"]:.2f}', f'{each["end_s"]:.2f}', f'{each["strongest_m_s"]:.2f}',
            each['binding'] or each['reason'],
            f'{each["free_m"]:.2f}', f'{each["stopping_m"]:.2f}',
        )  # fmt: skip
    console.print(table)
    for each in summary.get('sweeps', ()):
        console.print(
            f'{each["parameter"]}={each["value"]:g}: {each["untouched"]:.2%} pass untouched, '
            f'{each["interventions"]} interventions',
            highlight=False,
        )
    console.print(
        f'{summary["untouched"]:.2%} of {summary["cycles"]} cycles pass untouched', highlight=False
    )


if __name__ == '__main__':
    sys.exit(main())
