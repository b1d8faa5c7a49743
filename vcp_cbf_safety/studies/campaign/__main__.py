"""`python -m vcp_cbf_safety.studies.campaign`: episodes, table, JSON, a picture per failure."""

import argparse
import json
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table
from tqdm import tqdm

from vcp_cbf_safety.errors import ConfigurationError
from vcp_cbf_safety.studies.arguments import add_workers, filter_parameters
from vcp_cbf_safety.studies.campaign.ablation import Feature
from vcp_cbf_safety.studies.campaign.attack_families import ATTACKS, attacked
from vcp_cbf_safety.studies.campaign.episode import EpisodeRecord
from vcp_cbf_safety.studies.campaign.page import write_campaign
from vcp_cbf_safety.studies.campaign.play import run_episode
from vcp_cbf_safety.studies.campaign.report import Tally, as_json, failed, tallies
from vcp_cbf_safety.studies.campaign.side_by_side import GRID, SIDE_BY_SIDE, side_by_side
from vcp_cbf_safety.studies.campaign.worlds import FAMILIES, OTHERS, draw_episode
from vcp_cbf_safety.studies.extras import MissingPackageError
from vcp_cbf_safety.studies.workers import WorkersError, results

# Of every episode this many step times are kept; the percentiles need no more.
_TIMES_KEPT = 50


def main(arguments: list[str] | None = None) -> int:
    """Run a campaign.

    Returns:
        0 when no filtered robot drove into anything, 1 when one did, 2 for bad arguments.
    """
    options = _parse(arguments)
    try:
        return _run(options, filter_parameters(options.set))
    except (ConfigurationError, MissingPackageError, WorkersError) as error:
        print(f'campaign: {error}', file=sys.stderr)
        return 2


