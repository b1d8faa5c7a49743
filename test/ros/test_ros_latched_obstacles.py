"""Obstacles of latched and volatile senders: heard, also by a filter that starts after them."""

import pytest
from ros_rig import BEST_EFFORT, LATCHED
from visualization_msgs.msg import Marker, MarkerArray


class LatchedSender:
    """A map node that knows one obstacle, ahead of the robot."""

    def __init__(self, rig):
        self._publisher = rig.node.create_publisher(MarkerArray, 'obstacles', LATCHED)

    def send(self, action):
        """Add or delete the obstacle."""
        marker = Marker(ns='map', action=action, type=Marker.CYLINDER)
        marker.header.frame_id = 'odom'
        marker.pose.position.x = 0.6
        marker.scale.x = marker.scale.y = 0.4
        self._publisher.publish(MarkerArray(markers=[marker]))


@pytest.fixture
def rig(filters):
    """A robot whose map node has spoken before its filter starts."""
    made = filters.rig(filters.name())
    made.map = LatchedSender(made)
    made.map.send(Marker.ADD)
    made.nominal = (1.0, 0.0)
    filters.launch(name=made.namespace)
    made.wait_for(made.matched)
    return made


def test_what_was_published_once_before_the_filter_started_is_an_obstacle(rig):
    rig.wait_for_state(outcome='filtered', binding='map/0')
    rig.wait_for_command(lambda v, omega: v < 0.9)


def test_a_respawned_filter_knows_the_obstacles_of_a_latched_sender_again(filters, rig):
    rig.wait_for_state(outcome='filtered', binding='map/0')
    filters.kill(rig)
    filters.respawn(rig)
    rig.wait_for_state(outcome='filtered', binding='map/0')


def test_a_marker_that_a_latched_sender_deletes_stays_deleted(rig):
    rig.wait_for_state(outcome='filtered', binding='map/0')
    for _ in range(20):
        rig.map.send(Marker.ADD)
        rig.map.send(Marker.DELETE)
    rig.wait_for_command(lambda *command: command == rig.nominal, repeats=50)


def test_a_volatile_sender_is_heard_beside_a_latched_one(rig):
    rig.wait_for_state(binding='map/0')
    rig.map.send(Marker.DELETE)
    rig.wait_for_nominal()
    rig.mark(0.6)
    rig.wait_for_state(outcome='filtered', binding='post/0')


def test_neither_sender_is_reported_or_logged_as_one_that_cannot_be_heard(filters, rig):
    rig.wait_for_state(binding='map/0')
    rig.diagnostics.clear()
    rig.wait_for(lambda: len(rig.diagnostics) >= 3)
    assert rig.states[-1]['faults'] == ''
    assert 'QoS' not in filters.processes.output(rig.namespace)


def test_a_sender_that_is_not_reliable_is_named_beside_a_latched_one(rig):
    rig.wait_for_state(binding='map/0')
    rig.node.create_publisher(MarkerArray, 'obstacles', BEST_EFFORT)
    found = rig.wait_for_state(faults='/obstacles with a QoS that does not match')['faults']
    assert 'est effort' in found
    assert 'transient' not in found


def test_volatile_senders_alone_are_not_asked_for_a_history_they_do_not_have(filters):
    rig = filters.start()
    rig.diagnostics.clear()
    rig.wait_for(lambda: len(rig.diagnostics) >= 3)
    assert len(rig.node.get_subscriptions_info_by_topic(f'/{rig.namespace}/obstacles')) == 1
