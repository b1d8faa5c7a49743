"""What it costs the filter that somebody looks: its processor time with and without listeners.

    python -m benchmarks.view --seconds 8 --rounds 4

One filter at 50 Hz in a process of its own, with odometry at 50 Hz and a scanner of 720 beams at
10 Hz in the middle of a round room, every beam of which sees the wall. Listeners to markers and
telemetry come and go in turns, so that what else the machine does falls on all cases alike.
"""

import argparse
import math
import os
import tempfile
from pathlib import Path
from statistics import median
from time import monotonic
from typing import Any

import rclpy
import yaml
from rclpy.executors import SingleThreadedExecutor
from rich.console import Console
from rich.table import Table
from sensor_msgs.msg import LaserScan
from std_msgs.msg import Float64MultiArray
from tqdm import tqdm
from visualization_msgs.msg import Marker, MarkerArray

from benchmarks.node import FILTER, MODULES, PATIENCE, SCANS, Driver, cpu_seconds
from vcp_cbf_safety.studies.processes import NodeProcesses, isolated_environment

BEAMS = 720
WALL = 1.0  # [m], so near that the filter leaves no point out
TOPICS = {'markers': MarkerArray, 'telemetry': Float64MultiArray}
CASES: dict[str, tuple[str, ...]] = {
    'nobody': (), 'markers': ('markers',), 'telemetry': ('telemetry',),
    'markers and telemetry': ('markers', 'telemetry'),
}  # fmt: skip
# After listeners have come or gone, the graph and the filter settle for so long [s].
SETTLE = 1.5


def room(stamp: Any) -> LaserScan:
    """A scan of a round room."""
    step = 2.0 * math.pi / BEAMS
    message = LaserScan(
        angle_min=-math.pi, angle_max=math.pi - step, angle_increment=step, range_max=10.0
    )
    message.header.frame_id, message.header.stamp = 'base_scan', stamp
    message.ranges = [WALL] * BEAMS
    return message


class Watcher:
    """Drives the filter, listens to it, and looks at what it costs.

    Args:
        driver: a node that sends what the filter reads.
        executor: that it runs in.
        pid: process of the filter.
    """

    def __init__(self, driver: Driver, executor: SingleThreadedExecutor, pid: int) -> None:
        self._driver, self._executor, self._pid = driver, executor, pid
        self.points = 0
        scans = driver.create_publisher(LaserScan, f'/{FILTER}/scan0', 10)
        driver.create_timer(
            1.0 / SCANS, lambda: scans.publish(room(driver.get_clock().now().to_msg()))
        )

    def spin(self, seconds: float) -> None:
        """Let time pass."""
        ends = monotonic() + seconds
        while monotonic() < ends:
            self._executor.spin_once(timeout_sec=0.1)

    def share(self, topics: tuple[str, ...], seconds: float) -> tuple[float, float]:
        """Share of a core [%] while topics are heard, and how many messages came a second."""
        came: list[Any] = []
        heard = [
            self._driver.create_subscription(
                TOPICS[topic], f'/{FILTER}/safety_filter/{topic}', came.append, 10
            )
            for topic in topics
        ]
        self.spin(SETTLE)
        came.clear()
        used, began = cpu_seconds(self._pid), monotonic()
        self.spin(seconds)
        elapsed = monotonic() - began
        spent = cpu_seconds(self._pid) - used
        for each in came:
            if isinstance(each, MarkerArray):
                lists = (m for m in each.markers if m.type == Marker.SPHERE_LIST)
                self.points = max(self.points, *(len(m.points) for m in lists), 0)
        for subscription in heard:
            self._driver.destroy_subscription(subscription)
        return 100.0 * spent / elapsed, len(came) / elapsed


def measure(seconds: float, rounds: int) -> dict[str, list[tuple[float, float]]]:
    """Every case in every round: share of a core [%] and messages a second."""
    values = {
        'control_frequency': 50.0, 'scan_topics': ['scan0'], 'scan_mounts': [0.0, 0.0, 0.0],
    }  # fmt: skip
    found: dict[str, list[tuple[float, float]]] = {case: [] for case in CASES}
    with (
        tempfile.TemporaryDirectory() as text,
        isolated_environment(Path(text)) as environment,
        NodeProcesses(environment, Path(text)) as nodes,
    ):
        os.environ.update(environment)
        file = Path(text) / 'parameters.yaml'
        file.write_text(yaml.safe_dump({'/**/safety_filter': {'ros__parameters': values}}))
        arguments = ['--ros-args', '-r', f'__ns:=/{FILTER}', '--params-file', str(file)]
        nodes.start(FILTER, MODULES[FILTER], arguments)
        context = rclpy.Context()
        rclpy.init(context=context)
        driver = Driver(context, (), 20.0, ())
        executor = SingleThreadedExecutor(context=context)
        executor.add_node(driver)
        watcher, started = Watcher(driver, executor, nodes.pid(FILTER)), monotonic()
        while FILTER not in driver.heard:
            executor.spin_once(timeout_sec=0.1)
            if nodes.ended() or monotonic() - started > PATIENCE:
                raise SystemExit(f'no command came back:\n{nodes.output(FILTER)}')
        watcher.spin(2.0)
        turns = [case for _ in range(rounds) for case in CASES]
        for case in tqdm(turns, 'view', unit='case'):
            found[case].append(watcher.share(CASES[case], seconds))
        print(f'{watcher.points} points in a message with markers')
        executor.shutdown()
        driver.destroy_node()
        rclpy.try_shutdown(context=context)
    return found


def main() -> None:
    """Read the command line, measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition('\n')[0])
    parser.add_argument('--seconds', type=float, default=8.0, help='length of each measurement')
    parser.add_argument('--rounds', type=int, default=4, help='how often each case has its turn')
    arguments = parser.parse_args()
    found = measure(arguments.seconds, arguments.rounds)
    table = Table(title=f'The filter with a scanner of {BEAMS} beams, by who listens')
    for heading in ('who listens to', 'CPU, median', 'of all rounds', 'messages/s'):
        table.add_column(heading)
    for case, each in found.items():
        shares = [share for share, _ in each]
        table.add_row(
            case,
            f'{median(shares):.1f} %',
            f'{min(shares):.1f} to {max(shares):.1f} %',
            f'{median(rate for _, rate in each):.0f}',
        )
    Console().print(table)
    load = os.getloadavg()[0]
    print(f'load average {load:.1f} on {os.cpu_count()} cores; measure on an idle machine')


if __name__ == '__main__':
    main()
