"""Runs one fault: processes up, robot at full speed, fault in, fault out, and what came of it."""

import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from vcp_cbf_safety.ros.node_spec import NodeSpec
from vcp_cbf_safety.sim.arena_sim_node import GROUND_TRUTH_PERIOD
from vcp_cbf_safety.studies.demo.fleet import FleetError, FleetExecutor, ros_context, spin_until
from vcp_cbf_safety.studies.faults.fault import Action, Fault
from vcp_cbf_safety.studies.faults.recorder import Recorder
from vcp_cbf_safety.studies.faults.recording import Recording
from vcp_cbf_safety.studies.faults.scene import (
    FILTER,
    MODULES,
    ROBOT,
    nodes,
    process_name,
)
from vcp_cbf_safety.studies.interruption import Interruption
from vcp_cbf_safety.studies.processes import NodeProcesses, isolated_environment

# How long everybody may take to find each other, and the robot to get up to speed [s].
_CONNECTION_TIMEOUT = 60.0
_APPROACH_TIMEOUT = 20.0

# After the fault: how long the robot may take to drive again, how long it is watched then [s].
_RECOVERY_TIMEOUT = 4.0
# ... and when its filter was started again, and has to find everybody [s].
_RESTART_TIMEOUT = 30.0
_AFTERMATH = 1.0
_LAST_TRUTH_TIMEOUT = 3.0
# ... and until the diagnostics are in order again, which come once a second.
_CALM_TIMEOUT = 2.0
# A process that is killed can hold up others for a while, the simulated world too. What the robot
# does at the end of a fault is judged when the world has grown older by the fault's duration, by
# odometry that is no older than this [s].
_FRESH = 0.1
_FRESH_TIMEOUT = 10.0

_HOGS = 4
_DRIVING = 0.05

Progress = Callable[[str], None]


class Run:
    """One run: the processes, who records, and what spins."""

    def __init__(
        self,
        specs: list[NodeSpec],
        processes: NodeProcesses,
        recorder: Recorder,
        executor: FleetExecutor,
        interruption: Interruption,
    ) -> None:
        self.recorder = recorder
        self._specs = {process_name(spec): spec for spec in specs}
        self._processes = processes
        self._executor = executor
        self._interruption = interruption
        self._logged = 0
        for name in self._specs:
            self._launch(name)

    def wait_for(self, done: Callable[[], bool], timeout: float) -> bool:
        """Record until `done()`; False when that takes longer than `timeout` [s]."""
        return spin_until(self._executor, done, timeout, self._interruption)

    def record_for(self, seconds: float) -> None:
        """Record for a while."""
        self.wait_for(lambda: False, seconds)

    def connect(self) -> None:
        """Wait until everybody hears everybody, and the filter passes a command of zero."""
        recorder = self.recorder
        if not self.wait_for(lambda: not recorder.missing(), _CONNECTION_TIMEOUT):
            raise FleetError('not everybody is connected: ' + '; '.join(recorder.missing()))

    def approach(self, x: float) -> None:
        """Let the robot drive until it has come to x [m]."""
        self.recorder.start_drivers()
        if not self.wait_for(lambda: self.recorder.x >= x, _APPROACH_TIMEOUT):
            raise FleetError(
                f'the robot came only to x = {self.recorder.x:.2f} m within {_APPROACH_TIMEOUT} s'
            )

    def mark_log(self) -> None:
        """Count only what the filter logs from now on."""
        self._logged = len(self._filter_log())

    def suffer(self, fault: Fault) -> None:
        """The fault, from its begin to its end."""
        lines = {name: dataclasses.asdict(line) for name, line in fault.lines.items()}
        with ExitStack() as stack:
            if fault.action is Action.HOG:
                stack.enter_context(_busy_processes())
            if fault.action is Action.INTRUDE:
                self.recorder.intrude()
                stack.callback(self.recorder.withdraw)
            if fault.action is Action.PAUSE:
                self._processes.signal(self._filter, signal.SIGSTOP)
                stack.callback(self._processes.signal, self._filter, signal.SIGCONT)
            self.recorder.inject(lines, next(iter(lines), None))
            if fault.action is Action.KILL:
                self._processes.signal(self._filter, signal.SIGKILL)
                self._processes.stop(self._filter)
                self._logged = 0
            # what is known of the world's time is so old at most
            due = self.recorder.world_time + GROUND_TRUTH_PERIOD + fault.duration
            self.record_for(fault.duration)
            if fault.expected.rests:
                self.wait_for(lambda: self.recorder.world_time >= due, _FRESH_TIMEOUT)
            self.wait_for(self.recorder.sees_motion_since(time.time() - _FRESH), _FRESH_TIMEOUT)
            if fault.action is Action.PAUSE:
                self._processes.signal(self._filter, signal.SIGCONT)
            self.recorder.end()
            if fault.action is Action.KILL:
                self._launch(self._filter)

    def watch_recovery(self, timeout: float) -> None:
        """Wait until the robot drives again, watch it a while, and take the last ground truth."""
        ended = self.recorder.recording.ended or 0.0

        def drives() -> bool:
            commands = self.recorder.recording.commands
            return any(each.wall > ended and abs(each.v) > _DRIVING for each in commands[-100:])

        self.wait_for(drives, timeout)
        self.record_for(_AFTERMATH)
        since = time.time() - _AFTERMATH
        self.wait_for(lambda: self.recorder.recording.calm_since(since) is not None, _CALM_TIMEOUT)
        last = self.recorder.truths
        self.wait_for(lambda: self.recorder.truths > last, _LAST_TRUTH_TIMEOUT)

    def result(self) -> Recording:
        """What was recorded."""
        recording = self.recorder.recording
        recording.logged = self._filter_log()[self._logged :]
        return recording

    @property
    def _filter(self) -> str:
        return f'{ROBOT}.{FILTER}'

    def _filter_log(self) -> str:
        return self._processes.output(self._filter) if self._filter in self._specs else ''

    def _launch(self, name: str) -> None:
        self._interruption.check()
        spec = self._specs[name]
        self._processes.start(name, MODULES[spec.executable], spec.arguments())


