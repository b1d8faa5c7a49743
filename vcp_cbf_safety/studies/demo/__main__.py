"""`python -m vcp_cbf_safety.studies.demo`: blind robots, without filters, then with."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from vcp_cbf_safety.studies.arguments import positive
from vcp_cbf_safety.studies.console import run_command
from vcp_cbf_safety.studies.interruption import Interruption


def main(args: Sequence[str] | None = None) -> int:
    """Run the demo; exit code 1 when a filtered robot collided."""
    parser = argparse.ArgumentParser(
        prog='python -m vcp_cbf_safety.studies.demo', description=__doc__
    )
    parser.add_argument(
        '--duration', type=positive, help="longest time of each run [s] (the scene's)"
    )
    parser.add_argument(
        '--out', type=Path, default=Path('out'), help='folder of the results (out)'
    )
    parser.add_argument(
        '--scene', default='told',
        help='name of a scene that comes with the package, or a file of your own (told)',
    )  # fmt: skip
    parser.add_argument(
        '--robots', type=int, help='how many, in scenes with a formation such as swap'
    )
    parser.add_argument(
        '--scenario', type=Path, help='parameter file of the nodes, instead of a scene'
    )
    options = parser.parse_args(args)
    return run_command(lambda interruption: _run(options, interruption))


def _run(options: argparse.Namespace, interruption: Interruption) -> int:
    from vcp_cbf_safety.studies.demo.comparison import compare
    from vcp_cbf_safety.studies.demo.scenario import read_scenario
    from vcp_cbf_safety.studies.demo.scene import read_scene, scene_path
    from vcp_cbf_safety.studies.demo.scene_parameters import scenario_of

    if options.scenario:
        scenario, title, duration = read_scenario(options.scenario), options.scenario.stem, 30.0
    else:
        scene = read_scene(scene_path(options.scene), options.robots)
        scenario = scenario_of(scene, options.out / f'scene-{scene.name}.yaml')
        title, duration = scene.title, scene.duration
    return compare(
        scenario,
        name='demo',
        title=title,
        duration=options.duration or duration,
        out=options.out,
        interruption=interruption,
    )


if __name__ == '__main__':
    sys.exit(main())
