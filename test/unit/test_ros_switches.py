"""Requests of people: what is done, in which order, and what is remembered and said."""

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from dataclasses import replace

from vcp_cbf_safety import ConfigurationError
from vcp_cbf_safety.ros.modes import DISABLED, EMERGENCY_STOP, ENFORCE, Modes
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.ros.stop_memory import StopMemory
from vcp_cbf_safety.ros.switches import Requests, check_mode


class Desk:
    """Requests, with what they did: the warnings, and the modes in which they acted at once."""

    def __init__(self, path, allow_disable=False):
        self.path, self.said, self.acted = path, [], []
        memory = StopMemory(path, self.said.append)
        self.modes = Modes(memory.recall())
        self.requests = Requests(
            modes=self.modes,
            memory=memory,
            act=self.act,
            allow_disable=lambda: allow_disable,
            warn=self.said.append,
        )

    def act(self):
        self.acted.append((self.modes.current(ENFORCE), self.path.exists()))


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path / 'stop')


def test_a_stop_acts_before_it_is_written_down_and_outlives_the_filter(desk):
    answer = desk.requests.stop('/button')
    assert '~/release' in answer
    assert desk.acted == [(EMERGENCY_STOP, False)]
    assert desk.said == ['emergency stop by /button']
    assert Desk(desk.path).modes.current(ENFORCE) == EMERGENCY_STOP


def test_a_button_that_is_held_stops_once(desk):
    for _ in range(50):
        desk.requests.stop('/button')
    desk.requests.stop('~/emergency_stop')
    assert (len(desk.acted), len(desk.said)) == (1, 1)
    assert '/button' in Desk(desk.path).modes.stop_reason


def test_a_release_is_said_and_outlives_the_filter(desk):
    desk.requests.stop('/button')
    assert desk.requests.release() == desk.said[-1] == 'released the emergency stop by /button'
    assert desk.modes.current(ENFORCE) == ENFORCE
    assert Desk(desk.path).modes.current(ENFORCE) == ENFORCE


def test_a_stop_after_a_release_acts_again(desk):
    for _ in range(2):
        desk.requests.stop('/button')
        desk.requests.release()
    assert len(desk.acted) == 2


def test_a_stop_from_before_the_start_is_kept_when_somebody_stops_again(desk):
    desk.requests.stop('/button')
    after = Desk(desk.path)
    after.requests.stop('~/emergency_stop')
    assert after.acted == []
    assert '/button' in Desk(desk.path).modes.stop_reason


def test_disabling_is_asked_of_who_allows_it_and_said(tmp_path, desk):
    done, answer = desk.requests.enable(False)
    assert not done
    assert desk.said == [answer]
    assert desk.modes.current(ENFORCE) == ENFORCE
    allowed = Desk(tmp_path / 'other', allow_disable=True)
    assert allowed.requests.enable(False)[0]
    assert allowed.modes.current(ENFORCE) == DISABLED
    assert allowed.requests.enable(True) == (True, 'the filter is enabled')


SETTINGS = {
    (mode, allow): replace(NodeSettings.from_parameters(), mode=mode, allow_disable=allow)
    for mode in ('enforce', 'shadow')
    for allow in (False, True)
}


def test_an_active_filter_is_not_put_into_shadow_where_it_may_not_be_disabled():
    with pytest.raises(ConfigurationError, match="mode cannot change from 'enforce' to 'shadow'"):
        check_mode(SETTINGS['shadow', False], SETTINGS['enforce', False])
    check_mode(SETTINGS['shadow', True], SETTINGS['enforce', True])


@pytest.mark.parametrize('mode', ['enforce', 'shadow'])
def test_a_filter_in_shadow_may_stay_there_or_enforce(mode):
    check_mode(SETTINGS[mode, False], SETTINGS['shadow', False])
    check_mode(SETTINGS['enforce', False], SETTINGS[mode, False])
