"""Time the whole filter step against the same step with its program solved by others.

Run it from the top of the source tree:

    python -m benchmarks.step                  # a table, and out/bench-step.json
    python -m benchmarks.step --scenes '8 circles' '100 posts' --cycles 1000

In every cycle all baselines, each a filter of its own, get the same inputs, in turns.
"""

# ruff: noqa: E402 - numpy and torch read the number of threads when they are imported

import os

THREADS = 1
for variable in ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS'):
    os.environ[variable] = str(THREADS)

import argparse
import gc
import json
import platform
import sys
from collections import Counter
from pathlib import Path
from time import perf_counter
from typing import Any

import daqp
import numpy as np
from rich.console import Console
from tqdm import tqdm

from benchmarks.baselines import FILTER, Baseline, Spy
from benchmarks.qp_solvers import Closest, installed, versions
from benchmarks.report import WIDTH, step_tables
from benchmarks.scenes import CONFIG, EIGHT, SCENES, Course, Scene, drive
from vcp_cbf_safety import SafetyFilter, Twist2D
from vcp_cbf_safety.qp.program import Program, Status

FLOOR = 'DAQP alone'
WARM_UP = 50
# A baseline with fewer steps than this within the limit is left out.
FEWEST = 20
# Commands that differ by more than this [m/s, rad/s] are another answer.
SAME = 1e-6


def time_daqp(program: Program) -> float:
    """Seconds that the bare solver takes when its arrays are ready."""
    scale = program.weights**0.5
    rows, m = program.G / scale, len(program.h)
    length = np.maximum(np.hypot(rows[:, 0], rows[:, 1]), 1e-12)
    arrays = (
        np.eye(2),
        -scale * program.u_nom,
        rows / length[:, None],
        np.concatenate((program.upper * scale, program.h / length)),
        np.concatenate((program.lower * scale, np.full(m, -1e30))),
        np.zeros(m + 2, np.int32),
    )
    started = perf_counter()
    daqp.solve(*arrays, primal_tol=1e-11, dual_tol=1e-11)
    return perf_counter() - started


def race(
    scene: Scene, solvers: dict[str, Closest], cycles: int, limit: float, warm_up: int = WARM_UP
) -> dict[str, Any]:
    """Time all baselines in a scene, in the cycles in which a row holds the command back.

    Args:
        scene: what is around the robot.
        solvers: baselines besides the filter as it is.
        cycles: how many such cycles to time.
        limit: time after which a baseline other than the filter takes part no more [s].
        warm_up: cycles that are not timed.

    Returns:
        Figures of the race, as they are written to the JSON file.
    """
    course, spy, order = Course(scene), Spy(), np.random.default_rng(3)
    every = [Baseline(FILTER), *(Baseline(name, each) for name, each in solvers.items())]
    floor: list[float] = []
    # Nobody pays for sorting through what the libraries of all the others left.
    gc.collect()
    gc.freeze()
    with tqdm(total=cycles, desc=scene.name, leave=False) as bar:
        for k in range(warm_up + 20 * cycles):
            if len(floor) == cycles:
                break
            command = spy.step(course.cycle())
            counts = k >= warm_up and spy.status is Status.OPTIMAL
            racing = [each for each in every if each.spent < limit or each.name == FILTER]
            for place in order.permutation(len(racing)).tolist():
                racing[place].run(course.cycle(), command, counts)
            if counts:
                floor.append(time_daqp(spy.program))
                bar.update()
            course.move(Twist2D(command.v, command.omega))
    gc.unfreeze()
    return figures(every, floor)


def percentiles(seconds: list[float]) -> dict[str, float]:
    """Median and tail [microseconds]."""
    values = np.percentile(1e6 * np.array(seconds), (50, 90, 99)).round(1).tolist()
    return dict(zip(('p50', 'p90', 'p99'), values, strict=True))


