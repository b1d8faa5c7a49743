"""Peers: their odometry shapes the command, and what happens when it does not come."""

import math

import pytest


@pytest.fixture(scope='module')
def convoy(module_filters):
    """A robot with two peers, which have not been heard of yet."""
    peers = ['ann', 'bob']
    return module_filters.start({'peers': peers, 'peer_radius': 0.15}, peers=peers)


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
    standing, _ = rig.wait_for_command(lambda v, omega: v < 0.8)
    rig.peer_speed = 0.5
    rig.wait_for_command(lambda v, omega: v < standing - 0.05)


def test_a_peer_that_falls_silent_is_taken_to_stand_where_it_was(rig):
    rig.peer_poses['ann'] = (0.6, 0.0, 0.0)
    rig.wait_for_state(binding='ann')
    rig.peer_poses = {'bob': (0.0, -4.0, 0.0)}
    rig.diagnostics.clear()
    rig.wait_for(lambda: rig.diagnostics and 'peer ann is taken' in rig.diagnostics[-1]['message'])
    assert float(rig.diagnostics[-1]['peer.ann.age_s']) > 0.5
    rig.wait_for_state(binding='ann')


def test_a_peer_in_another_frame_stops_the_robot(rig):
    rig.peer_frame = 'map'
    rig.wait_for_zero()
    rig.wait_for_state(reason="/ann/odom is in frame 'map'")
