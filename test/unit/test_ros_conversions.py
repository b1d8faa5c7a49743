"""Messages to values: headings, frames, numbers and commands."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from transforms3d.euler import quat2euler

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from builtin_interfaces.msg import Time
from geometry_msgs.msg import Quaternion, Twist, TwistStamped
from nav_msgs.msg import Odometry
from std_msgs.msg import Header

from vcp_cbf_safety import RobotState, Twist2D
from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.ros.conversions import (
    check_frame,
    command_writer,
    heading_of,
    robot_state_of,
    twist_of,
)


def about_z(angle, length=1.0):
    return Quaternion(z=length * math.sin(angle / 2), w=length * math.cos(angle / 2))


@pytest.mark.parametrize('angle', [0.0, 0.3, -2.5, math.pi / 2, 3.1])
@pytest.mark.parametrize('length', [1.0, 0.5, 2.0])
def test_the_heading_is_the_yaw_whatever_the_length(angle, length):
    assert heading_of(about_z(angle, length), 'odom') == pytest.approx(angle)


def test_a_small_tilt_does_not_change_the_heading():
    tilt = Quaternion(x=0.01, y=0.02, z=math.sin(0.5), w=math.cos(0.5))
    assert heading_of(tilt, 'odom') == pytest.approx(1.0, abs=1e-2)


@pytest.mark.parametrize(
    'quaternion',
    [Quaternion(w=0.0), Quaternion(w=math.nan), Quaternion(x=math.inf), Quaternion(w=1e-9)],
)
def test_a_quaternion_that_is_no_rotation_is_an_error(quaternion):
    with pytest.raises(InputError, match=r'odom has orientation .* which is no rotation'):
        heading_of(quaternion, 'odom')


def test_odometry_becomes_a_state():
    message = Odometry()
    message.header.frame_id = 'map'
    message.pose.pose.position.x, message.pose.pose.position.y = 1.0, -2.0
    message.pose.pose.orientation = about_z(0.5)
    message.twist.twist.linear.x, message.twist.twist.angular.z = 0.3, -0.4
    state = robot_state_of(message, 'map', 'odom', 0.05)
    assert state == RobotState(1.0, -2.0, pytest.approx(0.5), 0.3, -0.4, 0.05)


@pytest.mark.parametrize(('frame', 'world'), [('map', 'map'), ('/map', 'map'), ('map', '/map')])
def test_the_world_frame_is_accepted_with_and_without_slash(frame, world):
    check_frame(frame, world, 'odom')


@pytest.mark.parametrize('frame', ['', 'odom', 'maps'])
def test_another_frame_is_refused(frame):
    with pytest.raises(InputError, match=f"odom is in frame '{frame}'; it must be in world_frame"):
        check_frame(frame, 'map', 'odom')


def test_the_two_ways_into_one_frame_are_named():
    with pytest.raises(InputError) as marker:
        check_frame('odom', 'map', 'marker a/1')
    assert str(marker.value) == (
        "marker a/1 is in frame 'odom'; it must be in world_frame, 'map': publish it there, or "
        "set world_frame to 'odom' if everything else is in that frame too"
    )
    with pytest.raises(InputError, match='publish odometry that is localised there, or set'):
        robot_state_of(Odometry(header=Header(frame_id='odom')), 'map', '/odom', 0.0)
    with pytest.raises(InputError, match=r"'map': publish it there$"):
        check_frame('', 'map', 'marker a/1')


def test_both_command_types_are_read():
    twist = Twist()
    twist.linear.x, twist.angular.z, twist.linear.y = 0.1, 0.2, 9.0
    assert twist_of(twist) == twist_of(TwistStamped(twist=twist)) == Twist2D(0.1, 0.2)


def test_a_plain_command_is_written_without_a_header():
    message = command_writer(False, Time)(0.1, -0.2, 'base_link')
    assert isinstance(message, Twist)
    assert (message.linear.x, message.angular.z) == (0.1, -0.2)


def test_a_stamped_command_carries_stamp_and_frame():
    message = command_writer(True, lambda: Time(sec=7))(0.1, -0.2, 'base_link')
    assert isinstance(message, TwistStamped)
    assert (message.header.stamp.sec, message.header.frame_id) == (7, 'base_link')
    assert (message.twist.linear.x, message.twist.angular.z) == (0.1, -0.2)


@given(st.floats(-1.0, 1.0), st.floats(-1.0, 1.0))
def test_the_heading_of_an_upright_robot_is_that_of_a_general_rotation(z, w):
    assume(math.hypot(z, w) > 1e-2)
    found = heading_of(Quaternion(z=z, w=w), 'odom')
    expected = quat2euler((w, 0.0, 0.0, z), 'sxyz')[2]
    assert math.remainder(found - expected, 2.0 * math.pi) == pytest.approx(0.0, abs=1e-9)
