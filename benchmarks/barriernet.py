"""Time a BarrierNet: one cycle on the robot, and training.

Run it from the top of the source tree:

    python -m benchmarks.barriernet                      # a table, and out/bench-barriernet.json
    python -m benchmarks.barriernet --torchrun           # one training process against two

A cycle is advice, rows, program and checks: the same inputs in turns for the filter alone
and for the one with a BarrierNet. One thread.
"""

# ruff: noqa: E402 - numpy and torch read the number of threads when they are imported

import os

THREADS = 1
for variable in ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS'):
    os.environ[variable] = str(THREADS)

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from tqdm import tqdm

from benchmarks.scenes import CONFIG, drive
from vcp_cbf_safety import SafetyFilter
from vcp_cbf_safety.learning.advisor import NetworkAdvisor
from vcp_cbf_safety.learning.barriernet import BarrierNet
from vcp_cbf_safety.learning.environment import Environment
from vcp_cbf_safety.learning.model_file import load_model
from vcp_cbf_safety.learning.ppo import Learner
from vcp_cbf_safety.learning.training_files import read_config

TARGET_MEDIAN_US, TARGET_P99_US = 500.0, 1000.0
WARM_UP = 200
CONFIGURATION = Path('config/barriernet/goal.yaml')


def time_cycles(steps: int, model: BarrierNet) -> dict[str, list[float]]:
    """Seconds of every cycle: filter alone, with BarrierNet, and the advice alone."""
    advisor = NetworkAdvisor(model, CONFIG)
    advising: list[float] = []
    ask = advisor.advise

    def timed(*situation: Any) -> Any:
        started = time.perf_counter()
        advice = ask(*situation)
        advising.append(time.perf_counter() - started)
        return advice

    advisor.advise = timed  # type: ignore[method-assign]
    rivals = {
        'filter alone': SafetyFilter(CONFIG),
        'BarrierNet': SafetyFilter(CONFIG, advisor=advisor),
    }
    times: dict[str, list[float]] = {name: [] for name in rivals}
    for k, cycle in enumerate(tqdm(drive(WARM_UP + steps), 'cycles', WARM_UP + steps)):
        for name, rival in rivals.items():
            started = time.perf_counter()
            rival.step(*cycle)
            if k >= WARM_UP:
                times[name].append(time.perf_counter() - started)
    return times | {'advice alone': advising[-steps:]}


def time_training(rounds: int) -> dict[str, float]:
    """Steps per second of the environment with the filter's program, and of training."""
    config = read_config(CONFIGURATION)
    environment = Environment(config.environment, 0, nearest=config.barriernet.nearest)
    for _ in range(5):
        environment.step(environment.observation.nominal)
    started, steps = time.perf_counter(), 20 * rounds
    for _ in tqdm(range(steps), 'environment'):
        environment.step(environment.observation.nominal)
    alone = steps * environment.robots / (time.perf_counter() - started)
    learner = Learner(environment, config.barriernet, config.ppo)
    started = time.perf_counter()
    for _ in tqdm(range(rounds), 'training'):
        learner.round()
    samples = rounds * config.ppo.horizon * environment.robots
    return {
        'environment_steps_per_s': round(alone),
        'training_steps_per_s': round(samples / (time.perf_counter() - started)),
    }


def time_torchrun(updates: int) -> dict[str, float]:
    """Seconds of the same training in one process and in two, as curve.jsonl dates its rounds."""
    seconds: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for processes in (1, 2):
            command = [
                *(sys.executable, '-m', 'torch.distributed.run', '--standalone'),
                *(f'--nproc-per-node={processes}', '-m', 'vcp_cbf_safety.learning.train'),
                *('--config', str(CONFIGURATION), '--out', f'{folder}/{processes}', '--quiet'),
            ]
            whole = []
            for count in (2, updates + 2):  # the difference is free of starting up
                started = time.perf_counter()
                subprocess.run([*command, '--updates', str(count)], check=True)
                whole.append(time.perf_counter() - started)
            seconds[f'{processes} process{"es" if processes > 1 else ""}'] = whole[1] - whole[0]
    one, two = seconds.values()
    return seconds | {'ratio': one / two}


def main(args: list[str] | None = None) -> int:
    """Measure, print and write the figures."""
    parser = argparse.ArgumentParser(prog='benchmarks/barriernet.py', description=__doc__)
    parser.add_argument('--model', type=Path, default=Path('config/barriernet/goal.safetensors'))
    parser.add_argument('--steps', type=int, default=5000, help='cycles to time')
    parser.add_argument('--rounds', type=int, default=5, help='rounds of training to time')
    parser.add_argument('--torchrun', action='store_true', help='only one process against two')
    parser.add_argument('--out', type=Path, default=Path('out/bench-barriernet.json'))
    options = parser.parse_args(args)
    torch.set_num_threads(THREADS)
    if options.torchrun:
        figures: dict[str, Any] = time_torchrun(options.rounds)
        for name, value in figures.items():
            print(f'{name}: {value:.2f}{"" if name == "ratio" else " s"}')
    else:
        figures = time_cycles_and_training(options)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(figures, indent=2) + '\n', encoding='utf-8')
    print(f'Written to {options.out}.')
    return 0


def time_cycles_and_training(options: argparse.Namespace) -> dict[str, Any]:
    """The default run: cycles on the robot, then training, as a table and sentences."""
    times = time_cycles(options.steps, load_model(options.model))
    table = Table(title='One cycle: arena, 8 circles, 2 peers')
    for heading in ('', 'median [us]', 'p90 [us]', 'p99 [us]'):
        table.add_column(heading, justify='right' if heading else 'left')
    figures: dict[str, Any] = {}
    for name, seconds in times.items():
        percentiles = np.percentile(1e6 * np.array(seconds), (50, 90, 99)).round(1).tolist()
        figures[name] = dict(zip(('p50_us', 'p90_us', 'p99_us'), percentiles, strict=True))
        table.add_row(name, *(f'{value:.1f}' for value in percentiles))
    Console().print(table)
    mine = figures['BarrierNet']
    figures['ratio'] = round(mine['p50_us'] / figures['filter alone']['p50_us'], 2)
    met = mine['p50_us'] < TARGET_MEDIAN_US and mine['p99_us'] < TARGET_P99_US
    print(
        f'A cycle with BarrierNet takes {figures["ratio"]:g} times as long as one '
        f'without; targets median {TARGET_MEDIAN_US:g}, p99 {TARGET_P99_US:g} us: '
        f'{"met" if met else "missed"}. Load average {os.getloadavg()[0]:.1f}.'
    )
    rates = time_training(options.rounds)
    print(', '.join(f'{name}: {value:,}' for name, value in rates.items()))
    return figures | rates


if __name__ == '__main__':
    sys.exit(main())
