"""`python -m vcp_cbf_safety.studies.demo.world`: a blind driver in a benchmark world."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from vcp_cbf_safety.sim.barn import GOAL, START, BarnWorld, read_world
from vcp_cbf_safety.studies.arguments import positive
from vcp_cbf_safety.studies.console import run_command
from vcp_cbf_safety.studies.interruption import Interruption

# The worlds were made for a robot 0.51 m long and 0.43 m wide that steers around obstacles; this
# one is smaller, so that a blind driver has a chance.
BODY_RADIUS = 0.15
SPEED = 0.5

_ROBOT = 'robot1'
_BASE = {'lag': 0.1, 'delay': 0.05, 'max_acceleration': 1.0, 'max_yaw_acceleration': 6.0}


def node_parameters(world: BarnWorld) -> dict[str, Any]:
    """Parameters of all nodes, as a ROS 2 parameter file has them."""
    simulator = {
        'world_frame': 'map',
        'robots': [_ROBOT],
        'poses': list(START),
        'obstacles': [
            float(number) for each in world.cylinders for number in (each.x, each.y, each.radius)
        ],
        'body_radius': BODY_RADIUS,
        **_BASE,
    }
    driver = {'world_frame': 'map', 'style': 'goal', 'goal': list(GOAL), 'speed': SPEED}
    safety_filter = {
        'world_frame': 'map',
        'body_radius': BODY_RADIUS,
        'vcp_offset': 0.1,
        'min_speed': -0.2,
        'max_speed': 0.6,
        'max_yaw_rate': 2.0,
    }
    return {
        '/arena_sim': {'ros__parameters': simulator},
        f'/{_ROBOT}/nominal_driver': {'ros__parameters': driver},
        f'/{_ROBOT}/safety_filter': {'ros__parameters': safety_filter},
    }


def main(args: Sequence[str] | None = None) -> int:
    """Run the demo; exit code 1 when the filtered robot collided."""
    parser = argparse.ArgumentParser(
        prog='python -m vcp_cbf_safety.studies.demo.world', description=__doc__
    )
    parser.add_argument('worlds', type=Path, help='JSON file of BARN worlds')
    parser.add_argument('--world', type=int, default=0, help='number of the world (0)')
    parser.add_argument(
        '--duration', type=positive, default=45.0, help='longest time of each run [s] (45)'
    )
    parser.add_argument('--out', type=Path, default=Path('out'), help='folder for results (out)')
    options = parser.parse_args(args)
    return run_command(lambda interruption: _run(options, interruption))


def _run(options: argparse.Namespace, interruption: Interruption) -> int:
    from vcp_cbf_safety.studies.demo.comparison import compare
    from vcp_cbf_safety.studies.demo.scenario import read_scenario

    world = read_world(options.worlds, options.world)
    parameters = options.out / f'world-{options.world}.yaml'
    parameters.parent.mkdir(parents=True, exist_ok=True)
    parameters.write_text(yaml.safe_dump(node_parameters(world)), encoding='utf-8')
    return compare(
        read_scenario(parameters),
        name=f'demo-world-{options.world}',
        title=f'Blind driver in world {options.world}',
        duration=options.duration,
        out=options.out,
        interruption=interruption,
        tall=True,
    )


if __name__ == '__main__':
    sys.exit(main())
