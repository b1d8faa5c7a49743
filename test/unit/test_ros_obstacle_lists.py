"""Obstacle markers of every habit: lists, text and arrows, the same fault again and again."""

import math

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from marker_bench import Store, all_deleted, cloud, deleted, marker
from visualization_msgs.msg import Marker, MarkerArray

from vcp_cbf_safety.ros.markers import markers_of


@pytest.mark.parametrize('kind', [Marker.SPHERE_LIST, Marker.CUBE_LIST, Marker.POINTS])
def test_a_list_that_is_sent_again_replaces_its_discs_which_stand_still(kind):
    store = Store()
    store.send(cloud(0, 1.0, 2.0, 3.0, kind=kind), cloud(1, 9.0, kind=kind), now=0.0)
    assert store.names() == ['a/0[0]', 'a/0[1]', 'a/0[2]', 'a/1[0]']
    for step in range(1, 10):
        store.send(cloud(0, 1.0 + 0.3 * step, kind=kind), now=0.1 * step)
    assert store.moving(1.0) == []
    assert [circle.x for circle in store.at_rest(1.0)] == pytest.approx([3.7, 9.0])
    store.send(cloud(0, kind=kind), now=1.0)
    assert store.names() == ['a/1[0]']
    store.send(deleted(1))
    assert store.names() == []


def test_a_list_with_a_bad_point_is_refused_and_the_old_one_stays():
    store = Store()
    store.send(cloud(0, 1.0, 2.0))
    store.send(cloud(0, 5.0, math.nan))
    assert [circle.x for circle in store.circles()] == [1.0, 2.0]
    assert 'marker a/0 has point 1 at (nan, ' in store.refusal(0.0)
    store.send(cloud(0, 5.0))
    assert [circle.x for circle in store.circles()] == [5.0]
    assert store.refusal(0.0) == ''


def test_a_marker_that_becomes_a_list_has_no_velocity_any_more():
    store = Store()
    for step in range(3):
        store.send(marker(0, y=0.1 * step), now=0.1 * step)
    assert len(store.moving(0.2)) == 1
    store.send(cloud(0, 1.0, 2.0), now=0.3)
    assert store.moving(0.3) == []
    assert len(store.at_rest(0.3)) == 2


@pytest.mark.parametrize('kind', [Marker.TEXT_VIEW_FACING, Marker.ARROW, 12])
def test_text_and_arrows_are_no_obstacles_and_are_noted_once(kind):
    store = Store()
    store.send(marker(0))
    for _ in range(3):
        store.send(marker(0, kind=kind), marker(1, kind=kind))
    assert store.names() == ['a/0']
    assert store.refusal(0.0) == ''
    assert store.warnings == []
    assert len(store.notes) == 1
    assert 'text and arrows on /obstacles are no obstacles' in store.notes[0]


@pytest.mark.parametrize('first', [(), (all_deleted(),), (all_deleted('a'),), (deleted(0),)])
def test_what_is_refused_in_every_message_is_said_once_whatever_is_deleted_between(first):
    store = Store()
    for step in range(300):
        store.send(*first, marker(0, kind=Marker.TRIANGLE_LIST), marker(1), now=0.1 * step)
        assert 'marker a/0 has type TRIANGLE_LIST' in store.refusal(0.1 * step)
    assert len(store.warnings) == 1


def test_what_is_refused_after_it_has_been_good_for_a_while_is_said_again():
    store = Store()
    bad, good = marker(0, x=math.nan), marker(0)
    for step in range(10):
        store.send(bad if step % 2 else good, now=1.0 * step)
    assert len(store.warnings) == 1
    store.send(good, now=30.0)
    store.send(bad, now=31.0)
    assert len(store.warnings) == 2


def test_a_marker_with_ever_another_fault_does_not_fill_the_log():
    store = Store()
    for index in range(50):
        store.send(cloud(0, *[1.0] * index, math.nan), now=0.1 * index)
    assert len(store.warnings) == 8


def test_a_message_that_cannot_be_read_to_its_end_has_no_effect():
    store = Store()
    store.send(marker(0))

    def broken():
        yield from markers_of(MarkerArray(markers=[all_deleted(), marker(5)]))
        raise ValueError('broken')

    with pytest.raises(ValueError, match='broken'):
        store.take(broken(), 1.0)
    assert store.names() == ['a/0']


def test_until_all_of_a_message_has_been_read_the_obstacles_known_before_stay_in_force():
    store = Store()
    store.send(marker(0, lifetime=0.5), now=0.0)
    store.unread_since = 0.4
    steps = store.taking(
        markers_of(MarkerArray(markers=[all_deleted(), marker(0), marker(1)])), 0.4, 0.0
    )
    for _ in steps:
        assert store.names(0.9) == ['a/0']
    store.unread_since = math.inf
    assert store.names(0.9) == ['a/0', 'a/1']
