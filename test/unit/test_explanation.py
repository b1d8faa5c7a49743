"""Why a robot stands although it is asked to move."""

import math

import pytest

from vcp_cbf_safety import (
    Arena,
    Circle,
    FilterConfig,
    Hazards,
    Outcome,
    RobotState,
    SafeCommand,
    SafetyFilter,
    Twist2D,
)

CONFIG = FilterConfig(
    body_radius=0.2, vcp_offset=0.1, period=0.05, min_speed=0.0, max_speed=0.8, max_yaw_rate=2.0
)
ROOM = Arena(-2.0, -2.0, 2.0, 2.0)
AHEAD = Twist2D(0.3, 0.0)


def step(
    nominal: Twist2D,
    robot: RobotState,
    hazards: Hazards,
    safety_filter: SafetyFilter | None = None,
) -> SafeCommand:
    return (safety_filter or SafetyFilter(CONFIG)).step(nominal, robot, hazards)


def test_a_wall_that_holds_the_robot_up_is_named() -> None:
    robot = RobotState(1.73, 0.0, 0.0)
    command = step(AHEAD, robot, Hazards(arena=ROOM))
    assert (command.v, command.outcome) == (0.0, Outcome.FILTERED)
    assert command.reason == 'held up by arena.x_max'


def test_in_a_corner_both_walls_are_named() -> None:
    robot = RobotState(1.73, 1.73, math.pi / 4)
    command = step(AHEAD, robot, Hazards(arena=ROOM))
    assert command.v == 0.0
    assert command.reason == 'held up by arena.x_max and arena.y_max'


def test_a_robot_that_may_not_reverse_says_that_its_limits_hold_it_up() -> None:
    command = step(Twist2D(-0.3, 0.0), RobotState(0.0, 0.0, 0.0), Hazards(arena=ROOM))
    assert (command.v, command.binding) == (0.0, 'limits')
    assert command.reason == 'held up by the limits of the robot'


@pytest.mark.parametrize('nominal', [Twist2D(0.0, 0.0), Twist2D(0.0, 1.0), AHEAD])
def test_a_command_that_passes_needs_no_reason(nominal: Twist2D) -> None:
    command = step(nominal, RobotState(0.0, 0.0, 0.0), Hazards(arena=ROOM))
    assert (command.outcome, command.reason) == (Outcome.NOMINAL, '')


def test_a_command_that_is_only_slower_needs_no_reason() -> None:
    command = step(Twist2D(0.8, 0.0), RobotState(1.0, 0.0, 0.0), Hazards(arena=ROOM))
    assert 0.1 < command.v < 0.8
    assert (command.outcome, command.reason) == (Outcome.FILTERED, '')


def test_a_robot_that_rolls_too_close_between_two_posts_names_both() -> None:
    """The stop from its speed, turned by a few degrees, would come nearer to one of them."""
    posts = [Circle(0.0, 0.27, 0.05, name='left'), Circle(0.0, -0.27, 0.05, name='right')]
    robot = RobotState(0.0, 0.0, 0.05, speed=0.2)
    command = step(AHEAD, robot, Hazards(circles=posts))
    assert command.v == 0.0
    assert 'left' in command.reason
    assert 'right' in command.reason
