"""When cycles run, with timers that a test turns by hand."""

import pytest

pytest.importorskip('rclpy')

from vcp_cbf_safety.ros import control_timer
from vcp_cbf_safety.ros.control_timer import ControlTimer
from vcp_cbf_safety.ros.polling import Gate

PERIOD = 0.1


class Timer:
    """Runs until it is cancelled, and again when it is reset."""

    def __init__(self, period, callback):
        self.timer_period_ns = round(1e9 * period)
        self.call = callback
        self.resets, self.runs = 0, True

    def reset(self):
        self.resets += 1
        self.runs = True

    def cancel(self):
        self.runs = False


class Node:
    """Has timers."""

    def __init__(self):
        self.timers = []

    def create_timer(self, period, callback, clock):
        self.timers.append(Timer(period, callback))
        return self.timers[-1]

    def destroy_timer(self, timer):
        self.timers.remove(timer)


@pytest.fixture
def world(monkeypatch):
    """Node, gate, cycles, control timer, and a clock that stands until it is told."""
    now, cycles, gate, node = [100.0], [], Gate(), Node()
    monkeypatch.setattr(control_timer, 'monotonic', lambda: now[0])
    made = ControlTimer(node, PERIOD, gate, lambda: cycles.append(now[0]))
    return node, gate, cycles, made, now


def test_the_gate_opens_a_quarter_of_a_period_after_a_cycle_of_the_timer(world):
    node, gate, cycles, _, _ = world
    opening, timer = node.timers
    opening.call()
    assert gate.open
    assert not opening.runs
    timer.call()
    assert cycles == [100.0]
    assert not gate.open
    assert opening.runs
    assert opening.timer_period_ns == pytest.approx(0.25e9 * PERIOD, abs=2)


def test_after_a_cycle_that_a_command_has_run_it_opens_nine_tenths_of_a_period_later(world):
    node, _, cycles, made, now = world
    opening, timer = node.timers
    made.run_now()
    assert timer.resets == 1  # its next cycle is a whole period later
    assert cycles == [100.0]
    assert opening.timer_period_ns == pytest.approx(0.9e9 * PERIOD, abs=2)
    now[0] += 0.5 * PERIOD
    timer.call()
    assert opening.timer_period_ns == pytest.approx(0.4e9 * PERIOD, abs=2)
    now[0] += 5.0 * PERIOD
    timer.call()
    assert opening.timer_period_ns == pytest.approx(0.25e9 * PERIOD, abs=2)


def test_in_the_end_no_timer_is_left_and_the_gate_is_closed(world):
    node, gate, _, made, _ = world
    node.timers[0].call()
    made.drop()
    assert node.timers == []
    assert not gate.open
