"""What launch files start says the same to launch and to a command line."""

import re
from pathlib import Path

import pytest

from vcp_cbf_safety.ros.deployments import GAZEBO_PACKAGES, filter_alone, what_to_install
from vcp_cbf_safety.ros.node_spec import NodeSpec


@pytest.fixture
def spec(tmp_path):
    for name in ('a.yaml', 'b.yaml'):
        (tmp_path / name).touch()
    return NodeSpec(
        executable='safety_filter',
        name='guard',
        namespace='/robot1/',
        parameter_files=(tmp_path / 'a.yaml', tmp_path / 'b.yaml'),
        parameters={'check_odom_twist': True, 'margin': 0.1, 'peers': ['robot2', 'no']},
        remappings=(('obstacles', '/obstacles'),),
    )


def test_full_name_joins_namespace_and_name(spec):
    assert spec.full_name == '/robot1/guard'


def test_full_name_without_namespace_is_in_the_root():
    assert NodeSpec(executable='x', name='guard').full_name == '/guard'


def test_launch_gets_files_first_and_single_values_last_so_that_they_win(spec, tmp_path):
    assert spec.for_launch() == {
        'package': 'vcp_cbf_safety',
        'executable': 'safety_filter',
        'name': 'guard',
        'namespace': '/robot1/',
        'parameters': [
            str(tmp_path / 'a.yaml'),
            str(tmp_path / 'b.yaml'),
            {'check_odom_twist': True, 'margin': 0.1, 'peers': ['robot2', 'no']},
        ],
        'remappings': [('obstacles', '/obstacles')],
    }


def test_launch_gets_no_namespace_where_there_is_none():
    assert 'namespace' not in NodeSpec(executable='x', name='x').for_launch()


def test_the_command_line_says_the_same(spec, tmp_path):
    assert spec.arguments() == [
        '--ros-args',
        *('-r', '__node:=guard'),
        *('-r', '__ns:=/robot1'),
        *('--params-file', str(tmp_path / 'a.yaml')),
        *('--params-file', str(tmp_path / 'b.yaml')),
        *('-p', 'check_odom_twist:=true'),
        *('-p', 'margin:=0.1'),
        *('-p', 'peers:=["robot2", "no"]'),
        *('-r', 'obstacles:=/obstacles'),
    ]


def test_an_empty_list_is_refused_because_ros_cannot_tell_its_type():
    with pytest.raises(ValueError, match='peers of node guard is an empty list'):
        NodeSpec(executable='x', name='guard', parameters={'peers': []})


def test_a_params_file_that_is_not_there_is_refused_by_name(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r'missing\.yaml of node safety_filter is not a file'
    ):
        filter_alone(tmp_path / 'missing.yaml')


def test_a_params_file_is_found_from_any_working_directory(tmp_path, monkeypatch):
    (tmp_path / 'robot.yaml').write_text('/**: {ros__parameters: {margin: 0.1}}')
    monkeypatch.chdir(tmp_path)
    assert filter_alone(Path('robot.yaml')).parameter_files[0].is_absolute()


TOPICS = {'odom': 'odom', 'cmd_vel_nom': 'joy_vel', 'cmd_vel': '/base/cmd_vel', 'obstacles': '~/o'}


def test_a_topic_is_remapped_where_its_name_outside_differs(tmp_path):
    (tmp_path / 'robot.yaml').touch()
    assert filter_alone(tmp_path / 'robot.yaml').remappings == ()
    assert filter_alone(tmp_path / 'robot.yaml', topics=TOPICS).remappings == (
        ('cmd_vel_nom', 'joy_vel'),
        ('cmd_vel', '/base/cmd_vel'),
        ('obstacles', '~/o'),
    )


@pytest.mark.parametrize(
    'name', ['', '/', '1odom', 'a//b', 'odom/', 'my odom', '/{x}', 'öl', 'a.b']
)
def test_a_name_that_no_topic_can_have_is_refused_with_the_argument_that_gave_it(tmp_path, name):
    (tmp_path / 'robot.yaml').touch()
    with pytest.raises(ValueError, match=f"^odom_topic is '{re.escape(name)}'; it must be"):
        filter_alone(tmp_path / 'robot.yaml', topics={'odom': name})


def test_what_to_install_is_one_sentence_with_debian_package_names():
    sentence = what_to_install(GAZEBO_PACKAGES, 'jazzy')
    assert 'ros_gz_sim, ros_gz_bridge, turtlebot3_gazebo' in sentence
    assert sentence.endswith(
        'sudo apt install ros-jazzy-ros-gz-sim ros-jazzy-ros-gz-bridge ros-jazzy-turtlebot3-gazebo'
    )
    assert '\n' not in sentence


def test_what_to_install_names_only_what_is_missing():
    assert 'ros_gz_sim' not in what_to_install(['turtlebot3_gazebo'], 'kilted')


def test_what_to_install_leaves_the_distribution_to_the_shell_when_it_is_unknown():
    assert 'ros-$ROS_DISTRO-ros-gz-sim' in what_to_install(['ros_gz_sim'], '')
