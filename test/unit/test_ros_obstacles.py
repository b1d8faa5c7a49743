"""Obstacle markers: added, changed, deleted, expired, refused, moved, and two with one id."""

import math
from dataclasses import replace

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from marker_bench import CONFIG, EPOCH, Store, all_deleted, deleted, marker
from visualization_msgs.msg import Marker


def test_markers_are_added_changed_and_deleted():
    store = Store()
    store.send(marker(0), marker(1))
    assert store.names() == ['a/0', 'a/1']
    store.send(marker(1, x=7.0))
    assert [circle.x for circle in store.circles(0.0)] == [1.0, 7.0]
    store.send(marker(0, action=Marker.DELETE))
    assert store.names() == ['a/1']
    store.send(marker(action=Marker.DELETEALL, ns=''), marker(5))
    assert store.names() == ['a/5']


def test_deleting_what_is_not_there_does_nothing():
    store = Store()
    store.send(marker(9, action=Marker.DELETE), marker(action=Marker.DELETEALL))
    assert store.names() == []


def test_a_lifetime_ends_and_is_renewed_by_the_next_message():
    store = Store()
    store.send(marker(0, lifetime=0.5), marker(1), now=10.0)
    assert store.names(10.49) == ['a/0', 'a/1']
    store.send(marker(0, lifetime=0.5), now=10.4)
    assert store.names(10.8) == ['a/0', 'a/1']
    assert store.names(10.91) == ['a/1']


def test_a_refused_marker_warns_once_and_leaves_the_old_one():
    store = Store()
    store.send(marker(0))
    for _ in range(3):
        store.send(marker(0, kind=Marker.TRIANGLE_LIST))
    assert store.names() == ['a/0']
    assert store.refused == 1
    assert len(store.warnings) == 1
    assert 'a/0' in store.warnings[0]
    store.send(marker(0))
    assert store.refused == 0
    assert store.refusal(0.0) == ''


def test_deleting_all_of_a_namespace_leaves_the_others():
    store = Store()
    for ns in ('a', 'b'):
        store.send(marker(0, ns=ns), marker(1, ns=ns, kind=Marker.TRIANGLE_LIST))
    store.send(marker(action=Marker.DELETEALL, ns='a'))
    assert store.names() == ['b/0']
    assert store.refused == 1
    assert 'marker b/1' in store.refusal(0.0)
    store.send(marker(action=Marker.DELETEALL, ns=''))
    assert store.names() == []
    assert store.refusal(0.0) == ''


@pytest.mark.parametrize(
    'end',
    [marker(7), marker(7, action=Marker.DELETE), marker(action=Marker.DELETEALL)],
    ids=['replaced', 'deleted', 'all deleted'],
)
def test_a_refused_marker_is_named_until_it_is_replaced_or_deleted(end):
    store = Store()
    store.send(marker(7, x=math.nan), marker(8, x=math.nan, lifetime=1.0), now=10.0)
    assert 'marker a/7 has x nan' in store.refusal(10.5)
    assert 'and so are 1 more' in store.refusal(10.5)
    assert 'marker a/7 has x nan' in store.refusal(1e6)
    store.send(end)
    assert store.refusal(1e6) == ''


def test_a_refused_marker_ends_with_its_lifetime_unless_it_is_sent_again():
    store = Store()
    store.send(marker(7, kind=Marker.TRIANGLE_LIST, lifetime=0.5), now=10.0)
    store.send(marker(7, kind=Marker.TRIANGLE_LIST, lifetime=0.5), now=10.4)
    assert store.refusal(10.8)
    assert store.refusal(10.91) == ''
    assert store.refused == 0
    assert len(store.warnings) == 1


def test_refused_markers_without_end_do_not_fill_the_memory_and_are_not_forgotten():
    store = Store()
    for number in range(3000):
        store.send(
            marker(number, kind=Marker.TRIANGLE_LIST, lifetime=5.0 if number < 2999 else 9.0)
        )
    assert store.refused == len(store.warnings) == 1000
    assert 'more than 1000 markers were refused' in store.refusal(8.9)
    assert store.refusal(9.1) == ''
    for number in range(1001):
        store.send(marker(number, kind=Marker.TRIANGLE_LIST))
    for number in range(1001):
        store.send(marker(number, action=Marker.DELETE))
    assert 'DELETEALL' in store.refusal(1e6)
    store.send(marker(action=Marker.DELETEALL, ns=''))
    assert store.refusal(1e6) == ''


def test_a_marker_that_moves_has_a_velocity_and_an_age():
    store = Store()
    store.send(marker(0, ns='p'), marker(1, ns='p'), now=10.0)
    assert store.moving(10.0) == []
    store.send(marker(0, ns='p', y=0.1), marker(1, ns='p'), now=10.1)
    assert [circle.name for circle in store.at_rest(10.1)] == ['p/1']
    (person,) = store.moving(10.15)
    assert (person.name, person.x, person.y, person.radius) == ('p/0', 1.0, 0.1, 0.2)
    assert (person.vx, person.vy) == pytest.approx((0.0, 1.0))
    assert person.age == pytest.approx(0.05)
    assert 0.0 < person.velocity_uncertainty < 1.0


