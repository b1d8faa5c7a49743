"""SafetyFilter.step with input that is no input: it stops, says why, and recovers."""

import math

import pytest

from vcp_cbf_safety import (
    Arena,
    Circle,
    FilterConfig,
    HazardError,
    Hazards,
    Outcome,
    Peer,
    RobotState,
    SafetyFilter,
    Twist2D,
)
from vcp_cbf_safety.reason_code import ReasonCode

NAN, INF = math.nan, math.inf
ORIGIN = RobotState(0.0, 0.0, 0.0)
OPEN = Hazards()
FAR = Hazards(arena=Arena(-50.0, -50.0, 50.0, 50.0), circles=[Circle(20.0, 0.0, 0.5)])


def ideal(**changes: float) -> FilterConfig:
    """Parameters of a base that obeys at once, so that figures can be worked out by hand."""
    fields = {
        'body_radius': 0.15,
        'vcp_offset': 0.10,
        'period': 0.05,
        'min_speed': -0.2,
        'max_speed': 1.0,
        'max_yaw_rate': 2.84,
        'max_acceleration': 50.0,
        'max_deceleration': 50.0,
        'max_yaw_acceleration': 200.0,
        'actuation_delay': 0.0,
        'velocity_lag': 0.0,
        'position_uncertainty': 0.0,
        'period_jitter': 0.0,
        'margin': 0.05,
    }
    return FilterConfig(**{**fields, **changes})


@pytest.mark.parametrize('bad', [NAN, INF, -INF, 1e308])
@pytest.mark.parametrize('name', ['v', 'omega'])
def test_illegal_nominal_stops_the_robot_and_is_named(name: str, bad: float) -> None:
    nominal = Twist2D(**{'v': 0.1, 'omega': 0.1, name: bad})
    command = SafetyFilter(ideal()).step(nominal, ORIGIN, FAR)
    assert (command.v, command.omega) == (0.0, 0.0)
    assert command.outcome == Outcome.STOPPED
    assert command.reason.startswith(f'{name} of the nominal command is {bad}')


@pytest.mark.parametrize('bad', [NAN, INF, -INF, 1e308])
@pytest.mark.parametrize('name', ['x', 'y', 'heading', 'speed', 'yaw_rate'])
def test_illegal_state_stops_the_robot_and_is_named(name: str, bad: float) -> None:
    robot = RobotState(**{'x': 0.0, 'y': 0.0, 'heading': 0.0, name: bad})
    command = SafetyFilter(ideal()).step(Twist2D(0.3, 0.0), robot, FAR)
    assert (command.v, command.omega) == (0.0, 0.0)
    assert command.outcome in (Outcome.STOPPED, Outcome.BRAKING)
    assert command.reason.startswith(f'{name} of the robot state is {bad}')


@pytest.mark.parametrize('bad', [NAN, INF, -INF, 1e308])
@pytest.mark.parametrize('name', ['x', 'y'])
def test_illegal_goal_stops_the_robot_and_is_named(name: str, bad: float) -> None:
    goal = (bad, 0.0) if name == 'x' else (0.0, bad)
    command = SafetyFilter(ideal()).step(Twist2D(0.3, 0.0), ORIGIN, FAR, goal=goal)
    assert (command.v, command.omega) == (0.0, 0.0)
    assert command.reason.startswith(f'{name} of the goal is {bad}')


@pytest.mark.parametrize('bad', [NAN, INF, -INF, 1e308])
@pytest.mark.parametrize('name', ['x', 'y', 'heading', 'speed', 'yaw_rate', 'age'])
def test_illegal_peer_stops_the_robot_and_is_named(name: str, bad: float) -> None:
    fields = {'x': 2.0, 'y': 0.0, 'heading': 0.0, 'speed': 0.1, 'yaw_rate': 0.1, 'radius': 0.1}
    peer = Peer(**{**fields, name: bad}, name='robot2')
    command = SafetyFilter(ideal()).step(Twist2D(0.3, 0.0), ORIGIN, Hazards(peers=[peer]))
    assert (command.v, command.omega) == (0.0, 0.0)
    assert command.outcome == Outcome.STOPPED
    assert 'robot2' in command.reason


@pytest.mark.parametrize('bad', [NAN, INF, -INF, 1e308])
@pytest.mark.parametrize('name', ['x', 'y', 'vx', 'vy'])
def test_illegal_circle_stops_the_robot_and_is_named(name: str, bad: float) -> None:
    circle = Circle(**{'x': 2.0, 'y': 0.0, 'radius': 0.1, name: bad})
    hazards = Hazards(circles=[Circle(1.5, 1.5, 0.1), circle])
    command = SafetyFilter(ideal()).step(Twist2D(0.3, 0.0), ORIGIN, hazards)
    assert command.outcome == Outcome.STOPPED
    assert 'circles[1]' in command.reason


