"""Time from nominal to safe command through the node, and the node's share of a core.

    python -m benchmarks.node --seconds 20

Both are measured from outside, over DDS, with the node in a process of its own at 50 Hz, odometry
of the robot and of two peers at 50 Hz, eight obstacles and an arena. The time includes both ways
through DDS.
"""

import argparse
import os
import random
import tempfile
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import rclpy
import yaml
from geometry_msgs.msg import Twist
from nav_msgs.msg import Odometry
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from tqdm import tqdm

from vcp_cbf_safety.studies.processes import NodeProcesses, isolated_environment

PEERS = ('ann', 'bob')
FREQUENCY = 50.0
OBSTACLES = [4.0, -3.0, 0.3, 4.0, 0.0, 0.3, 4.0, 3.0, 0.3, -4.0, -3.0, 0.3, -4.0, 0.0, 0.3,
             -4.0, 3.0, 0.3, 0.0, 4.0, 0.3, 0.0, -4.0, 0.3]  # fmt: skip


class Surroundings(Node):
    """Sends what the filter reads and clocks what comes back."""

    def __init__(self, context: Any, nominal_period: tuple[float, float]) -> None:
        super().__init__('surroundings', context=context, namespace='bench')
        self._nominal_period = nominal_period
        self._odom = [
            (self.create_publisher(Odometry, topic, 10), x)
            for topic, x in (('odom', 0.0), ('/ann/odom', 2.0), ('/bob/odom', -2.0))
        ]
        self._nominal = self.create_publisher(Twist, 'cmd_vel_nom', 10)
        self.create_subscription(Twist, 'cmd_vel', self._take, 10)
        self.create_timer(1.0 / FREQUENCY, self._send_odometry)
        self._sent: dict[float, float] = {}
        self.round_trips: list[float] = []
        self._timer = self.create_timer(0.02, self._send_nominal)

    def _send_odometry(self) -> None:
        message = Odometry()
        message.header.frame_id = 'odom'
        message.header.stamp = self.get_clock().now().to_msg()
        for publisher, x in self._odom:
            message.pose.pose.position.x = x
            publisher.publish(message)

    def _send_nominal(self) -> None:
        # Every command is another one, at a random phase of the node's cycle.
        self._timer.timer_period_ns = int(1e9 * random.uniform(*self._nominal_period))
        message = Twist()
        message.linear.x = random.uniform(0.0, 0.1)
        message.angular.z = random.uniform(-0.5, 0.5)
        self._sent[message.angular.z] = monotonic()
        self._nominal.publish(message)

    def _take(self, message: Twist) -> None:
        sent = self._sent.pop(message.angular.z, None)
        if sent is not None:
            self.round_trips.append(monotonic() - sent)


def cpu_seconds(pid: int) -> float:
    """Processor time that a process has used so far [s]."""
    fields = Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def spin(executor: SingleThreadedExecutor, seconds: float, what: str) -> float:
    """Run the surroundings with a progress bar and return how long that took [s]."""
    started = monotonic()
    with tqdm(total=seconds, desc=what, unit='s', bar_format='{l_bar}{bar}| {n:.0f} s') as bar:
        while (elapsed := monotonic() - started) < seconds:
            executor.spin_once(timeout_sec=0.1)
            bar.update(min(elapsed, seconds) - bar.n)
    return monotonic() - started


def measure(seconds: float, folder: Path) -> None:
    """Run both measurements and print them."""
    parameters = folder / 'parameters.yaml'
    values = {'peers': list(PEERS), 'obstacles': OBSTACLES}
    parameters.write_text(yaml.safe_dump({'/**': {'ros__parameters': values}}))
    with isolated_environment(folder) as environment, NodeProcesses(environment, folder) as nodes:
        os.environ.update(environment)
        nodes.start(
            'filter', 'vcp_cbf_safety.ros.safety_filter_node',
            ['--ros-args', '-r', '__ns:=/bench', '--params-file', str(parameters)],
        )  # fmt: skip
        context = rclpy.Context()
        rclpy.init(context=context)
        pid = nodes.pid('filter')
        for what, period in (('latency', (0.024, 0.045)), ('processor', (0.02, 0.02))):
            surroundings = Surroundings(context, period)
            executor = SingleThreadedExecutor(context=context)
            executor.add_node(surroundings)
            while not surroundings.round_trips:
                executor.spin_once(timeout_sec=0.1)
                if nodes.ended():
                    raise SystemExit(f'the node has ended:\n{nodes.output("filter")}')
            surroundings.round_trips.clear()
            used = cpu_seconds(pid)
            elapsed = spin(executor, seconds, what)
            if what == 'latency':
                report_latency(np.array(surroundings.round_trips))
            else:
                share = 100.0 * (cpu_seconds(pid) - used) / elapsed
                print(f'node at {FREQUENCY:g} Hz with {len(PEERS)} peers: {share:.1f} % of a core')
            executor.shutdown()
            surroundings.destroy_node()
        rclpy.try_shutdown(context=context)


def report_latency(round_trips: np.ndarray) -> None:
    """Print the median and the 99th percentile of the round trips [s]."""
    p50, p99 = 1e3 * np.percentile(round_trips, (50, 99))
    load = os.getloadavg()[0]
    print(f'load average {load:.1f} on {os.cpu_count()} cores; measure on an idle machine')
    print(
        f'cmd_vel_nom to cmd_vel, both ways through DDS: median {p50:.2f} ms, p99 {p99:.2f} ms, '
        f'{len(round_trips)} commands; one period + 1 ms is {1e3 / FREQUENCY + 1.0:g} ms'
    )


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition('\n')[0])
    parser.add_argument('--seconds', type=float, default=20.0, help='length of each measurement')
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(arguments.seconds, Path(folder))


if __name__ == '__main__':
    main()
