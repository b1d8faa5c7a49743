"""Messages that two subscriptions bring: taken once, and the last word of a sender stays last."""

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from hypothesis import example, given
from hypothesis import strategies as st

from vcp_cbf_safety.ros.polling import RawMessage
from vcp_cbf_safety.ros.sources.obstacle_topic import Repeats


def sent(number):
    return RawMessage(b'message %d' % number, number, 0.0)


def taken(arrivals):
    """Numbers of the messages that are taken, of pairs (number, by the latched subscription)."""
    repeats = Repeats()
    return [number for number, latched in arrivals if repeats.is_new(sent(number), latched)]


@given(
    count=st.integers(1, 12),
    volatile_from=st.integers(1, 12),
    latched_from=st.integers(1, 12),
    order=st.lists(st.booleans(), min_size=24, max_size=24),
)
@example(count=8, volatile_from=5, latched_from=3, order=[False] * 3 + [True] * 2 + [False] * 19)
def test_all_that_was_sent_is_taken_and_the_last_word_stays_last(
    count, volatile_from, latched_from, order
):
    volatile = list(range(max(volatile_from, latched_from), count + 1))
    latched = list(range(latched_from, count + 1))
    arrivals = []
    for from_latched in order:
        stream = latched if (from_latched and latched) or not volatile else volatile
        if stream:
            arrivals.append((stream.pop(0), stream is latched))
    numbers = taken(arrivals)
    last = {number: place for place, number in enumerate(numbers)}
    assert sorted(last) == list(range(latched_from, count + 1))
    assert sorted(last, key=last.__getitem__) == sorted(last)


def test_where_neither_has_a_history_every_message_is_taken_once():
    assert taken([(1, False), (1, True), (2, False), (3, False), (2, True), (3, True)]) == [
        1, 2, 3,
    ]  # fmt: skip
    assert taken([(1, True), (2, True), (1, False), (2, False)]) == [1, 2]


def test_messages_that_do_not_say_when_they_were_sent_are_all_taken():
    repeats = Repeats()
    message = RawMessage(b'the same', 0, 0.0)
    assert [repeats.is_new(message, latched) for latched in (False, True)] == [True, True]


def test_messages_of_two_senders_at_one_time_are_two():
    repeats = Repeats()
    assert repeats.is_new(RawMessage(b'one', 7, 0.0), latched=False)
    assert repeats.is_new(RawMessage(b'two', 7, 0.0), latched=False)


def test_the_messages_that_are_known_do_not_fill_the_memory():
    repeats = Repeats()
    for number in range(1, 5000):
        assert repeats.is_new(sent(number), latched=False)
    assert len(repeats._heard) == 2000
