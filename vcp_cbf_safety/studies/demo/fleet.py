"""Runs a scenario: every node a process of its own, in a ROS 2 domain of its own."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import rclpy
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from vcp_cbf_safety.errors import VcpCbfError
from vcp_cbf_safety.ros.node_spec import NodeSpec
from vcp_cbf_safety.studies.demo.monitor import Monitor
from vcp_cbf_safety.studies.demo.record import RunRecord
from vcp_cbf_safety.studies.demo.run_recorder import RunRecorder
from vcp_cbf_safety.studies.demo.scenario import MODULES, Scenario, nodes_of
from vcp_cbf_safety.studies.interruption import Interruption
from vcp_cbf_safety.studies.processes import NodeProcesses, isolated_environment

# How long everybody may take to start and find each other [s]; a second or two is usual.
CONNECTION_TIMEOUT = 60.0

# The last ground truth comes within half a second, the last diagnostics within a second.
_LAST_REPORTS_TIMEOUT = 5.0

Progress = Callable[[float, int], None]
WatcherT = TypeVar('WatcherT', bound=Node)


class FleetError(VcpCbfError):
    """A run could not be carried out; the message says what was missing or which node died."""


@contextmanager
def ros_context(environment: Mapping[str, str]) -> Iterator[Context]:
    """A ROS context of this process inside an isolated environment.

    Signal handlers stay those of the caller. The process's own environment is as before on exit.
    """
    before = dict(os.environ)
    os.environ.update(environment)
    context = Context()
    try:
        rclpy.init(args=[], context=context, signal_handler_options=SignalHandlerOptions.NO)
        yield context
    finally:
        context.try_shutdown()
        os.environ.clear()
        os.environ.update(before)


class FleetExecutor(SingleThreadedExecutor):
    """Spins the watching node and notices when a watched process dies."""

    def __init__(self, processes: NodeProcesses, context: Context) -> None:
        super().__init__(context=context)
        self._processes = processes

    def check_alive(self) -> None:
        """Raise FleetError if a process has ended."""
        for name, code in self._processes.ended().items():
            last_words = ' '.join(self._processes.output(name).split()[-40:])
            raise FleetError(f'{name} ended with exit code {code}: {last_words}')


@contextmanager
def fleet(
    nodes: Sequence[NodeSpec],
    make_watcher: Callable[[Context], WatcherT],
    log_dir: Path,
    interruption: Interruption,
) -> Iterator[tuple[WatcherT, FleetExecutor]]:
    """Nodes as processes of their own, and one node of this process that watches them.

    Args:
        nodes: what to start.
        make_watcher: makes the watching node.
        log_dir: where the nodes' output goes.
        interruption: a Ctrl-C shows here.

    Yields:
        The watching node and the executor that spins it; every process has ended on exit.
    """
    with (
        isolated_environment(log_dir) as environment,
        NodeProcesses(environment, log_dir) as processes,
        ros_context(environment) as context,
    ):
        for node in nodes:
            interruption.check()
            name = node.full_name.strip('/').replace('/', '.')
            processes.start(name, MODULES[node.executable], node.arguments())
        executor = FleetExecutor(processes, context)
        watcher = make_watcher(context)
        executor.add_node(watcher)
        try:
            yield watcher, executor
        finally:
            executor.shutdown()
            watcher.destroy_node()


def spin_until(
    executor: FleetExecutor,
    done: Callable[[], bool],
    timeout: float,
    interruption: Interruption,
) -> bool:
    """Handle messages until `done()`; False when that takes longer than `timeout` [s]."""
    ends = time.monotonic() + timeout
    while not done():
        interruption.check()
        executor.check_alive()
        if time.monotonic() > ends:
            return False
        executor.spin_once(timeout_sec=0.05)
    return True


def run_scenario(
    scenario: Scenario,
    *,
    filtered: bool,
    duration: float,
    log_dir: Path,
    progress: Progress,
    interruption: Interruption,
    recording: Path | None = None,
) -> RunRecord:
    """Run until everybody has arrived or is stuck, at most `duration` seconds.

    Args:
        scenario: what to run.
        filtered: whether a safety filter stands between each driver and its base.
        duration: longest time after the drivers' start [s].
        log_dir: where the nodes' output goes.
        progress: told the elapsed time [s] and the number of robots that have arrived.
        interruption: a Ctrl-C shows here.
        recording: MCAP to write of a filtered run.

    Raises:
        FleetError: if a node dies or not everybody is connected in time.
        KeyboardInterrupt: after a Ctrl-C; every process has been stopped then.
    """
    nodes = nodes_of(scenario, filtered=filtered, wait_for_start=True)
    with fleet(
        nodes,
        lambda context: Monitor(scenario, filtered=filtered, context=context),
        log_dir,
        interruption,
    ) as (monitor, executor):
        if not spin_until(
            executor, lambda: not monitor.missing(), CONNECTION_TIMEOUT, interruption
        ):
            raise FleetError('not everybody is connected: ' + '; '.join(monitor.missing()))
        recorder = RunRecorder(monitor, scenario) if recording else None
        if recorder and not spin_until(
            executor, lambda: recorder.is_ready, CONNECTION_TIMEOUT, interruption
        ):
            raise FleetError('a filter does not say what its parameters are')
        monitor.start_drivers()

        def done() -> bool:
            progress(min(monitor.elapsed, duration), monitor.arrived)
            return monitor.over()

        spin_until(executor, done, duration, interruption)
        ended = monitor.elapsed
        truths, diagnoses = monitor.report_counts()
        wanted = (
            truths + 1,
            diagnoses + filtered * sum(each.filtered for each in scenario.robots),
        )

        def reported() -> bool:
            counts = monitor.report_counts()
            return counts[0] >= wanted[0] and counts[1] >= wanted[1]

        if recorder and recording:
            recorder.write(recording)
        spin_until(executor, reported, _LAST_REPORTS_TIMEOUT, interruption)
        return RunRecord(filtered, ended, monitor.record().robots)
