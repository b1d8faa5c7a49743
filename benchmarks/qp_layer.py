"""Time differentiable layers for the two-variable program on the same inputs, and check them.

    python -m benchmarks.qp_layer                 # a table, out/qp_layer.json, out/qp_layer.png
    python -m benchmarks.qp_layer --batches 1 32 --rows 11 --seconds 0.2

`exact` is this package; `qpth` is needed by its second backend; proxsuite's QPLayer and
cvxpylayers take part where they are installed. All run in float64 with one thread unless
--threads says otherwise.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor
from tqdm import tqdm

from benchmarks.qp_rivals import RIVALS, Layer
from vcp_cbf_safety.learning.specimens import daqp_answers, draw

WRONG = 1e-6
Clock = Callable[[], float]
# On a machine that others use too, the processor's time is the steadier measure of one thread.
CLOCKS: dict[str, Clock] = {'wall': time.perf_counter, 'cpu': time.process_time}

_FEWEST_REPEATS = 3
_BURST, _BURST_S = 5, 0.05
_LARGEST_BATCH = {'cvxpylayers': 128}  # beyond that a batch takes it seconds


def calls_of(layer: Layer, inputs: list[Tensor]) -> dict[str, Callable[[], Tensor]]:
    """Forward alone, and forward with backward, which leaves gradients in its leaves."""
    leaves = [x.clone().requires_grad_() for x in inputs]

    def both() -> Tensor:
        for leaf in leaves:
            leaf.grad = None
        u = layer(*leaves)
        u.sum().backward()
        gradients = [leaf.grad for leaf in leaves if leaf.grad is not None]
        return torch.cat([u.detach().flatten(), *(g.flatten() for g in gradients)])

    return {'forward': lambda: layer(*inputs).detach(), 'both': both}


def race(calls: dict[Any, Callable[[], Tensor]], seconds: float, clock: Clock) -> dict[Any, list]:
    """Times [s] of each call, taken in turns of short bursts, so that all see the same machine."""
    times: dict[Any, list[float]] = {key: [] for key in calls}
    for call in calls.values():
        call()
    start = time.perf_counter()
    while min(
        map(len, times.values())
    ) < _FEWEST_REPEATS or time.perf_counter() - start < seconds * len(calls):
        for key, call in calls.items():
            burst: list[float] = []
            while sum(burst) < _BURST_S and len(burst) < _BURST:
                begin = clock()
                call()
                burst.append(clock() - begin)
            times[key] += burst
    return times


def row_of(layer: Layer, inputs: list[Tensor], answers: np.ndarray, times: dict) -> dict[str, Any]:
    """Times [ms], errors against DAQP, and whether all numbers are numbers."""
    calls = calls_of(layer, inputs)
    error = np.abs(calls['forward']().numpy() - answers).max(1)
    row: dict[str, Any] = {'repeats': len(times['both'])}
    for name in ('forward', 'both'):
        milliseconds = 1e3 * np.array(times[name])
        row[f'{name}_median_ms'] = float(np.median(milliseconds))
        row[f'{name}_p99_ms'] = float(np.percentile(milliseconds, 99))
    row['largest_error'] = float(error[np.isfinite(error)].max(initial=0.0))
    row['share_wrong'] = float(np.mean(~(error <= WRONG)))
    row['nan'] = int((~calls['both']().isfinite()).sum())
    return row


def run(options: argparse.Namespace, layers: dict[str, Layer]) -> list[dict]:
    """All rows of the table, the layers side by side for each shape."""
    clock = CLOCKS[options.clock]
    rows = []
    for m, batch in tqdm([(m, batch) for m in options.rows for batch in options.batches]):
        specimens = draw(options.kind, batch, m, np.random.default_rng(options.seed))
        answers = daqp_answers(specimens)
        inputs = [torch.from_numpy(field) for field in specimens]
        racing = {n: f for n, f in layers.items() if batch <= _LARGEST_BATCH.get(n, batch)}
        calls = {
            (name, kind): call
            for name, layer in racing.items()
            for kind, call in calls_of(layer, inputs).items()
        }
        times = race(calls, options.seconds, clock)
        for name, layer in racing.items():
            mine = {kind: times[name, kind] for kind in ('forward', 'both')}
            row = row_of(layer, inputs, answers, mine)
            times_exact = float(np.median(mine['both']) / np.median(times['exact', 'both']))
            head = {'layer': name, 'm': m, 'batch': batch, 'times_exact': times_exact}
            rows.append({**head, **row})
    return rows


def show(rows: list[dict], title: str) -> None:
    """Print the table."""
    table = Table(title=title)
    for name in ('m', 'batch', 'layer', 'forward [ms]', 'p99', 'forward + backward [ms]', 'p99',
                 'x exact', 'largest error', 'wrong', 'NaN', 'n'):  # fmt: skip
        table.add_column(name, justify='right')
    for row in rows:
        table.add_row(
            str(row['m']),
            str(row['batch']),
            row['layer'],
            *(f'{row[f"{n}_{s}_ms"]:.3f}' for n in ('forward', 'both') for s in ('median', 'p99')),
            f'{row["times_exact"]:.1f}',
            f'{row["largest_error"]:.1e}',
            f'{row["share_wrong"]:.2%}',
            str(row['nan']),
            str(row['repeats']),
            end_section=row is rows[-1] or row['layer'] == rows[-1]['layer'],
        )
    Console(width=130).print(table)


def plot(rows: list[dict], path: Path) -> None:
    """Time of forward and backward against batch size, one panel for each number of rows."""
    import matplotlib as mpl

    mpl.use('Agg')
    import matplotlib.pyplot as plt

    counts = sorted({row['m'] for row in rows})
    figure, panels = plt.subplots(
        1, len(counts), sharey=True, squeeze=False, figsize=(4.2 * len(counts), 3.8)
    )
    for panel, m in zip(panels[0], counts, strict=True):
        for name in dict.fromkeys(row['layer'] for row in rows):
            mine = [row for row in rows if row['m'] == m and row['layer'] == name]
            x, y = [row['batch'] for row in mine], [row['both_median_ms'] for row in mine]
            panel.loglog(x, y, marker='o', label=name)
        panel.set(title=f'{m} rows', xlabel='batch')
        panel.grid(which='both', alpha=0.25)
    panels[0][0].set_ylabel('forward + backward, median [ms]')
    panels[0][0].legend()
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark as the command line says; 1 if `exact` is wrong anywhere."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--batches', type=int, nargs='+', default=[1, 8, 32, 128, 1024, 4096])
    parser.add_argument('--rows', type=int, nargs='+', default=[11, 20, 40])
    parser.add_argument('--layers', nargs='+', choices=RIVALS, default=list(RIVALS))
    parser.add_argument('--kind', default='ordinary', help='kind of program, see specimens.KINDS')
    parser.add_argument('--seconds', type=float, default=0.5, help='time for each measurement [s]')
    parser.add_argument('--clock', choices=CLOCKS, default='wall')
    parser.add_argument('--threads', type=int, default=1)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--out', type=Path, default=Path('out'))
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    layers: dict[str, Layer] = {}
    for name in dict.fromkeys(['exact', *options.layers]):
        try:
            layers[name] = RIVALS[name]()
        except ImportError as error:
            print(f'{name} is left out: {error}', file=sys.stderr)
    rows = run(options, layers)
    title = f'torch {torch.__version__}, {torch.get_num_threads()} thread(s), {options.kind}'
    title += f', {options.clock} time'
    show(rows, title)
    options.out.mkdir(parents=True, exist_ok=True)
    report = {'title': title, 'unit': 'ms', 'seed': options.seed, 'rows': rows}
    (options.out / 'qp_layer.json').write_text(json.dumps(report, indent=2) + '\n')
    plot(rows, options.out / 'qp_layer.png')
    mine = [row for row in rows if row['layer'] == 'exact']
    return int(any(row['share_wrong'] or row['nan'] for row in mine))


if __name__ == '__main__':
    sys.exit(main())
