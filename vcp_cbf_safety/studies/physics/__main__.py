"""`python -m vcp_cbf_safety.studies.physics`: episodes in MuJoCo, table, JSON, pictures, GIF."""

import argparse
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from rich.console import Console
from tqdm import tqdm

from vcp_cbf_safety.errors import VcpCbfError
from vcp_cbf_safety.sim.physics.engine import engine
from vcp_cbf_safety.sim.physics.model import model_names
from vcp_cbf_safety.studies.arguments import add_workers, filter_parameters
from vcp_cbf_safety.studies.campaign.report import failed
from vcp_cbf_safety.studies.console import write_json
from vcp_cbf_safety.studies.physics.families import FAMILIES, draw_physics, robots_of
from vcp_cbf_safety.studies.physics.play import PhysicsRecord, play_physics
from vcp_cbf_safety.studies.physics.report import figures_of, table_of
from vcp_cbf_safety.studies.workers import results

# Model, family and number of an episode.
Key = tuple[str, str, int]


def main(arguments: list[str] | None = None) -> int:
    """Play episodes.

    Returns:
        0 when no filtered robot was at fault in a contact, 1 when one was, 2 after an error.
    """
    options = _parse(arguments)
    try:
        engine()
        rows = _rows(options)
    except VcpCbfError as error:
        print(f'physics: {error}', file=sys.stderr)
        return 2
    path = options.out / 'physics.json'
    facts = {'seed': options.seed, 'measured': not options.unmeasured, 'set': options.set}
    write_json(path, {**facts, 'families': rows})
    Console(width=None if sys.stdout.isatty() else 160).print(table_of(rows))
    print(f'{path}: all figures, and every contact; pictures of failures beside it')
    return 1 if any(row['at_fault'] for row in rows) else 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog='python -m vcp_cbf_safety.studies.physics',
        description='Closed-loop episodes of the filter with wheels, motors, mass and contacts.',
    )
    parser.add_argument(
        '--model', nargs='+', default=list(model_names()), choices=model_names(),
        help=f'robots (default {" ".join(model_names())})',
    )  # fmt: skip
    parser.add_argument(
        '--family', nargs='+', default=list(FAMILIES), choices=list(FAMILIES),
        help=f'kinds of world (default {" ".join(FAMILIES)})',
    )  # fmt: skip
    parser.add_argument('--episodes', type=int, default=20, help='of each (default 20)')
    parser.add_argument('--seed', type=int, default=0, help='of everything random (default 0)')
    parser.add_argument(
        '--unmeasured', action='store_true',
        help='filters know their parameter file, and not what was measured in the engine',
    )  # fmt: skip
    parser.add_argument(
        '--set', action='append', default=[], metavar='NAME=VALUE',
        help='filter parameter for all episodes, e.g. margin=0.0; may be repeated',
    )  # fmt: skip
    parser.add_argument('--gif', action='store_true', help='the first episode of each as GIF')
    parser.add_argument('--pictures', type=int, default=20, help='at most so many (default 20)')
    add_workers(parser)
    parser.add_argument('--out', type=Path, default=Path('out/physics'), help='folder to write')
    return parser.parse_args(arguments)


def _rows(options: argparse.Namespace) -> list[dict[str, object]]:
    options.out.mkdir(parents=True, exist_ok=True)
    found: dict[tuple[str, str], list[PhysicsRecord]] = {}
    pictures = 0
    for (model, family, index), record in _play(options):
        why = failed(record.record)
        if why is not None and pictures < options.pictures:
            pictures += 1
            _picture(record, options.out / f'{model}-{family}-{index}-{why}.png', why)
        if options.gif and index == 0:
            _animation(record, options.out / f'{model}-{family}-{index}.gif')
        for robot in record.record.robots:  # a picture needs them, the table does not
            robot.path = []
        found.setdefault((model, family), []).append(record)
    return [figures_of(model, family, records) for (model, family), records in found.items()]


def _play(options: argparse.Namespace) -> Iterator[tuple[Key, PhysicsRecord]]:
    keys = [
        (model, family, index)
        for model in options.model
        for family in options.family
        for index in range(options.episodes)
    ]
    overrides = filter_parameters(options.set)
    play = partial(_episode, options.seed, not options.unmeasured, overrides)
    played = results(play, keys, options.processes, options.scheduler)
    yield from tqdm(played, total=len(keys), unit='episode')


def _episode(
    seed: int, measured: bool, overrides: dict[str, float], key: Key
) -> tuple[Key, PhysicsRecord]:
    model, family, index = key
    robots = robots_of(model, measured, overrides)
    record = play_physics(draw_physics(robots, family, seed, index), robots.physics)
    record.record.episode = record.record.episode.without_drivers()
    return key, record


def _picture(record: PhysicsRecord, path: Path, why: str) -> None:
    from vcp_cbf_safety.studies.campaign.figure import draw  # matplotlib is slow to import

    draw(record.record, path, f'{path.stem.removesuffix(f"-{why}")}: {why}')


def _animation(record: PhysicsRecord, path: Path) -> None:
    from vcp_cbf_safety.studies.physics.animation import animate

    animate(record, path)


if __name__ == '__main__':
    sys.exit(main())