@contextmanager
def _running(fault: Fault, log_dir: Path, interruption: Interruption) -> Iterator[Run]:
    specs = nodes(
        with_peer=fault.with_peer,
        filtered=fault.filtered,
        sim_time=fault.sim_time,
        parameters=fault.parameters,
    )
    with (
        isolated_environment(log_dir) as environment,
        NodeProcesses(environment, log_dir) as processes,
        ros_context(environment) as context,
    ):
        recorder = Recorder(context, with_peer=fault.with_peer, filtered=fault.filtered)
        executor = FleetExecutor(processes, context)
        executor.add_node(recorder)
        try:
            yield Run(specs, processes, recorder, executor, interruption)
        finally:
            executor.shutdown()
            recorder.destroy_node()


def run_fault(
    fault: Fault, log_dir: Path, interruption: Interruption, progress: Progress
) -> Recording:
    """Run one fault in a ROS 2 domain of its own.

    Args:
        fault: what to inject.
        log_dir: where the output of the nodes goes.
        interruption: a Ctrl-C shows here.
        progress: told what is going on.

    Raises:
        FleetError: if a node dies that was not killed, or the robot does not get going.
        KeyboardInterrupt: after a Ctrl-C; every process has been stopped then.
    """
    progress('connecting')
    with _running(fault, log_dir, interruption) as run:
        run.connect()
        progress('driving')
        run.approach(fault.injection_x)
        progress('fault')
        run.mark_log()
        run.suffer(fault)
        progress('recovering')
        if fault.expected.recovers:
            killed = fault.action is Action.KILL
            run.watch_recovery(_RESTART_TIMEOUT if killed else _RECOVERY_TIMEOUT)
        return run.result()


@contextmanager
def _busy_processes() -> Iterator[None]:
    hogs = [
        subprocess.Popen(
            [sys.executable, '-S', '-c', 'while True: pass'],
            env=os.environ,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        for _ in range(_HOGS)
    ]
    try:
        yield
    finally:
        for hog in hogs:
            hog.kill()
        for hog in hogs:
            hog.wait()
