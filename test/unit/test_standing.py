"""One threshold of standing, and what rounding of numbers and clocks may not do."""

import math

import pytest

from vcp_cbf_safety import (
    Circle,
    FilterConfig,
    Hazards,
    Outcome,
    Peer,
    RobotState,
    SafetyFilter,
    Twist2D,
)
from vcp_cbf_safety.command import outcome_of_stop
from vcp_cbf_safety.motion.unicycle import STANDING, stands

CONFIG = FilterConfig(
    body_radius=0.15, vcp_offset=0.1, period=0.05, min_speed=-0.2, max_speed=1.0, max_yaw_rate=2.84
)
ORIGIN = RobotState(0.0, 0.0, 0.0)
DRIVE = Twist2D(0.1, 0.0)


def after_a_late_cycle(told: Twist2D) -> tuple[SafetyFilter, Outcome, str]:
    """What a cycle says that comes half a second after a command."""
    safety_filter = SafetyFilter(CONFIG)
    safety_filter.note_sent(told)
    command = safety_filter.step(DRIVE, ORIGIN, Hazards(), elapsed=0.5)
    return safety_filter, command.outcome, command.reason


@pytest.mark.parametrize(
    'told', [Twist2D(-1.8e-17, 0.0), Twist2D(0.0, 1e-17), Twist2D(0.005, -0.005), STANDING]
)
def test_a_robot_that_was_told_to_stand_but_for_rounding_may_be_told_so_for_any_time(
    told: Twist2D,
) -> None:
    _, outcome, reason = after_a_late_cycle(told)
    assert (outcome, reason) == (Outcome.NOMINAL, '')


@pytest.mark.parametrize('told', [Twist2D(0.02, 0.0), Twist2D(-0.02, 0.0), Twist2D(0.0, 0.02)])
def test_a_late_cycle_brakes_a_robot_that_was_told_to_move_ever_so_slowly(told: Twist2D) -> None:
    safety_filter, outcome, reason = after_a_late_cycle(told)
    assert outcome in (Outcome.STOPPED, Outcome.BRAKING)
    assert reason.startswith('this cycle comes')
    assert safety_filter.step(DRIVE, ORIGIN, Hazards()).outcome is Outcome.NOMINAL


@pytest.mark.parametrize('turned', [1.0, -1.0])
def test_standing_ends_at_its_threshold_whatever_the_direction(turned: float) -> None:
    assert stands(turned * STANDING.v, turned * STANDING.omega)
    assert not stands(turned * 1.001 * STANDING.v, 0.0)
    assert not stands(0.0, turned * 1.001 * STANDING.omega)
    assert not stands(math.nan, 0.0)


@pytest.mark.parametrize(
    ('v', 'speed', 'robot', 'outcome'),
    [
        (0.0, 0.0, None, Outcome.STOPPED),
        (0.0, 0.009, None, Outcome.STOPPED),
        (0.0, -0.02, None, Outcome.BRAKING),
        (0.02, 0.0, None, Outcome.BRAKING),
        (0.0, 0.0, ORIGIN, Outcome.STOPPED),
        (0.0, 0.0, RobotState(0.0, 0.0, 0.0, speed=0.009, yaw_rate=-0.009), Outcome.STOPPED),
        (0.0, 0.0, RobotState(0.0, 0.0, 0.0, speed=-0.02), Outcome.BRAKING),
        (0.0, 0.0, RobotState(0.0, 0.0, 0.0, yaw_rate=0.02), Outcome.BRAKING),
    ],
)
def test_a_stop_is_over_when_command_prediction_and_odometry_say_so(
    v: float, speed: float, robot: RobotState | None, outcome: Outcome
) -> None:
    assert outcome_of_stop(v, speed, robot) is outcome


def test_ages_that_are_negative_by_rounding_are_taken_as_none() -> None:
    robot = RobotState(0.0, 0.0, 0.0, age=-4e-16)
    peer = Peer(3.0, 0.0, 0.0, 0.0, 0.0, 0.15, responsibility=0.5, name='ann', age=-4e-16)
    circle = Circle(0.0, 3.0, 0.2, vx=0.1, age=-4e-16)
    command = SafetyFilter(CONFIG).step(DRIVE, robot, Hazards(circles=[circle], peers=[peer]))
    assert (command.outcome, command.reason) == (Outcome.NOMINAL, '')


def test_a_state_from_the_future_brakes_and_is_named() -> None:
    command = SafetyFilter(CONFIG).step(DRIVE, RobotState(0.0, 0.0, 0.0, age=-0.01), Hazards())
    assert (command.v, command.outcome) == (0.0, Outcome.STOPPED)
    assert command.reason == 'age of the robot state is -0.01 s; it must not be negative'


def test_a_peer_from_the_future_brakes_and_is_named() -> None:
    peer = Peer(3.0, 0.0, 0.0, 0.0, 0.0, 0.15, name='ann', age=-0.01)
    command = SafetyFilter(CONFIG).step(DRIVE, ORIGIN, Hazards(peers=[peer]))
    assert (command.v, command.outcome) == (0.0, Outcome.STOPPED)
    assert command.reason == 'age of ann is -0.01 s; it must not be negative'


@pytest.mark.parametrize(
    ('robot', 'words'),
    [
        (RobotState(0.0, 0.0, 0.0, speed=100.5), 'speed of the robot state is 100.5 m/s; no'),
        (RobotState(0.0, 0.0, 0.0, speed=-101.0), 'speed of the robot state is -101.0 m/s; no'),
        (
            RobotState(0.0, 0.0, 0.0, yaw_rate=-101.0),
            'yaw_rate of the robot state is -101.0 rad/s',
        ),
    ],
)
def test_a_speed_that_no_ground_robot_has_is_refused_by_name(
    robot: RobotState, words: str
) -> None:
    command = SafetyFilter(CONFIG).step(DRIVE, robot, Hazards())
    assert (command.v, command.omega, command.outcome) == (0.0, 0.0, Outcome.BRAKING)
    assert command.reason.startswith(words)
