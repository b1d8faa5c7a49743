"""Hazards that do their worst, within what the filter was told of them, are not driven into."""

import math
from typing import Any

import numpy as np
import pytest
from attackers import Driver, Plan, Runner, first_contact
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vcp_cbf_safety import Circle, FilterConfig, Hazards, RobotState, Twist2D
from vcp_cbf_safety.checks.foresight import depths, dynamic_obstacles_of
from vcp_cbf_safety.hazards.hazards import discs_of
from vcp_cbf_safety.hazards.scene import scene_of
from vcp_cbf_safety.motion.prediction import Ahead
from vcp_cbf_safety.motion.stop_fan import stopping_trajectory
from vcp_cbf_safety.motion.stopping_trajectory import longest_stop
from vcp_cbf_safety.qp.assembly import total_inflation
from vcp_cbf_safety.studies.campaign.ablation import Feature


def robot(
    max_speed: float,
    max_acceleration: float,
    max_deceleration: float,
    velocity_lag: float,
    peer_max_speed: float,
    peer_max_acceleration: float,
    yaw_rate: float = 3.0,
) -> FilterConfig:
    """A robot with lag and limits, and what it was told of the others."""
    return FilterConfig(
        body_radius=0.2,
        vcp_offset=0.1,
        period=0.05,
        period_jitter=0.0,
        min_speed=-0.5,
        max_speed=max_speed,
        max_yaw_rate=2.0,
        max_acceleration=max_acceleration,
        max_deceleration=max_deceleration,
        actuation_delay=0.0,
        velocity_lag=velocity_lag,
        body_gain=0.8,
        margin=0.02,
        peer_max_speed=peer_max_speed,
        peer_max_acceleration=peer_max_acceleration,
        peer_max_yaw_rate=yaw_rate,
    )


@st.composite
def robots(draw: Any) -> FilterConfig:
    """Any such robot."""
    return robot(
        max_speed=draw(st.floats(0.3, 1.4)),
        max_acceleration=draw(st.floats(0.5, 3.0)),
        max_deceleration=draw(st.floats(0.5, 3.0)),
        velocity_lag=draw(st.sampled_from([0.0, 0.1, 0.3])),
        peer_max_speed=draw(st.floats(0.1, 2.5)),
        peer_max_acceleration=draw(st.floats(0.2, 6.0)),
    )


def test_the_adversary_is_driven_into_where_nobody_foresees_it() -> None:
    config = FilterConfig(
        body_radius=0.2, vcp_offset=0.1, period=0.05, period_jitter=0.0, min_speed=-0.5,
        max_speed=1.2, max_yaw_rate=2.0, max_deceleration=0.5, actuation_delay=0.0,
        margin=0.02, peer_max_speed=1.5, peer_max_acceleration=4.0,
    )  # fmt: skip
    nominals = [Twist2D(1.2, 0.0)] * 100
    blind = frozenset({Feature.FORESIGHT})
    driven = 0
    for x in np.linspace(0.8, 2.4, 9).tolist():
        for y in (0.7, 1.1, 1.5):
            adversary = Runner(x, y, math.pi / 2.0, config)
            driven += first_contact(config, adversary, 0.3, nominals, blind)[0] > 0.05
    assert driven > 0


