"""Time from nominal to safe command through the node, beside a node that only relays.

    python -m benchmarks.node --seconds 5
    python -m benchmarks.node --seconds 5 --json out/node.json

Measured from outside, over DDS, each node in a process of its own: the filter at 50 Hz among eight
obstacles, with odometry of its robot and of its peers at 50 Hz, and a bare rclpy node that passes
every command on at once. Commands go to the two in turns. The time includes both ways through DDS.
Scanners send at 10 Hz, all around; a quarter of their beams see the walls of a room 3 m away.
"""

import argparse
import json
import math
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

import numpy as np
import rclpy
import yaml
from geometry_msgs.msg import Twist
from nav_msgs.msg import Odometry
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rich.console import Console
from rich.table import Table
from sensor_msgs.msg import LaserScan
from tqdm import tqdm

from vcp_cbf_safety.studies.processes import NodeProcesses, isolated_environment

FILTER, RELAY = 'filter', 'relay'
MODULES = {FILTER: 'vcp_cbf_safety.ros.safety_filter_node', RELAY: 'benchmarks.relay'}
ODOMETRY = 50.0  # [Hz]
OBSTACLES = [4.0, -3.0, 0.3, 4.0, 0.0, 0.3, 4.0, 3.0, 0.3, -4.0, -3.0, 0.3, -4.0, 0.0, 0.3,
             -4.0, 3.0, 0.3, 0.0, 4.0, 0.3, 0.0, -4.0, 0.3]  # fmt: skip
# How often a command is sent to each of the two [Hz], with two peers; how many peers, at 20 Hz.
RATES, CROWDS = (20.0, 50.0, 100.0, 200.0), (1, 10, 50)
# Beams of the scanners, at 20 Hz and without peers.
SCANNERS: tuple[tuple[int, ...], ...] = ((), (720,), (1440,), (720, 720, 720))
SCANS = 10.0  # [Hz]
WALL = 3.0  # [m]
PATIENCE = 60.0


class Case(NamedTuple):
    """What the filter has to do.

    Attributes:
        name: for tables.
        rate: of nominal commands to each of the two nodes [Hz].
        peers: how many there are.
        beams: of each scanner.
        parameters: others of the filter.
    """

    name: str
    rate: float
    peers: int
    beams: Sequence[int] = ()
    parameters: Mapping[str, Any] = {}


class Driver(Node):
    """Sends what the filter reads and clocks what comes back, from it and from the relay."""

    def __init__(
        self, context: Any, peers: Iterable[str], rate: float, beams: Sequence[int]
    ) -> None:
        super().__init__('driver', context=context)
        self._scans = [
            (self.create_publisher(LaserScan, f'/{FILTER}/scan{index}', 10), _scan(count))
            for index, count in enumerate(beams)
        ]
        if beams:
            self.create_timer(1.0 / SCANS, self._send_scans)
        self._odom = [self.create_publisher(Odometry, f'/{FILTER}/odom', 10)]
        self._odom += [self.create_publisher(Odometry, f'/{peer}/odom', 10) for peer in peers]
        self._nominal = {
            name: self.create_publisher(Twist, f'/{name}/cmd_vel_nom', 10) for name in MODULES
        }
        for name in MODULES:
            self.create_subscription(
                Twist, f'/{name}/cmd_vel', lambda message, name=name: self._take(name, message), 10
            )
        self.create_timer(1.0 / ODOMETRY, self._send_odometry)
        self.create_timer(0.5 / rate, self._send_nominal)
        self._random = np.random.default_rng(1)
        self._turn = 0
        self._sent: dict[float, float] = {}
        self.heard: set[str] = set()
        self.round_trips: dict[str, list[float]] = {name: [] for name in MODULES}

    def _send_odometry(self) -> None:
        message = Odometry()
        message.header.frame_id = 'odom'
        message.header.stamp = self.get_clock().now().to_msg()
        for place, publisher in enumerate(self._odom):
            # Peers stand in a row, out of the way.
            message.pose.pose.position.y = 2.0 * place
            publisher.publish(message)

    def _send_scans(self) -> None:
        for publisher, message in self._scans:
            message.header.stamp = self.get_clock().now().to_msg()
            publisher.publish(message)

    def _send_nominal(self) -> None:
        # Every command is another one, and finds its way back by its yaw rate.
        self._turn += 1
        message = Twist()
        message.linear.x, message.angular.z = self._random.uniform((0.0, -0.5), (0.1, 0.5))
        self._sent[message.angular.z] = monotonic()
        self._nominal[FILTER if self._turn % 2 else RELAY].publish(message)

    def _take(self, name: str, message: Twist) -> None:
        self.heard.add(name)
        sent = self._sent.pop(message.angular.z, None)
        if sent is not None:
            self.round_trips[name].append(monotonic() - sent)


def _scan(beams: int) -> LaserScan:
    """Every fourth beam sees the wall of a round room; nothing is within range of the others."""
    step = 2.0 * math.pi / beams
    message = LaserScan(
        angle_min=-math.pi, angle_max=math.pi - step, angle_increment=step, range_max=10.0
    )
    message.header.frame_id = 'base_scan'
    message.ranges = [WALL if index % 4 == 0 else math.inf for index in range(beams)]
    return message


