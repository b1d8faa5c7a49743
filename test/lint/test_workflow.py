"""The workflow of GitHub names targets, packages and versions that exist; it cannot run here."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

DISTROS = {'jazzy', 'kilted', 'rolling'}


@pytest.fixture(scope='module')
def workflow(root: Path) -> dict[Any, Any]:
    text = (root / '.github' / 'workflows' / 'ci.yml').read_text(encoding='utf-8')
    return yaml.safe_load(text)


def commands(workflow: dict[Any, Any]) -> list[str]:
    return [
        step['run'] for job in workflow['jobs'].values() for step in job['steps'] if 'run' in step
    ]


def test_it_runs_on_changes_and_changes_nothing_itself(workflow: dict[Any, Any]) -> None:
    # YAML 1.1 reads `on` as true.
    assert {'push', 'pull_request'} <= workflow[True].keys()
    assert workflow['permissions'] == {'contents': 'read'}
    assert all(job['timeout-minutes'] <= 60 for job in workflow['jobs'].values())


def test_it_builds_and_tests_with_colcon_on_every_ros(
    workflow: dict[Any, Any], setup_arguments: dict[str, Any]
) -> None:
    job = workflow['jobs']['colcon']
    rows = job['strategy']['matrix']['include']
    assert {row['distro'] for row in rows} == DISTROS
    assert all(row['image'].startswith(row['distro']) for row in rows)
    with_wheels = {
        extra.removeprefix('ros-')
        for extra in setup_arguments['extras_require']
        if extra.startswith('ros-')
    }
    assert with_wheels <= DISTROS
    text = '\n'.join(commands(workflow))
    for verb in ('colcon build', 'colcon test'):
        assert f'{verb} --packages-select {setup_arguments["name"]} ' in text
    assert 'rosdep install --from-paths src' in text


def test_it_runs_the_commands_of_the_readme(root: Path, workflow: dict[Any, Any]) -> None:
    makefile = (root / 'Makefile').read_text(encoding='utf-8')
    targets = set(re.findall(r'^([a-z0-9-]+):', makefile, re.MULTILINE))
    variables = set(re.findall(r'\$\(([A-Z]+)\)', makefile))
    run = [each.split() for each in commands(workflow) if each.startswith('make ')]
    assert {words[1] for words in run} >= {'lint', 'test', 'docs'}
    for _, target, *settings in run:
        assert target in targets
        assert {each.split('=')[0] for each in settings} <= variables


def test_what_it_installs_with_pip_is_what_setup_says(
    workflow: dict[Any, Any], setup_arguments: dict[str, Any]
) -> None:
    known = set(setup_arguments['install_requires'])
    known |= {each for extra in setup_arguments['extras_require'].values() for each in extra}
    text = '\n'.join(each for each in commands(workflow) if each.startswith('pip '))
    named = set(re.findall(r"'([^']+)'", text))
    assert 'daqp>=0.10.2,<1' in named
    assert named <= known


def test_every_value_that_it_takes_from_a_matrix_is_in_it(workflow: dict[Any, Any]) -> None:
    for job in workflow['jobs'].values():
        matrix = job['strategy']['matrix']
        keys = matrix.keys() | {key for row in matrix.get('include', ()) for key in row}
        assert set(re.findall(r'\$\{\{ matrix\.(\w+)', yaml.safe_dump(job))) <= keys


def test_its_pythons_are_those_that_an_environment_is_made_with(
    root: Path, workflow: dict[Any, Any]
) -> None:
    bootstrap = (root / 'tools' / 'bootstrap.sh').read_text(encoding='utf-8')
    for version in workflow['jobs']['wheels']['strategy']['matrix']['python']:
        assert f'python{version}' in bootstrap
