"""`python -m vcp_cbf_safety.studies.demo.real`: recorded robots through the real nodes, open loop.

The recorded robots do not obey the filters: each command is judged where its robot really was.
RATE plays the recording faster: messages come RATE times as often per second of the wall clock,
while poses, velocities and commands stay as recorded and the control period stays what it is, so
every cycle decides as it would at rate 1 and only samples the recording RATE times more coarsely.
The timeouts are divided by RATE, so that they stay what they are in seconds of the recording, and
get a fixed allowance for the machine on top.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vcp_cbf_safety.hazards.hazards import Circle
from vcp_cbf_safety.sim.mrclam import Dataset, cut, read_dataset
from vcp_cbf_safety.studies.arguments import positive
from vcp_cbf_safety.studies.console import progress_bar, run_command, show, write_json
from vcp_cbf_safety.studies.demo.heard import Heard
from vcp_cbf_safety.studies.demo.replay_report import RobotReport, Surfaces, robot_report
from vcp_cbf_safety.studies.interruption import Interruption

if TYPE_CHECKING:
    from vcp_cbf_safety.ros.node_spec import NodeSpec, ParameterValue

# An iRobot Create is 0.34 m wide.
BODY_RADIUS = 0.17

# The landmarks are tubes; their radius is not part of the data. Chosen not too small.
LANDMARK_RADIUS = 0.1

# Surface distance beyond which nothing can shape a command here: the nominal commands (0.086 m/s,
# 0.57 rad/s) move the control point by at most 0.15 m/s, another robot approaches at 0.1 m/s, the
# steering gain is 1 1/s, and the control point lies 0.1 m ahead; doubled.
REACH = 0.7

# Longest gaps that are bridged [s of the recording]; the logs have gaps of up to one second.
_ODOM_TIMEOUT = 1.0
_CMD_TIMEOUT = 1.5

# Longest wait for the last answers and diagnostics [s].
_LAST_ANSWERS_TIMEOUT = 20.0

# What a busy machine may delay a message [s of the wall clock].
_MACHINE_ALLOWANCE = 0.3


def filter_parameters(name: str, peers: Sequence[str], rate: float) -> dict[str, 'ParameterValue']:
    """Parameters of the filter of one recorded Create.

    The acceleration window is open, because the recorded commands are steps that the Creates'
    own controller ramps, and deadlocks are not resolved, because nobody obeys. Nor do the robots
    brake in gaps of their odometry, and their poses move `rate` times as fast as their twists say.
    """
    return {
        'world_frame': 'map',
        'body_radius': BODY_RADIUS,
        'vcp_offset': 0.1,
        'min_speed': -0.5,
        'max_speed': 0.5,
        'max_yaw_rate': 4.25,
        'max_acceleration': 50.0,
        'max_yaw_acceleration': 200.0,
        'actuation_delay': 0.1,
        'resolve_deadlock': False,
        'check_odom_twist': False,
        'stop_on_odom_reset': False,
        'peers': [peer for peer in peers if peer != name],
        'peer_radius': BODY_RADIUS,
        'peer_responsibility': 1.0,
        'odom_timeout': _ODOM_TIMEOUT / rate + _MACHINE_ALLOWANCE,
        'peer_timeout': _ODOM_TIMEOUT / rate + _MACHINE_ALLOWANCE,
        'cmd_timeout': _CMD_TIMEOUT / rate + _MACHINE_ALLOWANCE,
    }


def main(args: Sequence[str] | None = None) -> int:
    """Play a dataset; exit code 1 when a command out of reach of everything was changed."""
    parser = argparse.ArgumentParser(
        prog='python -m vcp_cbf_safety.studies.demo.real',
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('dataset', type=Path, help='folder of a MRCLAM dataset')
    parser.add_argument('--rate', type=positive, default=4.0, help='how much faster (4)')
    parser.add_argument(
        '--seconds',
        type=positive,
        default=60.0,
        help='how much of the recording, around the nearest approach of two robots [s] (60)',
    )
    parser.add_argument('--out', type=Path, default=Path('out'), help='folder for results (out)')
    options = parser.parse_args(args)
    return run_command(lambda interruption: _run(options, interruption))


def _run(options: argparse.Namespace, interruption: Interruption) -> int:
    from vcp_cbf_safety.studies.demo.replay_figure import draw_replay

    dataset = around_nearest_approach(read_dataset(options.dataset), options.seconds)
    begin, end = dataset.common_span
    seconds = end - begin
    heard, slipped = _play(
        dataset, seconds, options.rate, options.out / 'log' / 'real', interruption
    )
    surfaces = Surfaces(dataset, BODY_RADIUS, LANDMARK_RADIUS, seconds)
    reports = {name: robot_report(each, surfaces, name, REACH) for name, each in heard.items()}
    robots = {name: report.figures() for name, report in reports.items()}
    far = sum(report.out_of_reach for report in reports.values())
    identical = sum(report.out_of_reach_identical for report in reports.values())
    write_json(
        options.out / 'demo-real.json',
        {
            'rate': options.rate,
            'seconds': round(seconds, 2),
            'begin_stamp': round(begin, 3),
            'open_loop': True,
            'body_radius_m': BODY_RADIUS,
            'landmark_radius_m': LANDMARK_RADIUS,
            'reach_m': REACH,
            'slipped_s': round(slipped, 2),
            'without_input_cycles': sum(each.without_input for each in reports.values()),
            'out_of_reach_cycles': far,
            'out_of_reach_bit_identical': identical,
            'robots': robots,
        },
    )
    _show(reports)
    picture = options.out / 'demo-real.png'
    draw_replay(dataset, reports, surfaces, (BODY_RADIUS, LANDMARK_RADIUS), picture)
    if slipped > 0.1 * seconds / options.rate:
        print(
            f'this machine is too slow for rate {options.rate:g}: playing took {slipped:.1f} s '
            'longer'
        )
    print(
        f'{identical} of {far} commands with nothing within {REACH:g} m came out bit-identical; '
        f'{picture} shows the rest'
    )
    return 0 if identical == far else 1


def around_nearest_approach(dataset: Dataset, seconds: float) -> Dataset:
    """The `seconds` of a recording in whose middle two robots come nearest to each other."""
    first, last = dataset.common_span
    if seconds >= last - first:
        return dataset
    surfaces = Surfaces(
        replace(dataset, landmarks=np.zeros((0, 2))), BODY_RADIUS, 0.0, last - first
    )
    approaches = [surfaces.nearest(robot.name) for robot in dataset.robots]
    nearest = min(approaches, key=lambda each: each.distance)
    begin = min(max(first, first + nearest.time - 0.5 * seconds), last - seconds)
    return cut(dataset, begin, begin + seconds)


def _play(
    dataset: Dataset, seconds: float, rate: float, log_dir: Path, interruption: Interruption
) -> tuple[Mapping[str, Heard], float]:
    """Start the filters, play, and return what was heard and how much the player slipped [s]."""
    from vcp_cbf_safety.studies.demo.fleet import CONNECTION_TIMEOUT, FleetError, fleet, spin_until
    from vcp_cbf_safety.studies.demo.replay import Player

    landmarks = [
        Circle(x, y, LANDMARK_RADIUS, name=f'landmark {index}')
        for index, (x, y) in enumerate(dataset.landmarks.tolist())
    ]
    with (
        progress_bar('recording', seconds) as update,
        fleet(
            _nodes(dataset, rate),
            lambda context: Player(dataset, landmarks, rate, context),
            log_dir,
            interruption,
        ) as (player, executor),
    ):
        if not spin_until(executor, player.warm_up(), CONNECTION_TIMEOUT, interruption):
            raise FleetError('not everybody is connected: ' + '; '.join(player.missing()))
        player.play(seconds, executor, lambda now: update(now, f'x{rate:g}'), interruption)
        wanted = player.diagnoses + len(dataset.robots)

        def complete() -> bool:
            return player.diagnoses >= wanted and player.newest_answers >= player.ended

        spin_until(executor, complete, _LAST_ANSWERS_TIMEOUT, interruption)
        heard = {name: each.until(player.ended) for name, each in player.heard.items()}
        return heard, player.slipped


def _nodes(dataset: Dataset, rate: float) -> list['NodeSpec']:
    from vcp_cbf_safety.ros.node_spec import NodeSpec
    from vcp_cbf_safety.studies.demo.scenario import FILTER

    names = [robot.name for robot in dataset.robots]
    return [
        NodeSpec(
            executable=FILTER,
            name=FILTER,
            namespace=name,
            parameters={
                key: value
                for key, value in filter_parameters(name, names, rate).items()
                if value != []
            },
            remappings=(('obstacles', '/obstacles'),),
        )
        for name in names
    ]


def _show(reports: Mapping[str, RobotReport]) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table(title='Recorded commands through the filters (open loop; times in ms)')
    for column in ('robot', 'cycles', 'untouched', 'changes', 'nearest [m]', 'solve p50', 'p99',
                   'tick p99'):  # fmt: skip
        table.add_column(escape(column), justify='left' if column == 'robot' else 'right')
    for name, report in reports.items():
        figures = report.figures()
        table.add_row(
            name,
            str(figures['cycles']),
            f'{report.untouched_share:.1%}',
            str(len(report.changes)),
            f'{report.nearest.distance:.3f}',
            *(f'{figures[key] or 0.0:.3f}' for key in ('solve_p50_ms', 'solve_p99_ms')),
            f'{figures["tick_p99_ms"] or 0.0:.2f}',
        )
    show(table)
    for name, report in reports.items():
        near = report.nearest
        print(f'{name}: nearest {near.distance:.3f} m to {near.what} at {near.time:.1f} s')
        for each in report.changes:
            if not each.without_input:
                print(
                    f'  {each.begin:.1f}-{each.end:.1f} s: {each.cycles} cycles changed by up to '
                    f'{each.speed:.3f} m/s and {each.yaw_rate:.2f} rad/s because of {each.why}'
                )
        if report.without_input:
            print(f'  {report.without_input} cycles without fresh input: stopped')


if __name__ == '__main__':
    sys.exit(main())
