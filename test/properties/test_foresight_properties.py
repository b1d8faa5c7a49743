"""Hazards that do their worst, within what the filter was told of them, are not driven into."""

import math
from typing import Any

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vcp_cbf_safety import FilterConfig, Hazards, Peer, RobotState, SafetyFilter, Twist2D
from vcp_cbf_safety.foresight import DynamicObstacles, first_collision
from vcp_cbf_safety.pieces import Piece
from vcp_cbf_safety.response import respond, respond_speed
from vcp_cbf_safety.stopping_trajectory import stopping_trajectory
from vcp_cbf_safety.unicycle import advance

TIME_STEP = 0.005


def robot(
    max_speed: float,
    max_acceleration: float,
    max_deceleration: float,
    velocity_lag: float,
    peer_max_speed: float,
    peer_max_acceleration: float,
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


class Adversary:
    """Accelerates as much as it may, always towards a point ahead of the robot."""

    def __init__(self, x: float, y: float, course: float, config: FilterConfig) -> None:
        self.position = np.array((x, y))
        self.velocity = (
            0.5 * config.peer_max_speed * np.array((math.cos(course), math.sin(course)))
        )
        self._limits = config.peer_max_speed, config.peer_max_acceleration

    def move(self, target: np.ndarray) -> None:
        fastest, acceleration = self._limits
        way = target - self.position
        wanted = fastest * way / max(float(np.hypot(*way)), 1e-6)
        change = wanted - self.velocity
        size = max(float(np.hypot(*change)), 1e-9)
        self.velocity = self.velocity + change * min(1.0, acceleration * TIME_STEP / size)
        self.position = self.position + self.velocity * TIME_STEP

    def as_peer(self) -> Peer:
        speed = float(np.hypot(*self.velocity))
        course = math.atan2(self.velocity[1], self.velocity[0])
        return Peer(*self.position.tolist(), course, speed, 0.0, 0.2)


def worst_own_approach(
    config: FilterConfig,
    adversary: Adversary,
    lead: float,
    nominals: list[Twist2D],
    without: frozenset[Piece] = frozenset(),
) -> float:
    """How fast the robot itself closes in at the first moment of contact [m/s]; -inf without."""
    safety_filter = SafetyFilter(config, without=without)
    pose, v, omega = (0.0, 0.0, 0.0), 0.0, 0.0
    for nominal in nominals:
        hazards = Hazards(peers=[adversary.as_peer()])
        command = safety_filter.step(
            nominal, RobotState(*pose, speed=v, yaw_rate=omega), hazards, config.period
        )
        for _ in range(round(config.period / TIME_STEP)):
            v, mean_v = respond_speed(config, v, command.v, TIME_STEP)
            omega, mean_omega = respond(
                omega, command.omega, TIME_STEP, config.velocity_lag, config.max_yaw_acceleration
            )
            pose = advance(pose, mean_v, mean_omega, TIME_STEP)
            heading = np.array((math.cos(pose[2]), math.sin(pose[2])))
            robot = np.array(pose[:2])
            adversary.move(robot + lead * math.copysign(1.0, v) * heading)
            away = adversary.position - robot
            distance = float(np.hypot(*away))
            if distance < config.body_radius + 0.2:
                return v * float(heading @ away) / max(distance, 1e-9)
    return -math.inf


def test_the_adversary_is_driven_into_where_nobody_foresees_it() -> None:
    config = FilterConfig(
        body_radius=0.2, vcp_offset=0.1, period=0.05, period_jitter=0.0, min_speed=-0.5,
        max_speed=1.2, max_yaw_rate=2.0, max_deceleration=0.5, actuation_delay=0.0,
        margin=0.02, peer_max_speed=1.5, peer_max_acceleration=4.0,
    )  # fmt: skip
    nominals = [Twist2D(1.2, 0.0)] * 100
    blind = frozenset({Piece.FORESIGHT})
    driven = 0
    for x in np.linspace(0.8, 2.4, 9).tolist():
        for y in (0.7, 1.1, 1.5):
            adversary = Adversary(x, y, math.pi / 2.0, config)
            driven += worst_own_approach(config, adversary, 0.3, nominals, blind) > 0.05
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
    own = worst_own_approach(config, Adversary(x, y, course, config), lead, long)
    assert own < 0.02


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
    way = stopping_trajectory(config, RobotState(0.0, 0.0, 0.3, speed=speed), command)
    fastest = max(config.peer_max_speed, math.hypot(*velocity))
    obstacles = DynamicObstacles(
        ('them',), np.array([place]), np.array([velocity]), np.array([0.4]), np.array([fastest]),
        np.array([0.0]), config.peer_max_acceleration,
    )  # fmt: skip
    if first_collision(obstacles, way) is not None:
        return
    random = np.random.default_rng(seed)
    count, time = 200, 0.0
    positions, velocities = np.tile(place, (count, 1)), np.tile(velocity, (count, 1))
    angles = random.uniform(-math.pi, math.pi, count)
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
        touching = np.hypot(away[:, 0], away[:, 1]) < 0.4 - 1e-9
        ahead = away @ direction > 1e-9
        assert own_speed <= 0.01 or not (touching & ahead).any()
