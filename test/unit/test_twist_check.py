"""What a twist check finds, what it leaves, and the speeds that it names."""

import math

import pytest

from vcp_cbf_safety.motion.twist_check import Doubt, Sample, TwistCheck

DOUBT = Doubt(distance=0.03, jitter=0.03, acceleration=1.0)


class Robot:
    """A robot whose odometry comes with 30 Hz."""

    def __init__(self):
        self.check = TwistCheck()
        self.now = self.x = self.y = self.heading = 0.0

    def drive(self, speed, said, messages=1, yaw_rate=0.0, after=1.0 / 30.0):
        """The answers to messages on the way."""
        found = []
        for _ in range(messages):
            self.now += after
            self.heading += yaw_rate * after
            self.x += speed * after * math.cos(self.heading)
            self.y += speed * after * math.sin(self.heading)
            sample = Sample(self.now, self.now, 0.0, self.x, self.y, self.heading, said)
            found.append(self.check.add(sample, DOUBT))
        return found


@pytest.fixture
def robot():
    return Robot()


@pytest.mark.parametrize('said', [0.0, -1.0, 0.05])
def test_a_wrong_twist_at_one_metre_a_second_is_found_by_its_third_message(robot, said):
    assert not any(robot.drive(1.0, 1.0, 40))
    found = robot.drive(1.0, said, 3)[-1]
    assert found.said == pytest.approx(said, abs=1e-9)
    assert found.moved == pytest.approx(1.0)
    assert found.seconds == pytest.approx(2.0 / 30.0)


def test_a_twist_in_the_world_frame_is_found_when_the_robot_turns(robot):
    for heading in (0.0, 0.2, 0.4, 0.6, 0.9, 1.2):
        robot.heading = heading
        found = robot.drive(1.0, math.cos(heading), 5)
    assert found[-1]


def test_a_twist_without_motion_is_found(robot):
    assert any(robot.drive(0.0, 1.0, 10))


@pytest.mark.parametrize(('slip', 'doubted'), [(0.1, False), (0.4, True), (-0.15, True)])
def test_wheels_may_slip_but_the_robot_is_not_faster_than_its_wheels(robot, slip, doubted):
    assert any(robot.drive(1.0 - slip, 1.0, 60)) == doubted


def test_a_slow_robot_needs_more_of_the_second(robot):
    found = robot.drive(0.1, 0.0, 30)
    assert not any(found[:9])
    assert found[-1]


def test_what_is_over_is_forgotten_after_a_second(robot):
    assert any(robot.drive(1.0, 0.0, 12))
    assert robot.drive(1.0, 1.0, 5)[-1]
    assert not robot.drive(1.0, 1.0, 33)[-1]


def test_a_check_that_is_cleared_starts_anew(robot):
    robot.drive(1.0, 0.0, 5)
    robot.check.clear()
    assert not robot.drive(1.0, 0.0)[0]


def test_a_robot_that_turns_on_the_spot_or_stands_is_not_doubted(robot):
    assert not any(robot.drive(0.0, 0.0, 60, yaw_rate=2.84))
    assert not any(robot.drive(0.0, 0.0, 60))


def test_a_small_circle_with_a_twist_of_zero_is_found(robot):
    assert any(robot.drive(1.0, 0.0, 4, yaw_rate=2.84))


@pytest.mark.parametrize(('said', 'doubted'), [(1.0, False), (0.0, True)])
def test_messages_without_stamps_may_come_three_at_a_time(said, doubted):
    check, found = TwistCheck(), []
    for k in range(60):
        received = math.ceil((k + 1) / 3) * 0.1
        sample = Sample(received, received, 0.1, k / 30.0, 0.0, 0.0, said)
        found.append(check.add(sample, DOUBT))
    assert any(found) == doubted


def test_messages_that_are_far_apart_are_not_compared(robot):
    assert not any(robot.drive(1.0, 0.0, 5, after=1.5))
