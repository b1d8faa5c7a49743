"""Every command that the documents give names what exists, with arguments that are taken."""

import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from command_checks import CHECKS, indispensable, parse, parser_of
from commands import COMMANDS, Command, option_fragments
from documents import DOCS, DOCUMENTS, ROOT, blocks

from vcp_cbf_safety.ros.settings import NodeSettings

# Programs that the system or ROS 2 has, and whose arguments name nothing of this package.
ELSEWHERE = {'cd', 'export', 'git', 'mkdir', 'rosdep', 'source', 'sudo'}


@pytest.mark.parametrize(
    'command', [each for each in COMMANDS if each.words[0] not in ELSEWHERE], ids=str
)
def test_what_a_command_names_exists_and_takes_its_arguments(command: Command) -> None:
    program = command.words[0]
    assert program in CHECKS, f'command_checks.py has no check for {program}'
    CHECKS[program](command)


@pytest.mark.parametrize(
    'text',
    [
        'make demo-moon',
        'make demo SPEED=3',
        'python -m vcp_cbf_safety.studies.campaign --families no_such_world',
        'python -m vcp_cbf_safety.studies.faults --every',
        'python -m vcp_cbf_safety.errors',
        'ros2 run vcp_cbf_safety safe_filter',
        'ros2 run vcp_cbf_safety safety_filter --ros-args -p max_speed:=-1.0',
        'ros2 run vcp_cbf_safety arena_sim --ros-args -p robot:=robot1',
        'ros2 launch vcp_cbf_safety safety_filter.launch.py parameters:=mine.yaml',
        'ros2 topic echo /safety_filter/status',
        'ros2 service call /safety_filter/enable std_srvs/srv/Trigger',
        'ros2 param set /safety_filter margins 0.1',
        'ros2 param set /safety_filter margin -0.1',
    ],
)
def test_a_command_that_names_what_is_not_there_is_found(text: str) -> None:
    command = Command('nowhere.md', tuple(text.split()), False)
    with pytest.raises(
        (AssertionError, KeyError, ValueError, FileNotFoundError, pytest.fail.Exception)
    ):
        CHECKS[command.words[0]](command)


MODULES: defaultdict[str, set[str]] = defaultdict(set)
for each in COMMANDS:
    if (
        each.words[:2] == ('python', '-m')
        and each.words[2] != 'vcp_cbf_safety.ros.parameter_files'
    ):
        MODULES[each.words[2]].add(each.document)


def fragments() -> Iterator[object]:
    """Options that stand alone in backquotes."""
    for path in DOCUMENTS:
        for words in dict.fromkeys(option_fragments(path)):
            yield pytest.param(path.name, words, id=f'{path.name}: {" ".join(words)}')


@pytest.mark.parametrize(('document', 'words'), fragments())
def test_options_that_a_document_names_are_those_of_a_command(
    document: str, words: tuple[str, ...]
) -> None:
    named = {word for word in words if word.startswith('--')}
    # Those of its own commands first.
    for module in sorted(MODULES, key=lambda name: (document not in MODULES[name], name)):
        parser = parser_of(module)
        if named <= parser._option_string_actions.keys():
            # A name alone stands for itself.
            if len(words) > 1:
                parse(parser, indispensable(parser, words) + words)
            return
    pytest.fail(f'no command has {named}')


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    """What a command prints that ends well."""
    result = subprocess.run(
        [str(each) for each in command],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_make_help_lists_every_target_that_the_documents_name() -> None:
    listed = set(re.findall(r'^  make ([a-z0-9-]+)', run('make', 'help'), re.MULTILINE))
    assert {each.words[1] for each in COMMANDS if each.words[0] == 'make'} <= listed | {'help'}


def test_a_short_campaign_runs_as_the_document_says(tmp_path: Path) -> None:
    pytest.importorskip('rich')
    said = run(
        sys.executable,
        '-m',
        'vcp_cbf_safety.studies.campaign',
        '--families',
        'walls',
        '--episodes',
        '2',
        '--out',
        tmp_path,
    )
    assert 'walls' in said
    assert (tmp_path / 'campaign.json').is_file()


def test_the_example_without_ros_in_the_readme_runs(tmp_path: Path) -> None:
    [code] = blocks(ROOT / 'README.md', 'python')
    v, omega, outcome = run(sys.executable, '-c', code, cwd=tmp_path).split()[:3]
    assert 0.0 < float(v) < 0.8
    assert float(omega) != 0.0
    assert outcome == 'filtered'


def test_the_example_of_a_layer_in_a_network_runs() -> None:
    pytest.importorskip('torch')
    [code] = blocks(DOCS / 'learning.md', 'python')
    exec(compile(code, 'learning.md', 'exec'), {})


def test_parameters_without_a_scanner_as_the_first_drive_makes_them_are_legal() -> None:
    lines = (ROOT / 'config' / 'turtlebot4.yaml').read_text(encoding='utf-8').splitlines()
    left = '\n'.join(line for line in lines if 'scan_' not in line)
    [section] = yaml.safe_load(left).values()
    assert not NodeSettings.from_parameters(section['ros__parameters']).scanners
