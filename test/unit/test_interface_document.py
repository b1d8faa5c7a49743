"""What docs/interface.md says of outcomes, modes, markers, launch arguments and files is so."""

import ast

import pytest
from documents import ROOT, names, rows

pytest.importorskip('rclpy', reason='ROS 2 is not installed')

from lifecycle_msgs.msg import State
from visualization_msgs.msg import Marker, MarkerArray

from vcp_cbf_safety import FilterConfig
from vcp_cbf_safety.command import Outcome
from vcp_cbf_safety.ros import modes
from vcp_cbf_safety.ros.obstacles import ObstacleStore
from vcp_cbf_safety.ros.state import level_of
from vcp_cbf_safety.ros.stop_memory import stop_file

DOCUMENT = 'interface.md'
LEVELS = {'OK': b'\x00', 'WARN': b'\x01', 'ERROR': b'\x02'}

ACTIONS = ('ADD', 'MODIFY', 'DELETE', 'DELETEALL')
TYPES = [
    name for name in dir(Marker) if isinstance(getattr(Marker, name), int) and name not in ACTIONS
]


def test_every_outcome_has_the_level_that_the_document_says():
    said = {names(row['outcome'])[0]: LEVELS[row['level']] for row in rows(DOCUMENT, 'Outcomes')}
    assert said == {str(outcome): level_of(outcome) for outcome in Outcome}


def test_the_document_names_every_mode():
    known = {value for name, value in vars(modes).items() if name.isupper()}
    assert {names(row['mode'])[0] for row in rows(DOCUMENT, 'Modes')} == known


def test_the_document_names_every_state_of_a_managed_node():
    known = {
        name.removeprefix('PRIMARY_STATE_').lower()
        for name in dir(State)
        if name.startswith('PRIMARY_STATE_')
    }
    assert {row['state'] for row in rows(DOCUMENT, 'Lifecycle')} == known - {'unknown'}


def marker_types():
    """What the document says of each type: obstacle, ignored or refused."""
    return {
        name: row['taken as'].split(':')[0]
        for row in rows(DOCUMENT, 'Obstacle markers')
        for name in names(row['type'])
    }


def test_the_document_names_every_type_of_marker():
    # A newer ROS 2 has one type more than an older one.
    assert set(TYPES) | {'ARROW_STRIP'} == set(marker_types())


@pytest.mark.parametrize('name', TYPES)
def test_a_marker_is_taken_as_the_document_says(name):
    store = ObstacleStore(
        topic='/obstacles',
        world_frame='odom',
        config=FilterConfig(body_radius=0.2, vcp_offset=0.1, period=0.02, min_speed=-0.2,
                            max_speed=0.5, max_yaw_rate=1.5),
        ros_now=lambda: 0.0,
        warn=lambda sentence: None,
    )  # fmt: skip
    marker = Marker(type=getattr(Marker, name), text='a word')
    marker.header.frame_id = 'odom'
    marker.scale.x = marker.scale.y = marker.scale.z = 0.4
    marker.pose.orientation.w = 1.0
    marker.points = [marker.pose.position] * 3
    store.take(MarkerArray(markers=[marker]), 0.0)
    found = 'obstacle' if store.at_rest(0.0) else 'refused' if store.refused else 'ignored'
    assert found == marker_types()[name]


def test_the_document_names_every_launch_argument_with_its_default():
    launch_file = ROOT / 'launch' / 'safety_filter.launch.py'
    declared = {}
    for call in ast.walk(ast.parse(launch_file.read_text(encoding='utf-8'))):
        if getattr(getattr(call, 'func', None), 'id', '') == 'DeclareLaunchArgument':
            default = next(each.value for each in call.keywords if each.arg == 'default_value')
            declared[call.args[0].value] = getattr(default, 'value', None)
    said = {
        names(row['argument'])[0]: row['default'].strip('`')
        for row in rows(DOCUMENT, 'Launch arguments')
    }
    assert set(said) == set(declared)
    for name, default in declared.items():
        # That of the parameter file is a path, which depends on where the package is.
        assert default in (said[name], None)


def test_the_file_of_an_emergency_stop_is_where_the_document_says(monkeypatch):
    monkeypatch.setenv('ROS_HOME', '/home')
    text = (ROOT / 'docs' / DOCUMENT).read_text(encoding='utf-8')
    path = stop_file(0, '/robot1/safety_filter')
    assert f'`{path.relative_to("/home")}`' in text
