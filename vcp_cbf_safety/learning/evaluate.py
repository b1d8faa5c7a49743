"""`python -m vcp_cbf_safety.learning.evaluate`: a trained BarrierNet against fixed gains."""

import argparse
import dataclasses
import math
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch

from vcp_cbf_safety.errors import ConfigurationError
from vcp_cbf_safety.learning.contestants import LEARNED, NOMINAL, field
from vcp_cbf_safety.learning.evaluation import Contestant, Episodes, Figures, figures, play
from vcp_cbf_safety.learning.evaluation_figure import draw
from vcp_cbf_safety.learning.training_files import training_environment
from vcp_cbf_safety.learning.worlds import TASKS, EnvironmentConfig
from vcp_cbf_safety.studies.arguments import add_workers, count
from vcp_cbf_safety.studies.console import write_json
from vcp_cbf_safety.studies.extras import MissingPackageError
from vcp_cbf_safety.studies.workers import WorkersError, results

# Everything that is not said here is as the model was trained.
DIFFICULTIES: dict[str, dict[str, Any]] = {
    'easy': {'circles': (4, 8), 'peers': (0, 2), 'peer_speed': (0.1, 0.3), 'yielding': 0.5},
    'hard': {'circles': (12, 16), 'peers': (3, 6), 'peer_speed': (0.1, 0.3), 'yielding': 0.0},
}
_TRACED = 4


def worlds(
    trained: EnvironmentConfig, difficulty: str, episodes: int, task: str | None = None
) -> EnvironmentConfig:
    """Worlds of one difficulty, and of another task than that of the training if one is named."""
    return dataclasses.replace(
        trained, task=task or trained.task, robots=episodes, **DIFFICULTIES[difficulty]
    )


def run(
    contestants: Sequence[Contestant],
    config: EnvironmentConfig,
    seed: int,
    processes: int,
    scheduler: str | None = None,
) -> Iterator[tuple[Contestant, Episodes]]:
    """Let everybody drive in the same worlds, several at a time; results in their order."""
    job = partial(_play, config=config, seed=seed)
    yield from zip(contestants, results(job, contestants, processes, scheduler), strict=True)


def _play(contestant: Contestant, config: EnvironmentConfig, seed: int) -> Episodes:
    torch.set_num_threads(1)  # the processes share the cores
    return play(contestant, config, seed, traced=_TRACED)


def best_fixed(rows: Sequence[Figures]) -> Figures:
    """The fixed gain with the fewest failures, and among those the fastest."""
    return min(
        (row for row in rows if row.name.startswith('fixed gain')),
        key=lambda row: (row.failures, math.inf if math.isnan(row.seconds) else row.seconds),
    )


def _to_draw(rows: Sequence[Figures]) -> list[str]:
    """Names of the contestants that a picture shows: without filter, best fixed, learned."""
    names = [row.name for row in rows]
    fixed = [best_fixed(rows).name] if any(n.startswith('fixed gain') for n in names) else []
    return [n for n in (NOMINAL, *fixed, LEARNED) if n in names] or names[:1]


def _as_json(row: Figures) -> dict[str, Any]:
    """A row for a JSON file, which knows no nan and no infinity."""
    plain = dataclasses.asdict(row)
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in plain.items()
    }


def _table(rows: Sequence[Figures], title: str) -> Any:
    from rich.table import Table

    table = Table(title=title)
    for name in ('', 'arrived', 'failures', 'timeouts', 'touched', 'hit by a peer', 'time [s]'):
        table.add_column(name, justify='right' if name else 'left')
    for name in ('closest, still [m]', 'closest, peer [m]', 'changed', 'relaxed', 'replaced'):
        table.add_column(name, justify='right')
    for row in rows:
        table.add_row(
            row.name,
            f'{row.success:.1%}',
            str(row.failures),
            str(row.timeouts),
            str(row.touched),
            str(row.hit),
            '-' if math.isnan(row.seconds) else f'{row.seconds:.2f}',
            f'{row.worst_still:.3f}',
            f'{row.worst_peer:.3f}',
            f'{row.changed:.0%}',
            f'{row.relaxed:.2%}',
            str(row.replaced),
        )
    return table


def _arguments(args: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog='python -m vcp_cbf_safety.learning.evaluate', description=__doc__
    )
    parser.add_argument('--model', type=Path, required=True, help='the .safetensors file')
    parser.add_argument('--task', choices=TASKS, help='instead of the one it was trained for')
    parser.add_argument('--difficulty', choices=DIFFICULTIES, default='hard')
    parser.add_argument('--episodes', type=count, default=1000, help='for each contestant (1000)')
    parser.add_argument('--seed', type=int, default=1000000, help='of the worlds')
    add_workers(parser)
    parser.add_argument('--only', nargs='+', default=[], help='contestants whose names have this')
    parser.add_argument('--out', type=Path, default=Path('out/evaluation'))
    return parser.parse_args(args)


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line."""
    from rich.console import Console
    from tqdm import tqdm

    options = _arguments(args)
    try:
        contestants = field(options.model)
        trained = training_environment(options.model)
        config = worlds(trained, options.difficulty, options.episodes, options.task)
        for contestant in contestants:  # a gain that this robot cannot have is refused here
            contestant.filter_of(config.filter)
    except ConfigurationError as error:
        print(f'evaluate: {error}', file=sys.stderr)
        return 2
    names = [contestant.name for contestant in contestants]
    if options.only:
        contestants = [c for c in contestants if any(part in c.name for part in options.only)]
    if not contestants:
        print(f'evaluate: --only names none of {", ".join(names)}', file=sys.stderr)
        return 2
    rows: list[Figures] = []
    drawn: dict[str, Episodes] = {}
    jobs = run(contestants, config, options.seed, options.processes, options.scheduler)
    try:
        for contestant, episodes in tqdm(jobs, total=len(contestants), unit='contestant'):
            rows.append(figures(contestant.name, episodes))
            drawn[contestant.name] = episodes
    except (MissingPackageError, WorkersError) as error:
        print(f'evaluate: {error}', file=sys.stderr)
        return 2
    title = f'{config.task}, {options.difficulty}, {options.episodes} episodes'
    Console(width=None if sys.stdout.isatty() else 160).print(_table(rows, title))
    content = {
        'task': config.task,
        'difficulty': options.difficulty,
        'seed': options.seed,
        'model': options.model.name,
        'contestants': [_as_json(row) for row in rows],
    }
    name = f'{config.task}_{options.difficulty}'
    write_json(options.out / f'{name}.json', content)
    drawn = {row: drawn[row] for row in _to_draw(rows)}
    draw(config, options.seed, drawn, options.out / f'{name}.png')
    print(f'{options.out / name}.json has the figures, .png the first episodes')
    return 0


if __name__ == '__main__':
    sys.exit(main())
