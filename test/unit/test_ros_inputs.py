"""Stores of newest messages and obstacles: ages, lifetimes, refusals, percentiles, sentences."""

import math

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from visualization_msgs.msg import Marker, MarkerArray

from vcp_cbf_safety.ros.inputs import Newest
from vcp_cbf_safety.ros.obstacles import ObstacleStore
from vcp_cbf_safety.ros.running import sentence
from vcp_cbf_safety.ros.timing import RecentDurations


def marker(number=0, action=Marker.ADD, kind=Marker.CYLINDER, lifetime=0.0, x=1.0, ns='a'):
    made = Marker(ns=ns, id=number, action=action, type=kind)
    made.header.frame_id = 'map'
    made.pose.position.x = x
    made.scale.x = made.scale.y = 0.4
    made.lifetime.sec, made.lifetime.nanosec = int(lifetime), int(1e9 * (lifetime % 1.0))
    return made


class Store(ObstacleStore):
    """A store that keeps its warnings and takes markers one by one."""

    def __init__(self):
        self.warnings = []
        super().__init__('map', self.warnings.append)

    def names(self, now=0.0):
        return [circle.name for circle in self.circles(now)]

    def send(self, *markers, now=0.0):
        self.take(MarkerArray(markers=list(markers)), now)


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
        store.send(marker(0, kind=Marker.CUBE))
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
        store.send(marker(0, ns=ns), marker(1, ns=ns, kind=Marker.CUBE))
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
    store.send(marker(7, kind=Marker.CUBE, lifetime=0.5), now=10.0)
    store.send(marker(7, kind=Marker.CUBE, lifetime=0.5), now=10.4)
    assert store.refusal(10.8)
    assert store.refusal(10.91) == ''
    assert store.refused == 0
    assert len(store.warnings) == 1


def test_refused_markers_without_end_do_not_fill_the_memory_and_are_not_forgotten():
    store = Store()
    for number in range(3000):
        store.send(marker(number, kind=Marker.CUBE, lifetime=5.0 if number < 2999 else 9.0))
    assert store.refused == len(store.warnings) == 1000
    assert 'more than 1000 markers were refused' in store.refusal(8.9)
    assert store.refusal(9.1) == ''
    for number in range(1001):
        store.send(marker(number, kind=Marker.CUBE))
    for number in range(1001):
        store.send(marker(number, action=Marker.DELETE))
    assert 'DELETEALL' in store.refusal(1e6)
    store.send(marker(action=Marker.DELETEALL, ns=''))
    assert store.refusal(1e6) == ''


def test_what_was_never_heard_is_infinitely_old():
    assert Newest('odom').age(5.0) == math.inf


def test_the_age_of_the_content_includes_the_way_to_the_node():
    newest = Newest('odom', message=object(), received=10.0, transport=0.05)
    assert newest.age(10.2) == pytest.approx(0.2)
    assert newest.content_age(10.2) == pytest.approx(0.25)


def test_percentiles_are_those_of_the_newest_durations():
    durations = RecentDurations(capacity=100)
    assert durations.summary() == (0.0, 0.0, 0.0)
    for number in range(1000):
        durations.add(float(number))
    p50, p99, largest = durations.summary()
    assert p50 == pytest.approx(949.5)
    assert p99 == pytest.approx(998.01)
    assert largest == 999.0


@pytest.mark.parametrize(
    ('error', 'expected'),
    [
        (
            "failed to initialize rcl: Couldn't parse params file: '--params-file a b.yaml'. "
            'Error: No value at line 3, at /src/parse.c:258, at /src/arguments.c:415',
            'the parameter file a b.yaml cannot be used: No value at line 3',
        ),
        (
            "Couldn't parse parameter override rule: '-p x:=['. Error: Error parsing an event, "
            'at /src/parse.c:927',
            'parameter override rule -p x:=[ cannot be used: Error parsing an event',
        ),
        ('something\n  else', 'something else'),
    ],
)
def test_errors_of_the_client_library_become_one_sentence(error, expected):
    assert sentence(RuntimeError(error)) == expected
