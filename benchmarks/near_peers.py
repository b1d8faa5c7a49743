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
import math
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from tqdm import tqdm

from vcp_cbf_safety import Arena, Circle, FilterConfig, Hazards, Peer, RobotState, SafetyFilter
from vcp_cbf_safety.response import respond, respond_speed
from vcp_cbf_safety.unicycle import Twist2D, advance

CONFIG = FilterConfig(
    body_radius=0.15, vcp_offset=0.10, period=0.02, min_speed=-0.2, max_speed=1.0,
    max_yaw_rate=2.84,
)  # fmt: skip
WARM_UP = 200
TARGET_RATIO = 1.5


class Base:
    """A robot that does what its filter tells it, with the lag that the filter was told of."""

    def __init__(self) -> None:
        self.filter = SafetyFilter(CONFIG)
        self.state = RobotState(0.0, 0.0, 0.0)

    def place(self, pose: tuple[float, float, float]) -> None:
        """Put it somewhere else, at the speed that it has."""
        self.state = replace(self.state, x=pose[0], y=pose[1], heading=pose[2])

    def drive(self, nominal: Twist2D, hazards: Hazards) -> float:
        """One cycle: how long the step took [s]."""
        started = time.perf_counter()
        command = self.filter.step(nominal, self.state, hazards, CONFIG.period)
        seconds = time.perf_counter() - started
        now = self.state
        v, mean_v = respond_speed(CONFIG, now.speed, command.v, CONFIG.period)
        omega, mean_omega = respond(
            now.yaw_rate, command.omega, CONFIG.period, CONFIG.velocity_lag,
            CONFIG.max_yaw_acceleration,
        )  # fmt: skip
        pose = advance((now.x, now.y, now.heading), mean_v, mean_omega, CONFIG.period)
        self.state = RobotState(*pose, speed=v, yaw_rate=omega)
        return seconds


def times(steps: int) -> dict[str, list[float]]:
    """Seconds of every step of two robots that wander among circles, anew every two seconds.

    One of them does so among three peers as well, which drive on 0.6 to 1.5 m away from it.
    """
    rng = np.random.default_rng(1)
    places = [(2.5 * math.cos(a), 2.5 * math.sin(a)) for a in np.arange(8) * math.pi / 4.0]
    circles, arena = [Circle(x, y, 0.3) for x, y in places], Arena(-4.0, -4.0, 4.0, 4.0)
    bases = {'without peers': Base(), 'three near peers': Base()}
    found: dict[str, list[float]] = {name: [] for name in bases}
    around, omega = np.zeros((3, 3)), 0.0
    for k in tqdm(range(WARM_UP + steps)):
        if k % 100 == 0:
            pose = (*rng.uniform(-1.5, 1.5, size=2).tolist(), float(rng.uniform(-3.0, 3.0)))
            for base in bases.values():
                base.place(pose)
            away, bearing = rng.uniform(0.6, 1.5, 3), rng.uniform(-math.pi, math.pi, 3)
            x, y = pose[0] + away * np.cos(bearing), pose[1] + away * np.sin(bearing)
            around = np.column_stack((x, y, rng.uniform(-math.pi, math.pi, 3)))
        if k % 25 == 0:
            omega = float(rng.normal(0.0, 0.8))
        peers = [
            Peer(*place, speed=0.3, yaw_rate=0.2, radius=0.15, name=f'robot{index}', age=0.02)
            for index, place in enumerate(around.tolist(), start=2)
        ]
        for name, base in bases.items():
            seen = Hazards(arena, circles, peers if base is bases['three near peers'] else [])
            seconds = base.drive(Twist2D(0.6, omega), seen)
            if k >= WARM_UP:
                found[name].append(seconds)
        around = np.array([advance(tuple(each), 0.3, 0.2, CONFIG.period) for each in around])
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
