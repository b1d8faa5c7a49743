"""Starting a node: what is wrong is said in a sentence, without a traceback."""

import os
import signal
import threading
from collections.abc import Iterator

import pytest

pytest.importorskip('rclpy')

import rclpy

from vcp_cbf_safety.errors import ConfigurationError
from vcp_cbf_safety.ros.running import run, sentence
from vcp_cbf_safety.ros.stop_signals import StopSignals

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """What the tests do to signals ends with them."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    signal.set_wakeup_fd(-1)
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(
    ('said', 'told'),
    [
        (
            "Couldn't parse params file: '--params-file a.yaml'. Error: Error parsing a event "
            'near line 3, at ./src/parser.c:1',
            'the parameter file a.yaml cannot be used: Error parsing a event near line 3 (look '
            'for tabs, open brackets, and colons without a space behind them)',
        ),
        ("Couldn't parse trailing -r flag", 'nothing follows -r'),
        (
            "Trying to set parameter 'margin' to '1' of type 'INTEGER', expecting type 'DOUBLE'",
            'margin is 1, of type integer; it must be a double',
        ),
        (
            "Couldn't parse parameter override rule: '-p a'. Error: error not set, at ./a.c:1",
            'parameter override rule -p a cannot be used: write name:=value',
        ),
        ('margin is\n  -1 m', 'margin is -1 m'),
    ],
)
def test_what_rclpy_says_becomes_a_sentence(said: str, told: str) -> None:
    assert sentence(RuntimeError(said)) == told


def test_arguments_that_ros_does_not_know_are_named() -> None:
    class UnknownROSArgsError(Exception):
        """As rclpy calls it."""

    told = sentence(UnknownROSArgsError("['-x']"))
    assert told.startswith("these arguments after --ros-args are unknown: ['-x']; a parameter")


def test_a_mistake_at_start_ends_with_code_1_and_a_sentence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def mistaken() -> None:
        raise ConfigurationError('margin is -1 m')

    assert run(mistaken, 'a_node', []) == 1  # type: ignore[arg-type, return-value]
    assert not rclpy.ok()
    assert run(mistaken, 'a_node', ['--verbose']) == 1  # type: ignore[arg-type, return-value]
    first, second = capsys.readouterr().err.splitlines()
    assert first == 'a_node: margin is -1 m'
    assert second.startswith("a_node: these arguments do nothing: ['--verbose']")


@pytest.mark.parametrize('number', SIGNALS)
def test_a_signal_is_a_request_and_the_next_one_nothing(number: signal.Signals) -> None:
    signals, asked = StopSignals(), threading.Event()
    signals.call(asked.set)
    assert not asked.wait(0.05)
    os.kill(os.getpid(), number)
    assert asked.wait(20.0)
    os.kill(os.getpid(), number)
    signals.ignore()
    os.kill(os.getpid(), number)


def test_a_signal_that_came_first_is_not_forgotten() -> None:
    signals, asked = StopSignals(), threading.Event()
    os.kill(os.getpid(), signal.SIGTERM)
    signals.call(asked.set)
    assert asked.wait(20.0)


def test_whoever_starts_it_with_nohup_wants_it_to_outlive_the_terminal() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    StopSignals()
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
