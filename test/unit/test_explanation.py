"""Why a robot stands although it is asked to move."""

import math

import pytest

from vcp_cbf_safety import (
    Arena,
    Circle,
    FilterConfig,
    Hazards,
    Outcome,
    Peer,
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


# Outside the arena.


@pytest.mark.parametrize(
    ('x', 'y', 'where'),
    [
        (2.12, 0.0, 'by 0.32 m at arena.x_max'),  # the centre is outside
        (1.9, 0.0, 'by 0.10 m at arena.x_max'),  # only a part of the body is
        (0.0, -2.5, 'by 0.70 m at arena.y_min'),
        (-2.1, 2.2, 'by 0.30 m at arena.x_min and by 0.40 m at arena.y_max'),
    ],
)
def test_a_body_outside_the_arena_says_at_which_wall_and_by_how_much(
    x: float, y: float, where: str
) -> None:
    robot = RobotState(x, y, math.atan2(y, x))
    command = step(AHEAD, robot, Hazards(arena=ROOM))
    assert command.v == 0.0
    assert (
        command.reason == f'the body is outside the arena {where}; it may only drive back inside'
    )


def test_a_robot_outside_the_arena_is_not_led_along_its_wall() -> None:
    safety_filter, robot = SafetyFilter(CONFIG), RobotState(2.3, 0.0, 0.3)
    for _ in range(60):
        command = step(AHEAD, robot, Hazards(arena=ROOM), safety_filter)
    assert (command.v, command.omega, command.circulating) == (0.0, 0.0, False)
    assert command.reason.startswith('the body is outside the arena')


def test_a_body_that_is_inside_but_for_its_margin_is_not_outside() -> None:
    command = step(AHEAD, RobotState(1.79, 0.0, 0.0), Hazards(arena=ROOM))
    assert command.reason == 'held up by arena.x_max'


def test_a_robot_outside_that_is_squeezed_says_both() -> None:
    rams = Peer(1.85, 0.0, 0.0, 0.5, 0.0, 0.2, name='robot2')
    command = step(AHEAD, RobotState(2.3, 0.0, 0.0), Hazards(arena=ROOM, peers=[rams]))
    assert command.v == 0.0
    assert command.outcome is Outcome.RELAXED
    assert command.reason.startswith('the body is outside the arena by 0.50 m at arena.x_max')
    assert 'the rows contradict each other by' in command.reason
