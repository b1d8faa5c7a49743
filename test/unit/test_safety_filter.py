"""SafetyFilter.step: what it passes, what it changes, what it says about it."""

import itertools
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

ORIGIN = RobotState(0.0, 0.0, 0.0)


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


def step(
    v: float,
    omega: float,
    hazards: Hazards,
    robot: RobotState = ORIGIN,
    config: FilterConfig | None = None,
) -> SafeCommand:
    """First step of a fresh filter."""
    return SafetyFilter(config or ideal()).step(Twist2D(v, omega), robot, hazards)


OPEN = Hazards()
FAR = Hazards(arena=Arena(-50.0, -50.0, 50.0, 50.0), circles=[Circle(20.0, 0.0, 0.5)])


@pytest.mark.parametrize('hazards', [OPEN, FAR])
@pytest.mark.parametrize(
    ('v', 'omega'), [(0.1, 0.2), (1.0 / 3.0, -2.84), (-0.2, 0.1), (0.0, 0.0), (1.0, 2.84)]
)
def test_command_out_of_reach_of_hazards_passes_bit_for_bit(
    v: float, omega: float, hazards: Hazards
) -> None:
    command = step(v, omega, hazards)
    assert (command.v, command.omega) == (v, omega)
    assert command.outcome == Outcome.NOMINAL
    assert command.binding is None
    assert command.reason == ''
    assert command.residual == 0.0


def test_nominal_beyond_the_limits_is_brought_inside_and_says_limits() -> None:
    command = step(5.0, -9.0, OPEN)
    assert (command.v, command.omega) == pytest.approx((1.0, -2.84))
    assert command.outcome == Outcome.FILTERED
    assert command.binding == 'limits'


def test_turn_on_the_spot_is_free_even_at_a_wall() -> None:
    hazards = Hazards(arena=Arena(-0.21, -5.0, 5.0, 5.0))
    assert step(0.0, 2.0, hazards).outcome == Outcome.NOMINAL


@pytest.mark.parametrize('direction', [1.0, -1.0])
def test_robot_slows_before_a_wall_ahead_of_it(direction: float) -> None:
    hazards = Hazards(arena=Arena(-0.4, -5.0, 0.4, 5.0))
    command = step(direction, 0.0, hazards, config=ideal(min_speed=-1.0))
    assert 0.0 < direction * command.v < 0.5
    assert command.binding == ('arena.x_max' if direction > 0.0 else 'arena.x_min')


def test_approach_speed_is_the_steering_gain_times_the_barrier_at_the_control_point() -> None:
    # The arc's bend in one period, 0.5 v omega T^2, is part of the margin.
    bend = 0.5 * 1.0 * 2.84 * 0.05**2
    command = step(1.0, 0.0, Hazards(arena=Arena(-5.0, -5.0, 1.0, 5.0)))
    h = 1.0 - 0.10 - 0.15 - 0.05 - bend
    assert command.v == pytest.approx(1.0 * h, abs=1e-6)
    assert command.min_barrier == pytest.approx(h + 0.10, abs=1e-12)


def test_body_row_bounds_the_approach_where_the_steering_row_is_steeper() -> None:
    bend = 0.5 * 1.0 * 2.84 * 0.05**2
    config = ideal(steering_gain=20.0, body_gain=0.5)
    command = step(1.0, 0.0, Hazards(arena=Arena(-5.0, -5.0, 1.0, 5.0)), config=config)
    assert command.v == pytest.approx(0.5 * (1.0 - 0.15 - 0.05 - bend), abs=1e-6)


def test_weak_brakes_make_the_robot_slower_near_a_wall() -> None:
    hazards = Hazards(arena=Arena(-5.0, -5.0, 0.8, 5.0))
    strong = step(1.0, 0.0, hazards)
    weak = step(1.0, 0.0, hazards, config=ideal(max_deceleration=0.05))
    assert 0.0 < weak.v < strong.v


def test_robot_steers_around_an_obstacle_that_is_off_its_axis() -> None:
    left = step(0.8, 0.0, Hazards(circles=[Circle(0.7, 0.1, 0.2)]))
    right = step(0.8, 0.0, Hazards(circles=[Circle(0.7, -0.1, 0.2)]))
    assert left.omega < -0.1
    assert right.omega > 0.1
    assert 0.0 < left.v < 0.8


def test_reversing_robot_looks_behind_itself() -> None:
    config = ideal(min_speed=-1.0)
    behind, ahead = Circle(-0.55, 0.1, 0.2), Circle(0.55, 0.1, 0.2)
    assert step(-0.8, 0.0, Hazards(circles=[behind]), config=config).v > -0.8
    assert step(-0.8, 0.0, Hazards(circles=[ahead]), config=config).outcome == Outcome.NOMINAL


def test_command_is_continuous_where_forward_turns_into_reverse() -> None:
    hazards = Hazards(circles=[Circle(0.0, 0.45, 0.2)])
    speeds = [0.03 * (k / 200.0) for k in range(-200, 201)]
    commands = [step(v, 2.0, hazards) for v in speeds]
    for before, after in itertools.pairwise(commands):
        assert abs(after.v - before.v) < 0.01
        assert abs(after.omega - before.omega) < 0.1


@pytest.mark.parametrize('heading', [0.0, 0.7, math.pi / 2, math.pi, -2.0])
@pytest.mark.parametrize('v', [0.5, -0.2])
def test_robot_inside_a_margin_may_leave_and_not_go_deeper(heading: float, v: float) -> None:
    robot = RobotState(0.0, 0.0, heading)
    command = step(v, 0.0, Hazards(circles=[Circle(0.33, 0.0, 0.15)]), robot=robot)
    assert command.min_barrier < 0.0
    assert command.v * math.cos(heading) <= 1e-9
    assert command.outcome in (Outcome.NOMINAL, Outcome.FILTERED)