def alone(scene: Scene, cycles: int) -> dict[str, Any]:
    """Time every cycle of the filter with nobody else in between."""
    subject = SafetyFilter(CONFIG)
    times: dict[str, list[float]] = {'build': [], 'solve': [], 'check': [], 'total': []}
    outcomes: Counter[str] = Counter()
    for k, cycle in enumerate(drive(WARM_UP + cycles, scene)):
        started = perf_counter()
        command = subject.step(*cycle)
        total = perf_counter() - started
        if k < WARM_UP:
            continue
        timing = command.timing
        times['build'].append(timing.build)
        times['solve'].append(timing.solve)
        times['check'].append(total - timing.build - timing.solve)
        times['total'].append(total)
        outcomes[str(command.outcome)] += 1
    return {
        'name': scene.name,
        'circles': len(scene.places),
        'peers': scene.peers,
        'rows': scene.rows,
        'outcomes': dict(outcomes),
        'alone_us': {name: percentiles(seconds) for name, seconds in times.items()},
    }


def figures(every: list[Baseline], floor: list[float]) -> dict[str, Any]:
    """What is written about a race; times in microseconds."""
    mine = every[0]
    found: dict[str, Any] = {'baselines': {}, 'left_out': {}}
    for each in every:
        n = len(each.steps)
        if n < min(FEWEST, len(floor)):
            found['left_out'][each.name] = f'{n} steps took {each.spent:.1f} s'
            continue
        of_mine = np.median(mine.steps[:n])
        found['baselines'][each.name] = {
            'n': n,
            'step_us': percentiles(each.steps),
            'solve_us': percentiles(each.solves),
            'ratio_step': round(float(np.median(each.steps) / of_mine), 3),
            'ratio_solve': round(float(np.median(each.solves) / of_mine), 3),
            'largest_difference': max(each.differences),
            'other_answers': sum(d > SAME for d in each.differences),
            'gave_up': each.gave_up,
        }
    found['baselines'][FLOOR] = {
        'n': len(floor),
        'solve_us': percentiles(floor),
        'ratio_solve': round(float(np.median(floor) / np.median(mine.steps)), 3),
    }
    return found


def measure(
    scenes: list[Scene], cycles: int, limit: float, solvers: dict[str, Closest]
) -> list[dict[str, Any]]:
    """Figures of every scene, the small ones first; who is too slow for one sits out the rest."""
    race(EIGHT, solvers, 5, limit)  # what libraries do the first time is not timed
    found: list[dict[str, Any]] = []
    racing = dict(solvers)
    out: dict[str, str] = {}
    for scene in tqdm(scenes, 'scenes'):
        result = alone(scene, 2 * cycles) | race(scene, racing, cycles, limit)
        result['left_out'] |= out
        for name in set(result['left_out']) & set(racing):
            out[name] = f'too slow for {scene.name} already'
            del racing[name]
        found.append(result)
    return found


def main(args: list[str] | None = None) -> int:
    """Measure, print and write the figures."""
    names = [scene.name for scene in SCENES]
    parser = argparse.ArgumentParser(prog='benchmarks/step.py', description=__doc__)
    parser.add_argument('--cycles', type=int, default=200, help='cycles to time in each scene')
    parser.add_argument('--limit', type=float, default=5.0, help='for a baseline in a scene [s]')
    parser.add_argument('--scenes', nargs='+', choices=names, default=names, metavar='NAME')
    parser.add_argument('--json', type=Path, default=Path('out/bench-step.json'))
    options = parser.parse_args(args)
    solvers, missing = installed()
    scenes = [scene for scene in SCENES if scene.name in options.scenes]
    report = {
        'cycles': options.cycles,
        'limit_s': options.limit,
        'missing': missing,
        'scenes': measure(scenes, options.cycles, options.limit, solvers),
        'threads': THREADS,
        'load_average': round(os.getloadavg()[0], 1),
        'cores': os.cpu_count(),
        'machine': platform.machine(),
        'python': platform.python_version(),
        'numpy': np.__version__,
        'solvers': versions(list(solvers)),
    }
    console = Console(width=WIDTH)
    for table in step_tables(report):
        console.print(table.rich(), table.note)
    for name, reason in missing.items():
        console.print(f'{name} is left out: {reason}')
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(report, indent=1) + '\n', encoding='utf-8')
    return 0


if __name__ == '__main__':
    sys.exit(main())
