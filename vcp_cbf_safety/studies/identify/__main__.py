"""`python -m vcp_cbf_safety.studies.identify`: how a base answers, as parameters to paste."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vcp_cbf_safety.errors import VcpCbfError
from vcp_cbf_safety.studies.arguments import positive
from vcp_cbf_safety.studies.console import write_json
from vcp_cbf_safety.studies.extras import require

if TYPE_CHECKING:
    from vcp_cbf_safety.studies.identify.drive import Drive

# A fit that explains less than this is of something that does not follow its commands.
_POOR = 0.6


def main(args: Sequence[str] | None = None) -> int:
    """Identify a base; 0, or 2 when that is not possible, 128 plus the signal after a Ctrl-C."""
    options = _arguments().parse_args(args)
    try:
        require('matplotlib', 'rich', 'rosbags', 'scipy')
        if options.live == (options.recording is not None):
            raise VcpCbfError('give a recording, or --live to drive the robot')
        if options.live:
            return _live(options)
        return _recorded(options)
    except VcpCbfError as error:
        print(error, file=sys.stderr)
        return 2


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog='python -m vcp_cbf_safety.studies.identify', description=__doc__
    )
    parser.add_argument(
        'recording', type=Path, nargs='?', help='a bag (folder, .mcap, .db3) or a MRCLAM folder'
    )
    parser.add_argument('--odom', default='', help='topic of the odometry of a bag (by type)')
    parser.add_argument('--command', default='', help='topic of what the base was told (by type)')
    parser.add_argument('--out', type=Path, default=Path('out'), help='folder of results (out)')
    parser.add_argument('--live', action='store_true', help='drive the pattern; asks first')
    live = parser.add_argument_group('with --live')
    live.add_argument('--namespace', default='', help="of the robot's topics, such as robot1")
    live.add_argument('--speed', type=positive, default=0.2, help='full speed [m/s] (0.2)')
    live.add_argument('--reverse', type=float, help='full speed backwards [m/s] (as ahead), or 0')
    live.add_argument('--yaw-rate', type=positive, default=0.8, help='[rad/s] (0.8)')
    live.add_argument('--hold', type=positive, default=2.0, help='length of each step [s] (2)')
    return parser


def _recorded(options: argparse.Namespace) -> int:
    from vcp_cbf_safety.studies.identify.drive import read_drives

    notes: list[str] = []
    drives = read_drives(options.recording, options.odom, options.command, notes)
    for note in notes:
        print(f'# {note}')
    return report(drives, options.out)


def _live(options: argparse.Namespace) -> int:
    require('rclpy')
    from vcp_cbf_safety.studies.identify.live import drive_live
    from vcp_cbf_safety.studies.identify.pattern import drive_pattern, reach_of, seconds_of
    from vcp_cbf_safety.studies.interruption import listening

    reverse = options.speed if options.reverse is None else max(options.reverse, 0.0)
    steps = drive_pattern(options.speed, reverse, options.yaw_rate, options.hold)
    print(
        f'The robot drives for {seconds_of(steps):.0f} s, up to {options.speed:g} m/s and '
        f'{options.yaw_rate:g} rad/s. It needs {reach_of(steps):.1f} m of free floor ahead of and '
        'behind it, and room to turn.\nThe filter must be in shadow mode: it does NOT keep the '
        'robot off anything. Keep the hardware stop in hand.'
    )
    try:
        answer = input('Type yes to drive: ')
    except EOFError:
        answer = ''
    if answer.strip().lower() != 'yes':
        print('not driven')
        return 2
    with listening() as interruption:
        try:
            drive = drive_live(options.namespace, steps, reach_of(steps), interruption)
        except KeyboardInterrupt:
            print('interrupted; the robot has been told to stand', file=sys.stderr)
            return interruption.exit_code
    return report([drive], options.out)


def report(drives: 'Sequence[Drive]', out: Path) -> int:
    """Fit every drive, print the parameters, write picture and figures."""
    from rich.console import Console
    from rich.progress import track

    from vcp_cbf_safety.studies.identify.figure import draw_fit
    from vcp_cbf_safety.studies.identify.fit import fit_response
    from vcp_cbf_safety.studies.identify.parameters import estimates, yaml_of
    from vcp_cbf_safety.studies.identify.response_model import NAMES
    from vcp_cbf_safety.studies.identify.steadiness import command_rhythm, position_noise
    from vcp_cbf_safety.studies.identify.stops import stops_of

    results: dict[str, Any] = {}
    for drive in track(drives, description='fit', console=Console(stderr=True)):
        fit = fit_response(drive)
        stops = stops_of(drive, fit)
        found = estimates(drive, fit, stops, position_noise(drive), command_rhythm(drive))
        picture = out / f'identify-{drive.name}.png'
        draw_fit(picture, drive, fit, stops)
        print(yaml_of(drive.name, found))
        for sentence in _remarks(fit, len(stops)):
            print(f'# {sentence}')
        print(f'# {picture} shows the fit')
        results[drive.name] = {
            'fit': {
                name: {'value': float(v), 'low': float(a), 'high': float(b), 'seen': bool(s)}
                for name, v, a, b, s in zip(
                    NAMES, fit.values, fit.low, fit.high, fit.seen, strict=True
                )
            },
            'explained': fit.explained,
            'stops': [each._asdict() for each in stops],
            'parameters': {each.name: each.value for each in found},
        }
    write_json(out / 'identify.json', results)
    return 0


def _remarks(fit: Any, stops: int) -> list[str]:
    """What to know before the numbers are used."""
    from vcp_cbf_safety.studies.identify.response_model import GAIN, LAG, YAW_GAIN

    found = []
    for what, index in (('speed', GAIN), ('yaw rate', YAW_GAIN)):
        if fit.seen[index] and abs(fit.values[index] - 1.0) > 0.02:
            found.append(
                f'the base does {fit.values[index]:.3f} of the {what} that it is told '
                f'({fit.low[index]:.3f} to {fit.high[index]:.3f})'
            )
    for what, share in zip(('speed', 'yaw rate'), fit.explained, strict=True):
        if share < _POOR:
            found.append(
                f'the fit explains only {max(share, 0.0):.0%} of the {what}: these commands are '
                'not what the base followed, or it did not do it like this'
            )
    if fit.values[LAG] < 0.01:
        found.append(
            'no lag at all: the commands may be what the base reports, not what it was told'
        )
    if stops < 10:
        found.append(f'{stops} stops from near full speed; ten are better')
    return found


if __name__ == '__main__':
    sys.exit(main())
