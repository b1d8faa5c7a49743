"""One line per hazard never says that a command is clear where the looks do not."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcp_cbf_safety import Circle, FilterConfig, Hazards, Peer, RobotState, Twist2D
from vcp_cbf_safety.checks.clear_line import STEPS
from vcp_cbf_safety.checks.foresight import DynamicObstacles, dynamic_obstacles_of
from vcp_cbf_safety.checks.look_ahead import LookAhead, largest_gentle
from vcp_cbf_safety.checks.reachability import (
    DIRECTIONS,
    MotionBounds,
    motions_of,
    reach_of,
    supports_along,
)
from vcp_cbf_safety.hazards.hazards import discs_of
from vcp_cbf_safety.hazards.scene import scene_of_discs
from vcp_cbf_safety.motion.prediction import Ahead, predict_discs
from vcp_cbf_safety.motion.response import Limits, respond, way_to_zero
from vcp_cbf_safety.motion.stopping_trajectory import limits_in, longest_stop, states_of
from vcp_cbf_safety.qp.assembly import total_inflation


def robot(rng: np.random.Generator) -> FilterConfig:
    """Any base, and what it was told of the others."""

    def between(low: float, high: float) -> float:
        return float(rng.uniform(low, high))

    return FilterConfig(
        body_radius=0.2,
        vcp_offset=0.1,
        period=float(rng.choice((0.02, 0.05, 0.1, 0.3))),
        min_speed=-0.6,
        max_speed=1.4,
        max_yaw_rate=3.0,
        max_acceleration=between(0.5, 3.0),
        max_deceleration=between(0.3, 3.0),
        max_yaw_acceleration=between(0.5, 8.0),
        velocity_lag=float(rng.choice((0.0, 0.05, 0.1, 0.3))),
        actuation_delay=float(rng.choice((0.0, 0.05, 0.2))),
        steering_gain=0.8,
        body_gain=0.8,
        peer_max_speed=between(0.1, 2.0),
        peer_max_acceleration=between(0.1, 3.0),
        peer_max_yaw_rate=between(0.0, 4.0),
        contact_speed=float(rng.choice((0.01, 0.02, 0.2))),
    )


def hazards(rng: np.random.Generator) -> Hazards:
    """A peer or a moving circle not far away."""
    away, bearing = rng.uniform(0.4, 2.5), rng.uniform(-math.pi, math.pi)
    x, y = float(away * math.cos(bearing)), float(away * math.sin(bearing))
    age = float(rng.choice((0.0, 0.02, 0.3)))
    if rng.random() < 0.3:
        velocity = rng.normal(0.0, 0.4, 2).tolist()
        error = float(rng.choice((1e-9, 0.1, 1.0)))
        return Hazards(circles=[Circle(x, y, 0.2, *velocity, velocity_uncertainty=error, age=age)])
    heading, turn = rng.uniform(-math.pi, math.pi), rng.normal(0.0, 1.0)
    speed = float(rng.choice((0.0, 0.3, 0.7, -0.4)))
    known = bool(rng.random() < 0.9)
    peer = Peer(x, y, float(heading), speed, float(turn), 0.2, age=age, twist_known=known)
    return Hazards(peers=[peer])


def states(rng: np.random.Generator, command: Twist2D) -> list[Ahead]:
    """One to three states, most of them with a speed like that of the command."""
    place, heading = rng.uniform(-0.05, 0.05, 2), float(rng.uniform(-9.0, 9.0))
    speed, turn = command.v + rng.normal(0.0, 0.1), command.omega + rng.normal(0.0, 0.3)
    starts = []
    for _ in range(rng.integers(1, 4)):
        state = RobotState(*place.tolist(), heading, float(speed), float(turn))
        starts.append(Ahead(state, Limits(*rng.choice((1e-6, 0.5, 3.0, 1e9), 2).tolist())))
        place = place + rng.normal(0.0, 0.03, 2)
        heading, speed = heading + rng.normal(0.0, 0.05), speed + rng.normal(0.0, 0.1)
    return starts


def look(
    config: FilterConfig,
    command: Twist2D,
    last: float,
    before: float,
    starts: list[Ahead],
    obstacles: DynamicObstacles,
) -> LookAhead:
    """The full look, of a robot that flees as well: what is behind has a part in both looks."""
    told = np.array(((command.v, command.omega),))
    slow = math.copysign(0.02, command.v)
    return LookAhead(
        config, config.period, told, np.array(((slow, 0.0),)), np.array(((last, 0.0),)),
        np.array((before,)), states_of(starts)[None], limits_in(config, starts)[None],
        np.zeros(len(obstacles.places), int), obstacles,
    )  # fmt: skip


@pytest.mark.parametrize('seed', range(4))
def test_what_is_plainly_clear_passes_both_looks(seed: int) -> None:
    """The whole command, or what would go out after one that was cut."""
    rng = np.random.default_rng(seed)
    plain = passed = part = 0
    for _ in range(2500):
        config, around = robot(rng), hazards(rng)
        command = Twist2D(float(rng.choice((1.4, 0.8, 0.4, 0.05, 0.0, -0.3))), rng.normal())
        starts, inflation = states(rng, command), total_inflation(config)
        seen = discs_of(around)
        scene = scene_of_discs(around.arena, predict_discs(config, seen))
        places = states_of(starts)[:, :2]
        barriers = scene.barriers(places, inflation).h.min(axis=0)
        stop = longest_stop(config, starts, command, config.velocity_lag)
        given = (config, seen, scene, barriers, inflation, stop, starts)
        obstacles = dynamic_obstacles_of(*given)
        if obstacles is None:
            continue
        last, before, scale = command.v * float(rng.uniform(0.3, 1.0)), 1.0, 1.0
        if rng.random() < 0.4 and command.v != 0.0:
            before, scale = 0.5, largest_gentle(config, config.period, command.v, last)
        full = look(config, command, last, before, starts, obstacles)
        allowed = full.allowed()
        clear = allowed.scales[0] == scale and allowed.reasons[0] < 0
        passed += clear
        left = dynamic_obstacles_of(*given, command, scale)
        if left is not None and len(left.places):
            continue
        plain += 1
        part += scale < 1.0
        assert (left is None) == (scale == 1.0)
        assert clear
        assert full.safe(np.array((scale,)))[0]
        if left is not None:
            assert look(config, command, last, before, starts, left).allowed() == allowed
    assert plain > 0.4 * passed > 200
    assert part > 20


@given(
    heading=st.floats(-7.0, 7.0) | st.just(math.nan),
    speed=st.floats(-1.3, 1.3),
    since=st.sampled_from([0.0, 0.05, 0.3]),
    yaw_rate=st.sampled_from([0.0, 0.5, 2.0, 20.0]),
    duration=st.floats(0.1, 3.0),
    away=st.floats(-3.0, 3.0),
)
def test_fewer_steps_bound_the_supports_from_above_and_as_many_are_the_same(
    heading: float, speed: float, since: float, yaw_rate: float, duration: float, away: float
) -> None:
    known = not math.isnan(heading)
    vx, vy = (speed * math.cos(heading), speed * math.sin(heading)) if known else (speed, 0.1)
    bounds = MotionBounds(
        1.0, 2.0, 0.1, since, vx, vy, 0.2, max(1.0, abs(speed)), heading, yaw_rate, 1.5
    )
    pose = np.array((1.0 + math.cos(away), 2.0 + math.sin(away), 0.4))
    reach = reach_of(motions_of([bounds, replace_x(bounds)]), pose, duration)
    steps = len(reach.supports) - 1
    for k in (0, 7, DIRECTIONS):
        x, y = reach.directions[0, k].tolist()
        angle, full = math.atan2(y, x), reach.supports[:, 0, k]
        for few in STEPS:
            coarse = np.array(supports_along(bounds, angle, duration, few))
            assert (coarse >= full[:: steps // few] - 1e-9).all()
        if bounds.since == 0.0:
            same = supports_along(bounds, angle, duration, steps)
            assert same == pytest.approx(full.tolist(), abs=1e-9)


def replace_x(bounds: MotionBounds) -> MotionBounds:
    """The same elsewhere, or each formula would see one hazard alone."""
    return bounds._replace(x=bounds.x + 1.0)


@given(
    start=st.floats(-3.0, 3.0),
    lag=st.sampled_from([0.0, 0.05, 0.3]),
    limit=st.floats(0.2, 8.0),
)
def test_what_a_rate_adds_up_to_until_it_is_zero_is_what_its_response_adds_up_to(
    start: float, lag: float, limit: float
) -> None:
    time = abs(start) / limit + 40.0 * lag + 0.1
    _, mean = respond(start, 0.0, time, lag, limit)
    assert way_to_zero(start, lag, limit) == pytest.approx(mean * time, abs=1e-9)