@pytest.mark.parametrize('limits', [(-INF, -1.0, 1.0, 1.0), (-1e308, -1e308, 1e308, 1e308)])
def test_arena_without_end_is_refused_or_passed_without_harm(limits: tuple[float, ...]) -> None:
    try:
        arena = Arena(*limits)
    except HazardError:
        return
    command = SafetyFilter(ideal()).step(Twist2D(0.1, 0.0), ORIGIN, Hazards(arena=arena))
    assert command.v in (0.0, 0.1)
    assert command.outcome in (Outcome.NOMINAL, Outcome.STOPPED)


def test_moving_robot_without_usable_input_is_braking_and_then_stopped() -> None:
    config = ideal(max_deceleration=1.0)
    safety_filter = SafetyFilter(config)
    robot = RobotState(0.0, 0.0, 0.0, speed=0.5)
    sent = [safety_filter.step(Twist2D(0.5, 0.0), robot, OPEN).v]
    for _ in range(12):
        command = safety_filter.step(Twist2D(NAN, 0.0), robot, OPEN)
        assert command.outcome == Outcome.BRAKING
        assert command.v <= sent[-1]
        assert sent[-1] - command.v <= 1.0 * config.period + 1e-12
        sent.append(command.v)
    assert sent[-1] == 0.0
    standing = safety_filter.step(Twist2D(NAN, 0.0), ORIGIN, OPEN)
    assert standing.outcome == Outcome.STOPPED


def test_filter_recovers_by_itself_when_the_input_is_legal_again() -> None:
    safety_filter = SafetyFilter(ideal())
    assert safety_filter.step(Twist2D(NAN, 0.0), ORIGIN, OPEN).outcome == Outcome.STOPPED
    assert safety_filter.step(Twist2D(0.1, 0.0), ORIGIN, OPEN).outcome == Outcome.NOMINAL


def test_two_filters_do_not_share_anything() -> None:
    hazards = Hazards(arena=Arena(-5.0, -5.0, 0.6, 5.0))
    first, second = SafetyFilter(ideal()), SafetyFilter(ideal())
    expected = second.step(Twist2D(0.8, 0.2), ORIGIN, hazards)
    for _ in range(5):
        first.step(Twist2D(-0.2, 1.0), RobotState(0.3, 0.0, 1.0), hazards)
    third = SafetyFilter(ideal()).step(Twist2D(0.8, 0.2), ORIGIN, hazards)
    assert (third.v, third.omega) == (expected.v, expected.omega)


def test_cycle_that_comes_late_brakes_a_robot_that_was_told_to_move_and_says_so() -> None:
    safety_filter = SafetyFilter(ideal(period_jitter=0.01, max_deceleration=1.0))
    drive, rolling = Twist2D(0.5, 0.0), RobotState(0.0, 0.0, 0.0, speed=0.5)
    assert safety_filter.step(drive, rolling, FAR).outcome is Outcome.NOMINAL
    assert safety_filter.step(drive, rolling, FAR, elapsed=0.06).outcome is Outcome.NOMINAL
    late = safety_filter.step(drive, rolling, FAR, elapsed=0.08)
    assert late.outcome is Outcome.BRAKING
    assert late.v < 0.5
    assert late.reason == (
        'this cycle comes 0.08 s after the one before; while the robot moves it must not come '
        'later than 0.06 s (period + period_jitter)'
    )
    assert safety_filter.step(drive, rolling, FAR, elapsed=0.05).outcome is Outcome.NOMINAL


def test_robot_that_stands_because_of_a_late_cycle_waits_for_one_in_time() -> None:
    safety_filter = SafetyFilter(ideal())
    drive = Twist2D(0.5, 0.0)
    safety_filter.step(drive, ORIGIN, FAR)
    late = [safety_filter.step(drive, ORIGIN, FAR, elapsed=0.5) for _ in range(10)]
    assert {command.v for command in late[1:]} == {0.0}
    assert all(command.code is ReasonCode.LATE_CYCLE for command in late)
    assert safety_filter.step(drive, ORIGIN, FAR, elapsed=0.05).v == 0.5


def test_robot_that_was_told_to_stand_may_be_told_so_for_any_time() -> None:
    safety_filter = SafetyFilter(ideal())
    safety_filter.step(Twist2D(0.0, 0.0), ORIGIN, FAR)
    assert safety_filter.step(Twist2D(0.5, 0.0), ORIGIN, FAR, elapsed=30.0).v == 0.5


def test_state_older_than_the_commands_that_are_remembered_is_refused() -> None:
    old = RobotState(0.0, 0.0, 0.0, age=1.96)
    command = SafetyFilter(ideal(actuation_delay=0.05)).step(Twist2D(0.5, 0.0), old, FAR)
    assert (command.v, command.outcome) == (0.0, Outcome.STOPPED)
    assert command.reason.startswith('age of the robot state is 1.96 s; it must not exceed 1.95 s')
