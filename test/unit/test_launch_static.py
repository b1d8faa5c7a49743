"""Launch files name only files, executables and topics that exist; held without launch itself."""

import ast
from pathlib import Path

import pytest

from vcp_cbf_safety.resources import share_directory
from vcp_cbf_safety.ros.deployments import (
    DISCOVERY_PROFILE,
    GAZEBO_PACKAGES,
    config_file,
    filter_alone,
    filter_in_gazebo,
)
from vcp_cbf_safety.studies.demo.scenario import MODULES, nodes_of
from vcp_cbf_safety.studies.demo.scene_parameters import scenario_named

SHARE = share_directory()
LAUNCH_FILES = sorted((SHARE / 'launch').glob('*.launch.py'))
PACKAGE = Path(filter_alone.__code__.co_filename).parents[1]

SPECS = {
    'safety_filter.launch.py': [filter_alone(config_file('safety_filter.yaml'))],
    'safety_filter.launch.py with topics': [
        filter_alone(
            config_file('safety_filter.yaml'),
            topics={name: f'/{name}' for name in ('odom', 'cmd_vel_nom', 'cmd_vel', 'obstacles')},
        )
    ],
    'gazebo.launch.py': [filter_in_gazebo()],
    'turtlebot3.launch.py': [filter_alone(config_file('turtlebot3_burger.yaml'))],
    'turtlebot4.launch.py': [filter_alone(config_file('turtlebot4.yaml'))],
    'multi_robot.launch.py': nodes_of(scenario_named('told'), filtered=True, wait_for_start=False),
    'multi_robot.launch.py scene:=swap robots:=4': nodes_of(
        scenario_named('swap', '4'), filtered=True, wait_for_start=False
    ),
    'multi_robot.launch.py filtered:=false': nodes_of(
        scenario_named('told'), filtered=False, wait_for_start=False
    ),
}

every_spec = pytest.mark.parametrize(
    'spec',
    [
        pytest.param(spec, id=f'{launch_file}:{spec.full_name}')
        for launch_file, specs in SPECS.items()
        for spec in specs
    ],
)
every_launch_file = pytest.mark.parametrize('path', LAUNCH_FILES, ids=lambda path: path.name)


def calls(tree):
    """Name and node of every call in a syntax tree."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            yield getattr(function, 'attr', getattr(function, 'id', '')), node


def topics_of(executable):
    """Topics that the node behind an executable publishes or subscribes to, as its code says."""
    path = PACKAGE / Path(*MODULES[executable].split('.')[1:]).with_suffix('.py')
    paths = [
        path,
        *(path.parent / name for name in ('connections.py', 'sources/obstacle_topic.py')),
    ]
    return {
        argument.value
        for path in paths
        if path.is_file()
        for name, call in calls(ast.parse(path.read_text()))
        if name.strip('_').removeprefix('create_') in ('publisher', 'subscription', 'poll')
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }


def console_scripts():
    """Executables that setup.py declares, with the module that each runs."""
    tree = ast.parse((SHARE / 'setup.py').read_text())
    (scripts,) = (
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and node.targets[0].id == 'EXECUTABLES'
    )
    entries = ast.parse((SHARE / 'vcp_cbf_safety_nodes.py').read_text()).body
    modules = {
        f'vcp_cbf_safety_nodes:{entry.name}': call.args[0].value
        for entry in entries
        for name, call in calls(entry)
        if name == '_run'
    }
    return {name: modules[target] for name, target in scripts.items()}


def test_there_is_a_launch_file_for_every_list_of_nodes():
    assert {path.name for path in LAUNCH_FILES} == {name.split()[0] for name in SPECS}


@every_launch_file
def test_a_launch_file_compiles_and_describes_itself(path):
    tree = ast.parse(path.read_text())
    compile(tree, str(path), 'exec')
    assert ast.get_docstring(tree)
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert 'generate_launch_description' in functions


@every_launch_file
def test_every_argument_of_a_launch_file_has_a_default_and_a_description(path):
    declared = [c for name, c in calls(ast.parse(path.read_text())) if name.startswith('Declare')]
    assert declared
    for call in declared:
        assert {'default_value', 'description'} <= {keyword.arg for keyword in call.keywords}


@every_launch_file
def test_every_argument_that_a_launch_file_reads_is_declared(path):
    tree = ast.parse(path.read_text())
    names = {'DeclareLaunchArgument': set(), 'LaunchConfiguration': set(), 'text': set()}
    for name, call in calls(tree):
        if name in names and isinstance(call.args[0], ast.Constant):
            names[name].add(call.args[0].value)
    assert names['LaunchConfiguration'] | names['text'] == names['DeclareLaunchArgument']


@every_launch_file
def test_every_config_file_that_a_launch_file_names_exists(path):
    for name, call in calls(ast.parse(path.read_text())):
        if name == 'config_file' and isinstance(call.args[0], ast.Constant):
            assert config_file(call.args[0].value).is_file()


@every_launch_file
def test_a_node_of_this_package_is_started_as_the_lists_of_nodes_say(path):
    # Only nodes of other packages are spelt out in a launch file.
    for name, call in calls(ast.parse(path.read_text())):
        if name == 'Node':
            packages = [k.value.value for k in call.keywords if k.arg == 'package']
            assert packages in ([], ['ros_gz_sim'], ['ros_gz_bridge'])
            assert packages or any(keyword.arg is None for keyword in call.keywords)


def test_the_discovery_profile_exists():
    assert config_file(DISCOVERY_PROFILE).is_file()


@every_spec
def test_every_parameter_file_exists(spec):
    assert spec.parameter_files
    for path in spec.parameter_files:
        assert path.is_file()


@every_spec
def test_every_remap_starts_from_a_topic_of_the_node(spec):
    topics = topics_of(spec.executable)
    assert topics
    for inside, _ in spec.remappings:
        assert inside in topics


@every_spec
@pytest.mark.skipif(not (SHARE / 'setup.py').is_file(), reason='setup.py is not installed')
def test_every_executable_is_a_console_script_that_runs_its_module(spec):
    assert console_scripts()[spec.executable] == MODULES[spec.executable]


def test_the_filter_is_where_the_bridge_and_the_robots_expect_it():
    assert {'odom', 'cmd_vel_nom', 'cmd_vel', 'obstacles'} <= topics_of('safety_filter')


def test_demo_obstacles_reach_every_filter():
    filters = [s for s in SPECS['multi_robot.launch.py'] if s.executable == 'safety_filter']
    assert len(filters) == 3
    assert all(('obstacles', '/obstacles') in spec.remappings for spec in filters)
    assert '/obstacles' in topics_of('arena_sim')


def test_every_package_that_gazebo_needs_has_a_debian_name():
    assert all(name.replace('_', '-') == debian for name, debian in GAZEBO_PACKAGES.items())


def test_setup_py_installs_launch_and_config():
    text = (SHARE / 'setup.py').read_text() if (SHARE / 'setup.py').is_file() else ''
    if not text:
        pytest.skip('setup.py is not installed')
    installed = {c.args[0].value for name, c in calls(ast.parse(text)) if name == 'shared_files'}
    assert installed == {'launch', 'config'}
