"""Time one filter step beside three near peers that need not give way, against none.

Run it from the top of the source tree:

    python -m benchmarks.near_peers

Two robots start from the same places with the same nominal commands, cycle by cycle in turns, and
do what their filters tell them. Prints a table and writes out/bench-near-peers.json.
"""

# ruff: noqa: E402 - numpy reads the number of threads when it is imported

import os

for variable in ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS'):
    os.environ[variable] = '1'

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from tqdm import tqdm

from benchmarks.scenes import CONFIG, EIGHT, NEAR_PEERS, Course
from vcp_cbf_safety import SafetyFilter, Twist2D

WARM_UP = 200
TARGET_RATIO = 1.5


def times(steps: int) -> dict[str, list[float]]:
    """Seconds of every step of two robots that wander among circles, one among peers as well."""
    courses = {'without peers': Course(EIGHT), 'three near peers': Course(NEAR_PEERS)}
    filters = {name: SafetyFilter(CONFIG) for name in courses}
    found: dict[str, list[float]] = {name: [] for name in courses}
    for k in tqdm(range(WARM_UP + steps)):
        for name, course in courses.items():
            cycle = course.cycle()
            started = time.perf_counter()
            command = filters[name].step(*cycle)
            if k >= WARM_UP:
                found[name].append(time.perf_counter() - started)
            course.move(Twist2D(command.v, command.omega))
    return found


def main() -> int:
    """Print the table and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--steps', type=int, default=4000, help='how many (default 4000)')
    parser.add_argument('--out', type=Path, default=Path('out'), help='folder to write')
    arguments = parser.parse_args()
    found = times(arguments.steps)
    table = Table(title='Step [us]')
    figures = {}
    for name in ('', 'median', 'p99'):
        table.add_column(name)
    for name, seconds in found.items():
        median, p99 = (1e6 * np.percentile(seconds, (50, 99))).tolist()
        figures[name] = {'median_us': median, 'p99_us': p99}
        table.add_row(name, f'{median:.0f}', f'{p99:.0f}')
    ratio = figures['three near peers']['median_us'] / figures['without peers']['median_us']
    Console().print(table, f'ratio of the medians {ratio:.2f}; the target is {TARGET_RATIO}')
    arguments.out.mkdir(parents=True, exist_ok=True)
    figures['ratio'] = {'of_medians': ratio}
    (arguments.out / 'bench-near-peers.json').write_text(json.dumps(figures, indent=2))
    return 0


if __name__ == '__main__':
    sys.exit(main())
