"""Signals while a demo runs: remembered, answered at a safe place, and given back afterwards."""

import os
import signal

import pytest

from vcp_cbf_safety.studies.interruption import listening


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_shows_at_the_next_check(number: signal.Signals) -> None:
    with listening() as interruption:
        interruption.check()
        os.kill(os.getpid(), number)
        with pytest.raises(KeyboardInterrupt):
            interruption.check()
        assert interruption.exit_code == 128 + number


def test_the_first_signal_decides_the_exit_code() -> None:
    with listening() as interruption:
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
    assert interruption.exit_code == 128 + signal.SIGTERM


def test_handlers_are_given_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with listening():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before
