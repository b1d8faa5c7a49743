"""Peers: their odometry shapes the command, and what happens when it does not come."""

import math

import pytest


@pytest.fixture(scope='module')
def convoy(module_filters):
    """A robot with two peers, which have not been heard of yet."""
    peers = ['ann', 'bob']
    # Peers stay where they are, whatever their twist says.
    parameters = {
        'peers': peers, 'peer_radius': 0.15, 'peer_lost_timeout': 1.5, 'check_odom_twist': False,
    }  # fmt: skip
    return module_filters.start(parameters, peers=peers)


@pytest.fixture
def rig(convoy):
    convoy.reset()
    convoy.peer_poses = {'ann': (0.0, 4.0, 0.0), 'bob': (0.0, -4.0, 0.0)}
    convoy.drive(1.0)
    return convoy


def test_the_odometry_of_a_peer_changes_the_command(rig):
    rig.peer_poses['bob'] = (0.6, 0.0, math.pi)
    rig.wait_for_command(lambda v, omega: v < 0.9)
    rig.wait_for_state(binding='bob')
    rig.peer_poses['bob'] = (0.0, -4.0, 0.0)
    rig.wait_for_nominal()


def test_a_peer_that_comes_closer_is_given_way_to_earlier_than_one_that_stands(rig):
    rig.nominal = (0.8, 0.0)
    rig.peer_poses['ann'] = (0.75, 0.0, math.pi)
    # The robot brakes at first, because ann jumped.
    rig.wait_for_state(outcome='filtered', binding='ann')
    standing, _ = rig.wait_for_command(lambda v, omega: 0.1 < v < 0.8, repeats=10)
    rig.peer_speed = 0.5
    rig.wait_for_command(lambda v, omega: v < standing - 0.05)


def test_a_peer_that_falls_silent_may_be_anywhere_near_and_is_then_lost(rig):
    rig.peer_poses['ann'] = (1.5, 0.0, 0.0)
    rig.wait_for_nominal()
    rig.states.clear()
    rig.peer_poses = {'bob': (0.0, -4.0, 0.0)}
    rig.wait_for_state(faults='peer ann may be anywhere near where it was', outcome='filtered')
    assert rig.states[-1]['binding'] == 'ann'
    rig.wait_for_state(reason='older than peer_lost_timeout (1.5 s)')
    rig.wait_for_zero()
    rig.diagnostics.clear()
    rig.wait_for(lambda: rig.diagnostics and 'peer ann is lost' in rig.diagnostics[-1]['message'])
    assert float(rig.diagnostics[-1]['peer.ann.age_s']) > 1.5
    rig.peer_poses['ann'] = (1.5, 0.0, 0.0)
    rig.wait_for_nominal()


def test_a_peer_that_jumps_stops_the_robot_for_the_recovery_time(rig):
    assert rig.change(recovery_time=1.0).successful
    rig.states.clear()
    rig.peer_poses['ann'] = (0.0, 2.0, 0.0)
    rig.wait_for(lambda: any('/ann/odom jumped by 2.000 m' in s['reason'] for s in rig.states))
    rig.wait_for_state(outcome='stopped', reason='peer ann is back; the robot drives on when')
    rig.wait_for_nominal()
    assert rig.change(recovery_time=0.2).successful


def test_a_peer_in_another_frame_is_as_good_as_silent(rig):
    rig.peer_frame = 'map'
    rig.wait_for_state(outcome='stopped', reason="/ann/odom is in frame 'map'")
    rig.wait_for_zero()


def test_a_lost_peer_may_be_ignored(rig):
    assert rig.change(peer_lost_action='ignore').successful
    rig.peer_poses = {'bob': (0.0, -4.0, 0.0)}
    rig.wait_for_state(outcome='nominal', faults='peer ann is taken to be gone')
    assert rig.change(peer_lost_action='brake').successful
    rig.wait_for_zero()


def test_peers_that_are_named_later_are_avoided_from_then_on(rig):
    rig.peer_poses['bob'] = (0.6, 0.0, math.pi)
    rig.wait_for_state(binding='bob')
    assert rig.change(peers=['ann']).successful
    rig.wait_for_nominal()
    assert rig.change(peers=['ann', 'bob']).successful
    rig.wait_for_state(binding='bob')


def test_a_peer_at_the_robots_own_place_stops_it_and_says_why(rig):
    """Two robots that both count their odometry from where they began."""
    rig.states.clear()
    rig.peer_poses['bob'] = rig.pose
    rig.wait_for_state(outcome='stopped', reason='peer bob is inside the body')
    rig.wait_for_zero()
    assert 'different origins' in rig.states[-1]['reason']
    rig.peer_poses['bob'] = (0.0, -4.0, 0.0)
    rig.wait_for_nominal()
