"""Which nodes a parameter file is for: one for others alone must not leave a node on defaults."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import yaml

from vcp_cbf_safety.errors import ConfigurationError

# Above this in a parameter file stand namespaces and nodes, below it parameters.
_PARAMETERS = 'ros__parameters'


def check_addressees(arguments: Sequence[str], full_name: str) -> None:
    """See that every parameter file on a command line has something for the node.

    One file for many nodes is fine, and so is an empty one. Call it when rclpy has read the files:
    what is wrong with one by itself, rclpy says.

    Args:
        arguments: the command line of the process.
        full_name: full name of the node, after remapping.

    Raises:
        ConfigurationError: if all that a file has is for other nodes; the message names file,
            nodes and this node.
    """
    for path in parameter_files(arguments):
        keys = addressees(path)
        if keys and not any(is_for(key, full_name) for key in keys):
            raise ConfigurationError(
                f'the parameter file {path} has parameters for {", ".join(keys)} and nothing for '
                f'this node, {full_name}; write {full_name} or /** above ros__parameters, or '
                'leave the file out'
            )


def parameter_files(arguments: Sequence[str]) -> list[Path]:
    """Parameter files that a command line names, in order."""
    found = []
    is_for_ros = False
    for argument, following in pairwise(arguments):
        if argument in ('--ros-args', '--'):
            is_for_ros = argument == '--ros-args'
        elif is_for_ros and argument == '--params-file':
            found.append(Path(following))
    return found


def addressees(path: Path) -> list[str]:
    """Nodes that a file has parameters for, each once, with leading slash; wildcards as written.

    A pipe can be read only once, and rclpy has done that: it has none.
    """
    if not path.is_file():
        return []
    try:
        # Not loaded into dictionaries: rclpy reads every document, and every key that comes twice.
        documents = list(yaml.compose_all(path.read_bytes(), Loader=yaml.SafeLoader))
    except yaml.YAMLError:
        # The parser of ROS has taken it and is less strict here and there.
        return []
    keys = [key for document in documents for key in _keys(document, '')]
    return list(dict.fromkeys(f'/{key.lstrip("/")}' for key in keys))


def is_for(key: str, full_name: str) -> bool:
    """Whether a key of a parameter file means a node, as rclpy decides that.

    Args:
        key: a node name, with leading slash; `*` for one part of it, `**` for any number of them.
        full_name: full name of the node.
    """
    pattern = key.replace('/*', r'(/\w+)')
    return re.fullmatch(pattern, full_name, re.ASCII) is not None


def _keys(node: yaml.Node, above: str) -> Iterator[str]:
    if not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        if key.value.startswith(_PARAMETERS):
            yield above
        else:
            yield from _keys(
                value, f'{above.removesuffix("/")}/{key.value}' if above else key.value
            )
