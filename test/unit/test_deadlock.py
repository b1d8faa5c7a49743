"""DeadlockResolver: when a robot counts as held, which way it is led, when it is let go."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vcp_cbf_safety import Circle, FilterConfig, Hazards, RobotState, SafetyFilter, Twist2D
from vcp_cbf_safety.motion.unicycle import advance
from vcp_cbf_safety.nominal.deadlock import DeadlockResolver

CONFIG = FilterConfig(
    body_radius=0.15,
    vcp_offset=0.10,
    period=0.05,
    min_speed=-0.2,
    max_speed=1.0,
    max_yaw_rate=2.84,
    max_acceleration=50.0,
    max_deceleration=50.0,
    max_yaw_acceleration=200.0,
    actuation_delay=0.0,
    velocity_lag=0.0,
)
AHEAD = Twist2D(0.5, 0.0)
STAND = Twist2D(0.0, 0.0)
ORIGIN = RobotState(0.0, 0.0, 0.0)

# Direction from the robot to a hazard that it touches.
IN_FRONT, FRONT_LEFT, FRONT_RIGHT = 0.0, 0.6, -0.6


def resolve(
    resolver: DeadlockResolver,
    nominal: Twist2D = AHEAD,
    robot: RobotState = ORIGIN,
    hazards: Sequence[float] = (IN_FRONT,),
    distance: float = 0.0,
    moving: bool = False,
    cycles: int = 1,
    goal: tuple[float, float] | None = None,
) -> Twist2D:
    """Last answer of some cycles among hazards in the given directions."""
    directions = np.array(hazards, float)
    normals = -np.stack((np.cos(directions), np.sin(directions)), axis=1)
    answer = nominal
    for _ in range(cycles):
        answer = resolver.resolve(
            nominal,
            robot,
            np.full(len(hazards), distance),
            normals,
            np.full(len(hazards), moving),
            CONFIG.period,
            goal,
        )
    return answer


def held(**changes: object) -> DeadlockResolver:
    """A resolver that has just begun to lead its robot around."""
    resolver = DeadlockResolver(CONFIG)
    resolve(resolver, cycles=25, **changes)  # type: ignore[arg-type]
    assert resolver.circulating
    return resolver


def cycles_until_let_go(resolver: DeadlockResolver) -> int:
    """For how many cycles a robot is led that comes nowhere."""
    for cycle in range(1000):
        if resolve(resolver) is AHEAD:
            return cycle
    raise AssertionError('never let go')


def test_robot_far_from_hazards_is_not_held_however_long_it_stands() -> None:
    resolver = DeadlockResolver(CONFIG)
    assert resolve(resolver, distance=0.5, cycles=200) is AHEAD
    assert not resolver.circulating


def test_robot_in_an_open_world_is_not_held() -> None:
    assert resolve(DeadlockResolver(CONFIG), hazards=(), cycles=200) is AHEAD


def test_robot_that_is_asked_to_stand_stays_at_its_hazard() -> None:
    resolver = DeadlockResolver(CONFIG)
    assert resolve(resolver, STAND, cycles=200) is STAND
    assert not resolver.circulating


def test_robot_that_is_asked_to_turn_on_the_spot_is_not_held() -> None:
    turn = Twist2D(0.0, 1.0)
    assert resolve(DeadlockResolver(CONFIG), turn, cycles=200) is turn


def test_robot_that_comes_on_is_not_held() -> None:
    resolver = DeadlockResolver(CONFIG)
    for k in range(200):
        assert resolve(resolver, robot=RobotState(0.01 * k, 0.0, 0.0)) is AHEAD


def test_robot_counts_as_held_after_a_second_and_not_before() -> None:
    resolver = DeadlockResolver(CONFIG)
    assert resolve(resolver, cycles=20) is AHEAD
    assert resolve(resolver, cycles=5) is not AHEAD


@pytest.mark.parametrize('hazard', [FRONT_LEFT, IN_FRONT, FRONT_RIGHT])
def test_everybody_turns_to_the_right_among_peers(hazard: float) -> None:
    assert resolve(held(hazards=(hazard,), moving=True), hazards=(hazard,), moving=True).omega < 0


@pytest.mark.parametrize(('hazard', 'side'), [(FRONT_LEFT, -1.0), (FRONT_RIGHT, 1.0)])
def test_alone_a_robot_turns_to_where_the_way_opens_first(hazard: float, side: float) -> None:
    assert side * resolve(held(hazards=(hazard,)), hazards=(hazard,)).omega > 0.0


@pytest.mark.parametrize('speed', [0.05, 0.3, 1.0, 5.0])
@pytest.mark.parametrize('moving', [False, True])
def test_robot_is_led_no_faster_than_asked_and_inside_its_limits(
    speed: float, moving: bool
) -> None:
    nominal = Twist2D(speed, 0.0)
    answers = [
        resolve(
            held(nominal=nominal, moving=moving),
            nominal,
            RobotState(0.0, 0.0, heading),
            moving=moving,
        )
        for heading in np.linspace(-math.pi, math.pi, 25).tolist()
    ]
    led = [answer for answer in answers if answer is not nominal]
    assert 0.0 < max(answer.v for answer in led) <= min(speed, CONFIG.max_speed)
    assert min(answer.v for answer in led) == 0.0
    assert max(abs(answer.omega) for answer in led) <= CONFIG.max_yaw_rate


def test_speed_that_was_asked_for_at_an_earlier_hold_is_forgotten() -> None:
    resolver = held(nominal=Twist2D(1.0, 0.0))
    resolve(resolver, STAND)
    slow = Twist2D(0.1, 0.0)
    resolve(resolver, slow, cycles=25)
    assert resolver.circulating
    assert 0.0 < resolve(resolver, slow, RobotState(0.0, 0.0, -1.1)).v <= 0.1


def test_walled_in_robot_stands() -> None:
    everywhere = np.linspace(-math.pi, math.pi, 12).tolist()
    assert resolve(held(hazards=everywhere), hazards=everywhere) == STAND


def test_stop_ends_it_at_once() -> None:
    resolver = held()
    assert resolve(resolver, STAND) is STAND
    assert not resolver.circulating


def test_it_ends_a_second_after_the_last_hazard_is_gone() -> None:
    resolver = held()
    assert resolve(resolver, distance=1.0, cycles=15) is AHEAD
    assert resolver.circulating
    resolve(resolver, distance=1.0, cycles=10)
    assert not resolver.circulating


def test_robot_that_has_been_led_for_half_a_minute_tries_the_other_hand_then_the_first() -> None:
    resolver = held()
    for side in (-1.0, 1.0, -1.0):
        assert side * resolve(resolver).omega > 0.0
        assert cycles_until_let_go(resolver) == pytest.approx(30.0 / CONFIG.period, abs=10)
        assert not resolver.circulating
        resolve(resolver, cycles=25)


def drive(
    goal: tuple[float, float], circles: Sequence[Circle], duration: float, *, knows: bool = False
) -> float:
    """Distance to the goal [m] after a robot that heads straight for it has been filtered.

    `knows`: whether the filter is told the goal.
    """
    safety_filter = SafetyFilter(CONFIG)
    pose, v, omega = (0.0, 0.0, 0.0), 0.0, 0.0
    for _ in range(round(duration / CONFIG.period)):
        dx, dy = goal[0] - pose[0], goal[1] - pose[1]
        if math.hypot(dx, dy) < 0.1:
            break
        error = math.remainder(math.atan2(dy, dx) - pose[2], 2.0 * math.pi)
        nominal = Twist2D(0.6 * max(0.0, math.cos(error)), min(max(2.5 * error, -2.84), 2.84))
        state = RobotState(*pose, speed=v, yaw_rate=omega)
        command = safety_filter.step(
            nominal, state, Hazards(circles=circles), CONFIG.period, goal if knows else None
        )
        v, omega = command.v, command.omega
        pose = advance(pose, v, omega, CONFIG.period)
        assert all(math.dist(pose[:2], (c.x, c.y)) > c.radius + 0.15 for c in circles)
    return math.dist(pose[:2], goal)


def test_robot_comes_past_a_disc_exactly_ahead() -> None:
    assert drive((2.5, 0.0), [Circle(1.2, 0.0, 0.3)], 30.0) < 0.1


def test_robot_comes_out_of_a_pocket() -> None:
    pocket = [
        Circle(1.5 + 0.8 * math.cos(a), 0.8 * math.sin(a), 0.2)
        for a in np.linspace(-0.5 * math.pi, 0.5 * math.pi, 8).tolist()
    ]
    assert drive((3.5, 0.0), pocket, 90.0) < 0.1


# Knowing the goal.


def test_a_robot_that_knows_its_goal_is_let_go_nearer_to_it_and_where_the_way_is_open() -> None:
    goal = (2.0, 0.0)
    resolver = held(goal=goal)
    further, nearer = RobotState(-0.3, 0.4, 0.0), RobotState(0.4, 0.4, 0.0)
    aside, ahead, behind = -math.pi / 2.0, -0.2, -math.pi / 2.0 - 0.4
    assert resolve(resolver, robot=further, hazards=(aside,), goal=goal) is not AHEAD
    assert resolve(resolver, robot=nearer, hazards=(ahead,), goal=goal) is not AHEAD
    assert resolve(resolver, robot=nearer, hazards=(behind,), goal=goal) is AHEAD


def test_it_is_led_on_for_longer_than_one_that_does_not_know_where_to_go() -> None:
    goal, cycles = (2.0, 0.0), round(35.0 / CONFIG.period)
    assert cycles_until_let_go(held()) < cycles
    assert resolve(held(goal=goal), cycles=cycles, goal=goal) is not AHEAD


def test_a_goal_that_the_command_does_not_lead_to_is_an_old_one() -> None:
    old = (-2.0, 0.0)
    knows, does_not = held(goal=old), held()
    for _ in range(30):
        assert resolve(knows, goal=old) == resolve(does_not)


@pytest.mark.parametrize('then', [(2.0, 1.0), None])
def test_another_goal_or_none_begins_anew(then: tuple[float, float] | None) -> None:
    resolver = held(goal=(2.0, 0.0))
    assert resolve(resolver, goal=then) is AHEAD
    assert not resolver.circulating


def test_a_robot_comes_out_of_a_deep_pocket_to_the_goal_behind_it() -> None:
    back = [Circle(1.5, 0.3 * k, 0.17) for k in range(-3, 4)]
    sides = [Circle(1.5 - 0.3 * k, side * 0.9, 0.17) for k in range(1, 5) for side in (-1.0, 1.0)]
    assert drive((3.0, 0.0), back + sides, 60.0, knows=True) < 0.1


@given(seed=st.integers(0, 10**6))
@settings(max_examples=15, deadline=None)
def test_a_robot_comes_to_its_goal_through_discs_that_leave_passages(seed: int) -> None:
    random = np.random.default_rng(seed)
    circles: list[Circle] = []
    for x, y, radius in random.uniform((0.6, -1.5, 0.1), (3.4, 1.5, 0.4), (30, 3)).tolist():
        # Wide enough for the body with its margins between any two.
        if all(math.dist((x, y), (c.x, c.y)) > radius + c.radius + 0.7 for c in circles):
            circles.append(Circle(x, y, radius))
    assert drive((4.2, 0.0), circles, 60.0, knows=True) < 0.1
