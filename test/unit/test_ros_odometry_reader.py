"""Odometry: what can be read, what jumps, and how old it is."""

import math

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from nav_msgs.msg import Odometry

from vcp_cbf_safety.ros.inputs import Newest
from vcp_cbf_safety.ros.odometry import DrivingLimits, OdometryReader, Stop

REACH = DrivingLimits(speed=1.0, yaw_rate=2.0, distance=0.03, jitter=0.03, acceleration=1.0)
# A robot that brakes after 0.3 s without odometry: at 1 m/s 0.9 m in all.
STOP = Stop(gap=0.3, rolls=0.4, deceleration=1.0, turns=1.0)


class Robot:
    """A reader and the topic before it."""

    def __init__(self):
        self.now = 10.0
        self.newest = Newest('/odom')
        self.reader = OdometryReader(self.newest)

    def say(self, x, heading=0.0, speed=0.0, after=0.02, frame='odom', transport=0.0, stop=STOP):
        self.now += after
        message = Odometry()
        message.header.frame_id = frame
        message.pose.pose.position.x = x
        message.pose.pose.orientation.z = math.sin(0.5 * heading)
        message.pose.pose.orientation.w = math.cos(0.5 * heading)
        message.twist.twist.linear.x = speed
        self.newest.store(message, self.now, transport)
        self.reader.read('odom', REACH, stop)
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


def test_a_twist_that_is_not_how_the_poses_move_is_named_in_one_sentence(robot):
    said = {robot.say(0.02 * k, after=0.02).contradiction for k in range(1, 30)}
    assert len(said) == 2
    assert '/odom contradicts itself: its twist says 0.00 m/s and its poses move at' in max(said)


def test_poses_and_twists_that_agree_are_no_contradiction(robot):
    robot.say(0.0, speed=1.0)
    assert not any(robot.say(0.02 * k, after=0.02, speed=1.0).contradiction for k in range(1, 30))


@pytest.mark.parametrize('x', [0.0, 0.04, -0.05])
def test_a_jump_to_the_origin_is_a_restart(robot, x):
    robot.say(3.0)
    reader = robot.say(x)
    assert f'the robot was at (3.00, 0.00) m and is at ({x:.2f}, 0.00) m' in reader.restart
    assert robot.say(x).restart == ''


def test_a_jump_to_another_place_or_from_nearby_is_no_restart(robot):
    assert robot.say(3.0).restart == ''
    assert robot.say(1.0).restart == ''
    assert robot.say(0.3).restart == ''
    reader = robot.say(0.0)
    assert reader.jump
    assert not reader.restart


def test_a_jump_to_the_heading_zero_at_the_origin_is_a_restart(robot):
    robot.say(0.2, heading=2.0, after=0.3)
    assert robot.say(0.0).restart


def test_a_robot_that_drives_home_does_not_start_again(robot):
    for k in range(100):
        assert not robot.say(1.0 - 0.02 * k, speed=-1.0).restart or k == 0


@pytest.mark.parametrize(('x', 'restarted'), [(0.85, False), (1.0, True), (-1.0, True)])
def test_after_a_gap_it_must_be_where_it_can_have_stopped(robot, x, restarted):
    robot.say(0.0, speed=1.0)
    assert bool(robot.say(x, after=3.0).restart) == restarted


def test_a_robot_that_stood_cannot_be_far_after_a_gap(robot):
    assert robot.say(0.5, after=3.0).restart


def test_it_may_be_anywhere_after_a_gap_when_nobody_braked(robot):
    assert not robot.say(2.0, after=3.0, stop=None).restart


def test_after_starting_over_the_next_message_is_compared_with_none(robot):
    robot.say(3.0)
    robot.reader.start_over()
    reader = robot.say(0.0)
    assert (reader.jump, reader.restart) == ('', '')
    assert robot.say(3.0).jump
