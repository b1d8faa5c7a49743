"""Illegal parameters and arguments end the node with one sentence."""

import math

import pytest

BAD_PARAMETERS = [
    ({'max_speed': 1}, 'max_speed is 1, an integer; it must be a double: 1.0'),
    ({'max_speed': 'fast'}, "max_speed is 'fast', a string; it must be a double, such as 0.5"),
    (
        {'check_odom_twist': 1.0},
        'check_odom_twist is 1.0, a double; it must be a bool, true or false',
    ),
    ({'margin': -0.1}, 'margin is -0.1 m; it must be between 0 and 2 m'),
    ({'body_radius': math.nan}, 'body_radius is nan; it must be a finite number'),
    ({'control_frequency': 0.0}, 'control_frequency is 0.0 Hz; it must be between'),
    ({'obstacles': [1.0, 2.0]}, 'obstacles has 2 numbers; it must be a multiple of three'),
    ({'obstacles': [1.0, 2.0, -0.1]}, 'obstacles[0].radius is -0.1 m; a radius must be positive'),
    ({'peers': ['a', 'a']}, "peers[1] is 'a' again; each peer is named once"),
    ({'peers': [True]}, 'peers[0] is true, a bool; peers must be a string[]'),
    ({'arena': [1.0, 0.0, -1.0, 1.0]}, 'x_min must be below x_max'),
    ({'steering_gain': 40.0}, 'steering_gain is 40.0 1/s while a command holds for up to'),
    ({'body_gain': 5.0, 'velocity_lag': 0.1}, 'body_gain is 5.0 1/s with a velocity_lag of 0.1 s'),
    ({'min_speed': 0.5, 'max_speed': 0.3}, 'min_speed is 0.5 m/s; it must be between -10 and 0'),
    ({'mode': 'off'}, "mode is 'off'; it must be 'enforce' or 'shadow'"),
    ({'peer_timeout': 3.0}, 'peer_lost_timeout is 2.0 s with a peer_timeout of 3.0 s'),
    ({'odom_timeout': 1.9, 'actuation_delay': 0.2}, 'together they must not exceed 2 s'),
    ({'peer_odom_topic': '/{peer}/odom/'}, "peer_odom_topic is '/{peer}/odom/'; it must be a"),
    ({'odom_timeout': 0.011}, 'odom_timeout is 0.011 s at a control_frequency of 50.0 Hz'),
]
BAD_FILES = [
    ('/**:\n  ros__parameters:\n    margin: [0.1\n', 'cannot be used: Error parsing'),
    ('/**:\n  ros__parameters:\n    margin:\n', 'cannot be used: No value at line'),
    ('/**:\n  ros__parameters:\n    obstacles: [1, 2.5, 0.3]\n', 'with a decimal point'),
    ('/**:\n  ros__parameters:\n    peers: [robot2, no]\n', 'cannot be used'),
]


@pytest.mark.parametrize(
    ('parameters', 'expected'), BAD_PARAMETERS + BAD_FILES, ids=lambda value: str(value)[:40]
)
def test_a_bad_parameter_ends_it_with_one_sentence(filters, parameters, expected):
    name = filters.launch(parameters)
    assert filters.processes.wait(name, 30.0) == 1
    output = filters.processes.output(name)
    own = [line for line in output.splitlines() if line.startswith('safety_filter: ')]
    assert len(own) == 1
    assert expected in own[0]
    assert 'Traceback' not in output


def test_its_own_name_among_the_peers_ends_it(filters):
    rig = filters.start()
    following = f'robot{int(rig.namespace.removeprefix("robot")) + 1}'
    name = filters.launch({'peers': ['robot99', following]})
    assert filters.processes.wait(name, 30.0) == 1
    assert f"peers[1] is '{following}', the namespace of this" in filters.processes.output(name)


@pytest.mark.parametrize(
    ('arguments', 'expected'),
    [
        (
            ['-r', 'cmd_vel:=/base', '-r', 'cmd_vel_nom:=/base'],
            'cmd_vel and cmd_vel_nom are both /base, where the filter would hear its own commands',
        ),
        (
            ['-r', 'odom:=/ann/odom', '-p', "peers:=['ann']"],
            "the odometry of peer 'ann', "
            '/ann/odom, and odom, that of this robot, are both /ann/odom',
        ),
        (['--params-file', 'nowhere.yaml'], 'nowhere.yaml cannot be used: Error opening'),
        (['-p', 'margin:=['], 'margin:=[ cannot be used'),
        (['-p', 'use_sim_time:=1'], 'use_sim_time is 1, of type integer; it must be a bool'),
        (['margin:=0.1'], "unknown: ['margin:=0.1']; a parameter takes -p"),
        (['--', '-p', 'margin:=0.1'], "these arguments do nothing: ['-p', 'margin:=0.1']"),
    ],
)
def test_bad_arguments_end_it_with_one_sentence(filters, arguments, expected):
    name = filters.launch({}, arguments)
    assert filters.processes.wait(name, 30.0) == 1
    assert expected in filters.processes.output(name)
    assert 'Traceback' not in filters.processes.output(name)
