"""`python -m vcp_cbf_safety.studies.demo`: blind robots, without filters, then with."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from vcp_cbf_safety.resources import share_directory
from vcp_cbf_safety.studies.arguments import positive
from vcp_cbf_safety.studies.console import run_command
from vcp_cbf_safety.studies.interruption import Interruption

_THREE = 'Three robots, eight obstacles'
# File and title of each scene.
_SCENES = {
    'told': ('demo.yaml', _THREE),
    'scan': ('demo_scan.yaml', _THREE),
    'door': ('demo_door.yaml', 'A robot of 0.9 x 0.5 m, a door of 0.7 m'),
}


def main(args: Sequence[str] | None = None) -> int:
    """Run the demo; exit code 1 when a filtered robot collided."""
    parser = argparse.ArgumentParser(
        prog='python -m vcp_cbf_safety.studies.demo', description=__doc__
    )
    parser.add_argument(
        '--duration', type=positive, default=30.0, help='longest time of each run [s] (30)'
    )
    parser.add_argument(
        '--out', type=Path, default=Path('out'), help='folder of the results (out)'
    )
    parser.add_argument(
        '--scene', choices=sorted(_SCENES), default='told',
        help='three robots whose filters are told what is around them (told) or see it with a '
        'laser (scan), or a long robot at a door (door)',
    )  # fmt: skip
    parser.add_argument(
        '--scenario', type=Path, help='parameter file of the nodes, instead of that of a scene'
    )
    options = parser.parse_args(args)
    return run_command(lambda interruption: _run(options, interruption))


def _run(options: argparse.Namespace, interruption: Interruption) -> int:
    from vcp_cbf_safety.studies.demo.comparison import compare
    from vcp_cbf_safety.studies.demo.scenario import read_scenario

    file, title = _SCENES[options.scene]
    return compare(
        read_scenario(options.scenario or share_directory() / 'config' / file),
        name='demo',
        title=title,
        duration=options.duration,
        out=options.out,
        interruption=interruption,
    )


if __name__ == '__main__':
    sys.exit(main())