def _run(options: argparse.Namespace, overrides: dict[str, float]) -> int:
    ablated = frozenset(Feature(name) for name in options.ablate)
    options.out.mkdir(parents=True, exist_ok=True)
    records, times = [], []
    pictures: list[Path] = []
    for index, record in _play(options, overrides, ablated):
        for result in record.robots:
            times += result.step_times[:: max(1, len(result.step_times) // _TIMES_KEPT)]
        why = failed(record)
        if why is not None and len(pictures) < options.pictures:
            pictures.append(_picture(record, options.out, index, why))
        for result in record.robots:  # a picture needs them, the table does not
            result.path, result.step_times = [], []
        records.append(record)
    table = tallies(records)
    summary = {
        'episodes': options.episodes,
        'seed': options.seed,
        'set': overrides,
        'ablated': sorted(p.value for p in ablated),
        **as_json(table, times),
    }
    path = options.out / 'campaign.json'
    path.write_text(json.dumps(summary, indent=1))
    rows = _rows(table)
    _print(rows, summary)
    page = options.out / 'campaign.html'
    write_campaign(page, summary, _COLUMNS, rows, pictures, table['all'].driven)
    print(f'{path}: all figures; {len(pictures)} pictures of failures beside it, and {page}')
    return 1 if table['all'].driven else 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog='python -m vcp_cbf_safety.studies.campaign',
        description='Closed-loop episodes of the filter against ground truth.',
    )
    parser.add_argument('--episodes', type=int, default=700, help='how many (default 700)')
    parser.add_argument('--seed', type=int, default=0, help='of everything random (default 0)')
    parser.add_argument(
        '--set', action='append', default=[], metavar='NAME=VALUE',
        help='filter parameter for all episodes, e.g. margin=0.03; may be repeated',
    )  # fmt: skip
    parser.add_argument(
        '--ablate', action='append', default=[], choices=[f.value for f in Feature],
        help='feature of the guarantee to take away; may be repeated',
    )  # fmt: skip
    parser.add_argument(
        '--families', nargs='+', default=list(FAMILIES),
        choices=[*FAMILIES, *OTHERS, *ATTACKS, SIDE_BY_SIDE],
        help=f'kinds of world (default {" ".join(FAMILIES)})',
    )  # fmt: skip
    parser.add_argument(
        '--know-goals', action='store_true', help='tell the filters where their robots are to go'
    )
    parser.add_argument('--pictures', type=int, default=20, help='at most so many (default 20)')
    add_workers(parser)
    parser.add_argument('--out', type=Path, default=Path('out/campaign'), help='folder to write')
    return parser.parse_args(arguments)


def _episode(
    index: int,
    seed: int,
    overrides: dict[str, float],
    families: tuple[str, ...],
    ablated: frozenset[Feature],
    know_goals: bool,
) -> tuple[int, EpisodeRecord]:
    family = families[index % len(families)]
    if family == SIDE_BY_SIDE:
        scene = GRID[index // len(families) % len(GRID)]
        record = run_episode(side_by_side(*scene, overrides), ablated)
    elif family in ATTACKS:
        record = attacked(family, seed, index, overrides, ablated)
    else:
        record = run_episode(draw_episode(seed, index, overrides, families), ablated, know_goals)
    record.episode = record.episode.without_drivers()
    return index, record


def _play(
    options: argparse.Namespace, overrides: dict[str, float], ablated: frozenset[Feature]
) -> Iterator[tuple[int, EpisodeRecord]]:
    play = partial(
        _episode,
        seed=options.seed,
        overrides=overrides,
        families=tuple(options.families),
        ablated=ablated,
        know_goals=options.know_goals,
    )
    played = results(play, range(options.episodes), options.processes, options.scheduler)
    yield from tqdm(played, total=options.episodes, unit='episode')


def _picture(record: EpisodeRecord, folder: Path, index: int, why: str) -> Path:
    from vcp_cbf_safety.studies.campaign.figure import draw  # matplotlib is slow to import

    name = f'{record.episode.family}-{index}-{why}.png'
    draw(record, folder / name, f'{record.episode.family}, episode {index}: {why}')
    return folder / name


_COLUMNS = (
    'family', 'robots', 'tries', 'driven', 'suffered', 'worst over\nmargin [cm]', 'in margin',
    'arrived', 'time [s]', 'changed', 'relaxed', 'braking', 'deadlocks',
    'change per\ncycle [mm/s]', 'turns back in\n100 cycles',
)  # fmt: skip


def _rows(table: dict[str, Tally]) -> list[tuple[str, ...]]:
    """The cells of the table, the sum of all of it first."""
    return [
        (
            key,
            str(tally.robots),
            str(tally.tries),
            str(tally.driven),
            str(tally.suffered),
            f'{100.0 * tally.worst_over_margin_m:.1f}',
            str(tally.margin_violations),
            f'{tally.arrived} of {tally.goals}',
            f'{tally.time_s / tally.arrived:.1f}' if tally.arrived else '',
            f'{tally.interventions:.0%}',
            str(tally.outcomes['relaxed']),
            str(tally.outcomes['braking'] + tally.outcomes['stopped']),
            str(tally.deadlocks),
            *_smoothness(tally),
        )
        for key, tally in table.items()
        if '/' not in key or key == 'clutter/goal'
    ]


def _print(rows: list[tuple[str, ...]], summary: dict[str, object]) -> None:
    view = Table(*_COLUMNS, title='Ground truth of filtered robots')
    for row in rows:
        view.add_row(*row, end_section=row[0] == 'all')
    Console(width=None if sys.stdout.isatty() else 160).print(view)
    print(f'step [us]: {summary["step_us"]}')


def _smoothness(tally: Tally) -> tuple[str, str]:
    """Mean change of the speed and sign changes of the yaw rate, near hazards."""
    if not tally.smoothness.cycles:
        return '', ''
    means = tally.smoothness.per_cycle()
    return (
        f'{1e3 * means["mean_speed_change_m_s"]:.1f}',
        f'{means["yaw_rate_reversals_per_100_cycles"]:.1f}',
    )


if __name__ == '__main__':
    sys.exit(main())
