"""Time the layer: building the rows, solving them, and both with the derivative.

    python -m benchmarks.layer                 # a table, and out/layer.json
    python -m benchmarks.layer --batches 64 --clock cpu

Arena and discs, half of them moving, in float64 with one thread unless --threads says otherwise.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor
from tqdm import tqdm

from benchmarks.qp_layer import CLOCKS, race
from vcp_cbf_safety import FilterConfig
from vcp_cbf_safety.learning.crowd import crowd
from vcp_cbf_safety.learning.layer import DifferentiableVCPCBFQP, LayerStatus
from vcp_cbf_safety.learning.program import solve

CONFIG = FilterConfig(
    body_radius=0.15,
    vcp_offset=0.10,
    period=0.05,
    min_speed=-0.5,
    max_speed=1.0,
    max_yaw_rate=2.84,
)


def calls_of(batch: int, discs: int, relaxed: bool) -> dict[str, Callable[[], Tensor]]:
    """What is timed, on robots some of which are relaxed, or none."""
    layer = DifferentiableVCPCBFQP(CONFIG)
    u_nom, states, hazards = crowd(4 * batch + 100, discs, seed=1)
    if not relaxed:
        fine = (layer(u_nom, states, hazards).status <= LayerStatus.FILTERED).nonzero()[:, 0]
        u_nom, states, hazards = u_nom[fine], states[fine], hazards.members(fine)
    some = slice(batch)
    u_nom, states, hazards = u_nom[some], states[some], hazards.members(some)
    gain = torch.ones(batch, dtype=torch.float64)
    leaves = u_nom.clone().requires_grad_(), gain.clone().requires_grad_()
    rows = layer.build_constraint_matrices(states, hazards, u_nom, gain)
    weights = layer.weights

    def both() -> Tensor:
        leaves[0].grad = leaves[1].grad = None
        u = layer(leaves[0], states, hazards, leaves[1]).u_safe
        u.sum().backward()
        return u

    return {
        'rows': lambda: layer.build_constraint_matrices(states, hazards, u_nom, gain).h,
        'rows, with graph': lambda: (
            layer.build_constraint_matrices(states, hazards, leaves[0], leaves[1]).h
        ),
        'program': lambda: solve(rows.G, rows.h, u_nom, weights, rows.soft, hard=rows.hard).u,
        'layer': lambda: layer(u_nom, states, hazards, gain).u_safe,
        'layer + backward': both,
    }


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--batches', type=int, nargs='+', default=[1, 64, 1024])
    parser.add_argument('--discs', type=int, default=10)
    parser.add_argument('--relaxed', action='store_true', help='keep robots that must relax')
    parser.add_argument('--seconds', type=float, default=0.5, help='time for each measurement [s]')
    parser.add_argument('--clock', choices=CLOCKS, default='wall')
    parser.add_argument('--threads', type=int, default=1)
    parser.add_argument('--out', type=Path, default=Path('out'))
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    table = Table(
        'batch', 'rows', 'what', 'median [ms]', 'p99 [ms]', 'least [ms]',
        title=f'torch {torch.__version__}, {options.threads} thread(s), {options.clock} time',
    )  # fmt: skip
    report: list[dict[str, Any]] = []
    for batch in tqdm(options.batches):
        calls = calls_of(batch, options.discs, options.relaxed)
        for name, times in race(calls, options.seconds, CLOCKS[options.clock]).items():
            milliseconds = 1e3 * np.array(times)
            figures = (
                float(np.median(milliseconds)),
                float(np.percentile(milliseconds, 99)),
                float(milliseconds.min()),
            )
            m = 2 * (options.discs + 4) + 4
            report.append(
                {'batch': batch, 'm': m, 'what': name}
                | dict(zip(('median_ms', 'p99_ms', 'min_ms'), figures, strict=True))
            )
            table.add_row(str(batch), str(m), name, *(f'{x:.3f}' for x in figures))
    Console(width=100).print(table)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / 'layer.json').write_text(json.dumps(report, indent=2) + '\n')
    return 0


if __name__ == '__main__':
    sys.exit(main())
