"""A robot that knows its goal is led around obstacles until the way to the goal is open."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vcp_cbf_safety import Circle, FilterConfig, Hazards, RobotState, SafetyFilter, Twist2D
from vcp_cbf_safety.deadlock import DeadlockResolver
from vcp_cbf_safety.unicycle import advance

CONFIG = FilterConfig(
    body_radius=0.15, vcp_offset=0.10, period=0.05, min_speed=-0.2, max_speed=1.0,
    max_yaw_rate=2.84, max_acceleration=50.0, max_deceleration=50.0, max_yaw_acceleration=200.0,
    actuation_delay=0.0, velocity_lag=0.0,
)  # fmt: skip
AHEAD = Twist2D(0.5, 0.0)
ORIGIN = RobotState(0.0, 0.0, 0.0)


def resolve(
    resolver: DeadlockResolver,
    goal: tuple[float, float] | None,
    robot: RobotState = ORIGIN,
    hazards: Sequence[float] = (0.0,),
    cycles: int = 1,
) -> Twist2D:
    """Last answer of some cycles beside hazards that are touched in the given directions."""
    angles = np.array(hazards, float)
    normals = -np.stack((np.cos(angles), np.sin(angles)), axis=1)
    answer = AHEAD
    for _ in range(cycles):
        answer = resolver.resolve(
            AHEAD, robot, np.zeros(len(angles)), normals, np.zeros(len(angles), bool),
            CONFIG.period, goal,
        )  # fmt: skip
    return answer


def led(goal: tuple[float, float] | None) -> DeadlockResolver:
    """A resolver that has just begun to lead its robot around."""
    resolver = DeadlockResolver(CONFIG)
    resolve(resolver, goal, cycles=25)
    assert resolver.circulating
    return resolver


def arrives(goal: tuple[float, float], circles: Sequence[Circle], duration: float) -> bool:
    """Whether a robot that is driven blindly at its goal, and knows it, comes there in time."""
    safety_filter, pose = SafetyFilter(CONFIG), (0.0, 0.0, 0.0)
    for _ in range(round(duration / CONFIG.period)):
        x, y, heading = pose
        away = math.dist((x, y), goal)
        if away < 0.2:
            return True
        error = math.remainder(math.atan2(goal[1] - y, goal[0] - x) - heading, 2.0 * math.pi)
        nominal = Twist2D(0.5 * max(0.0, math.cos(error)), max(-2.0, min(2.0, 2.5 * error)))
        command = safety_filter.step(
            nominal, RobotState(*pose), Hazards(circles=circles), CONFIG.period, goal
        )
        pose = advance(pose, command.v, command.omega, CONFIG.period)
    return False


def test_the_robot_is_let_go_when_it_is_nearer_to_the_goal_and_the_way_is_open() -> None:
    goal = (2.0, 0.0)
    resolver = led(goal)
    further, nearer = RobotState(-0.3, 0.4, 0.0), RobotState(0.4, 0.4, 0.0)
    assert resolve(resolver, goal, further, hazards=(-math.pi / 2.0,)) is not AHEAD
    assert resolve(resolver, goal, nearer, hazards=(-0.2,)) is not AHEAD  # the way is not open
    assert resolve(resolver, goal, nearer, hazards=(-math.pi / 2.0 - 0.4,)) is AHEAD


def test_it_is_led_on_for_longer_than_one_that_does_not_know_where_to_go() -> None:
    cycles = round(35.0 / CONFIG.period)
    assert resolve(led((2.0, 0.0)), (2.0, 0.0), cycles=cycles) is not AHEAD
    resolver = led(None)
    answers = [resolve(resolver, None) for _ in range(cycles)]
    assert any(answer is AHEAD for answer in answers)


def test_a_goal_that_the_command_does_not_lead_to_is_an_old_one() -> None:
    behind = led((-2.0, 0.0))
    without = led(None)
    for _ in range(30):
        assert resolve(behind, (-2.0, 0.0)) == resolve(without, None)


@pytest.mark.parametrize('then', [(2.0, 1.0), None])
def test_another_goal_or_none_begins_anew(then: tuple[float, float] | None) -> None:
    resolver = led((2.0, 0.0))
    assert resolve(resolver, then) is AHEAD
    assert not resolver.circulating


def test_a_robot_comes_out_of_a_deep_pocket_to_the_goal_behind_it() -> None:
    back = [Circle(1.5, 0.3 * k, 0.17) for k in range(-3, 4)]
    sides = [Circle(1.5 - 0.3 * k, side * 0.9, 0.17) for k in range(1, 5) for side in (-1.0, 1.0)]
    assert arrives((3.0, 0.0), back + sides, 60.0)


@given(seed=st.integers(0, 10**6))
@settings(max_examples=15, deadline=None)
def test_a_robot_comes_to_its_goal_through_discs_that_leave_passages(seed: int) -> None:
    random = np.random.default_rng(seed)
    circles: list[Circle] = []
    for x, y, radius in random.uniform((0.6, -1.5, 0.1), (3.4, 1.5, 0.4), (30, 3)).tolist():
        # Wide enough for the body with its margins between any two.
        if all(math.dist((x, y), (c.x, c.y)) > radius + c.radius + 0.7 for c in circles):
            circles.append(Circle(x, y, radius))
    assert arrives((4.2, 0.0), circles, 60.0)
