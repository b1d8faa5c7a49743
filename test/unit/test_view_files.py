"""The files for RViz and Foxglove show topics that there are, as the types that they have.

Which there are, docs/interface.md says; test/ros/test_interface_document.py holds it to the node.
"""

import json
import re

import pytest
import yaml
from documents import names, rows

pytest.importorskip('rclpy', reason='ROS 2 is not installed')

from vcp_cbf_safety.command import Outcome, SafeCommand
from vcp_cbf_safety.cycle_numbers import FIELDS
from vcp_cbf_safety.resources import share_directory
from vcp_cbf_safety.ros.state import State, state_message

CONFIG = share_directory() / 'config'
RVIZ = yaml.safe_load((CONFIG / 'rviz' / 'safety_filter.rviz').read_text())[
    'Visualization Manager'
]
FOXGLOVE = json.loads((CONFIG / 'foxglove' / 'safety_filter.json').read_text())

# What a display of RViz, or its tool, takes.
TAKES = {
    'rviz_default_plugins/MarkerArray': 'visualization_msgs/msg/MarkerArray',
    'rviz_default_plugins/LaserScan': 'sensor_msgs/msg/LaserScan',
    'rviz_default_plugins/Odometry': 'nav_msgs/msg/Odometry',
    'rviz_default_plugins/SetGoal': 'geometry_msgs/msg/PoseStamped',
}
# What the panel of Foxglove with scenes draws.
DRAWN = set(TAKES.values()) - {'geometry_msgs/msg/PoseStamped'}


def topics():
    """Row of the document by the full name of each topic of a filter without namespace."""
    found = {}
    for heading in ('Topics that it hears', 'Topics that it publishes'):
        for row in rows('interface.md', heading):
            for name in names(row['topic']):
                plain = name.replace('~/', '/safety_filter/').replace('{scan}', 'scan')
                found['/' + plain.lstrip('/')] = row
    return found


def types(topic):
    return names(topics()[topic]['type'])


def panels(kind):
    found = [each for name, each in FOXGLOVE['configById'].items() if name.startswith(f'{kind}!')]
    assert found
    return found


def test_every_display_of_rviz_takes_the_type_of_its_topic():
    shown = [each for each in (*RVIZ['Displays'], *RVIZ['Tools']) if 'Topic' in each]
    assert {each['Class'] for each in shown} == set(TAKES)
    for each in shown:
        assert TAKES[each['Class']] in types(each['Topic']['Value'])


def test_rviz_asks_for_no_more_reliability_than_the_filter_offers():
    for each in RVIZ['Displays']:
        if each.get('Topic', {}).get('Value', '').startswith('/safety_filter'):
            qos = topics()[each['Topic']['Value']]['QoS']
            assert qos == f'{each["Topic"]["Reliability Policy"]}, volatile'.lower()


def test_every_topic_of_the_scene_in_foxglove_is_one_that_it_draws():
    (scene,) = panels('3D')
    assert '/safety_filter/markers' in scene['topics']
    for topic in scene['topics']:
        assert DRAWN & set(types(topic))
    assert types(scene['publish']['poseTopic']) == ['geometry_msgs/msg/PoseStamped']


def test_every_plot_in_foxglove_is_labelled_with_the_number_that_it_shows():
    plotted = {}
    for panel in panels('Plot'):
        for each in panel['paths']:
            topic, index = re.fullmatch(r'(.+)\.data\[(\d+)\]', each['value']).groups()
            assert types(topic) == ['std_msgs/msg/Float64MultiArray']
            plotted[each['label']] = int(index)
    assert plotted == {name: FIELDS.index(name) for name in FIELDS if name != 'outcome'}


def test_foxglove_shows_values_that_the_state_has_and_the_diagnostics():
    message = state_message('', '', State(SafeCommand(0.0, 0.0, Outcome.NOMINAL)))
    keys = {each.key for each in message.values}
    (transitions,), (raw,), (summary,) = map(
        panels, ('StateTransitions', 'RawMessages', 'DiagnosticSummary')
    )
    for each in transitions['paths']:
        topic, key = re.fullmatch(
            r'(.+)\.values\[:\]\{key=="(\w+)"\}\.value', each['value']
        ).groups()
        assert key in keys
        assert topic == raw['topicPath']
    assert types(raw['topicPath']) == ['diagnostic_msgs/msg/DiagnosticStatus']
    assert types(summary['topicToRender']) == ['diagnostic_msgs/msg/DiagnosticArray']


def test_every_panel_of_foxglove_has_one_place():
    def places(node):
        if isinstance(node, str):
            return [node]
        return [*places(node['first']), *places(node['second'])]

    assert sorted(places(FOXGLOVE['layout'])) == sorted(FOXGLOVE['configById'])
