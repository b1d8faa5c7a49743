"""`python -m vcp_cbf_safety.studies.faults`: faults of real nodes, and a verdict each."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from vcp_cbf_safety.studies.console import run_command, write_json
from vcp_cbf_safety.studies.interruption import Interruption


def main(args: Sequence[str] | None = None) -> int:
    """Run the campaign; exit code 1 when a verdict is bad."""
    parser = argparse.ArgumentParser(
        prog='python -m vcp_cbf_safety.studies.faults', description=__doc__
    )
    parser.add_argument(
        '--only', nargs='+', metavar='NAME', default=[], help='faults to inject (all of them)'
    )
    parser.add_argument(
        '--out', type=Path, default=Path('out/faults'), help='folder of the results (out/faults)'
    )
    parser.add_argument('--list', action='store_true', help='list the faults and end')
    options = parser.parse_args(args)
    return run_command(lambda interruption: _run(options, interruption))


def _run(options: argparse.Namespace, interruption: Interruption) -> int:
    from rich.console import Console

    from vcp_cbf_safety.studies.faults.campaign import picture_of, run_campaign
    from vcp_cbf_safety.studies.faults.catalogue import FAULTS
    from vcp_cbf_safety.studies.faults.page import write_faults
    from vcp_cbf_safety.studies.faults.report import as_json, markdown, table

    if options.list:
        for name, fault in FAULTS.items():
            print(f'{name:24} {fault.title}')
        return 0
    unknown = [name for name in options.only if name not in FAULTS]
    if unknown:
        print(
            f'--only {" ".join(unknown)}: there is no such fault; there are {", ".join(FAULTS)}',
            file=sys.stderr,
        )
        return 2
    verdicts = run_campaign(options.only or list(FAULTS), options.out, interruption)
    results = as_json(verdicts)
    write_json(options.out / 'faults.json', results)
    (options.out / 'faults.md').write_text(markdown(verdicts), encoding='utf-8')
    bad = {
        name: picture_of(name, options.out)
        for name, each in verdicts.items()
        if not each.good and picture_of(name, options.out).exists()
    }
    write_faults(options.out / 'faults.html', verdicts, bad)
    Console(width=None if sys.stdout.isatty() else 150).print(table(verdicts))
    print(
        f'{options.out / "faults.html"} is the report, {options.out / "faults.json"} has the '
        f'figures, {options.out / "log"} the logs'
    )
    return 0 if results['good'] else 1


if __name__ == '__main__':
    sys.exit(main())
