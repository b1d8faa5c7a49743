"""Messages with markers are read in slices, in order, as a whole, and too many are a fault."""

from dataclasses import replace

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from marker_bench import CONFIG, Store, all_deleted, deleted, marker
from rclpy.serialization import serialize_message
from visualization_msgs.msg import Marker, MarkerArray

from vcp_cbf_safety.ros import marker_queue
from vcp_cbf_safety.ros.marker_queue import IDLE, MarkerQueue
from vcp_cbf_safety.ros.polling import RawMessage

# So short that no more than a few markers are read in one cycle.
SHORT = 0.001


class Bench:
    """A queue before a store, and a clock that is a number."""

    def __init__(self, period=CONFIG.period):
        self.now = 100.0
        self.store = Store()
        self.store.config = replace(CONFIG, period=period)
        self.queue = MarkerQueue(self.store, lambda: 0.0)
        self._arrived = []
        self.queue.connect(self._take)

    def _take(self):
        while self._arrived:
            yield self._arrived.pop(0)

    def send(self, *markers, waited=0.0, cut=None):
        raw = serialize_message(MarkerArray(markers=list(markers)))
        self._arrived.append(RawMessage(raw[:cut], 0, waited))

    def cycle(self):
        self.now += 0.02
        self.queue.poll(self.now)

    def until_read(self):
        """How many cycles it takes, and the obstacles and faults of each but the last."""
        seen, faults = [], []
        for _ in range(20_000):
            self.cycle()
            if not len(self.queue):
                return seen, faults
            seen.append(self.store.names(self.now))
            faults.append(self.queue.fault)
        raise AssertionError('never')


def many(count, ns='many'):
    return [marker(i, ns=ns, x=2.0 + i) for i in range(count)]


def test_a_message_that_is_read_at_once_takes_effect_in_that_cycle():
    bench = Bench()
    bench.send(marker(0))
    bench.cycle()
    assert bench.store.names(bench.now) == ['a/0']
    assert (len(bench.queue), bench.queue.fault) == (0, '')


def test_while_a_long_message_is_read_the_obstacles_known_before_stay_in_force():
    bench = Bench(SHORT)
    bench.send(marker(0, lifetime=0.03))
    bench.cycle()
    bench.send(all_deleted(), *many(2000))
    seen, _ = bench.until_read()
    assert len(seen) > 2
    assert all(names == ['a/0'] for names in seen)
    assert len(bench.store.names(bench.now)) == 2000


def test_messages_take_effect_in_their_order():
    bench = Bench(SHORT)
    bench.send(*many(500), marker(0))
    bench.send(deleted(0), marker(1))
    bench.send(marker(0), deleted(1))
    bench.until_read()
    names = bench.store.names(bench.now)
    assert 'a/0' in names
    assert 'a/1' not in names


def test_what_a_later_message_makes_void_is_not_read():
    bench = Bench()
    bench.send(marker(0, kind=Marker.TRIANGLE_LIST))
    bench.send(all_deleted(), marker(1))
    bench.send(all_deleted(), marker(2))
    bench.send(marker(3))
    bench.cycle()
    assert bench.store.names(bench.now) == ['a/2', 'a/3']
    assert bench.store.warnings == []


def test_deleting_all_of_one_namespace_makes_nothing_void():
    bench = Bench()
    bench.send(marker(0, ns='b'))
    bench.send(all_deleted('a'), marker(1))
    bench.cycle()
    assert sorted(bench.store.names(bench.now)) == ['a/1', 'b/0']


def test_a_message_that_is_being_read_is_read_to_its_end_whatever_comes():
    bench = Bench(SHORT)
    for _ in range(200):
        bench.send(all_deleted(), *many(500))
        bench.cycle()
        if bench.store.names(bench.now):
            return
    raise AssertionError('none was ever read')


def test_who_sends_more_than_can_be_read_is_told_what_to_do_until_that_is_over():
    bench = Bench(SHORT)
    bench.send(marker(0))
    bench.cycle()
    for _ in range(8):
        bench.send(*many(1000))
    seen, faults = bench.until_read()
    assert faults[0] == ''
    assert '/obstacles come faster than they can be read' in faults[-1]
    assert 'send one SPHERE_LIST' in faults[-1]
    assert all('a/0' in names for names in seen)
    assert bench.queue.fault == ''
    assert bench.queue.delay_s > 0.5


@pytest.mark.parametrize('cut', [0, 3, 20, -4])
def test_a_message_that_cannot_be_read_is_a_fault_until_a_good_one_comes(cut):
    bench = Bench()
    bench.send(marker(0))
    bench.send(deleted(0), marker(1), marker(2), cut=cut)
    bench.cycle()
    assert bench.store.names(bench.now) == ['a/0']
    assert 'a message on /obstacles cannot be read' in bench.queue.fault
    bench.send(marker(3))
    bench.cycle()
    assert bench.store.names(bench.now) == ['a/0', 'a/3']
    assert bench.queue.fault == ''


def test_who_begins_anew_and_cannot_be_read_must_begin_anew():
    bench = Bench()
    bench.send(marker(0))
    bench.send(all_deleted(), marker(1), cut=-4)
    bench.cycle()
    assert 'a message on /obstacles cannot be read' in bench.queue.fault
    bench.send(marker(3))
    bench.cycle()
    assert 'messages on /obstacles were lost' in bench.queue.fault
    bench.send(all_deleted(), marker(4))
    bench.cycle()
    assert bench.queue.fault == ''
    assert bench.store.names(bench.now) == ['a/4']


def test_dropped_messages_stop_the_robot_until_all_is_told_again(monkeypatch):
    monkeypatch.setattr(marker_queue, '_MOST_MESSAGES', 3)
    bench = Bench()
    for number in range(5):
        bench.send(marker(number))
    bench.cycle()
    assert bench.store.names(bench.now) == ['a/2', 'a/3', 'a/4']
    assert 'messages on /obstacles were lost' in bench.queue.fault
    bench.send(marker(0))
    bench.cycle()
    assert 'begins with DELETEALL and an empty ns' in bench.queue.fault
    bench.send(all_deleted(), marker(7))
    bench.cycle()
    assert bench.queue.fault == ''


def test_a_message_is_as_old_as_it_has_waited_but_came_after_the_last_look():
    bench = Bench()
    bench.cycle()
    bench.send(marker(0, lifetime=0.5), waited=0.01)
    bench.send(marker(1, lifetime=0.5), waited=99.0)
    bench.cycle()
    assert bench.store.names(bench.now + 0.479) == ['a/0', 'a/1']
    assert bench.store.names(bench.now + 0.485) == ['a/0']
    assert bench.store.names(bench.now + 0.495) == []


def test_without_control_cycles_messages_are_read_all_the_same():
    bench = Bench()
    bench.cycle()
    bench.send(marker(0))
    bench.queue.poll_when_idle(bench.now + 0.5 * IDLE)
    assert len(bench.store.names(bench.now)) == 0
    bench.queue.poll_when_idle(bench.now + 2.0 * IDLE)
    assert bench.store.names(bench.now) == ['a/0']
