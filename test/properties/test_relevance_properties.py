"""What stands further away than it can matter changes no command."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from long_bodies import covered

from vcp_cbf_safety import (
    Arena,
    Circle,
    FilterConfig,
    Hazards,
    Peer,
    RobotState,
    SafetyFilter,
    Twist2D,
)
from vcp_cbf_safety.hazards import relevance
from vcp_cbf_safety.hazards.relevance import relevant_distance

numbers = st.floats(0.0, 1.0)
# Bearing, how much further than it must be, radius; most are where they matter most, but not
# exactly ahead, where flat triangles seem to enclose whatever is in line with them.
angles = st.just(1e-3) | st.just(3.141) | st.floats(1e-3, 3.141) | st.floats(-3.141, -1e-3)
places = st.tuples(angles, st.just(0.0) | numbers, st.floats(0.0, 0.5))
shares = st.just(1.0) | numbers

# More discs than the roll-out looks at without asking, in a bow around everything else.
CROWD = [Circle(900.0 + 5.0 * i, 40.0 * (i % 7) - 120.0, 1.0, name='far') for i in range(60)]


def config_of(share: list[float], long: bool = False) -> FilterConfig:
    """Some robot."""
    return FilterConfig(
        body_discs=covered(0.4 + share[1], 0.2 + 0.3 * share[0], share[2] - 0.5, 3) * long,
        body_radius=0.1 + 0.3 * share[0], vcp_offset=0.05 + 0.2 * share[1], period=0.02,
        min_speed=-share[2], max_speed=0.2 + 1.8 * share[3], max_yaw_rate=0.5 + 3.0 * share[4],
        max_deceleration=0.5 + 3.0 * share[5], max_yaw_acceleration=2.0 + 10.0 * share[6],
        steering_gain=0.3 + 3.0 * share[7], body_gain=0.5 + 2.0 * share[8],
        actuation_delay=0.2 * share[9], velocity_lag=0.1 * share[9], margin=0.1 * share[0],
    )  # fmt: skip


def disc(robot: RobotState, angle: float, away: float, radius: float) -> Circle:
    """A disc whose edge is so far from the robot."""
    away += radius
    angle += robot.heading
    return Circle(robot.x + away * math.cos(angle), robot.y + away * math.sin(angle), radius)


@given(
    share=st.lists(shares, min_size=10, max_size=10),
    near=st.lists(places, min_size=1, max_size=6),
    far=st.lists(places, min_size=1, max_size=20),
    state=st.tuples(st.floats(-math.pi, math.pi), st.floats(-1.2, 1.2), st.floats(-1.2, 1.2)),
    age=st.floats(0.0, 0.3),
    long=st.booleans(),
    wish=st.tuples(st.just(1.0) | st.floats(-1.0, 1.0), st.floats(-1.0, 1.0)),
)
def test_what_stands_beyond_the_relevant_distance_changes_no_command(
    share: list[float],
    near: list[tuple[float, float, float]],
    far: list[tuple[float, float, float]],
    state: tuple[float, float, float],
    age: float,
    long: bool,
    wish: tuple[float, float],
) -> None:
    config = config_of(share, long)
    heading, speed, turn = state
    nominal = Twist2D(wish[0] * config.max_speed, wish[1] * config.max_yaw_rate)
    seen = RobotState(
        0.3, -0.2, heading, speed * config.max_speed, turn * config.max_yaw_rate, age
    )
    distance = relevant_distance(config, seen)
    body = config.outer_radius
    around = [disc(seen, a, body + share * (distance - body), r) for a, share, r in near]
    beyond = [disc(seen, a, distance * (1.0 + share), r) for a, share, r in far]
    alone, together = SafetyFilter(config), SafetyFilter(config)
    for _ in range(3):
        expected = alone.step(nominal, seen, Hazards(circles=around))
        found = together.step(nominal, seen, Hazards(circles=[*around, *beyond]))
        assert found.outcome == expected.outcome
        assert math.isclose(found.v, expected.v, abs_tol=1e-5)
        assert math.isclose(found.omega, expected.omega, abs_tol=1e-5)
        assert found.binding == expected.binding


@given(
    share=st.lists(shares, min_size=10, max_size=10),
    near=st.lists(places, min_size=1, max_size=6),
    far=st.lists(places, min_size=60, max_size=90),
    state=st.tuples(st.floats(-math.pi, math.pi), st.floats(-1.2, 1.2), st.floats(-1.2, 1.2)),
    wish=st.tuples(st.just(1.0) | st.floats(-1.0, 1.0), st.floats(-1.0, 1.0)),
)
def test_many_hazards_that_the_filter_leaves_out_by_itself_change_no_command(
    share: list[float],
    near: list[tuple[float, float, float]],
    far: list[tuple[float, float, float]],
    state: tuple[float, float, float],
    wish: tuple[float, float],
) -> None:
    """Half of the many are near enough to matter, and half are not."""
    config = config_of(share)
    heading, speed, turn = state
    nominal = Twist2D(wish[0] * config.max_speed, wish[1] * config.max_yaw_rate)
    seen = RobotState(
        0.3, -0.2, heading, speed * config.max_speed, turn * config.max_yaw_rate, 0.05
    )
    distance, body = relevant_distance(config, seen), config.body_radius
    around = [disc(seen, a, body + share * (distance - body), r) for a, share, r in near]
    many = [disc(seen, a, distance * (0.5 + share), r) for a, share, r in far]
    hazards = Hazards(Arena(-9.0, -9.0, 9.0, 9.0), [*around, *many])
    culled, full = SafetyFilter(config), SafetyFilter(config)
    for _ in range(3):
        found = culled.step(nominal, seen, hazards)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(relevance, '_FEW', 1000)
            expected = full.step(nominal, seen, hazards)
        assert found.outcome == expected.outcome
        assert math.isclose(found.v, expected.v, abs_tol=1e-9)
        assert math.isclose(found.omega, expected.omega, abs_tol=1e-9)
        assert (found.binding, found.reason) == (expected.binding, expected.reason)
        assert found.min_barrier == pytest.approx(expected.min_barrier, abs=1e-12)


@given(
    share=st.lists(shares, min_size=10, max_size=10),
    discs=st.lists(places, min_size=1, max_size=20),
    peer=places,
    state=st.tuples(st.floats(-math.pi, math.pi), st.floats(-1.2, 1.2), st.floats(-1.2, 1.2)),
    wish=st.tuples(st.just(1.0) | st.floats(-1.0, 1.0), st.floats(-1.0, 1.0)),
)
def test_a_roll_out_without_what_it_cannot_reach_finds_the_same(
    share: list[float],
    discs: list[tuple[float, float, float]],
    peer: tuple[float, float, float],
    state: tuple[float, float, float],
    wish: tuple[float, float],
) -> None:
    config = config_of(share)
    heading, speed, turn = state
    nominal = Twist2D(wish[0] * config.max_speed, wish[1] * config.max_yaw_rate)
    seen = RobotState(
        0.3, -0.2, heading, speed * config.max_speed, turn * config.max_yaw_rate, 0.05
    )
    body = config.body_radius
    circles = [disc(seen, angle, body + 3.0 * further**2, r) for angle, further, r in discs]
    other = disc(seen, peer[0], body + 2.0 * peer[1], 0.2)
    peers = [Peer(other.x, other.y, heading, 0.1, 0.0, 0.2, responsibility=0.5)]
    few = Hazards(Arena(-2.0, -2.0, 2.0, 2.0), circles, peers)
    # So many that those are left out which no way leads to: these, and what else is far away.
    many = Hazards(few.arena, [*circles, *CROWD], peers)
    quick, thorough = SafetyFilter(config), SafetyFilter(config)
    for _ in range(3):
        found = quick.step(nominal, seen, many)
        expected = thorough.step(nominal, seen, few)
        assert math.isclose(found.v, expected.v, abs_tol=1e-9)
        assert math.isclose(found.omega, expected.omega, abs_tol=1e-9)
        assert found.outcome == expected.outcome
        assert (found.binding, found.reason) == (expected.binding, expected.reason)
