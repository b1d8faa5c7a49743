"""What to start: a node, its name, parameters and remaps, for launch and plain processes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vcp_cbf_safety.resources import PACKAGE

ParameterValue = bool | int | float | str | Sequence[float] | Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSpec:
    """One node of this package, as a launch file or a test starts it.

    Attributes:
        executable: name under which `ros2 run vcp_cbf_safety` finds it.
        name: node name.
        namespace: with or without leading slash; empty for the root.
        parameter_files: YAML files, the later ones win.
        parameters: single values, which win over the files.
        remappings: pairs of a topic name inside the node and the name outside.

    Raises:
        FileNotFoundError: if a parameter file does not exist; launch would only warn, and the node
            would run with values that are not the robot's.
        ValueError: if a parameter is an empty list, which a ROS 2 parameter file cannot express.
    """

    executable: str
    name: str
    namespace: str = ''
    parameter_files: tuple[Path, ...] = ()
    parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
    remappings: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        for path in self.parameter_files:
            if not path.is_file():
                raise FileNotFoundError(
                    f'the parameter file {path} of node {self.name} is not a file'
                )
        for name, value in self.parameters.items():
            if not isinstance(value, bool | int | float | str) and not len(value):
                raise ValueError(
                    f'{name} of node {self.name} is an empty list, whose type ROS 2 cannot tell; '
                    'leave the parameter out'
                )

    @property
    def full_name(self) -> str:
        """Fully qualified node name, with leading slash."""
        return '/' + '/'.join(part for part in (self.namespace.strip('/'), self.name) if part)

    def for_launch(self) -> dict[str, Any]:
        """Keyword arguments of `launch_ros.actions.Node`."""
        arguments: dict[str, Any] = {
            'package': PACKAGE,
            'executable': self.executable,
            'name': self.name,
            'parameters': [str(path) for path in self.parameter_files],
            'remappings': list(self.remappings),
        }
        if self.namespace:
            arguments['namespace'] = self.namespace
        if self.parameters:
            arguments['parameters'].append(dict(self.parameters))
        return arguments

    def arguments(self) -> list[str]:
        """Command-line arguments that say the same to the executable itself."""
        arguments = ['--ros-args', '-r', f'__node:={self.name}']
        if self.namespace:
            arguments += ['-r', f'__ns:=/{self.namespace.strip("/")}']
        for path in self.parameter_files:
            arguments += ['--params-file', str(path)]
        for name, value in self.parameters.items():
            # Every JSON value is YAML, which is what follows `:=`.
            arguments += ['-p', f'{name}:={json.dumps(value)}']
        for inside, outside in self.remappings:
            arguments += ['-r', f'{inside}:={outside}']
        return arguments
