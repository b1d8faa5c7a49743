"""Modes: who is in charge, and what services and topics are answered."""

import pytest

from vcp_cbf_safety.ros.modes import DISABLED, EMERGENCY_STOP, ENFORCE, SHADOW, Modes


@pytest.mark.parametrize('configured', [ENFORCE, SHADOW])
def test_the_parameter_says_who_is_in_charge_when_nobody_has_asked_for_anything(configured):
    modes = Modes()
    assert modes.current(configured) == configured
    assert modes.stop_reason == ''


@pytest.mark.parametrize('configured', [ENFORCE, SHADOW])
def test_an_emergency_stop_comes_before_everything_else(configured):
    modes = Modes()
    assert modes.enable(False, allow_disable=True)[0]
    assert '~/release' in modes.emergency_stop('/button')
    assert modes.current(configured) == EMERGENCY_STOP
    assert modes.stop_reason == 'emergency stop by /button; call ~/release to drive on'


def test_enabling_does_not_release_an_emergency_stop():
    modes = Modes()
    modes.emergency_stop('/button')
    modes.enable(True, allow_disable=True)
    assert modes.current(ENFORCE) == EMERGENCY_STOP


def test_the_first_to_stop_the_robot_is_the_one_who_is_named():
    modes = Modes()
    for who in ('/button', '~/emergency_stop'):
        modes.emergency_stop(who)
    assert '/button' in modes.stop_reason
    assert modes.release() == 'released the emergency stop by /button'


def test_one_release_is_enough_and_restores_what_was_before():
    modes = Modes()
    modes.enable(False, allow_disable=True)
    for _ in range(3):
        modes.emergency_stop('/button')
    modes.release()
    assert modes.stop_reason == ''
    assert modes.current(ENFORCE) == DISABLED


def test_a_release_without_a_stop_says_so_and_a_later_stop_still_stops():
    modes = Modes()
    assert modes.release() == 'there was no emergency stop to release'
    modes.emergency_stop('/button')
    assert modes.current(ENFORCE) == EMERGENCY_STOP


def test_a_stop_from_before_the_start_is_in_force_until_it_is_released():
    modes = Modes('/button, from before this start')
    assert modes.current(ENFORCE) == EMERGENCY_STOP
    assert '/button, from before this start' in modes.stop_reason
    modes.release()
    assert modes.current(ENFORCE) == ENFORCE


def test_disabling_is_refused_with_a_reason_where_it_is_not_allowed():
    modes = Modes()
    done, answer = modes.enable(False, allow_disable=False)
    assert not done
    assert 'allow_disable is false' in answer
    assert modes.current(ENFORCE) == ENFORCE


def test_disabling_lasts_until_the_filter_is_enabled_whoever_may_disable_it_then():
    modes = Modes()
    assert modes.enable(False, allow_disable=True)[0]
    assert modes.current(ENFORCE) == modes.current(SHADOW) == DISABLED
    assert not modes.enable(False, allow_disable=False)[0]
    assert modes.current(ENFORCE) == DISABLED
    assert modes.enable(True, allow_disable=False) == (True, 'the filter is enabled')
    assert modes.current(ENFORCE) == ENFORCE
    assert modes.current(SHADOW) == SHADOW
