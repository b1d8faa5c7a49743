"""Start nodes as processes in an isolated ROS 2 domain, and leave none of them behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

from domain_coordinator import domain_id

from vcp_cbf_safety.resources import share_directory

# A node gets this long to react to each signal of an orderly stop [s].
_PATIENCE = {signal.SIGINT: 8.0, signal.SIGTERM: 4.0, signal.SIGKILL: 4.0}


@contextmanager
def isolated_environment(log_dir: Path) -> Iterator[dict[str, str]]:
    """Environment of a ROS 2 domain that nobody else on this machine uses.

    Args:
        log_dir: where the nodes write their logs; made if missing.

    Yields:
        A copy of the environment with domain, discovery range, log folder, Fast DDS profile and
        an empty ROS_HOME, which is removed at the end: domains are used again, and a node must
        not find what one of an earlier run has left there.
    """
    log_dir.mkdir(parents=True, exist_ok=True)
    profile = share_directory() / 'config' / 'fastdds_discovery.xml'
    with (
        domain_id() as domain,
        TemporaryDirectory(prefix='ros_home_', ignore_cleanup_errors=True) as home,
    ):
        environment = dict(os.environ)
        environment.update(
            ROS_DOMAIN_ID=str(domain),
            ROS_AUTOMATIC_DISCOVERY_RANGE='LOCALHOST',
            ROS_HOME=home,
            ROS_LOG_DIR=str(log_dir),
            FASTDDS_DEFAULT_PROFILES_FILE=str(profile),
        )
        yield environment


class NodeProcesses:
    """A set of node processes that is stopped as one; a context manager.

    Each process leads its own session, so a Ctrl-C in the terminal reaches only the parent, which
    then stops its children in order: SIGINT, SIGTERM, SIGKILL.
    """

    def __init__(self, environment: Mapping[str, str], log_dir: Path) -> None:
        self._environment = dict(environment)
        self._log_dir = log_dir
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> 'NodeProcesses':
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self, name: str, module: str, arguments: Sequence[str] = ()) -> None:
        """Run `python -m module arguments...` as a process called `name`; output to its log.

        Raises:
            ValueError: if a process of that name is already there.
        """
        if name in self._processes:
            raise ValueError(f'a process called {name} is already running')
        with self.log_path(name).open('wb') as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, '-m', module, *arguments],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def log_path(self, name: str) -> Path:
        """Where the output of a process goes."""
        return self._log_dir / f'{name}.log'

    def output(self, name: str) -> str:
        """What a process has printed so far."""
        return self.log_path(name).read_text(errors='replace')

    def pid(self, name: str) -> int:
        """Process id of a process."""
        return self._processes[name].pid

    def wait(self, name: str, timeout: float) -> int:
        """Exit code of a process that ends by itself.

        Raises:
            subprocess.TimeoutExpired: if it is still running after `timeout` seconds.
        """
        return self._processes[name].wait(timeout)

    def ended(self) -> dict[str, int]:
        """Exit codes of the processes that are no longer running, by name."""
        codes = {name: process.poll() for name, process in self._processes.items()}
        return {name: code for name, code in codes.items() if code is not None}

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a process and to whatever it started."""
        process = self._processes[name]
        if process.poll() is None:
            os.killpg(process.pid, number)

    def stop(self, name: str | None = None) -> dict[str, int]:
        """Stop one process, or all of them, and return their exit codes by name."""
        names = list(self._processes) if name is None else [name]
        for number, patience in _PATIENCE.items():
            for each in names:
                self.signal(each, number)
            for each in names:
                try:
                    self._processes[each].wait(patience)
                except subprocess.TimeoutExpired:
                    continue
        return {each: self._processes.pop(each).wait() for each in names}
