"""Bit-identity and changes in a replay, judged on made-up messages."""

import numpy as np
import pytest

from vcp_cbf_safety.sim.mrclam import Dataset, RecordedRobot
from vcp_cbf_safety.studies.demo.heard import Heard, Sent
from vcp_cbf_safety.studies.demo.real import around_nearest_approach, filter_parameters
from vcp_cbf_safety.studies.demo.replay import thinned
from vcp_cbf_safety.studies.demo.replay_report import Surfaces, judged, robot_report, same_bits
from vcp_cbf_safety.studies.published import PublishedCommand, PublishedState

NOMINAL = PublishedState(0.0, 'nominal', '', '')


def line(name: str, y: float, speed: float = 0.1, seconds: float = 20.0) -> RecordedRobot:
    """A robot that drives along +x at a constant speed."""
    stamps = np.arange(0.0, seconds, 0.02)
    zeros = np.zeros_like(stamps)
    poses = np.column_stack([stamps, speed * stamps, zeros + y, zeros])
    return RecordedRobot(name, poses, np.column_stack([stamps, zeros + speed, zeros]))


def two_lines(distance: float) -> Dataset:
    return Dataset((line('a', 0.0), line('b', distance)), np.zeros((0, 2)))


def heard(answers: list[tuple[float, float]], states: list[PublishedState] | None = None) -> Heard:
    """Nominal commands 0.1 m/s every 0.05 s, and answers (v, omega) 10 ms after each."""
    sent = [Sent(0.05 * i, 0.2 * i, 0.1, 0.0) for i in range(len(answers))]
    made = [PublishedCommand(0.05 * i + 0.01, v, omega) for i, (v, omega) in enumerate(answers)]
    return Heard(sent, made, states or [NOMINAL])


@pytest.mark.parametrize(
    ('first', 'second', 'same'),
    [
        ((0.1, 0.2), (0.1, 0.2), True),
        ((0.1, 0.0), (0.1, -0.0), False),
        ((0.3, 0.0), (0.1 + 0.2, 0.0), False),
    ],
)
def test_the_same_bits_are_more_than_equal_numbers(
    first: tuple[float, float], second: tuple[float, float], same: bool
) -> None:
    assert same_bits(first, second) is same


def test_an_answer_that_repeats_a_command_is_untouched_at_its_recording_time() -> None:
    cycles = judged(heard([(0.1, 0.0)] * 5))
    assert [each.untouched for each in cycles] == [True] * 5
    assert [each.time for each in cycles] == pytest.approx([0.0, 0.2, 0.4, 0.6, 0.8])


def test_an_answer_that_differs_in_the_last_bit_is_changed() -> None:
    (cycle,) = judged(heard([(float(np.nextafter(0.1, 1.0)), 0.0)]))
    assert not cycle.untouched


def test_a_command_sent_after_the_answer_is_not_its_cause() -> None:
    messages = heard([(0.1, 0.0)])
    messages.sent.append(Sent(0.5, 2.0, 0.7, 0.0))
    messages.answers.append(PublishedCommand(0.49, 0.7, 0.0))
    assert [each.untouched for each in judged(messages)] == [True, False]


def test_a_command_of_long_ago_is_not_a_cause() -> None:
    messages = Heard(
        [Sent(0.0, 0.0, 0.3, 0.0), Sent(2.0, 8.0, 0.1, 0.0)],
        [PublishedCommand(2.01, 0.3, 0.0)],
        [NOMINAL],
    )
    assert not judged(messages)[0].untouched


def test_changes_are_stretches_with_size_and_hazard() -> None:
    answers = [(0.1, 0.0)] * 10
    answers[4:7] = [(0.05, 0.2), (0.02, 0.3), (0.06, 0.1)]
    states = [
        NOMINAL,
        PublishedState(0.211, 'filtered', 'b', ''),
        PublishedState(0.361, 'nominal', '', ''),
    ]
    report = robot_report(
        heard(answers, states), Surfaces(two_lines(0.5), 0.17, 0.1, 2.0), 'a', 0.7
    )
    (change,) = report.changes
    assert (change.begin, change.end) == pytest.approx((0.8, 1.2))
    assert change.cycles == 3
    assert (change.speed, change.yaw_rate) == pytest.approx((0.08, 0.3))
    assert change.why == 'b'
    assert not change.without_input
    assert report.untouched_share == 0.7


def test_commands_out_of_reach_are_counted_and_one_that_changed_shows() -> None:
    answers = [(0.1, 0.0)] * 9 + [(0.09, 0.0)]
    report = robot_report(heard(answers), Surfaces(two_lines(3.0), 0.17, 0.1, 2.0), 'a', 0.7)
    assert (report.out_of_reach, report.out_of_reach_identical) == (10, 9)


def test_nothing_is_out_of_reach_beside_another_robot() -> None:
    report = robot_report(
        heard([(0.1, 0.0)] * 5), Surfaces(two_lines(0.5), 0.17, 0.1, 2.0), 'a', 0.7
    )
    assert report.out_of_reach == 0


def test_a_stop_for_want_of_input_is_told_apart() -> None:
    late = PublishedState(
        0.0, 'stopped', '', 'command on /a/cmd_vel_nom is older than cmd_timeout (1 s)'
    )
    report = robot_report(
        heard([(0.0, 0.0)] * 3, [late]), Surfaces(two_lines(3.0), 0.17, 0.1, 2.0), 'a', 0.7
    )
    assert report.without_input == 3
    assert report.out_of_reach == 0
    assert report.changes[0].without_input


def test_a_stop_because_of_a_hazard_is_no_excuse() -> None:
    cornered = PublishedState(0.0, 'stopped', 'b', 'no command keeps the body off every hazard')
    report = robot_report(
        heard([(0.0, 0.0)] * 3, [cornered]), Surfaces(two_lines(3.0), 0.17, 0.1, 2.0), 'a', 0.7
    )
    assert (report.without_input, report.out_of_reach) == (0, 3)


def test_the_nearest_approach_is_surface_to_surface() -> None:
    dataset = Dataset((line('a', 0.0), line('b', 1.0)), np.array([[1.0, -0.5]]))
    nearest = Surfaces(dataset, 0.17, 0.1, 19.0).nearest('a')
    assert nearest.distance == pytest.approx(0.5 - 0.27, abs=1e-5)
    assert nearest.what == 'landmark 0'
    assert nearest.time == pytest.approx(10.0, abs=0.05)


def test_a_short_replay_is_around_the_nearest_approach_of_two_robots() -> None:
    head_on = line('b', 0.3)
    poses = head_on.poses.copy()
    poses[:, 1] = 3.0 - poses[:, 1]  # meets the other one at 15 s
    dataset = Dataset(
        (line('a', 0.0), RecordedRobot('b', poses, head_on.commands)), np.array([[0.0, 0.0]])
    )
    begin, end = around_nearest_approach(dataset, 4.0).common_span
    assert (begin, end) == pytest.approx((13.0, 17.0), abs=0.1)


def test_thinning_keeps_the_first_and_the_spacing() -> None:
    series = np.array([[0.0], [0.004], [0.011], [0.012], [0.5]])
    assert thinned(series, 0.01) == [0, 2, 4]


def test_timeouts_are_those_of_the_recording_at_any_rate() -> None:
    slow, fast = (filter_parameters('a', ['a', 'b'], rate) for rate in (1.0, 4.0))
    allowance = 0.3
    for name in ('odom_timeout', 'cmd_timeout', 'peer_timeout'):
        assert float(fast[name]) - allowance == pytest.approx(
            (float(slow[name]) - allowance) / 4.0
        )
    assert slow['peers'] == ['b']
