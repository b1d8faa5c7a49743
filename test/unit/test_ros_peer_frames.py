"""Peers whose odometry has an origin of its own are brought to this robot by transforms."""

import math

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from ros_bench import Bench

from vcp_cbf_safety.frames.planar import Planar

PEER = {'peers': ['ann'], 'use_tf': True}


class Fleet(Bench):
    """A robot, and a peer that sends odometry in a frame of its own.

    Attributes:
        place: x, y, heading in that frame; None sends none.
        peer_frame: its name.
    """

    def __init__(self, **parameters):
        super().__init__(**PEER | parameters)
        self.place, self.peer_frame, self.peer_speed = (1.0, 0.0, 0.0), 'ann/odom', 0.0
        self.corrections = {'odom': (0.0, 0.0, 0.0), 'ann/odom': (3.0, 0.0, math.pi / 2)}

    def look(self):
        for child, pose in self.corrections.items():
            self.frames.tree.add('map', child, Planar(*pose), self.now, self.now)
        if self.place is not None:
            x, y, heading = self.place
            message = self.odometry(x, heading, self.peer_speed)
            message.header.frame_id = self.peer_frame
            message.pose.pose.position.y = y
            self.inputs.receive(self.peer_inputs['ann'], message, self.now)
        return super().look()


@pytest.fixture
def fleet():
    made = Fleet()
    view = made.cycle(20)
    assert view.brake == ''
    return made


def pose(peer):
    return peer.x, peer.y, peer.heading


def test_a_peer_is_where_both_localisations_say(fleet):
    (ann,) = fleet.cycle().hazards.peers
    assert pose(ann) == pytest.approx((3.0, 1.0, math.pi / 2))
    fleet.corrections['odom'] = (1.0, 1.0, math.pi / 2)
    (ann,) = fleet.cycle().hazards.peers
    assert pose(ann) == pytest.approx((0.0, -2.0, 0.0), abs=1e-9)


def test_its_twist_is_that_of_its_body(fleet):
    fleet.peer_speed = 0.4
    (ann,) = fleet.cycle().hazards.peers
    assert (ann.speed, ann.responsibility) == (0.4, 1.0)


def test_a_correction_of_its_localisation_is_no_jump_of_the_peer(fleet):
    fleet.corrections['ann/odom'] = (-3.0, 0.0, 0.0)
    view = fleet.cycle()
    assert (view.brake, view.faults, view.restart) == ('', (), '')
    assert view.hazards.peers[0].x == pytest.approx(-2.0)


def test_a_jump_of_its_own_odometry_still_is_one(fleet):
    fleet.place = (5.0, 0.0, 0.0)
    assert 'peer ann: /ann/odom jumped by 4.000 m' in fleet.cycle().brake


def test_without_a_transform_the_robot_stands_and_the_transform_is_named():
    fleet = Fleet()
    del fleet.corrections['ann/odom']
    view = fleet.cycle(5)
    assert view.brake == (
        'peer ann cannot be placed: no transform from ann/odom to odom: nobody sends where '
        "'ann/odom' is"
    )
    assert view.hazards.peers == ()


def test_when_its_localisation_falls_silent_the_robot_stands_and_the_peer_is_where_it_was(fleet):
    del fleet.corrections['ann/odom']
    view = fleet.until_it_brakes()[1]
    assert (
        'peer ann cannot be placed: the transform from ann/odom to odom is older than '
        'transform_timeout (1 s)'
    ) in view.brake
    assert pose(view.hazards.peers[0]) == pytest.approx((3.0, 1.0, math.pi / 2))
    fleet.corrections['ann/odom'] = (3.0, 0.0, 0.0)
    assert 'has been good for recovery_time' in fleet.cycle().brake
    assert fleet.until_it_drives()


def test_a_peer_that_is_taken_to_be_gone_needs_no_transform():
    fleet = Fleet(peer_lost_action='ignore')
    fleet.cycle(20)
    fleet.place = None
    del fleet.corrections['ann/odom']
    fleet.cycle(150)
    view = fleet.cycle()
    assert view.brake == ''
    assert any('peer ann is taken to be gone' in fault for fault in view.faults)


def test_odometry_that_comes_in_another_frame_is_compared_with_none_before(fleet):
    fleet.peer_frame, fleet.place = 'odom', (-2.0, 0.5, 0.0)
    view = fleet.cycle()
    assert (view.brake, pose(view.hazards.peers[0])) == ('', (-2.0, 0.5, 0.0))


def test_odometry_that_cannot_be_read_leaves_the_peer_in_the_frame_that_it_was_in(fleet):
    fleet.peer_frame, fleet.place = 'odom', (math.nan, 0.0, 0.0)
    (ann,) = fleet.cycle().hazards.peers
    assert pose(ann) == pytest.approx((3.0, 1.0, math.pi / 2))


def test_odometry_without_a_frame_is_refused(fleet):
    fleet.peer_frame = ''
    view = fleet.cycle(20)
    assert any("/ann/odom is in frame ''; it must be in world_frame" in f for f in view.faults)


def test_without_transforms_odometry_in_another_frame_is_refused():
    view = Fleet(use_tf=False).cycle(5)
    assert "/ann/odom is in frame 'ann/odom'; it must be in world_frame, 'odom'" in view.brake
