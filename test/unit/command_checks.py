"""What commands of documents may name: a check for each program, which raises."""

import argparse
import ast
import importlib
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from unittest.mock import patch

import pytest
import yaml
from commands import Command
from documents import ROOT, launch_arguments, names, rows

from vcp_cbf_safety.ros.parameters import PARAMETERS
from vcp_cbf_safety.ros.settings import NodeSettings

MAKEFILE = (ROOT / 'Makefile').read_text(encoding='utf-8')
TARGETS = set(re.findall(r'^([a-z0-9-]+):', MAKEFILE, re.MULTILINE))
VARIABLES = set(re.findall(r'\$\(([A-Z]+)\)', MAKEFILE))

TABLES = ('Topics that it hears', 'Topics that it publishes')
TOPICS = {names(row['topic'])[0] for table in TABLES for row in rows('interface.md', table)}
SERVICES = {
    names(row['service'])[0]: names(row['type'])[0] for row in rows('interface.md', 'Services')
}
TRANSITIONS = {'configure', 'activate', 'deactivate', 'cleanup', 'shutdown'}

# Of other packages; what they are told about the filter's topics is looked at.
OTHERS = {
    'diagnostic_aggregator', 'foxglove_bridge', 'rqt_plot', 'rqt_robot_monitor',
    'teleop_twist_keyboard', 'tf2_ros',
}  # fmt: skip


# How many arguments the commands of sros2 take.
ARGUMENTS_OF_SECURITY = {
    'create_keystore': 1, 'create_enclave': 2, 'create_permission': 3, 'list_enclaves': 1,
    'generate_policy': 1,
}  # fmt: skip


class ParserFoundError(Exception):
    """Carries the parser of a command, before anything is done with its arguments."""


def parser_of(module: str) -> argparse.ArgumentParser:
    """The parser of a module that is run with `python -m`."""
    path = ROOT.joinpath(*module.split('.'))
    name = f'{module}.__main__' if path.is_dir() else module
    file = path / '__main__.py' if path.is_dir() else path.with_suffix('.py')
    assert "if __name__ == '__main__':" in file.read_text(encoding='utf-8'), (
        f'{module} does nothing'
    )

    def found(parser: argparse.ArgumentParser, *_: object) -> None:
        raise ParserFoundError(parser)

    with patch.object(argparse.ArgumentParser, 'parse_args', found):
        try:
            importlib.import_module(name).main()
        except ImportError as error:
            pytest.skip(f'{module} needs what is not installed: {error}')
        except ParserFoundError as holder:
            return holder.args[0]
    raise AssertionError(f'{module} parses no arguments')


def check_module(command: Command) -> None:
    module, arguments = (
        command.words[(at := command.words.index('-m')) + 1],
        command.words[at + 2 :],
    )
    if module == 'vcp_cbf_safety.ros.parameter_files':
        assert not arguments
        assert importlib.import_module(module).main
        return
    parser = parser_of(module)
    if command.usage:
        options = {each for each in arguments if each.startswith('--')}
        assert options <= parser._option_string_actions.keys(), command
        return
    parse(parser, arguments or indispensable(parser))


