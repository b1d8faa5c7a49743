"""Filters started in different ways: messages, QoS, names, peers, lifecycle, bad parameters."""

import pytest
from geometry_msgs.msg import TwistStamped
from rclpy.qos import QoSProfile, ReliabilityPolicy

RELIABLE = QoSProfile(depth=10)
BEST_EFFORT = QoSProfile(depth=10, reliability=ReliabilityPolicy.BEST_EFFORT)


def test_it_sends_zero_and_says_what_is_missing_until_both_inputs_have_come(filters):
    rig = filters.rig(filters.launch())
    rig.pose = rig.nominal = None
    rig.wait_for(rig.matched)
    rig.wait_for_zero()
    rig.wait_for_state(outcome='stopped', reason=f'no odometry on /{rig.namespace}/odom yet')
    rig.pose = (0.0, 0.0, 0.0)
    rig.wait_for_state(outcome='idle', reason=f'no command on /{rig.namespace}/cmd_vel_nom yet')
    assert set(rig.commands) == {(0.0, 0.0)}
    rig.drive()


def test_stamped_commands_carry_time_and_frame(filters):
    rig = filters.start({'enable_stamped_cmd_vel': True}, stamped=True)
    rig.drive(0.25, -0.5)
    assert isinstance(rig.messages[-1], TwistStamped)
    assert rig.messages[-1].header.frame_id == 'base_footprint'
    now = rig.node.get_clock().now().nanoseconds * 1e-9
    stamp = rig.messages[-1].header.stamp
    assert abs(now - stamp.sec - 1e-9 * stamp.nanosec) < 60.0


@pytest.mark.parametrize('odom_qos', [RELIABLE, BEST_EFFORT], ids=['reliable', 'best_effort'])
@pytest.mark.parametrize('nominal_qos', [RELIABLE, BEST_EFFORT], ids=['reliable', 'best_effort'])
def test_it_hears_inputs_of_either_reliability(filters, odom_qos, nominal_qos):
    filters.start(odom_qos=odom_qos, nominal_qos=nominal_qos).drive()


def test_every_topic_can_be_remapped(filters):
    topics = {
        'odom': '/elsewhere/odometry', 'cmd_vel_nom': 'joystick', 'cmd_vel': '/base/cmd_vel',
        'obstacles': '/map/obstacles',
    }  # fmt: skip
    remaps = [word for key, value in topics.items() for word in ('-r', f'{key}:={value}')]
    rig = filters.start(arguments=remaps, topics=topics)
    rig.drive(1.0)
    rig.mark(0.6, 0.0, 0.2)
    rig.wait_for_state(outcome='filtered', binding='post/0')


def test_static_obstacles_are_avoided_by_name(filters):
    rig = filters.start({'obstacles': [3.0, 3.0, 0.2, 0.6, 0.0, 0.2]})
    rig.nominal = (1.0, 0.0)
    rig.wait_for_command(lambda v, omega: v < 0.9)
    rig.wait_for_state(outcome='filtered', binding='obstacles[1]')


def test_empty_lists_and_whole_numbers_in_lists_are_legal_in_yaml(filters):
    lists = '    obstacles: []\n    peers: []\n    arena: [-4, -4, 4, 4]\n'
    filters.start(f'/**:\n  ros__parameters:\n{lists}').drive(0.3)


def test_a_parameter_that_does_not_exist_is_named_with_the_one_that_was_meant(filters):
    rig = filters.start({'margn': 0.2})
    rig.drive()
    assert 'did you mean margin?' in filters.processes.output(rig.namespace)
