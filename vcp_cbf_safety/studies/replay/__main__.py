"""`python -m vcp_cbf_safety.studies.replay BAG`: what the filter would have done in a bag."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from vcp_cbf_safety.errors import VcpCbfError
from vcp_cbf_safety.studies.extras import require


def main(args: Sequence[str] | None = None) -> int:
    """Replay a bag; 0, or 2 when it cannot be used."""
    parser = argparse.ArgumentParser(
        prog='python -m vcp_cbf_safety.studies.replay', description=__doc__
    )
    parser.add_argument('bag', type=Path, help='folder, .mcap or .db3')
    parser.add_argument('--odom', default='', help='topic of the odometry (by type)')
    parser.add_argument('--nominal', default='', help='topic of the nominal command (by type)')
    parser.add_argument(
        '--obstacles', action='append', default=[],
        help='topic of obstacle markers (those that are called obstacles)',
    )  # fmt: skip
    parser.add_argument('--scan', action='append', default=[], help='topic of a scanner (all)')
    parser.add_argument(
        '--set', action='append', default=[], metavar='NAME=VALUE',
        help="parameter of the filter's node, e.g. body_radius=0.22; may be repeated",
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
        from vcp_cbf_safety.studies.replay.report import replay
        from vcp_cbf_safety.studies.replay.topics import Asked

        asked = Asked(options.odom, options.nominal, options.scan, options.obstacles)
        replay(options.bag, options.out, asked, options.set, options.sweep)
        print(f'{options.out / "replay.html"} is the report, with figures in replay.json, and')
        print('replay.mcap has what the filter would have said, to open beside the recording')
    except VcpCbfError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == '__main__':
    sys.exit(main())