def test_filter_alone_never_drives_a_standing_robot_among_static_hazards() -> None:
    hazards = Hazards(
        arena=Arena(-0.1, -0.1, 0.1, 0.1), circles=[Circle(0.2, 0.2, 0.3), Circle(0.5, 0.0, 1.0)]
    )
    command = step(0.0, 0.0, hazards)
    assert (command.v, command.omega) == (0.0, 0.0)
    assert command.outcome == Outcome.NOMINAL


@pytest.mark.parametrize('away', [0.0, 0.1])
def test_peer_inside_the_body_stops_the_robot_and_is_named(away: float) -> None:
    """Two robots that both begin at the origin of their own odometry."""
    peer = Peer(away, 0.0, 1.0, 0.0, 0.0, 0.15, name='robot2')
    command = step(0.5, 0.3, Hazards(peers=[peer]))
    assert (command.v, command.omega) == (0.0, 0.0)
    assert command.outcome == Outcome.STOPPED
    assert command.reason.startswith('peer robot2 is inside the body')
    assert 'different origins' in command.reason


def test_obstacle_inside_the_body_stops_the_robot_and_is_named() -> None:
    command = step(0.5, 0.3, Hazards(circles=[Circle(0.05, 0.0, 0.4, name='chair')]))
    assert (command.v, command.omega) == (0.0, 0.0)
    assert command.reason.startswith('chair is inside the body')


def test_robot_gives_way_to_a_peer_that_comes_at_it() -> None:
    peer = Peer(0.45, 0.0, math.pi, 0.5, 0.0, 0.15, name='robot2')
    command = step(0.0, 0.0, Hazards(peers=[peer]))
    assert command.v < 0.0
    assert command.binding == 'robot2' or command.outcome == Outcome.RELAXED


def test_peer_that_retreats_is_not_counted_on() -> None:
    standing = Peer(0.8, 0.0, 0.0, 0.0, 0.0, 0.15)
    leaving = Peer(0.8, 0.0, 0.0, 0.5, 0.0, 0.15)
    results = [step(1.0, 0.0, Hazards(peers=[peer])).v for peer in (standing, leaving)]
    assert results[0] == pytest.approx(results[1])


def test_cooperating_peer_takes_its_share_of_the_approach() -> None:
    config = ideal(peer_max_acceleration=0.0)
    alone = Peer(1.2, 0.0, 0.0, 0.0, 0.0, 0.15, responsibility=1.0)
    half = Peer(1.2, 0.0, 0.0, 0.0, 0.0, 0.15, responsibility=0.5)
    full_speed = step(1.0, 0.0, Hazards(peers=[alone]), config=config).v
    assert full_speed < 1.0
    assert step(1.0, 0.0, Hazards(peers=[half]), config=config).v == pytest.approx(
        0.5 * full_speed, abs=1e-6
    )


def test_squeezed_robot_is_relaxed_and_says_by_how_much() -> None:
    peers = [Peer(0.4, 0.0, math.pi, 0.6, 0.0, 0.15), Peer(-0.4, 0.0, 0.0, 0.6, 0.0, 0.15)]
    command = step(0.5, 0.0, Hazards(peers=peers))
    assert command.outcome == Outcome.RELAXED
    assert command.residual > 0.1
    assert f'{command.residual:.3g} m/s' in command.reason


def test_robot_never_rams_a_wall_to_give_way_to_a_peer() -> None:
    hazards = Hazards(
        arena=Arena(-0.2036, -5.0, 5.0, 5.0), peers=[Peer(0.42, 0.0, math.pi, 1.0, 0.0, 0.15)]
    )
    command = step(0.5, 0.0, hazards)
    assert command.v >= -0.05
    assert command.outcome in (Outcome.RELAXED, Outcome.FILTERED)


def test_static_hazard_that_is_named_is_the_binding_one() -> None:
    hazards = Hazards(
        arena=Arena(-5.0, -5.0, 5.0, 5.0),
        circles=[Circle(-1.0, 0.0, 0.2, name='pillar'), Circle(0.6, 0.05, 0.2, name='person')],
    )
    assert step(0.8, 0.0, hazards).binding == 'person'
    assert step(-0.2, 0.0, hazards).binding is None
    robot = RobotState(-0.45, 0.0, math.pi)
    assert step(0.8, 0.0, hazards, robot=robot).binding == 'pillar'


def test_wall_beside_the_robot_is_not_blamed_for_what_a_circle_ahead_does() -> None:
    hazards = Hazards(
        arena=Arena(-5.0, -0.16, 5.0, 5.0), circles=[Circle(0.7, 0.0, 0.2, name='ahead')]
    )
    assert step(0.8, 0.0, hazards).binding == 'ahead'


def test_wall_beside_the_robot_is_not_blamed_for_the_speed_limit() -> None:
    command = step(2.0, 0.0, Hazards(arena=Arena(-50.0, -0.16, 50.0, 50.0)))
    assert command.binding == 'limits'


def test_min_barrier_is_infinite_in_an_open_world() -> None:
    assert step(0.1, 0.0, OPEN).min_barrier == math.inf


def test_hazards_may_be_tuples_or_lists() -> None:
    circle = Circle(0.6, 0.1, 0.2)
    first, second = (
        step(0.8, 0.0, Hazards(circles=[circle])),
        step(0.8, 0.0, Hazards(circles=(circle,))),
    )
    assert (first.v, first.omega) == (second.v, second.omega)
