"""The ways that are looked at, against a base that is followed in steps of a millisecond."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vcp_cbf_safety import FilterConfig, RobotState, Twist2D
from vcp_cbf_safety.motion.prediction import Ahead
from vcp_cbf_safety.motion.response import respond, respond_speed
from vcp_cbf_safety.motion.stop_fan import Grid, fans_of, grid_of, stopping_trajectory
from vcp_cbf_safety.motion.stopping_trajectory import StoppingTrajectory
from vcp_cbf_safety.motion.unicycle import advance
from vcp_cbf_safety.qp.constraints import sampling_margin

Vector = NDArray[np.float64]

STEP = 0.001

# Between two stops their ends moved on a curve; posts beside it were touched by two centimetres.
QUICK_TURN = FilterConfig(
    body_radius=0.05, vcp_offset=0.05, period=0.05, min_speed=-3.0, max_speed=3.0,
    max_yaw_rate=2.0, max_deceleration=1.6, max_yaw_acceleration=33.0, actuation_delay=0.0,
    velocity_lag=0.0, margin=0.0, position_uncertainty=0.0,
)  # fmt: skip
SLOW_BRAKES = FilterConfig(
    body_radius=0.05, vcp_offset=0.05, period=0.1, min_speed=-1.0, max_speed=1.0,
    max_yaw_rate=1.0, max_deceleration=0.5, max_yaw_acceleration=20.0, actuation_delay=0.0,
    velocity_lag=0.02, margin=0.0, position_uncertainty=0.0,
)  # fmt: skip

# Slow brakes, quick turns, no lag: half a metre of way lies between two stops of one cycle.
LONG_STOP = FilterConfig(
    body_radius=0.05, vcp_offset=0.05, period=0.05, min_speed=-3.0, max_speed=3.0,
    max_yaw_rate=2.0, max_deceleration=0.3, max_yaw_acceleration=20.0, actuation_delay=0.0,
    velocity_lag=0.3, margin=0.0, position_uncertainty=0.0, body_gain=0.5,
)  # fmt: skip


@st.composite
def bases(draw: st.DrawFn) -> FilterConfig:
    """Bases whose stop is over within a few seconds."""
    return FilterConfig(
        body_radius=0.2,
        vcp_offset=0.1,
        period=draw(st.floats(0.01, 0.3)),
        period_jitter=0.0,
        min_speed=-2.0,
        max_speed=2.0,
        max_yaw_rate=3.0,
        max_acceleration=draw(st.floats(0.2, 8.0)),
        max_deceleration=draw(st.floats(0.6, 8.0)),
        max_yaw_acceleration=draw(st.floats(0.5, 30.0)),
        actuation_delay=0.0,
        velocity_lag=draw(st.one_of(st.just(0.0), st.floats(0.02, 0.3))),
        body_gain=0.5,
    )


SPEEDS = st.floats(-2.0, 2.0)
YAW_RATES = st.floats(-3.0, 3.0)
SHARES = st.floats(0.0, 1.0)


def followed(config: FilterConfig, robot: RobotState, command: Twist2D, held: float) -> Vector:
    """Positions of the base, which is told to stand after a time, until it stands: (k, 2)."""
    pose, v, omega = (robot.x, robot.y, robot.heading), robot.speed, robot.yaw_rate
    points, now = [pose[:2]], 0.0
    while now < held or abs(v) > 1e-4:
        left = held - now
        told, step = (command, min(STEP, left)) if left > 0.0 else (Twist2D(0.0, 0.0), STEP)
        v, mean_v = respond_speed(config, v, told.v, step)
        omega, mean_omega = respond(
            omega, told.omega, step, config.velocity_lag, config.max_yaw_acceleration
        )
        pose = advance(pose, mean_v, mean_omega, step)
        points.append(pose[:2])
        now += step
    return np.array(points)


def distance_to_segments(points: Vector, first: Vector, second: Vector) -> Vector:
    """Distance of m points to the nearest of k segments (m,)."""
    along, away = second - first, points[:, None] - first
    length = np.maximum((along * along).sum(axis=1), 1e-30)
    nearest = np.clip((away * along).sum(axis=2) / length, 0.0, 1.0)
    return np.linalg.norm(away - nearest[..., None] * along, axis=2).min(axis=1)


def is_in_triangles(points: Vector, corners: Vector) -> NDArray[np.bool_]:
    """Whether each of m points is inside one of k triangles (m,)."""
    sides = np.roll(corners, -1, axis=1) - corners
    away = points[:, None, None] - corners
    turns = sides[..., 0] * away[..., 1] - sides[..., 1] * away[..., 0]
    return ((turns >= 0.0).all(axis=2) | (turns <= 0.0).all(axis=2)).any(axis=1)


def distance_to_sheets(points: Vector, fan: list[StoppingTrajectory]) -> Vector:
    """Distance of m points to the ways and to what lies between two neighbours of them (m,)."""
    ways = [(way.points[:-1], way.points[1:]) for way in fan]
    rungs = [(a.points, b.points) for a, b in itertools.pairwise(fan)]
    first, second = (np.concatenate(each) for each in zip(*ways, *rungs, strict=True))
    distance = distance_to_segments(points, first, second)
    for a, b in rungs:
        for corners in ((a[:-1], a[1:], b[:-1]), (b[:-1], a[1:], b[1:])):
            distance[is_in_triangles(points, np.stack(corners, axis=1))] = 0.0
    return distance


def fan_of(
    config: FilterConfig, robot: RobotState, command: Twist2D
) -> tuple[list[StoppingTrajectory], Grid]:
    start = Ahead(robot)
    grid = grid_of(config, [start], command)
    return fans_of(config, [start], command, grid)[0], grid


@given(config=bases(), v=SPEEDS, omega=YAW_RATES, speed=SPEEDS, yaw_rate=YAW_RATES, share=SHARES)
@settings(max_examples=60)
@example(config=LONG_STOP, v=0.0, omega=2.0, speed=3.0, yaw_rate=0.0, share=0.37)
@example(config=LONG_STOP, v=-3.0, omega=2.0, speed=3.0, yaw_rate=-2.0, share=0.81)
@example(config=QUICK_TURN, v=3.0, omega=2.0, speed=3.0, yaw_rate=0.0, share=0.5)
@example(config=QUICK_TURN, v=0.0, omega=1.0, speed=3.0, yaw_rate=2.0, share=0.5)
@example(config=SLOW_BRAKES, v=1.0, omega=-1.0, speed=1.0, yaw_rate=1.0, share=0.6)
def test_a_stop_that_begins_at_any_moment_is_on_the_ways_or_between_them(
    config: FilterConfig, v: float, omega: float, speed: float, yaw_rate: float, share: float
) -> None:
    robot = RobotState(0.4, -0.3, 0.7, speed=speed, yaw_rate=yaw_rate)
    command = Twist2D(v, omega)
    fan, _ = fan_of(config, robot, command)
    truth = followed(config, robot, command, share * config.hold_time)
    bend = sampling_margin(config.top_speed, config.max_yaw_rate, config.hold_time)
    assert distance_to_sheets(truth[:: 1 + len(truth) // 200], fan).max() <= bend + 1e-3


@given(config=bases(), v=SPEEDS, omega=YAW_RATES, speed=SPEEDS, yaw_rate=YAW_RATES)
@settings(max_examples=40)
@example(config=LONG_STOP, v=3.0, omega=2.0, speed=3.0, yaw_rate=2.0)
@example(config=LONG_STOP, v=-3.0, omega=-2.0, speed=3.0, yaw_rate=2.0)
def test_every_way_ends_where_the_base_stands(
    config: FilterConfig, v: float, omega: float, speed: float, yaw_rate: float
) -> None:
    robot = RobotState(0.4, -0.3, 0.7, speed=speed, yaw_rate=yaw_rate)
    command = Twist2D(v, omega)
    fan, grid = fan_of(config, robot, command)
    bend = sampling_margin(config.top_speed, config.max_yaw_rate, config.hold_time)
    for way, stop in ((fan[0], grid.stops[0]), (fan[-1], grid.stops[-1])):
        truth = followed(config, robot, command, stop)
        assert np.linalg.norm(way.points[-1] - truth[-1]) <= bend + 2e-3
        assert np.linalg.norm(way.points[0] - truth[0]) == 0.0


@given(config=bases(), v=SPEEDS, omega=YAW_RATES, speed=SPEEDS, yaw_rate=YAW_RATES)
@settings(max_examples=60)
# The slowest brakes and turns that are told in good faith: the stop takes minutes.
@example(
    config=FilterConfig(
        body_radius=0.2, vcp_offset=0.1, period=0.05, min_speed=-10.0, max_speed=10.0,
        max_yaw_rate=2.0, max_deceleration=0.05, max_yaw_acceleration=0.05, velocity_lag=1.0,
        body_gain=0.25,
    ),
    v=10.0, omega=2.0, speed=10.0, yaw_rate=2.0,
)  # fmt: skip
@example(config=LONG_STOP, v=0.0, omega=2.0, speed=3.0, yaw_rate=0.0)
def test_no_piece_of_a_stop_is_long_however_long_the_stop(
    config: FilterConfig, v: float, omega: float, speed: float, yaw_rate: float
) -> None:
    robot, command = RobotState(0.0, 0.0, 0.0, speed=speed, yaw_rate=yaw_rate), Twist2D(v, omega)
    fan, grid = fan_of(config, robot, command)
    for way in fan:
        durations = np.diff(way.times[:-1], prepend=0.0)
        holds = len(grid.holds)
        assert durations[:holds].max() <= 0.5 * config.hold_time + 1e-9
        assert durations[holds:].max(initial=0.0) <= 0.1 + 1e-9
        # The last piece is what a first-order response never quite finishes, straight ahead.
        assert way.speeds[-1] <= 0.01 * max(abs(v), abs(speed)) + 1e-9


@pytest.mark.parametrize('held', [0.0, 0.02, 0.06])
def test_long_stop_is_followed_to_its_end(held: float) -> None:
    """Ten seconds and fifteen metres of braking, after a turn that fans out."""
    robot, command = RobotState(0.0, 0.0, 0.0, speed=3.0), Twist2D(0.0, 2.0)
    truth = followed(LONG_STOP, robot, command, held)
    assert math.dist(truth[0], truth[-1]) > 14.0
    fan, _ = fan_of(LONG_STOP, robot, command)
    assert distance_to_sheets(truth[::40], fan).max() < 0.01
    assert distance_to_sheets(truth[-1:], fan).max() < 0.005


def test_the_whole_hold_time_is_the_last_way_of_the_fan() -> None:
    robot, command = RobotState(0.0, 0.0, 0.0, speed=1.0), Twist2D(1.0, 2.0)
    fan, grid = fan_of(LONG_STOP, robot, command)
    assert grid.stops[-1] == LONG_STOP.hold_time
    alone = stopping_trajectory(LONG_STOP, robot, command)
    assert (alone.points == fan[-1].points).all()
