"""Real nodes in processes of their own, and the robot around them: both ends talk over DDS."""

import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import rclpy
import yaml
from ros_rig import Rig

from vcp_cbf_safety.studies.processes import NodeProcesses, isolated_environment

MODULE = 'vcp_cbf_safety.ros.safety_filter_node'

# A quick small robot, so that stops take few cycles, and walls to drive at.
ROBOT = {
    'body_radius': 0.15, 'vcp_offset': 0.1, 'min_speed': -0.2, 'max_speed': 1.0,
    'max_yaw_rate': 2.84, 'max_deceleration': 5.0, 'max_acceleration': 5.0,
    'max_yaw_acceleration': 20.0, 'cmd_timeout': 0.3, 'arena': [-5.0, -5.0, 5.0, 5.0],
}  # fmt: skip

# Every filter of a session has its own namespace.
_NUMBERS = count(1)


class Filters:
    """Starts filters as processes and rigs around them."""

    def __init__(self, context: Any, processes: NodeProcesses, folder: Path) -> None:
        self.processes = processes
        self._context = context
        self._folder = folder
        self._rigs: list[Rig] = []
        self._arguments: dict[str, list[str]] = {}

    def name(self) -> str:
        """A namespace that no other filter has."""
        return f'robot{next(_NUMBERS)}'

    def launch(
        self,
        parameters: Mapping[str, Any] | str | None = None,
        arguments: Sequence[str] = (),
        name: str = '',
    ) -> str:
        """Start a filter in a namespace of its own and return the namespace.

        Args:
            parameters: parameters beside those of the test robot, or the text of a YAML file.
            arguments: more ROS arguments.
            name: the namespace, when it is known already.
        """
        name = name or self.name()
        text = parameters
        if not isinstance(text, str):
            values = ROBOT | dict(parameters or {})
            text = yaml.safe_dump({'/**': {'ros__parameters': values}})
        path = self._folder / f'{name}.yaml'
        path.write_text(text)
        self._arguments[name] = [
            '--ros-args', '--params-file', str(path), '-r', f'__ns:=/{name}', *arguments,
        ]  # fmt: skip
        self.processes.start(name, MODULE, self._arguments[name])
        return name

    def start(
        self,
        parameters: Mapping[str, Any] | str | None = None,
        arguments: Sequence[str] = (),
        **rig: Any,
    ) -> Rig:
        """Start a filter and a rig around it, and wait until they are connected."""
        made = self.rig(self.launch(parameters, arguments), **rig)
        made.wait_for(made.matched)
        return made

    def rig(self, namespace: str, **options: Any) -> Rig:
        """A rig for a filter in a namespace."""
        made = Rig(self._context, namespace, **options)
        self._rigs.append(made)
        return made

    def stop(self, rig: Rig, number: signal.Signals = signal.SIGINT) -> int:
        """Send one signal, keep the robot running meanwhile, and return the exit code."""
        self.processes.signal(rig.namespace, number)
        rig.wait_for(lambda: rig.namespace in self.processes.ended())
        return self.processes.ended()[rig.namespace]

    def kill(self, rig: Rig) -> None:
        """Let a filter end as in a crash; what it has said is forgotten."""
        self.stop(rig, signal.SIGKILL)
        self.processes.stop(rig.namespace)
        rig.states.clear()
        rig.commands.clear()

    def respawn(self, rig: Rig) -> None:
        """Start a filter again that has ended, as it was started before."""
        self.processes.start(rig.namespace, MODULE, self._arguments[rig.namespace])

    def close(self) -> None:
        for rig in self._rigs:
            rig.close()


@pytest.fixture(scope='session')
def ros_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An isolated ROS domain, for this process too."""
    with isolated_environment(tmp_path_factory.mktemp('ros_log')) as environment:
        before = dict(os.environ)
        os.environ.update(environment)
        yield environment
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture(scope='session')
def ros_context(ros_environment: dict[str, str]) -> Iterator[Any]:
    """The context of the rigs."""
    context = rclpy.Context()
    rclpy.init(context=context, domain_id=int(ros_environment['ROS_DOMAIN_ID']))
    yield context
    rclpy.try_shutdown(context=context)


@contextmanager
def running_filters(
    environment: Mapping[str, str], context: Any, folder: Path
) -> Iterator[Filters]:
    with NodeProcesses(environment, folder) as processes:
        filters = Filters(context, processes, folder)
        yield filters
        filters.close()


@pytest.fixture
def filters(
    ros_environment: dict[str, str], ros_context: Any, tmp_path: Path
) -> Iterator[Filters]:
    """Filters and rigs of one test."""
    with running_filters(ros_environment, ros_context, tmp_path) as made:
        yield made


@pytest.fixture(scope='module')
def module_filters(
    ros_environment: dict[str, str], ros_context: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Filters]:
    """Filters and rigs that several tests of a module share."""
    folder = tmp_path_factory.mktemp('nodes')
    with running_filters(ros_environment, ros_context, folder) as made:
        yield made
