"""`python -m vcp_cbf_safety.studies.replay BAG`: what the filter would have done in a bag."""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.errors import VcpCbfError
from vcp_cbf_safety.stopping_trajectory import stopping_distance
from vcp_cbf_safety.studies.arguments import filter_parameters
from vcp_cbf_safety.studies.console import write_json
from vcp_cbf_safety.studies.extras import require

# An intervention is over when the command has passed for so long [s].
_PAUSE = 0.5


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
        '--out', type=Path, default=Path('out'), help='folder of the results (out)'
    )
    options = parser.parse_args(args)
    try:
        require('rich', 'matplotlib', 'rosbags')
        return _run(options)
    except VcpCbfError as error:
        print(error, file=sys.stderr)
        return 2


def _run(options: argparse.Namespace) -> int:
    from rich.console import Console
    from rich.progress import Progress

    from vcp_cbf_safety.studies.replay.bag import read_bag
    from vcp_cbf_safety.studies.replay.figure import draw_replay
    from vcp_cbf_safety.studies.replay.shadow import play

    console = Console()
    recording = read_bag(options.bag, options.odom, options.nominal, options.scan)
    config = _config(options.set, recording)
    for note in recording.notes:
        console.print(note, highlight=False)
    length = recording.odometry[-1].received - recording.odometry[0].received
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task('replay', total=length)
        moments, faults = play(recording, config, lambda t: progress.update(task, completed=t))
    for fault in faults:
        console.print(fault, highlight=False)
    if not moments:
        print('no cycle had both odometry and a nominal command', file=sys.stderr)
        return 2
    report = _report(moments, config)
    write_json(options.out / 'replay.json', report)
    draw_replay(options.out / 'replay.png', recording, moments, config.body_radius)
    _show(console, report)
    print(f'{options.out / "replay.png"} shows it, {options.out / "replay.json"} has the figures')
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


def _report(moments: list[Any], config: FilterConfig) -> dict[str, Any]:
    changed = [m for m in moments if not m.untouched]
    interventions: list[dict[str, Any]] = []
    last = -1e9
    for m in changed:
        if m.time - last > _PAUSE:
            interventions.append(
                {'begin_s': m.time, 'binding': m.command.binding, 'strongest_m_s': 0.0}
            )
        last, now = m.time, interventions[-1]
        now['end_s'] = m.time
        slower = abs(m.nominal.v - m.command.v)
        if slower >= now['strongest_m_s']:
            now |= {
                'strongest_m_s': slower, 'binding': m.command.binding, 'free_m': m.free,
                'stopping_m': stopping_distance(config, abs(m.robot.speed)),
                'reason': m.command.reason, 'code': str(m.command.code),
            }  # fmt: skip
    return {
        'cycles': len(moments),
        'untouched': 1.0 - len(changed) / len(moments),
        'outcomes': dict(Counter(str(m.command.outcome) for m in moments)),
        'codes': dict(Counter(str(m.command.code) or 'none' for m in changed)),
        'parameters': {name: getattr(config, name) for name in FilterConfig.quantities()},
        'interventions': interventions,
    }


def _show(console: Any, report: dict[str, Any]) -> None:
    from rich.table import Table

    table = Table(title='Interventions')
    for heading in ('from [s]', 'to [s]', 'slower by [m/s]', 'because of', 'free [m]', 'stop [m]'):
        table.add_column(heading, justify='left' if heading == 'because of' else 'right')
    for each in report['interventions']:
        table.add_row(
            f'{each["begin_s"]:.2f}', f'{each["end_s"]:.2f}', f'{each["strongest_m_s"]:.2f}',
            each['binding'] or each['reason'],
            f'{each["free_m"]:.2f}', f'{each["stopping_m"]:.2f}',
        )  # fmt: skip
    console.print(table)
    console.print(
        f'{report["untouched"]:.2%} of {report["cycles"]} cycles pass untouched', highlight=False
    )


if __name__ == '__main__':
    sys.exit(main())
