"""A marker that moves and is reported no more: nearer than its room, lost, or gone."""

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from ros_bench import DEFAULTS

from vcp_cbf_safety import Circle, RobotState
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.ros.sources.moving_markers import moving_markers

ROBOT = RobotState(0.0, 0.0, 0.0)


def seen(age, **parameters):
    settings = NodeSettings.from_parameters(DEFAULTS | parameters)
    walker = Circle(2.0, 0.0, 0.2, vx=0.5, name='walker', age=age)
    return walker, moving_markers([walker], ROBOT, settings)


def test_up_to_peer_timeout_it_is_as_it_was_reported():
    walker, found = seen(0.3)
    assert found == ([walker], '', [])


def test_after_that_it_is_somewhere_in_all_the_room_that_it_can_have_reached():
    walker, found = seen(0.6)
    (circle,) = found.circles
    assert (circle.x, circle.y, circle.vx, circle.age) == (2.0, 0.0, 0.0, 0.0)
    assert circle.radius > walker.radius + 0.5
    assert circle.velocity_uncertainty == 1.0
    assert 'older than peer_timeout (0.3 s)' in found.faults[0]
    assert found.lost == ''


def test_in_the_end_it_is_lost_and_the_robot_stands():
    _, found = seen(1.5)
    assert found.circles == found.faults == []
    assert 'peer_lost_timeout (1 s); the robot stands until' in found.lost


def test_or_it_is_taken_to_be_gone_where_a_parameter_says_so():
    _, found = seen(1.5, peer_lost_action='ignore')
    assert (found.circles, found.lost) == ([], '')
    assert 'it is taken to be gone' in found.faults[0]
