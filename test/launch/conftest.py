"""Launch files run as a user runs them, in a ROS 2 domain of their own, watched by a probe."""

import logging
import os
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from vcp_cbf_safety.studies.processes import isolated_environment

# Longest wait for anything to happen [s]; nothing here measures time.
PATIENCE = 60.0


@pytest.fixture(autouse=True)
def domain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Give launch, which runs inside this process, the environment of a domain of its own."""
    with isolated_environment(tmp_path / 'log') as environment:
        # The profile is what launch files are to set by themselves.
        environment.pop('FASTDDS_DEFAULT_PROFILES_FILE', None)
        environment.setdefault('AMENT_PREFIX_PATH', sys.prefix)
        for name in set(os.environ) - set(environment):
            monkeypatch.delenv(name)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        yield


@pytest.fixture
def launch_file(domain: None) -> Callable[[str], str]:
    """Path of an installed launch file by its name."""
    packages = pytest.importorskip('ament_index_python.packages')
    try:
        share = packages.get_package_share_path('vcp_cbf_safety')
    except LookupError:
        pytest.skip('vcp_cbf_safety is not installed where launch looks (AMENT_PREFIX_PATH)')
    return lambda name: str(share / 'launch' / name)


@pytest.fixture
def started() -> Iterator[Any]:
    """Collects the event of every process that launch starts, in order."""
    from launch.actions import RegisterEventHandler
    from launch.event_handlers import OnProcessExit, OnProcessIO, OnProcessStart
    from launch.events.process import ProcessExited, ProcessIO, ProcessStarted

    class Started(list):  # type: ignore[type-arg]
        """Start events; `exit_codes` and `output` by process id."""

        def __init__(self) -> None:
            super().__init__()
            self.exit_codes: dict[int, int] = {}
            self.output: dict[int, str] = defaultdict(str)

        def failures(self) -> dict[str, tuple[int | None, str]]:
            """Exit code, None without one, and output of what did not end with 0, by name."""
            return {
                event.process_name: (self.exit_codes.get(event.pid), self.output[event.pid])
                for event in self
                if self.exit_codes.get(event.pid) != 0
            }

        def handlers(self) -> list[Any]:
            def on_start(event: ProcessStarted, _: Any) -> None:
                self.append(event)

            def on_exit(event: ProcessExited, _: Any) -> None:
                self.exit_codes[event.pid] = event.returncode

            def on_output(event: ProcessIO) -> None:
                self.output[event.pid] += event.text.decode(errors='replace')

            return [
                RegisterEventHandler(OnProcessStart(on_start=on_start)),
                RegisterEventHandler(OnProcessIO(on_stdout=on_output, on_stderr=on_output)),
                RegisterEventHandler(OnProcessExit(on_exit=on_exit)),
            ]

    return Started()


@pytest.fixture
def describe(launch_file: Callable[[str], str], started: Any) -> Callable[..., Any]:
    """Launch description of one of our launch files with arguments.

    It is ready before anything starts: where the launch file fails, ready at the end never comes.
    """
    from launch import LaunchDescription
    from launch.actions import IncludeLaunchDescription
    from launch.launch_description_sources import PythonLaunchDescriptionSource
    from launch_pytest.actions import ReadyToTest

    def description(name: str, **arguments: str) -> Any:
        source = PythonLaunchDescriptionSource(launch_file(name))
        include = IncludeLaunchDescription(source, launch_arguments=arguments.items())
        return LaunchDescription([ReadyToTest(), *started.handlers(), include])

    return description


@pytest.fixture
def probe(domain: None) -> Iterator[Any]:
    """A node of the test that publishes inputs and keeps what arrives."""
    import rclpy
    from rclpy.executors import SingleThreadedExecutor
    from rclpy.signals import SignalHandlerOptions

    class Probe:
        def __init__(self) -> None:
            self.context = rclpy.Context()
            rclpy.init(context=self.context, signal_handler_options=SignalHandlerOptions.NO)
            self.node = rclpy.create_node('launch_probe', context=self.context)
            self.executor = SingleThreadedExecutor(context=self.context)
            self.executor.add_node(self.node)

        def listen(self, kind: type, topic: str) -> list[Any]:
            """Every message that arrives on a topic from now on, oldest first."""
            messages: list[Any] = []
            self.node.create_subscription(kind, topic, messages.append, 50)
            return messages

        def repeat(self, topic: str, message: Any, rate: float = 20.0) -> None:
            """Publish a message again and again."""
            publisher = self.node.create_publisher(type(message), topic, 1)
            self.node.create_timer(1.0 / rate, lambda: publisher.publish(message))

        def wait_for(self, condition: Callable[[], Any], what: str) -> None:
            """Spin until a condition holds."""
            clock = self.node.get_clock()
            end = clock.now().nanoseconds + int(PATIENCE * 1e9)
            while not condition():
                assert clock.now().nanoseconds < end, f'waited {PATIENCE} s for {what}'
                self.executor.spin_once(timeout_sec=0.1)

        def node_names(self) -> list[str]:
            """Fully qualified names of the nodes of this domain."""
            pairs = self.node.get_node_names_and_namespaces()
            return [f'{namespace.rstrip("/")}/{name}' for name, namespace in pairs]

        def wait_for_node(self, name: str) -> None:
            """Spin until a node is known by its fully qualified name."""
            self.wait_for(lambda: name in self.node_names(), f'the node {name}')

        def close(self) -> None:
            self.executor.shutdown()
            self.node.destroy_node()
            rclpy.shutdown(context=self.context)

    made = Probe()
    yield made
    made.close()


@pytest.fixture
def said() -> Iterator[list[str]]:
    """Every sentence that a launch file logs by itself."""
    sentences: list[str] = []
    logger, handler = logging.getLogger('launch.user'), logging.Handler()
    handler.emit = lambda record: sentences.append(record.getMessage())  # type: ignore[method-assign]
    logger.addHandler(handler)
    yield sentences
    logger.removeHandler(handler)


@pytest.fixture
def stand_in(
    domain: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, str], Path]:
    """Makes a package with an executable that writes down how it was called, and says where."""
    prefix = tmp_path / 'prefix'
    monkeypatch.setenv('AMENT_PREFIX_PATH', f'{prefix}:{os.environ["AMENT_PREFIX_PATH"]}')

    def make(package: str, executable: str) -> Path:
        index = prefix / 'share' / 'ament_index' / 'resource_index' / 'packages'
        index.mkdir(parents=True, exist_ok=True)
        (index / package).touch()
        (prefix / 'share' / package).mkdir()
        path, called = prefix / 'lib' / package / executable, tmp_path / f'{executable}.called'
        path.parent.mkdir(parents=True)
        path.write_text(
            f"#!/bin/sh\nprintf '%s\\n' \"$@\" > '{called}.part'\nmv '{called}.part' '{called}'\n"
        )
        path.chmod(0o755)
        return called

    return make