def test_a_marker_is_as_old_as_its_stamp_says():
    store = Store()
    for now, y in ((10.0, 0.0), (10.1, 0.1)):
        store.send(marker(y=y, stamp=EPOCH + now - 0.2), now=now)
    assert store.moving(10.15)[0].age == pytest.approx(0.25)


def test_a_marker_moves_on_although_every_message_deletes_all_of_them_first():
    store = Store()
    for step, first in enumerate((all_deleted(), all_deleted('a'), deleted(0))):
        store.send(first, marker(0, y=0.1 * step), now=0.1 * step)
    assert [circle.vy for circle in store.moving(0.2)] == pytest.approx([1.0])
    assert not store.warnings


def test_a_marker_that_is_deleted_is_gone_however_it_moved():
    store = Store()
    for step in range(3):
        store.send(marker(0, y=0.1 * step), now=0.1 * step)
    store.send(deleted(0), now=0.3)
    assert store.circles(0.3) == []


def test_what_moves_is_gone_when_its_lifetime_is_over():
    store = Store()
    for step in range(3):
        store.send(marker(0, y=0.1 * step, lifetime=0.25), now=0.1 * step)
    assert len(store.moving(0.44)) == 1
    assert store.circles(0.46) == []


def test_tracks_of_markers_that_are_gone_do_not_fill_the_memory():
    store = Store()
    for number in range(1000):
        store.send(all_deleted(), marker(number), now=0.1 * number)
    assert len(store._tracks) < 30


def test_more_uncertainty_from_now_on_is_no_motion():
    store = Store()
    store.config = replace(CONFIG, position_uncertainty=0.2)
    for step in range(3):
        store.send(marker(0, y=0.1 * step), now=0.1 * step)
    assert store.moving(0.2) == []


def test_markers_with_one_id_in_one_message_are_all_kept_and_named_once():
    store = Store()
    for now in (0.0, 0.1):
        store.send(marker(3, x=1.0, ns='legs'), marker(3, x=2.0, ns='legs'), now=now)
    assert [circle.x for circle in store.at_rest(0.1)] == [1.0, 2.0]
    assert len(store.warnings) == 1
    assert "/obstacles has more than one marker with ns 'legs' and id 3" in store.warnings[0]
    store.send(marker(3, x=5.0, ns='legs'), now=0.2)
    assert [circle.x for circle in store.circles(0.2)] == [5.0]


def test_each_of_two_markers_with_one_id_has_its_own_lifetime():
    store = Store()
    store.send(marker(0, x=1.0, lifetime=0.5), marker(0, x=2.0, lifetime=1.0))
    assert [circle.x for circle in store.circles(0.7)] == [2.0]
    assert store.circles(1.1) == []


@pytest.mark.parametrize(
    'between', [deleted(0), all_deleted('a'), all_deleted('')], ids=['one', 'namespace', 'all']
)
def test_a_marker_deleted_and_added_again_in_one_message_is_not_two(between):
    store = Store()
    store.send(marker(0, x=1.0), between, marker(0, x=2.0))
    assert [circle.x for circle in store.circles()] == [2.0]
    assert not store.warnings


def test_a_marker_that_is_refused_is_not_hidden_by_a_good_one_of_the_same_id():
    store = Store()
    store.send(marker(0, x=math.nan), marker(0, x=2.0))
    assert 'marker a/0 has x nan' in store.refusal(0.0)
    assert [circle.x for circle in store.circles()] == [2.0]
    store.send(marker(0, x=2.0))
    assert store.refusal(0.0) == ''


def test_of_markers_with_one_id_that_change_place_only_the_top_speed_is_known():
    store = Store()
    for step in range(3):
        here, there = marker(0, x=1.0, y=0.1 * step), marker(0, x=2.0)
        # Their order means nothing.
        store.send(*((here, there) if step % 2 else (there, here)), now=0.1 * step)
    unknown = store.moving(0.2)
    assert sorted(circle.x for circle in unknown) == [1.0, 2.0]
    assert {(c.vx, c.vy, c.velocity_uncertainty) for c in unknown} == {(0.0, 0.0, 1.5)}
    for step in range(3, 15):
        store.send(marker(0, x=1.0, y=0.2), marker(0, x=2.0), now=0.1 * step)
    assert store.moving(1.4) == []
    assert len(store.at_rest(1.4)) == 2


def test_warnings_of_doubled_ids_do_not_fill_the_memory():
    store = Store()
    for number in range(1100):
        store.send(marker(number, x=1.0), marker(number, x=2.0))
    assert len(store.warnings) == 1000