@given(
    config=robots(),
    bearing=st.floats(-math.pi, math.pi),
    away=st.floats(0.8, 2.5),
    course=st.floats(-math.pi, math.pi),
    lead=st.floats(0.0, 1.2),
    nominals=st.lists(
        st.builds(Twist2D, st.sampled_from([-0.5, 0.0, 1.2]), st.floats(-2.0, 2.0)),
        min_size=1,
        max_size=4,
    ),
)
# Driven into at 0.43, 0.41, 0.29 and 0.15 m/s while a retreat, however fast, was let pass.
@example(
    config=robot(1.3, 3.0, 1.5, 0.3, 2.3, 6.0),
    bearing=2.1, away=2.3, course=2.2, lead=0.7,
    nominals=[Twist2D(1.2, 0.8), Twist2D(1.2, 1.0)],
)  # fmt: skip
@example(
    config=robot(1.3, 2.6, 1.1, 0.3, 1.7, 4.3),
    bearing=-1.5, away=1.8, course=2.6, lead=1.0,
    nominals=[Twist2D(1.2, -0.5), Twist2D(1.2, -0.8), Twist2D(-0.5, -2.0)],
)  # fmt: skip
@example(
    config=robot(0.9, 1.6, 0.6, 0.3, 1.7, 0.7),
    bearing=2.2, away=1.3, course=0.2, lead=0.9,
    nominals=[Twist2D(1.2, -1.5), Twist2D(1.2, 0.9), Twist2D(0.0, 2.0)],
)  # fmt: skip
@example(
    config=robot(0.7, 2.7, 0.9, 0.1, 1.8, 4.8),
    bearing=1.7, away=1.0, course=-2.3, lead=1.1, nominals=[Twist2D(1.2, 1.6)],
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_robot_stands_or_gives_way_when_the_worst_adversary_arrives(
    config: FilterConfig,
    bearing: float,
    away: float,
    course: float,
    lead: float,
    nominals: list[Twist2D],
) -> None:
    long = [nominal for nominal in nominals for _ in range(30)]
    x, y = away * math.cos(bearing), away * math.sin(bearing)
    own, _ = first_contact(config, Runner(x, y, course, config), lead, long)
    assert own < 0.02


# Where an attacker begins: place seen from the robot [m], heading [rad], speed [m/s].
BEGINNINGS = [
    (1.2, 0.5, 3.0, 0.3),
    (0.3, 0.9, -1.2, 0.0),
    (-0.7, 0.3, 0.2, 0.8),
    (-0.5, -0.1, 0.0, 0.6),
    (0.0, -0.6, 0.3, 0.5),
    (0.9, -0.9, 1.6, -0.4),
]


@pytest.mark.parametrize('beginning', BEGINNINGS, ids=str)
def test_no_unicycle_that_was_searched_for_is_driven_into(
    beginning: tuple[float, float, float, float],
) -> None:
    """Forty attacks each: random ones first, then random changes of the most dangerous."""
    random = np.random.default_rng(7)
    best, worst = None, (-math.inf, -math.inf)
    for attempt in range(40):
        config = robot(1.0, 1.5, 1.0, 0.1, float(random.choice((0.6, 1.2))), 1.5, yaw_rate=2.5)
        if best is None or attempt < 12:
            shares = random.uniform(-1.0, 1.0, (8, 2)).round(int(random.integers(0, 2)))
            plan = Plan(shares, 0.25, float(random.uniform(0.0, 2.0)))
            commands = random.uniform((0.2, -1.5), (1.0, 1.5), (3, 2))
            lead = float(random.uniform(0.0, 1.0))
        else:
            plan, commands, lead = best
            shift = random.normal(0.0, 0.3, plan.shares.shape)
            shares = np.clip(plan.shares + shift, -1.0, 1.0)
            plan = Plan(shares, plan.leg, plan.chases + float(random.normal(0.0, 0.1)))
            commands = np.clip(commands + random.normal(0.0, 0.2, (3, 2)), -1.5, 1.5)
            lead += float(random.normal(0.0, 0.1))
        nominals = [Twist2D(*row) for row in commands.tolist() for _ in range(15)]
        x, y, heading, speed = beginning
        speed = max(-config.peer_max_speed, min(config.peer_max_speed, speed))
        attacker = Driver(x, y, heading, speed, config, plan)
        own, least = first_contact(config, attacker, lead, nominals)
        assert own < 0.02, (attempt, plan, commands, lead)
        if (own, -least) >= worst:
            worst, best = (own, -least), (plan, commands, lead)


@given(
    config=robots(),
    speed=st.floats(-0.5, 1.2),
    command=st.builds(Twist2D, st.floats(-0.5, 1.2), st.floats(-2.0, 2.0)),
    place=st.tuples(st.floats(-1.5, 1.5), st.floats(-1.5, 1.5)),
    velocity=st.tuples(st.floats(-0.7, 0.7), st.floats(-0.7, 0.7)),
    seed=st.integers(0, 10**6),
)
@settings(max_examples=200, deadline=None)
def test_no_random_motion_within_the_limits_meets_a_way_that_was_found_free(
    config: FilterConfig,
    speed: float,
    command: Twist2D,
    place: tuple[float, float],
    velocity: tuple[float, float],
    seed: int,
) -> None:
    """Brute force: many motions of the hazard, none faster than it may be."""
    start = RobotState(0.0, 0.0, 0.3, speed=speed)
    way = stopping_trajectory(config, start, command)
    hazards = Hazards(circles=[Circle(*place, 0.2, *velocity, velocity_uncertainty=1e-9)])
    scene, inflation = scene_of(hazards), total_inflation(config)
    barriers = scene.barriers(np.zeros((1, 2)), inflation).h[0]
    stop = longest_stop(config, [Ahead(start)], command)
    obstacles = dynamic_obstacles_of(
        config, discs_of(hazards), scene, barriers, inflation, stop, [Ahead(start)]
    )
    one = np.zeros(1, int)
    if obstacles is not None and depths(obstacles, way.alone(), (one, one))[0] < 0.0:
        return
    fastest = max(config.peer_max_speed, math.hypot(*velocity))
    touch = config.body_radius + 0.2
    random = np.random.default_rng(seed)
    count, time = 200, 0.0
    positions, velocities = np.tile(place, (count, 1)), np.tile(velocity, (count, 1))
    angles = random.uniform(-math.pi, math.pi, count)
    # Who has touched before has had its contact; what it does then is its own affair.
    apart = np.hypot(positions[:, 0], positions[:, 1]) >= touch
    for point, direction, own_speed, until in zip(
        way.points[1:], way.directions, way.speeds, way.times.tolist(), strict=True
    ):
        turned = angles + random.uniform(-0.5, 0.5, count)
        push = np.column_stack((np.cos(turned), np.sin(turned)))
        duration, time = until - time, until
        faster = velocities + config.peer_max_acceleration * duration * push
        size = np.maximum(np.hypot(faster[:, 0], faster[:, 1]), 1e-9)
        later = faster * np.minimum(1.0, fastest / size)[:, None]
        positions = positions + 0.5 * (velocities + later) * duration
        velocities = later
        away = positions - point
        touching = np.hypot(away[:, 0], away[:, 1]) < touch - 1e-9
        closing = own_speed * (away @ direction) / touch
        assert not (apart & touching & (closing > 0.02)).any()
        apart &= ~touching
