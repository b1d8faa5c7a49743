"""NodeSettings: legal as a whole, or one sentence with parameter, value and rule."""

import math

import pytest

from vcp_cbf_safety import Arena, Circle, ConfigurationError
from vcp_cbf_safety.ros.settings import NodeSettings


def test_the_defaults_are_legal():
    settings = NodeSettings.from_parameters()
    assert settings.filter.period == pytest.approx(0.02)
    assert settings.arena is None
    assert settings.circles == ()
    assert settings.autostart


def test_obstacles_become_named_circles():
    settings = NodeSettings.from_parameters({'obstacles': [1, 2, 0.3, -1.0, 0.0, 0.5]})
    assert settings.circles == (
        Circle(1.0, 2.0, 0.3, name='obstacles[0]'),
        Circle(-1.0, 0.0, 0.5, name='obstacles[1]'),
    )


@pytest.mark.parametrize('name', ['obstacles', 'peers'])
@pytest.mark.parametrize('nothing', [None, [], ()])
def test_an_empty_list_is_empty_whatever_its_form(name, nothing):
    settings = NodeSettings.from_parameters({name: nothing})
    assert settings.circles == settings.peers == ()


def test_the_topic_of_a_peer_follows_the_pattern():
    settings = NodeSettings.from_parameters({'peer_odom_topic': '/fleet/{peer}/pose'})
    assert settings.peer_topic('ann') == '/fleet/ann/pose'


@pytest.mark.parametrize(
    ('limits', 'arena'), [([], None), ([-1.0, -2.0, 3.0, 4.0], Arena(-1.0, -2.0, 3.0, 4.0))]
)
def test_there_is_an_arena_where_one_is_given(limits, arena):
    assert NodeSettings.from_parameters({'arena': limits}).arena == arena


ILLEGAL = [
    ({'nonsense': 1.0}, 'nonsense is not a parameter'),
    ({'margin': -0.1}, 'margin is -0.1 m; it must be between 0 and 2 m'),
    ({'margin': math.inf}, 'margin is inf; it must be a finite number'),
    ({'margin': 'wide'}, "margin is 'wide', a string; it must be a double, such as 0.05"),
    ({'margin': True}, 'margin is true, a bool; it must be a double'),
    ({'autostart': 1}, 'autostart is 1, an integer; it must be a bool, true or false'),
    ({'world_frame': 3}, "world_frame is 3, an integer; it must be a string, such as 'odom'"),
    ({'world_frame': ''}, "world_frame is ''; it must name a frame"),
    ({'control_frequency': 0.5}, 'control_frequency is 0.5 Hz; it must be between 1 and 1000 Hz'),
    ({'peer_responsibility': 0.0}, 'peer_responsibility is 0.0; it must be between 0.01 and 1'),
    ({'peer_radius': 0.0}, 'peer_radius is 0.0 m'),
    ({'cmd_timeout': 0.05, 'control_frequency': 10.0}, 'at least one period, 0.1 s'),
    (
        {'use_tf': True, 'transform_timeout': 0.05, 'control_frequency': 10.0},
        'transform_timeout is 0.05 s at a control_frequency of 10.0 Hz',
    ),
    ({'steering_gain': 40.0}, 'steering_gain is 40.0 1/s'),
    ({'body_gain': 5.0, 'velocity_lag': 0.2}, 'body_gain is 5.0 1/s with a velocity_lag of 0.2 s'),
    ({'arena': [0.0, 0.0, 1.0]}, 'arena is [0.0, 0.0, 1.0]; it must be four numbers'),
    ({'arena': [0.0, 0.0, -1.0, 1.0]}, 'x_min must be below x_max'),
    ({'arena': [0.0, 0.0, 0.4, 9.0]}, '0.4 m at its narrowest; it must be wider than'),
    ({'arena': [0.0, math.nan, 1.0, 1.0]}, 'arena[1] is nan; it must be a finite number'),
    ({'obstacles': [1.0, 2.0, 0.3, 4.0]}, 'obstacles has 4 numbers; it must be a multiple of'),
    ({'obstacles': [1.0, 2.0, 0.3, 0.0, 0.0, 0.0]}, 'obstacles[1].radius is 0.0 m'),
    (
        {'obstacles': [1.0, 2.0, True]},
        'obstacles[2] is true, a bool; obstacles must be a double[], such as [1.0,',
    ),
    ({'peers': ['a', 'b', 'a']}, "peers[2] is 'a' again"),
    ({'peers': ['me']}, "peers[0] is 'me', the namespace of this robot"),
    ({'peers': ['/a']}, "peers[0] is '/a'; it must be the name of a robot"),
    ({'peers': ['a b']}, "peers[0] is 'a b'"),
    ({'peers': 'ab'}, "peers is 'ab', a string; it must be a string[], such as ['robot2',"),
    ({'peers': True}, 'peers is true, a bool; it must be a string[]'),
    ({'arena': 3.0}, 'arena is 3.0, a double; it must be a double[], such as [-5.0, -5.0'),
    ({'obstacles': 1}, 'obstacles is 1, an integer; it must be a double[]'),
    ({'peers': [1.0]}, 'peers[0] is 1.0, a double; peers must be a string[]'),
    (
        {'arena': [-1.0, -1.0, 2e6, 1.0]},
        'arena[2] is 2000000.0 m; it must be a number up to 1e+06',
    ),
    ({'obstacles': [0.0, -1e300, 0.1]}, 'obstacles[1] is -1e+300 m; it must be a number up to'),
    (
        {'odom_timeout': 1.5, 'actuation_delay': 0.6},
        'odom_timeout is 1.5 s with an actuation_delay of 0.6 s; together they must not exceed 2',
    ),
    ({'peer_odom_topic': '/odom'}, "peer_odom_topic is '/odom'; it must be a topic name"),
    ({'peer_odom_topic': '/{peer} odom'}, "peer_odom_topic is '/{peer} odom'"),
]
BAD_TOPICS = [
    '/{peer}/odom/', '/{peer}//odom', '/{peer}/{node}', '/{robot}/{peer}', '/{peer', '{{peer}}',
    '/1{peer}/odom', '/~/{peer}', '~{peer}', '/{peer}/2', '//{peer}',
]  # fmt: skip
GOOD_TOPICS = ['/{peer}/odom', '~/{peer}', 'fleet/{peer}_odom', '{peer}', '/_a/{peer}/b2']


