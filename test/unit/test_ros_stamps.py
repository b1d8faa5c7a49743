"""Stamps: which are believed, which are not, and what is said about it."""

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from rclpy.time import Time

from vcp_cbf_safety.ros.stamps import StampReader


class Topic:
    """A topic at 50 Hz on a clock that can be turned."""

    def __init__(self):
        self.warnings = []
        self.monotonic = 50.0
        self.clock = 1000.0
        self._reader = StampReader('/odom', lambda: self.clock, self.warnings.append)

    def hear(self, age, waited=0.0):
        """Receive a message that is this old by its stamp; the age that is made of it."""
        self.monotonic += 0.02
        self.clock += 0.02
        stamp = Time(nanoseconds=round(1e9 * (self.clock - waited - age))).to_msg()
        return self._reader.age(stamp, self.monotonic - waited, waited)

    def hear_unstamped(self):
        return self._reader.age(Time().to_msg(), self.monotonic)


@pytest.fixture
def topic():
    return Topic()


def test_a_sensible_stamp_gives_the_age(topic):
    assert topic.hear(0.03) == pytest.approx(0.03, abs=1e-6)
    assert topic.hear(0.04, waited=0.01) == pytest.approx(0.04, abs=1e-6)
    assert topic.warnings == []


def test_no_stamp_and_no_clock_mean_receipt(topic):
    assert topic.hear_unstamped() == 0.0
    topic.clock = -0.02
    assert topic.hear(-5.0) == 0.0
    assert topic.warnings == []


def test_a_stamp_in_the_future_warns_once_with_topic_and_seconds(topic):
    assert [topic.hear(-3.0) for _ in range(3)] == [0.0, 0.0, 0.0]
    (warning,) = topic.warnings
    assert '/odom' in warning
    assert '3.000 s in the future' in warning


def test_a_clock_slightly_ahead_is_no_news(topic):
    assert topic.hear(-0.03) == 0.0
    assert topic.warnings == []


def test_stamps_are_believed_again_when_they_make_sense(topic):
    topic.hear(-3.0)
    assert topic.hear(0.05) == pytest.approx(0.05, abs=1e-6) or topic.hear(0.05) > 0.0
    topic.hear(-3.0)
    assert len(topic.warnings) == 2


def test_time_that_goes_back_warns_once(topic):
    topic.hear(0.01)
    assert [topic.hear(5.0) for _ in range(3)] == [0.0, 0.0, 0.0]
    (warning,) = topic.warnings
    assert 's before the stamp of the message before' in warning


def test_a_message_that_was_overtaken_is_ignored(topic):
    topic.hear(0.01)
    assert topic.hear(0.1) is None
    assert topic.warnings == []


def test_a_clock_that_jumps_ahead_makes_nothing_old(topic):
    topic.hear(0.01)
    topic.clock += 5.0
    assert topic.hear(5.01) == 0.0
    assert 'a clock has jumped' in topic.warnings[0]


def test_a_stamp_that_stands_still_gets_old(topic):
    ages = [topic.hear(0.02 * n) for n in range(100)]
    assert ages[-1] == pytest.approx(1.98, abs=1e-6)
    assert topic.warnings == []


def test_what_is_old_from_the_beginning_is_old(topic):
    assert topic.hear(30.0) == pytest.approx(30.0, abs=1e-6)
