"""`python -m vcp_cbf_safety.studies.baselines`: the filter beside others in the same scenes."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vcp_cbf_safety.errors import VcpCbfError
from vcp_cbf_safety.studies.console import show, write_json
from vcp_cbf_safety.studies.extras import require

if TYPE_CHECKING:
    from vcp_cbf_safety.studies.demo.scene import DemoScene

_SCENES = (
    'swap', 'ellipse', 'crossing', 'corridor', 'oncoming', 'chase', 'delivery', 'people', 'told',
)  # fmt: skip
_FORMATIONS = ('swap', 'ellipse', 'crossing')


def main(args: Sequence[str] | None = None) -> int:
    """Play and print the table; 2 when that is not possible."""
    parser = argparse.ArgumentParser(
        prog='python -m vcp_cbf_safety.studies.baselines', description=__doc__
    )
    parser.add_argument('--scenes', nargs='+', default=_SCENES, metavar='SCENE', help='(all)')
    parser.add_argument(
        '--robots', nargs='+', type=int, default=[2, 6, 10, 20], metavar='N',
        help='how many, in scenes with a formation (2 6 10 20)',
    )  # fmt: skip
    parser.add_argument('--seed', type=int, default=0, help='of the noise (0)')
    parser.add_argument('--out', type=Path, default=Path('out'), help='folder of results (out)')
    options = parser.parse_args(args)
    try:
        require('matplotlib', 'rich')
        return _run(options)
    except VcpCbfError as error:
        print(error, file=sys.stderr)
        return 2


def _run(options: argparse.Namespace) -> int:
    from rich.console import Console
    from rich.progress import track

    from vcp_cbf_safety.studies.baselines.figure import draw_scene
    from vcp_cbf_safety.studies.baselines.play_scene import CENTRAL, RIVALS, fits, play_scene

    scenes = _scenes(options.scenes, options.robots)
    pairs = [(scene, rival) for scene in scenes for rival in RIVALS if fits(scene, rival)]
    if find_spec('rps') is None:
        pairs = [pair for pair in pairs if pair[1] != CENTRAL]
        print(f"{CENTRAL} takes no part: pip install 'vcp_cbf_safety[baselines]'")
    rows: list[dict[str, Any]] = []
    runs: dict[str, dict[str, Any]] = {}
    for scene, rival in track(pairs, description='scenes', console=Console(stderr=True)):
        result, record = play_scene(scene, rival, options.seed)
        rows.append({'scene': scene.name, 'rival': rival} | asdict(result))
        runs.setdefault(f'{scene.name}-{len(scene.robots)}', {})[rival] = record
    for name, records in runs.items():
        draw_scene(options.out / f'baselines-{name}.png', records)
    write_json(options.out / 'baselines.json', {'seed': options.seed, 'runs': rows})
    show(_table(rows))
    print(f'{options.out}/baselines-*.png show every run, baselines.json has the figures')
    return 0


def _scenes(names: Sequence[str], counts: Sequence[int]) -> 'list[DemoScene]':
    from vcp_cbf_safety.studies.baselines.play_scene import RIVALS, fits
    from vcp_cbf_safety.studies.demo.scene import SceneError, read_scene, scene_path

    found: list[DemoScene] = []
    for name in names:
        path = scene_path(name)
        numbers: Sequence[int | None] = counts if path.stem in _FORMATIONS else (None,)
        found += [read_scene(path, number) for number in numbers]
        if not any(fits(found[-1], rival) for rival in RIVALS):
            raise SceneError(
                f'{path.stem}: none of them can play it; it needs robots that are discs'
            )
    return found


def _table(rows: Sequence[dict[str, Any]]) -> Any:
    from rich.table import Table

    table = Table(title='The same scenes with others')
    for title in (
        'scene', 'N', 'with', 'at fault', 'suffered', 'arrived', 'time', 'stuck', 'interventions',
        'nearest', 'step',
    ):  # fmt: skip
        table.add_column(title, justify='left' if title in ('scene', 'with') else 'right')
    for row in rows:
        table.add_row(
            row['scene'], str(row['robots']), row['rival'], str(row['at_fault']),
            str(row['suffered']), f'{row["arrived"]} of {row["robots"]}',
            f'{row["time"]:.1f} s', str(row['stuck']), str(row['interventions']),
            f'{row["nearest"]:.3f} m', f'{row["step_ms"]:.2f} ms',
        )  # fmt: skip
    return table


if __name__ == '__main__':
    sys.exit(main())
