"""Every base inside the assumption is between the states that are predicted (A5)."""

import math
from dataclasses import replace

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vcp_cbf_safety import FilterConfig, RobotState, Twist2D
from vcp_cbf_safety.motion.prediction import CommandHistory, predict_extremes, predict_robot
from vcp_cbf_safety.motion.response import Limits, respond, respond_speed
from vcp_cbf_safety.motion.unicycle import advance

PERIOD = 0.05
LIMITS = st.floats(0.3, 6.0)


def base(delay: float, lag: float, up: float, down: float) -> FilterConfig:
    return FilterConfig(
        body_radius=0.2, vcp_offset=0.1, period=PERIOD, min_speed=-1.0, max_speed=1.0,
        max_yaw_rate=2.0, max_acceleration=up, max_deceleration=down, actuation_delay=delay,
        velocity_lag=lag, body_gain=0.5,
    )  # fmt: skip


def told(commands: list[tuple[float, float]]) -> CommandHistory:
    history = CommandHistory()
    for command in commands:
        history.elapse(PERIOD)
        history.send(Twist2D(*command))
    return history


def outside(
    config: FilterConfig, limits: Limits, start: RobotState, commands: list[tuple[float, float]]
) -> float:
    """How far a base with these limits gets beyond all predicted states, in any direction [m]."""
    history = told(commands)
    truth = np.array(followed(config, limits, start, history))
    expected = predict_robot(config, start, history)
    states = [expected, *(each.state for each in predict_extremes(config, start, history))]
    places = np.array([(state.x, state.y) for state in states])
    angles = np.linspace(0.0, 2.0 * math.pi, 32, endpoint=False)
    normals = np.column_stack((np.cos(angles), np.sin(angles)))
    return float((normals @ truth - (places @ normals.T).max(axis=0)).max())


def followed(
    config: FilterConfig, limits: Limits, start: RobotState, history: CommandHistory
) -> tuple[float, float]:
    """Where a base is that follows the commands with limits of its own."""
    pose, v, omega = (start.x, start.y, start.heading), start.speed, start.yaw_rate
    lag, yaw_limit = config.velocity_lag, config.max_yaw_acceleration
    for duration, command in history.in_force(start.age + config.actuation_delay, 0.0):
        step = duration / 10
        for _ in range(10):
            v, mean_v = respond_speed(config, v, command.v, step, limits)
            omega, mean_omega = respond(omega, command.omega, step, lag, yaw_limit)
            pose = advance(pose, mean_v, mean_omega, step)
    return pose[:2]


BASES = st.builds(
    base, st.floats(0.0, 0.4), st.sampled_from([0.0, 0.05, 0.2]), LIMITS, LIMITS
)  # fmt: skip
SLOWER, HARDER = st.floats(0.01, 1.0), st.floats(1.0, 50.0)


def legal(config: FilterConfig, slower: float, harder: float) -> Limits:
    """Limits of a base inside the assumption."""
    return Limits(slower * config.max_acceleration, harder * config.max_deceleration)


@given(
    config=BASES,
    speeds=st.lists(st.floats(0.0, 1.0), min_size=2, max_size=10),
    backward=st.booleans(),
    slower=SLOWER,
    harder=HARDER,
)
@settings(max_examples=150)
@example(base(0.3, 0.2, 1.0, 1.0), [1.0] * 6 + [0.0] * 4, False, 0.1, 8.0)
def test_base_that_drives_straight_in_one_direction_is_exactly_between_the_predictions(
    config: FilterConfig, speeds: list[float], backward: bool, slower: float, harder: float
) -> None:
    first, *rest = (-speed if backward else speed for speed in speeds)
    start = RobotState(0.0, 0.0, 0.3, speed=first)
    commands = [(speed, 0.0) for speed in rest]
    assert outside(config, legal(config, slower, harder), start, commands) <= 1e-9


@given(
    config=BASES,
    speeds=st.lists(st.floats(-1.0, 1.0), min_size=2, max_size=10),
    slower=SLOWER,
    harder=HARDER,
)
@settings(max_examples=150)
@example(base(0.3, 0.0, 1.0, 1.0), [1.0] * 4 + [-1.0] * 6, 0.1, 8.0)
# A base between the extremes that is not between them when it turns back.
@example(base(0.25, 0.05, 2.0, 3.0), [0.0, 1.0, -0.125, -1.0, -1.0], 0.5, 1.0)
@example(
    base(0.266, 0.0, 2.46, 0.628), [0.0, 0.0, -1.0, 0.356, 1.0, 0.596, -1.0, 0.88, 1.0], 1.0, 5.0
)
def test_base_that_turns_back_is_beyond_the_predictions_by_two_centimetres_at_most(
    config: FilterConfig, speeds: list[float], slower: float, harder: float
) -> None:
    first, *rest = speeds
    start = RobotState(0.0, 0.0, 0.3, speed=first)
    commands = [(speed, 0.0) for speed in rest]
    assert outside(config, legal(config, slower, harder), start, commands) <= 0.02


@given(
    config=BASES,
    commands=st.lists(
        st.tuples(st.floats(0.0, 1.0), st.floats(-2.0, 2.0)), min_size=1, max_size=10
    ),
    speed=st.floats(0.0, 1.0),
    yaw_rate=st.floats(-2.0, 2.0),
    slower=SLOWER,
    harder=HARDER,
)
@settings(max_examples=150)
@example(
    base(0.398, 0.05, 4.3, 0.356), [(0.566, -2.0)], 1.0, 1.524, 0.01, 1.0
)  # 19 mm beside the line
def test_base_that_turns_is_beside_the_predictions_by_what_it_turned_at_most(
    config: FilterConfig,
    commands: list[tuple[float, float]],
    speed: float,
    yaw_rate: float,
    slower: float,
    harder: float,
) -> None:
    start = RobotState(0.0, 0.0, 0.3, speed=speed, yaw_rate=yaw_rate)
    history = told(commands)
    extremes = predict_extremes(config, start, history)
    expected = predict_robot(config, start, history)
    spread = sum(math.dist((e.state.x, e.state.y), (expected.x, expected.y)) for e in extremes)
    turn = config.max_yaw_rate * config.actuation_delay
    beside = outside(config, legal(config, slower, harder), start, commands)
    assert beside <= 0.25 * spread * turn + 1e-3


@given(config=BASES, speed=st.floats(-1.0, 1.0), count=st.integers(1, 10))
def test_steady_driving_has_one_prediction(config: FilterConfig, speed: float, count: int) -> None:
    history = told([(speed, 2.0 * (-1) ** cycle) for cycle in range(count)])
    history.elapse(0.5 * PERIOD)
    start = RobotState(0.0, 0.0, 0.0, speed=speed)
    exact = replace(config, actuation_delay=min(config.actuation_delay, PERIOD * (count - 0.6)))
    assert predict_extremes(exact, start, history) == []


def test_a_change_of_speed_that_the_base_still_answers_has_more() -> None:
    history = told([(0.5, 0.0)] * 6 + [(0.2, 0.0)])
    history.elapse(0.02)
    start = RobotState(0.0, 0.0, 0.0, speed=0.5)
    assert len(predict_extremes(base(0.1, 0.1, 1.0, 1.0), start, history)) == 1
    assert predict_extremes(base(0.0, 0.1, 1.0, 1.0), start, history) == []
    turning_back = told([(0.5, 0.0)] * 6 + [(-0.2, 0.0)])
    turning_back.elapse(0.02)
    assert len(predict_extremes(base(0.1, 0.1, 1.0, 1.0), start, turning_back)) == 3