def cpu_seconds(pid: int) -> float:
    """Processor time that a process has used so far [s]."""
    fields = Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def memory(pid: int) -> float:
    """Memory that a process holds [MB]."""
    pages = int(Path(f'/proc/{pid}/statm').read_text().split()[1])
    return 1e-6 * pages * os.sysconf('SC_PAGE_SIZE')


def measure(case: Case, seconds: float) -> dict:
    """Both nodes for some seconds: times [ms], share of a core [%], memory [MB], start [s]."""
    names = [f'peer{index}' for index in range(case.peers)]
    values = {
        'peers': names, 'obstacles': OBSTACLES, 'control_frequency': 50.0,
        'scan_topics': [f'scan{index}' for index in range(len(case.beams))],
        'scan_mounts': [0.0] * 3 * len(case.beams),
        **case.parameters,
    }  # fmt: skip
    with (
        tempfile.TemporaryDirectory() as text,
        isolated_environment(Path(text)) as environment,
        NodeProcesses(environment, Path(text)) as nodes,
    ):
        os.environ.update(environment)
        file = Path(text) / 'parameters.yaml'
        file.write_text(yaml.safe_dump({'/**/safety_filter': {'ros__parameters': values}}))
        started = monotonic()
        for name, module in MODULES.items():
            arguments = ['--ros-args', '-r', f'__ns:=/{name}']
            nodes.start(name, module, arguments + ['--params-file', str(file)] * (name == FILTER))
        context = rclpy.Context()
        rclpy.init(context=context)
        driver = Driver(context, names, case.rate, case.beams)
        executor = SingleThreadedExecutor(context=context)
        executor.add_node(driver)
        start: dict[str, float] = {}
        while len(start) < len(MODULES):
            executor.spin_once(timeout_sec=0.1)
            for name in driver.heard:
                start.setdefault(name, monotonic() - started)
            if nodes.ended() or monotonic() - started > PATIENCE:
                raise SystemExit(f'no command came back:\n{nodes.output(FILTER)}')
        for trips in driver.round_trips.values():
            trips.clear()
        used = {name: cpu_seconds(nodes.pid(name)) for name in MODULES}
        began = monotonic()
        while monotonic() - began < seconds:
            executor.spin_once(timeout_sec=0.1)
        elapsed = monotonic() - began
        result = {}
        for name, trips in driver.round_trips.items():
            share = 100.0 * (cpu_seconds(nodes.pid(name)) - used[name]) / elapsed
            result[name] = {
                'commands': len(trips), 'cpu_percent': share,
                'rss_mb': memory(nodes.pid(name)), 'start_s': start[name],
            }  # fmt: skip
            if trips:  # none comes back as it was where a network corrects every one
                times = 1e3 * np.percentile(trips, (50, 90, 99, 100))
                keys = ('p50_ms', 'p90_ms', 'p99_ms', 'max_ms')
                result[name] |= dict(zip(keys, times.tolist(), strict=True))
        executor.shutdown()
        driver.destroy_node()
        rclpy.try_shutdown(context=context)
    return result


def cases(seconds: float) -> dict[str, dict[str, Any]]:
    """Every case by its name."""
    network = {'barriernet.enabled': True}
    wanted = [
        *(Case(f'nominal at {rate:g} Hz, 2 peers', rate, 2) for rate in RATES),
        *(Case(f'nominal at 20 Hz, {peers} peers', 20.0, peers) for peers in CROWDS),
        *(Case(f'nominal at 20 Hz, {_scanners(beams)}', 20.0, 0, beams) for beams in SCANNERS),
        Case('nominal at 20 Hz, 2 peers, BarrierNet', 20.0, 2, parameters=network),
    ]
    return {case.name: measure(case, seconds) for case in tqdm(wanted, 'node', unit='case')}


def _scanners(beams: Sequence[int]) -> str:
    if not beams:
        return 'no scanner'
    number = 'scanner' if len(beams) == 1 else f'{len(beams)} scanners'
    return f'{number} of {beams[0]:,} beams'


def show(report: Mapping[str, Mapping[str, Mapping[str, float]]]) -> None:
    """Print a table."""
    table = Table(title='From nominal to safe command, both ways through DDS')
    times = ('p50_ms', 'p99_ms', 'max_ms')
    for heading in ('', 'node', 'p50 [ms]', 'p99 [ms]', 'max [ms]', 'CPU', 'MB', 'start [s]'):
        table.add_column(heading, justify='left' if heading in ('', 'node') else 'right')
    for case, both in report.items():
        for name, found in both.items():
            table.add_row(
                case if name == FILTER else '',
                name,
                *(f'{found[key]:.2f}' if key in found else '' for key in times),
                f'{found["cpu_percent"]:.1f} %',
                f'{found["rss_mb"]:.0f}',
                f'{found["start_s"]:.1f}',
            )
    Console().print(table)
    load = os.getloadavg()[0]
    print(f'load average {load:.1f} on {os.cpu_count()} cores; measure on an idle machine')


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition('\n')[0])
    parser.add_argument('--seconds', type=float, default=5.0, help='length of each measurement')
    parser.add_argument('--json', type=Path, help='file for the figures')
    arguments = parser.parse_args()
    report = cases(arguments.seconds)
    show(report)
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(report, indent=1) + '\n', encoding='utf-8')


if __name__ == '__main__':
    main()
