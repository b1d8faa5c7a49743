"""Poses between two messages of odometry, and a little beyond the last one."""

import math

import numpy as np
import pytest

from vcp_cbf_safety import RobotState
from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.motion.pose_history import AHEAD, PoseHistory
from vcp_cbf_safety.motion.unicycle import advance


def noted(*states: tuple[float, RobotState]) -> PoseHistory:
    history = PoseHistory()
    for now, state in states:
        history.note(state, now)
    return history


def test_a_robot_on_an_arc_is_where_it_was_and_will_be() -> None:
    history, v, omega = PoseHistory(), 0.8, 1.5
    for k in range(60):
        pose = advance((1.0, 2.0, 3.0), v, omega, 0.02 * k)
        history.note(RobotState(*pose, v, omega, age=0.03), 0.02 * k + 0.03)
    times = np.linspace(0.0, 1.18 + AHEAD, 200)
    expected = np.array([advance((1.0, 2.0, 3.0), v, omega, t) for t in times.tolist()])
    assert np.abs(history.at(times) - expected)[:, :2].max() < 2e-3
    assert np.abs(history.at(times) - expected)[:, 2].max() < 1e-9


def test_a_heading_that_jumps_between_minus_pi_and_pi_is_the_same_turn() -> None:
    history = noted(
        (0.0, RobotState(0.0, 0.0, math.pi - 0.1)), (1.0, RobotState(0.0, 0.0, 0.1 - math.pi))
    )
    assert history.at(np.array([0.5]))[0, 2] == pytest.approx(math.pi)


def test_older_news_is_no_news() -> None:
    history = noted((1.0, RobotState(1.0, 0.0, 0.0)), (0.5, RobotState(9.0, 0.0, 0.0)))
    assert history.at(np.array([1.0])).tolist() == [[1.0, 0.0, 0.0]]


@pytest.mark.parametrize(
    ('time', 'words'),
    [
        (-0.5, r'it is 0\.50 s older than the oldest odometry that is remembered'),
        (1.4, r'it is 0\.40 s newer than the newest odometry; at most 0\.2 s can be bridged'),
    ],
)
def test_a_time_that_is_not_known_is_refused(time: float, words: str) -> None:
    history = noted((0.0, RobotState(0.0, 0.0, 0.0)), (1.0, RobotState(1.0, 0.0, 0.0)))
    with pytest.raises(InputError, match=words):
        history.at(np.array([0.5, time]))


def test_nothing_is_known_before_the_first_message_and_after_a_restart() -> None:
    history = noted((0.0, RobotState(0.0, 0.0, 0.0)))
    history.forget()
    with pytest.raises(InputError, match='no odometry has come yet'):
        history.at(np.zeros(1))


def test_what_is_longer_ago_than_two_seconds_is_forgotten() -> None:
    history = noted(*((0.1 * k, RobotState(0.1 * k, 0.0, 0.0, 1.0)) for k in range(40)))
    assert history.at(np.array([2.0]))[0, 0] == pytest.approx(2.0)
    with pytest.raises(InputError, match='older'):
        history.at(np.array([1.5]))
