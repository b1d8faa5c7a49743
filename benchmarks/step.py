"""Time one filter step (arena, 8 circles, 2 peers), and the same programs through qpth.

Run it from the top of the source tree:

    python -m benchmarks.step
    python -m benchmarks.step --steps 20000 --qpth 1000

Prints a table and writes out/bench-step.json. qpth takes part where it is installed.
"""

# ruff: noqa: E402 - numpy and torch read the number of threads when they are imported

import os

THREADS = 1
for variable in ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS'):
    os.environ[variable] = str(THREADS)

import argparse
import json
import math
import platform
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from rich.console import Console
from rich.table import Table
from tqdm import tqdm

from vcp_cbf_safety import (
    Arena,
    Circle,
    FilterConfig,
    Hazards,
    Outcome,
    Peer,
    RobotState,
    SafetyFilter,
    Twist2D,
    safety_filter,
)
from vcp_cbf_safety.program import Program, solve
from vcp_cbf_safety.unicycle import advance

CONFIG = FilterConfig(
    body_radius=0.15,
    vcp_offset=0.10,
    period=0.02,
    min_speed=-0.2,
    max_speed=1.0,
    max_yaw_rate=2.84,
)
TARGET_MEDIAN_US = 150.0
TARGET_RATIO = 30.0
WARM_UP = 200
PARTS = ('build', 'solve', 'check', 'total', 'total, not nominal')


def drive(steps: int) -> Iterator[tuple[Twist2D, RobotState, Hazards]]:
    """What a filter sees while its robot wanders among circles and two moving peers.

    The robot turns at random and starts anew every two seconds, so that most cycles have rows to
    keep. Hazards are made anew for every cycle, as from messages.
    """
    rng = np.random.default_rng(1)
    places = [(2.5 * math.cos(a), 2.5 * math.sin(a)) for a in np.arange(8) * math.pi / 4.0]
    pose, omega = (0.0, 0.0, 0.0), 0.0
    for k in range(steps):
        if k % 100 == 0:
            pose = (*rng.uniform(-3.0, 3.0, size=2).tolist(), float(rng.uniform(-3.0, 3.0)))
        if k % 25 == 0:
            omega = float(rng.normal(0.0, 0.8))
        t = k * CONFIG.period
        peers = [
            Peer(
                x=1.2 * math.cos(0.3 * t + a),
                y=1.2 * math.sin(0.3 * t + a),
                heading=0.3 * t + a + math.pi / 2.0,
                speed=0.36,
                yaw_rate=0.3,
                radius=0.15,
                responsibility=share,
                name=f'robot{index}',
                age=0.02,
            )
            for index, (a, share) in enumerate(((0.0, 1.0), (math.pi, 0.5)), start=2)
        ]
        circles = [Circle(x, y, 0.3) for x, y in places]
        robot = RobotState(*pose, speed=0.5, yaw_rate=omega, age=0.01)
        yield Twist2D(0.6, omega), robot, Hazards(Arena(-4.0, -4.0, 4.0, 4.0), circles, peers)
        pose = advance(pose, 0.5, omega, CONFIG.period)


def time_steps(steps: int) -> tuple[dict[str, list[float]], Counter[str]]:
    """Seconds of every part of every step, and how the steps came out."""
    subject = SafetyFilter(CONFIG)
    times: dict[str, list[float]] = {name: [] for name in PARTS}
    outcomes: Counter[str] = Counter()
    for k, cycle in enumerate(tqdm(drive(WARM_UP + steps), 'filter', WARM_UP + steps)):
        started = time.perf_counter()
        command = subject.step(*cycle)
        total = time.perf_counter() - started
        if k < WARM_UP:
            continue
        timing = command.timing
        times['build'].append(timing.build)
        times['solve'].append(timing.solve)
        times['check'].append(total - timing.build - timing.solve)
        times['total'].append(total)
        if command.outcome is not Outcome.NOMINAL:
            times['total, not nominal'].append(total)
        outcomes[str(command.outcome)] += 1
    return times, outcomes


def programs_of(count: int) -> list[Program]:
    """The programs that those steps solve, the ones with a row to keep."""
    programs: list[Program] = []

    def remember(program: Program) -> Any:
        if program.violation(program.u_nom) > 0.0:
            programs.append(program)
        return solve(program)

    with patch.object(safety_filter, 'solve', remember):
        subject = SafetyFilter(CONFIG)
        for cycle in drive(20 * count):
            subject.step(*cycle)
            if len(programs) == count:
                break
    return programs


