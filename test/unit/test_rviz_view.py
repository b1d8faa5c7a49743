"""The RViz file that a launch file writes has the topics of the filters that it starts."""

from pathlib import Path

import pytest
import yaml

pytest.importorskip('rclpy', reason='ROS 2 is not installed')

from vcp_cbf_safety.ros.deployments import config_file, filter_alone, filter_in_gazebo
from vcp_cbf_safety.ros.rviz_view import rviz_of, view_of
from vcp_cbf_safety.studies.demo.scenario import FILTER, nodes_of
from vcp_cbf_safety.studies.demo.scene_parameters import scenario_named

TEMPLATE = yaml.safe_load(config_file('rviz/safety_filter.rviz').read_text())


def topics_of(view):
    displays = view['Visualization Manager']['Displays']
    return {each['Name']: each['Topic']['Value'] for each in displays if 'Topic' in each}


def filters_of(scenario):
    specs = nodes_of(scenario_named(scenario), filtered=True, wait_for_start=False)
    return [spec for spec in specs if spec.executable == FILTER]


def test_without_namespace_scanner_and_remaps_it_is_the_file_itself_but_for_the_scan():
    view = view_of(TEMPLATE, [filter_alone(config_file('safety_filter.yaml'))])
    shown, known = topics_of(view), topics_of(TEMPLATE)
    known.pop('Scan')
    assert shown == known
    assert view['Visualization Manager']['Global Options']['Fixed Frame'] == 'odom'


def test_the_robot_in_gazebo_shows_its_scan():
    assert topics_of(view_of(TEMPLATE, [filter_in_gazebo()]))['Scan'] == '/scan'


def test_every_robot_of_the_demo_is_shown_and_what_they_share_once():
    shown = topics_of(view_of(TEMPLATE, filters_of('told')))
    assert {value for name, value in shown.items() if 'Safety filter' in name} == {
        f'/robot{number}/safety_filter/markers' for number in (1, 2, 3)
    }
    assert [value for value in shown.values() if 'obstacles' in value] == ['/obstacles']


def test_robots_that_scan_show_their_scans_in_the_frame_of_their_odometry():
    view = view_of(TEMPLATE, filters_of('scan'))
    shown = topics_of(view)
    assert {value for name, value in shown.items() if name.endswith('Scan')} == {
        f'/robot{number}/scan' for number in (1, 2, 3)
    }
    assert view['Visualization Manager']['Global Options']['Fixed Frame'] == 'map'


def test_the_goal_goes_where_the_launch_argument_says():
    spec = filter_alone(
        config_file('safety_filter.yaml'), namespace='robot7', topics={'goal_pose': '/goal'}
    )
    tools = view_of(TEMPLATE, [spec])['Visualization Manager']['Tools']
    assert [tool['Topic']['Value'] for tool in tools if 'Topic' in tool] == ['/goal']


@pytest.mark.parametrize('text', ['', '[1, 2]', 'a: [', '/other: {ros__parameters: {}}'])
def test_a_file_that_says_nothing_of_the_filter_leaves_defaults(tmp_path, text):
    path = tmp_path / 'robot.yaml'
    path.write_text(text)
    view = view_of(TEMPLATE, [filter_alone(path)])
    assert view['Visualization Manager']['Global Options']['Fixed Frame'] == 'odom'


def test_rviz_hears_transforms_where_the_filter_does(monkeypatch, tmp_path):
    index = tmp_path / 'share' / 'ament_index' / 'resource_index' / 'packages'
    index.mkdir(parents=True)
    (index / 'rviz2').touch()
    monkeypatch.setenv('AMENT_PREFIX_PATH', str(tmp_path))
    spec = filter_alone(config_file('safety_filter.yaml'), use_sim_time=True, topics={'/tf': 'tf'})
    view = rviz_of([spec], 'kilted')
    Path(view.arguments['arguments'][1]).unlink()
    assert view.arguments['remappings'] == [('/tf', 'tf')]
    assert view.arguments['parameters'] == [{'use_sim_time': True}]


def test_where_rviz_is_missing_a_sentence_says_how_to_install_it(monkeypatch, tmp_path):
    monkeypatch.setenv('AMENT_PREFIX_PATH', str(tmp_path))
    view = rviz_of([filter_in_gazebo()], 'jazzy')
    assert view.missing.endswith('sudo apt install ros-jazzy-rviz2; everything else starts')
