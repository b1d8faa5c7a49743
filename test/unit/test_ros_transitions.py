"""Transitions: what raises in one is an error of the node, and said."""

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from rclpy.logging import get_logger

from vcp_cbf_safety.ros.transitions import reported

INACTIVE = LifecycleState('inactive', 2)


class Robot:
    """Something with a logger and two transitions, which is all that is asked of a node."""

    def get_logger(self):
        return get_logger('robot')

    @reported
    def on_activate(self, state):
        raise OSError('no such device')

    @reported
    def on_cleanup(self, state):
        assert state is INACTIVE
        return TransitionCallbackReturn.FAILURE


def test_what_raises_is_an_error_that_names_transition_and_cause(capfd):
    assert Robot().on_activate(INACTIVE) == TransitionCallbackReturn.ERROR
    assert 'on_activate failed: OSError: no such device' in capfd.readouterr().err


def test_what_does_not_raise_passes_as_it_is(capfd):
    assert Robot().on_cleanup(INACTIVE) == TransitionCallbackReturn.FAILURE
    assert capfd.readouterr().err == ''
