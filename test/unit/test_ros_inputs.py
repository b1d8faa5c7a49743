"""Ages of the newest messages, percentiles, sentences."""

import math

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from vcp_cbf_safety.ros.inputs import Newest
from vcp_cbf_safety.ros.running import sentence
from vcp_cbf_safety.ros.timing import RecentDurations


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
        (
            "Couldn't parse remap rule: '-r __ns:=a'. Error: Expected lexeme type 19, got 18 at "
            'index 6, at /src/lexer_lookahead.c:238',
            'remap rule -r __ns:=a cannot be used: write from:=to; names consist of letters, '
            'digits and underscores, no digit first, with slashes between them, and a namespace '
            'begins with a slash',
        ),
        (
            "Couldn't parse parameter override rule: '-p x:='. Error: error not set, at /a.c:1",
            'parameter override rule -p x:= cannot be used: write name:=value',
        ),
        (
            "failed to initialize rcl: Couldn't parse trailing --params-file flag. No file path "
            'provided., at /src/rcl/arguments.c:419',
            'nothing follows --params-file',
        ),
        (
            "Couldn't parse trailing log level flag: '--log-level'. No log level provided., at /",
            'nothing follows --log-level',
        ),
        (
            "Couldn't parse params file: '--params-file a.yaml'. Error: Cannot have a value "
            'before ros__parameters at line 1, at /src/parse.c:1',
            'the parameter file a.yaml cannot be used: Cannot have a value before ros__parameters '
            'at line 1 (write the name of the node, or /**, below it ros__parameters, and below '
            'that the parameters, each level indented by spaces)',
        ),
        ('something\n  else', 'something else'),
    ],
)
def test_errors_of_the_client_library_become_one_sentence(error, expected):
    assert sentence(RuntimeError(error)) == expected