def indispensable(parser: argparse.ArgumentParser, given: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Arguments that a command cannot do without; a sentence may leave them out."""
    found: list[str] = []
    for action in parser._actions:
        if not action.option_strings and action.nargs != '*':
            found.append('a')
        elif action.required and action.option_strings and action.option_strings[0] not in given:
            found += [action.option_strings[0], 'a']
    return tuple(found)


def parse(parser: argparse.ArgumentParser, arguments: tuple[str, ...]) -> None:
    try:
        parser.parse_args(arguments)
    except SystemExit:
        pytest.fail(f'{parser.prog} does not take {" ".join(arguments)}')


def check_make(command: Command) -> None:
    for word in command.words[1:]:
        name, assigned, _ = word.partition('=')
        assert name in (VARIABLES if assigned else TARGETS), command


def check_pip(command: Command) -> None:
    # Versions: test_documents.py.
    assert command.words[1] == 'install'
    extras = re.findall(r'^\.\[(\w+)\]$', ' '.join(command.words[2:]))
    assert all(
        f"'{extra}': [" in (ROOT / 'setup.py').read_text(encoding='utf-8') for extra in extras
    )


def check_files(command: Command) -> None:
    files = [word for word in command.words[1:] if word.startswith((str(ROOT), 'config/'))]
    assert files, command
    assert all((ROOT / file).is_file() for file in files), command


def check_colcon(command: Command) -> None:
    assert command.words == ('colcon', 'build', '--packages-select', 'vcp_cbf_safety')


def check_ros2(command: Command) -> None:
    verb = command.words[1]
    assert verb in CHECKS_OF_ROS2, f'command_checks.py has no check for ros2 {verb}'
    CHECKS_OF_ROS2[verb](command.words[2:])


def check_run(words: tuple[str, ...]) -> None:
    package, executable, *arguments = words
    if package not in OTHERS:
        assert package == 'vcp_cbf_safety'
        assert (ROOT / 'resource' / 'lib' / executable).is_file(), words
    for flag, value in pairwise(arguments):
        if flag == '-r':
            assert value.split(':=')[0] in {'__ns', 'cmd_vel', *TOPICS}, value
        if flag == '-p' and package == 'vcp_cbf_safety':
            check_parameter(executable, *value.split(':='))
    for topic in arguments:
        if topic.startswith('/safety_filter'):
            check_topic(topic.split('/data[')[0])


def check_parameter(executable: str, name: str, value: str) -> None:
    if executable == 'safety_filter':
        NodeSettings.from_parameters({name: yaml.safe_load(value)})
        return
    # Some are declared by what nodes of the simulators share.
    declared = {
        getattr(argument, 'value', None)
        for path in (ROOT / 'vcp_cbf_safety' / 'sim').glob('*.py')
        for call in ast.walk(ast.parse(path.read_text(encoding='utf-8')))
        if isinstance(call, ast.Call)
        for argument in call.args
    }
    assert name in declared, f'{executable} has no parameter {name}'


def check_launch(words: tuple[str, ...]) -> None:
    package, file, *arguments = words
    assert package == 'vcp_cbf_safety'
    declared = launch_arguments(ROOT / 'launch' / file)
    for name, value in (each.split(':=') for each in arguments):
        assert name in declared, f'{file} has no argument {name}'
        assert not value.startswith(str(ROOT)) or Path(value).is_file(), value


def check_topic(topic: str) -> None:
    known = {each.replace('~', 'safety_filter').lstrip('/') for each in TOPICS}
    assert topic.lstrip('/') in known, f'{topic} is no topic of the filter'


def check_topics(words: tuple[str, ...]) -> None:
    assert words[0] in {'echo', 'hz', 'info'}
    check_topic(words[-1])


def check_call(words: tuple[str, ...]) -> None:
    verb, service, kind = words[:3]
    assert verb == 'call'
    assert SERVICES[service.replace('/safety_filter', '~')] == kind


def check_param(words: tuple[str, ...]) -> None:
    verb, *rest = words
    if rest:
        node, name, *value = rest
        assert (verb, node) in {('set', '/safety_filter'), ('describe', '/safety_filter')}
        assert name in PARAMETERS, f'{name} is no parameter'
        for each in value:
            NodeSettings.from_parameters({name: yaml.safe_load(each)})


def check_lifecycle(words: tuple[str, ...]) -> None:
    assert words[:2] == ('set', '/safety_filter')
    assert words[2] in TRANSITIONS


def check_security(words: tuple[str, ...]) -> None:
    verb, *given = words
    # A sentence may name a command without its arguments.
    assert len(given) in (0, ARGUMENTS_OF_SECURITY[verb]), words


CHECKS_OF_ROS2: dict[str, Callable[[tuple[str, ...]], None]] = {
    'run': check_run,
    'launch': check_launch,
    'topic': check_topics,
    'service': check_call,
    'param': check_param,
    'lifecycle': check_lifecycle,
    'security': check_security,
    'bag': lambda _: None,
}
CHECKS: dict[str, Callable[[Command], None]] = {
    'make': check_make,
    'python': check_module,
    'torchrun': check_module,
    'ros2': check_ros2,
    'pip': check_pip,
    'cp': check_files,
    'grep': check_files,
    'rviz2': check_files,
    'sed': check_files,
    'colcon': check_colcon,
}
