"""Odometry: what can be read, what jumps, and how old it is."""

import math

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from nav_msgs.msg import Odometry

from vcp_cbf_safety.ros.inputs import Newest
from vcp_cbf_safety.ros.odometry import OdometryReader, Reach

REACH = Reach(speed=1.0, yaw_rate=2.0, distance=0.03, jitter=0.03, acceleration=1.0)


class Robot:
    """A reader and the topic before it."""

    def __init__(self):
        self.now = 10.0
        self.newest = Newest('/odom')
        self.reader = OdometryReader(self.newest)

    def say(self, x, heading=0.0, speed=0.0, after=0.02, frame='odom', transport=0.0):
        self.now += after
        message = Odometry()
        message.header.frame_id = frame
        message.pose.pose.position.x = x
        message.pose.pose.orientation.z = math.sin(0.5 * heading)
        message.pose.pose.orientation.w = math.cos(0.5 * heading)
        message.twist.twist.linear.x = speed
        self.newest.store(message, self.now, transport)
        self.reader.read('odom', REACH)
        return self.reader


@pytest.fixture
def robot():
    robot = Robot()
    robot.say(0.0)
    return robot


def test_there_is_no_state_before_the_first_message():
    reader = Robot().reader
    assert reader.state(5.0) is None
    assert reader.age(5.0) == math.inf


def test_what_the_robot_can_drive_is_no_jump(robot):
    assert robot.say(0.07).jump == ''
    assert robot.say(0.5, after=0.4).jump == ''


def test_a_jump_is_named_once_and_the_next_message_starts_from_there(robot):
    assert 'jumped by 1.000 m in 0.050 s' in robot.say(1.0).jump
    assert robot.say(1.0).jump == ''


def test_a_turn_that_is_too_quick_is_a_jump(robot):
    assert 'jumped by 3.000 rad' in robot.say(0.0, heading=3.0).jump


def test_a_heading_that_wraps_is_no_jump(robot):
    robot.say(0.0, heading=math.pi - 0.01)
    assert robot.say(0.0, heading=-math.pi + 0.01).jump == ''


def test_a_robot_that_is_measured_faster_than_its_limit_is_believed_up_to_twice_of_it(robot):
    assert robot.say(0.12, speed=1.9).jump == ''
    assert 'jumped' in robot.say(0.4, speed=30.0).jump


def test_what_cannot_be_read_leaves_the_last_state(robot):
    reader = robot.say(math.nan)
    assert 'has x nan' in reader.error
    assert reader.state(robot.now).x == 0.0
    assert robot.say(0.0).error == ''


def test_the_age_counts_from_the_stamp(robot):
    reader = robot.say(0.0, transport=0.1)
    assert reader.age(robot.now + 0.2) == pytest.approx(0.3)
    assert reader.state(robot.now + 0.2).age == pytest.approx(0.3)
