"""Peers that go quiet: where they may be, and when the robot stops for them."""

import math

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from nav_msgs.msg import Odometry

from vcp_cbf_safety import RobotState
from vcp_cbf_safety.ros.inputs import Newest
from vcp_cbf_safety.ros.odometry import DrivingLimits, OdometryReader
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.ros.sources.peer_view import Place, peer_view

ROBOT = RobotState(0.0, 0.0, 0.0)


def view(age, action='brake', waiting=100.0, robot=ROBOT, x=9.0, before=None):
    """A peer at x = 9 m, heard of `age` seconds ago, driving at 0.4 m/s."""
    newest = Newest('/ann/odom')
    reader = OdometryReader(newest)
    for place in ([] if before is None else [before]) + ([x] if math.isfinite(age) else []):
        message = Odometry()
        message.header.frame_id = 'odom'
        message.pose.pose.position.x = place
        message.twist.twist.linear.x = 0.4
        newest.store(message, 50.0, 0.0)
        reader.read('odom', DrivingLimits(1.0, 1.0, 0.1, 0.1, 1.0))
    settings = NodeSettings.from_parameters(
        {'peers': ['ann'], 'peer_lost_action': action, 'peer_radius': 0.2,
         'peer_responsibility': 0.5}
    )  # fmt: skip
    return peer_view('ann', reader, Place(), robot, settings, waiting, 50.0 + age)


def test_a_fresh_peer_moves_on_with_its_twist():
    seen = view(0.1)
    assert (seen.hazard.speed, seen.hazard.radius, seen.hazard.responsibility) == (0.4, 0.2, 0.5)
    assert seen.hazard.age == pytest.approx(0.1)
    assert not seen.fault


def test_a_stale_peer_stands_and_grows_and_all_the_distance_is_ours():
    seen = view(1.0)
    assert seen.hazard.speed == 0.0
    assert seen.hazard.radius == pytest.approx(1.2)
    assert seen.hazard.responsibility == 1.0
    assert not seen.brakes
    assert 'peer ann may be anywhere near where it was' in seen.fault


def test_a_growing_disc_does_not_push_the_robot():
    grown, full = view(1.9, x=2.0).hazard, view(1.9, x=2.0, robot=None).hazard
    assert full.radius == pytest.approx(2.1)
    assert 1.0 < grown.radius < 2.0


def test_a_peer_that_jumped_stops_the_robot_and_is_still_kept_away_from():
    seen = view(0.1, before=6.0)
    assert seen.brakes
    assert 'peer ann: /ann/odom jumped by 3.000 m' in seen.fault
    assert seen.hazard.x == 9.0


@pytest.mark.parametrize('checked', [True, False])
def test_a_peer_whose_twist_contradicts_its_poses_stops_the_robot_where_that_is_checked(checked):
    newest = Newest('/ann/odom')
    reader = OdometryReader(newest)
    for k in range(20):
        message = Odometry()
        message.header.frame_id = 'odom'
        message.pose.pose.position.x = 9.0 - 0.05 * k
        newest.store(message, 50.0 + 0.05 * k, 0.0)
        reader.read('odom', DrivingLimits(1.0, 1.0, 0.03, 0.03, 1.0))
    settings = NodeSettings.from_parameters({'peers': ['ann'], 'check_odom_twist': checked})
    seen = peer_view('ann', reader, Place(), ROBOT, settings, 100.0, 51.0)
    assert seen.brakes == checked
    assert seen.fault.startswith('peer ann: /ann/odom contradicts itself') == checked
    assert seen.hazard.x == pytest.approx(8.05)


@pytest.mark.parametrize('waiting', [0.1, 100.0])
@pytest.mark.parametrize('age', [2.5, math.inf])
def test_a_lost_peer_stops_the_robot(age, waiting):
    seen = view(age, waiting=waiting)
    assert seen.brakes
    assert seen.hazard is None
    assert '/ann/odom' in seen.fault


def test_a_lost_peer_may_be_ignored_and_is_still_named():
    seen = view(2.5, action='ignore')
    assert not seen.brakes
    assert seen.hazard is None
    assert 'peer ann is taken to be gone' in seen.fault


def test_a_peer_that_was_never_heard_of_is_ignored_only_after_a_while():
    assert view(math.inf, action='ignore', waiting=0.5).brakes
    assert not view(math.inf, action='ignore', waiting=5.0).brakes
