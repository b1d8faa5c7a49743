"""The state topic: what it says, how bad that is, and when it says it again."""

import math

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from dataclasses import replace
from itertools import pairwise

from diagnostic_msgs.msg import DiagnosticStatus

from vcp_cbf_safety import Outcome, SafeCommand
from vcp_cbf_safety.command import StepTiming
from vcp_cbf_safety.reason_code import ReasonCode
from vcp_cbf_safety.ros.modes import EMERGENCY_STOP, SHADOW
from vcp_cbf_safety.ros.state import StateReporter, state_message
from vcp_cbf_safety.ros.state_content import State

CALM = SafeCommand(0.3, 0.1, Outcome.NOMINAL, min_barrier=1.0)


def values(message):
    return {each.key: each.value for each in message.values}


class Topic:
    """A reporter, and what it has published."""

    def __init__(self):
        self.messages = []
        self.reporter = StateReporter(self.messages.append, 'robot1: safety filter', 'robot1')

    def report(self, now, command=CALM, **more):
        """Whether the state of a cycle at this time was published."""
        before = len(self.messages)
        self.reporter.report(State(command, **more), now)
        return len(self.messages) > before


@pytest.fixture
def topic():
    topic = Topic()
    assert topic.report(50.0), 'the first state is news'
    return topic


def test_what_does_not_change_is_published_once_a_second(topic):
    published = [n for n in range(1, 251) if topic.report(50.0 + 0.02 * n)]
    assert len(published) == 5
    assert all(49 <= after - before <= 52 for before, after in pairwise([0, *published]))


def test_numbers_that_change_are_no_news(topic):
    moved = replace(
        CALM, v=0.2, omega=0.0, min_barrier=0.5, residual=1e-3, timing=StepTiming(total=1.0)
    )
    assert not topic.report(50.02, moved)


CHANGES = {
    'outcome': {'command': replace(CALM, outcome=Outcome.FILTERED)},
    'binding': {'command': replace(CALM, binding='pillar')},
    'reason': {'command': replace(CALM, reason='slowed to 75%')},
    'circulating': {'command': replace(CALM, circulating=True)},
    'mode': {'mode': SHADOW},
    'faults': {'faults': ('peer ann is taken to be gone',)},
}


@pytest.mark.parametrize('change', CHANGES)
def test_what_changes_is_published_at_once_and_so_is_its_end(topic, change):
    changed = CHANGES[change]
    assert topic.report(50.02, **changed)
    assert not topic.report(50.04, **changed)
    assert topic.report(50.06)
    assert values(topic.messages[0]) == values(topic.messages[2]) != values(topic.messages[1])


def test_a_change_is_a_heartbeat_too(topic):
    assert topic.report(50.5, CHANGES['outcome']['command'])
    assert not topic.report(51.2, CHANGES['outcome']['command'])
    assert topic.report(51.5, CHANGES['outcome']['command'])


def test_the_message_says_all_of_it():
    command = SafeCommand(
        0.1,
        0.0,
        Outcome.RELAXED,
        'pillar',
        0.12345,
        reason='contradiction',
        code=ReasonCode.RELAXED,
        circulating=True,
    )
    message = state_message('robot1: safety filter', 'robot1', State(command, SHADOW, ('a', 'b')))
    assert (message.name, message.hardware_id) == ('robot1: safety filter', 'robot1')
    assert message.message == 'contradiction'
    assert values(message) == {
        'outcome': 'relaxed',
        'code': 'relaxed',
        'binding': 'pillar',
        'min_barrier_m': '0.1235',
        'circulating': 'true',
        'reason': 'contradiction',
        'mode': 'shadow',
        'faults': 'a; b',
    }


def test_what_is_not_known_is_empty_or_nan():
    said = values(state_message('', '', State(SafeCommand(0.0, 0.0, Outcome.STOPPED))))
    assert (said['binding'], said['faults'], said['circulating']) == ('', '', 'false')
    assert math.isnan(float(said['min_barrier_m']))


@pytest.mark.parametrize(
    ('outcome', 'level'),
    [
        (Outcome.NOMINAL, DiagnosticStatus.OK),
        (Outcome.FILTERED, DiagnosticStatus.OK),
        (Outcome.RELAXED, DiagnosticStatus.WARN),
        (Outcome.BRAKING, DiagnosticStatus.WARN),
        (Outcome.STOPPED, DiagnosticStatus.WARN),
    ],
)
def test_the_level_is_a_warning_where_the_robot_does_less_than_it_is_asked(outcome, level):
    state = State(replace(CALM, outcome=outcome))
    assert state_message('', '', state).level == level


@pytest.mark.parametrize(
    'trouble', [{'mode': SHADOW}, {'mode': EMERGENCY_STOP}, {'faults': ('a fault',)}], ids=str
)
def test_the_level_is_a_warning_while_anything_is_not_as_it_should_be(trouble):
    assert state_message('', '', State(CALM, **trouble)).level == DiagnosticStatus.WARN