def time_qpth(count: int) -> tuple[list[float], list[float]] | None:
    """Seconds of every program through qpth, and how far its answers are off; None without it.

    Only the solver's call is timed: the tensors are ready, gradients are off.
    """
    try:
        import torch
        from qpth.qp import QPFunction
    except ImportError:
        return None
    torch.set_num_threads(THREADS)
    layer = QPFunction(verbose=-1, check_Q_spd=False)
    times, errors = [], []
    for k, p in enumerate(tqdm(programs_of(count + 5), 'qpth')):
        rows = np.vstack([p.G, np.eye(2), -np.eye(2)])
        right = np.concatenate([p.h, p.upper, -p.lower])
        arrays = (np.diag(p.weights), -p.weights * p.u_nom, rows, right)
        tensors = [torch.from_numpy(a) for a in arrays]
        nothing = torch.empty(0, dtype=torch.float64)
        with torch.no_grad():
            started = time.perf_counter()
            answer = layer(*tensors, nothing, nothing)
            seconds = time.perf_counter() - started
        if k >= 5:
            times.append(seconds)
            solution = solve(p)
            if solution.residual <= 1e-9:  # of contradictory rows qpth says nothing
                errors.append(float(np.abs(answer.numpy().reshape(2) - solution.u).max()))
    return times, errors


def summary(seconds: list[float]) -> dict[str, float]:
    """Median and tail [microseconds]."""
    microseconds = 1e6 * np.array(seconds)
    return {f'p{q}_us': round(float(np.percentile(microseconds, q)), 2) for q in (50, 90, 99)}


def main(args: list[str] | None = None) -> int:
    """Measure, print and write the figures."""
    parser = argparse.ArgumentParser(prog='benchmarks/step.py', description=__doc__)
    parser.add_argument('--steps', type=int, default=5000, help='filter steps to time')
    parser.add_argument('--qpth', type=int, default=300, help='programs to time with qpth')
    parser.add_argument('--out', type=Path, default=Path('out/bench-step.json'))
    options = parser.parse_args(args)

    times, outcomes = time_steps(options.steps)
    figures: dict[str, Any] = {name: summary(seconds) for name, seconds in times.items()}
    rival = time_qpth(options.qpth)
    if rival is not None:
        figures['qpth'] = summary(rival[0])
        figures['ratio'] = round(figures['qpth']['p50_us'] / figures['total']['p50_us'], 1)
        figures['qpth_worst_error'] = max(rival[1], default=math.nan)
    figures |= {
        'target': {'median_us': TARGET_MEDIAN_US, 'ratio': TARGET_RATIO},
        'outcomes': dict(outcomes),
        'threads': THREADS,
        'load_average': os.getloadavg()[0],
        'python': platform.python_version(),
        'numpy': np.__version__,
        'machine': platform.machine(),
    }
    report(figures)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(figures, indent=2) + '\n', encoding='utf-8')
    print(f'Written to {options.out}.')
    return 0


def report(figures: dict[str, Any]) -> None:
    """Print the figures as a table with a few sentences."""
    table = Table(title='One step: arena, 8 circles, 2 peers')
    for heading in ('part', 'median [us]', 'p90 [us]', 'p99 [us]'):
        table.add_column(heading, justify='left' if heading == 'part' else 'right')
    for name in (*PARTS, 'qpth'):
        if name in figures:
            table.add_row(name, *(f'{value:.1f}' for value in figures[name].values()))
    Console().print(table)
    counts = ', '.join(f'{count} {name}' for name, count in sorted(figures['outcomes'].items()))
    print(f'Outcomes: {counts}. {THREADS} thread; load average {figures["load_average"]:.1f}.')
    median = figures['total']['p50_us']
    verdict = 'met' if median < TARGET_MEDIAN_US else 'missed'
    print(f'Median {median:.1f} us; target below {TARGET_MEDIAN_US:g} us: {verdict}.')
    if 'qpth' not in figures:
        print("To compare with qpth, install the extra: pip install '.[learning]'.")
        return
    verdict = 'met' if figures['ratio'] >= TARGET_RATIO else 'missed'
    print(
        f'The whole step is {figures["ratio"]:g} times as fast as the program alone through '
        f'qpth; target at least {TARGET_RATIO:g}: {verdict}. '
        f'Largest difference between the answers: {figures["qpth_worst_error"]:.2g}.'
    )


if __name__ == '__main__':
    sys.exit(main())