@pytest.mark.parametrize('pattern', BAD_TOPICS)
def test_a_pattern_that_is_no_topic_name_is_refused_even_without_peers(pattern):
    with pytest.raises(
        ConfigurationError, match=r'peer_odom_topic is .*; it must be a topic name'
    ):
        NodeSettings.from_parameters({'peer_odom_topic': pattern})


@pytest.mark.parametrize('pattern', GOOD_TOPICS)
def test_a_pattern_that_is_taken_is_a_topic_name_for_ros(pattern):
    expanding = pytest.importorskip('rclpy.expand_topic_name', reason='ROS 2 is not installed')
    checking = pytest.importorskip('rclpy.validate_full_topic_name')
    topic = NodeSettings.from_parameters({'peer_odom_topic': pattern}).peer_topic('ann/base')
    full = expanding.expand_topic_name(topic, 'safety_filter', '/me')
    assert checking.validate_full_topic_name(full)


def test_the_robot_may_rely_on_odometry_as_old_as_its_memory_of_commands():
    NodeSettings.from_parameters({'odom_timeout': 1.9, 'actuation_delay': 0.1})


@pytest.mark.parametrize(('values', 'expected'), ILLEGAL, ids=lambda value: str(value)[:50])
def test_illegal_values_are_refused_in_one_sentence(values, expected):
    with pytest.raises(ConfigurationError) as caught:
        NodeSettings.from_parameters(values, own_name='me')
    assert expected in str(caught.value)
    assert '\n' not in str(caught.value)


def test_scanners_need_mounts_or_transforms():
    with pytest.raises(ConfigurationError, match=r'scan_mounts has 0 numbers .* with use_tf'):
        NodeSettings.from_parameters({'scan_topics': ['scan']})
    settings = NodeSettings.from_parameters({'scan_topics': ['scan'], 'use_tf': True})
    assert settings.scan_mounts_by_transform
    with pytest.raises(ConfigurationError, match='scan_mounts has 3 numbers for 2 scan_topics'):
        NodeSettings.from_parameters(
            {'scan_topics': ['a', 'b'], 'scan_mounts': [0.0, 0.0, 0.0], 'use_tf': True}
        )


def test_a_timeout_of_what_is_not_there_is_of_no_account():
    values = {'scan_timeout': 0.05, 'tracker_timeout': 0.05, 'transform_timeout': 0.05}
    settings = NodeSettings.from_parameters(values | {'control_frequency': 10.0})
    assert settings.scan_timeout == 0.05
