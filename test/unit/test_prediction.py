"""Where robot and peers will be when the command takes effect."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from vcp_cbf_safety import Circle, FilterConfig, Hazards, Peer, RobotState, Twist2D
from vcp_cbf_safety.errors import HazardError
from vcp_cbf_safety.hazards.discs import Discs, Motion, X
from vcp_cbf_safety.hazards.hazards import discs_of
from vcp_cbf_safety.motion.prediction import CommandHistory, predict_discs, predict_robot
from vcp_cbf_safety.motion.response import respond_speed
from vcp_cbf_safety.sim.base import TIME_STEP, Base, BaseModel

CONFIG = FilterConfig(
    body_radius=0.2,
    vcp_offset=0.1,
    period=0.05,
    min_speed=-0.5,
    max_speed=1.0,
    max_yaw_rate=2.0,
    actuation_delay=0.1,
    velocity_lag=0.08,
    max_deceleration=1.5,
    max_yaw_acceleration=8.0,
)


def test_history_says_which_command_was_newest_when() -> None:
    history = CommandHistory()
    for v in (0.1, 0.2, 0.3):
        history.elapse(0.05)
        history.send(Twist2D(v, 0.0))
    history.elapse(0.02)
    spans = history.in_force(0.1, 0.0)
    assert [c.v for _, c in spans] == [0.1, 0.2, 0.3]
    assert [d for d, _ in spans] == pytest.approx([0.03, 0.05, 0.02])


def test_robot_stood_before_the_first_command() -> None:
    history = CommandHistory()
    history.send(Twist2D(1.0, 0.0))
    history.elapse(0.1)
    spans = history.in_force(0.5, 0.0)
    assert [(d, c.v) for d, c in spans] == [(pytest.approx(0.4), 0.0), (pytest.approx(0.1), 1.0)]
    assert CommandHistory().in_force(0.3, 0.1) == [(pytest.approx(0.2), Twist2D(0.0, 0.0))]


def test_spans_always_fill_the_interval() -> None:
    rng = np.random.default_rng(1)
    for _ in range(200):
        history = CommandHistory()
        for _ in range(int(rng.integers(0, 30))):
            history.elapse(float(rng.uniform(0.0, 0.1)))
            history.send(Twist2D(float(rng.normal()), 0.0))
        history.elapse(float(rng.uniform(0.0, 0.1)))
        start = float(rng.uniform(0.0, 1.0))
        end = float(rng.uniform(0.0, start))
        assert sum(d for d, _ in history.in_force(start, end)) == pytest.approx(start - end)


def test_prediction_finds_the_robot_where_the_base_really_goes() -> None:
    """Against the campaign's plant, which integrates in small steps: to a few millimetres."""
    rng = np.random.default_rng(2)
    worst = 0.0
    for _ in range(30):
        model = BaseModel(
            body_radius=0.2,
            min_speed=-0.5,
            max_speed=1.0,
            max_yaw_rate=2.0,
            acceleration=1.0,
            deceleration=1.5,
            yaw_acceleration=8.0,
            lag=0.08,
            delay=0.1,
            slip=0.0,
            position_noise=0.0,
            heading_noise=0.0,
            odometry_delay=0.05,
        )
        base, history = Base(model, (0.0, 0.0, 0.0), rng), CommandHistory()
        expected: list[tuple[float, RobotState]] = []
        command = Twist2D(0.0, 0.0)
        for step in range(200):
            now = step * TIME_STEP
            if step % 10 == 0:
                expected.append((now + 0.1, predict_robot(CONFIG, base.odometry(), history)))
                command = Twist2D(
                    float(np.clip(command.v + rng.normal(0.0, 0.1), -0.5, 1.0)),
                    float(rng.uniform(-2.0, 2.0)),
                )
                base.command(now, command)
                history.send(command)
                history.elapse(0.05)
            due = [p for at, p in expected if abs(at - now) < 1e-6]
            for predicted in due:
                worst = max(worst, math.dist((predicted.x, predicted.y), base.pose[:2]))
            base.advance(now)
    assert worst < 0.01


def test_without_delay_age_and_lag_the_state_stays_as_it_is() -> None:
    config = replace(CONFIG, actuation_delay=0.0, velocity_lag=0.0)
    state = RobotState(1.0, 2.0, 3.0, speed=0.4, yaw_rate=-0.2)
    history = CommandHistory()
    history.elapse(0.05)
    history.send(Twist2D(0.4, -0.2))
    assert predict_robot(config, state, history) == state


def predicted(hazards: Hazards) -> Discs:
    return predict_discs(CONFIG, discs_of(hazards))


def test_peer_moves_along_its_arc_and_grows_with_age() -> None:
    peer = Peer(0.0, 0.0, 0.0, speed=0.5, yaw_rate=math.pi, radius=0.2, age=0.9)
    moved = predicted(Hazards(peers=[peer]))
    # Half a turn in one second: half a circle of circumference one metre to the left.
    assert moved.centers[0] == pytest.approx((0.0, 1.0 / math.pi), abs=1e-9)
    # Turned back, it could be twice its way from there.
    assert moved.radii[0] == pytest.approx(0.2 + 0.5 * CONFIG.peer_max_acceleration + 2.0 * 0.5)


def test_what_stands_still_is_not_touched() -> None:
    circles = [Circle(1.0, 2.0, 0.3), Circle(1.0, 2.0, 0.3, vx=1.0)]
    seen, moved = discs_of(Hazards(circles=circles)), predicted(Hazards(circles=circles))
    assert moved.table[0].tolist() == seen.table[0].tolist()
    assert moved.table[1, X] == pytest.approx(1.1)
    assert moved.radii[1] > 0.3


def test_moving_circle_is_carried_on_since_it_was_measured() -> None:
    circle = Circle(1.0, 2.0, 0.3, vx=1.0, vy=-0.5, name='her', age=0.4, velocity_uncertainty=0.2)
    moved = predicted(Hazards(circles=[circle]))
    gained = 0.2 * 0.5 + 0.5 * CONFIG.peer_max_acceleration * 0.5**2
    assert moved.names == ('her',)
    assert moved.table[0].tolist() == pytest.approx(
        [1.5, 1.75, 0.3 + gained, 1.0, -0.5, 1.0, 0.0, 0.2, 0.0, 0.0, 0.0, Motion.VELOCITY]
    )


@pytest.mark.parametrize('age', [1e9, math.nan, -1.0])
def test_age_of_what_stands_still_is_of_no_account(age: float) -> None:
    aged, fresh = (predicted(Hazards(circles=[Circle(1.0, 2.0, 0.3, age=a)])) for a in (age, 0.0))
    assert aged.table.tolist() == fresh.table.tolist()


@pytest.mark.parametrize(
    ('circle', 'words'),
    [
        (Circle(1.0, 2.0, 0.3, vx=1.0, age=-0.01), 'age of circles[0] is -0.01 s'),
        (Circle(1.0, 2.0, 0.3, vx=1.0, age=math.nan), 'age of circles[0] is nan'),
        (
            Circle(1.0, 2.0, 0.3, velocity_uncertainty=math.inf, name='him'),
            'velocity_uncertainty of him is inf',
        ),
    ],
)
def test_moving_circle_without_a_sensible_age_is_named(circle: Circle, words: str) -> None:
    with pytest.raises(HazardError, match=re.escape(words)):
        predicted(Hazards(circles=[circle]))


def test_a_base_that_all_but_stands_can_be_told_to_reverse() -> None:
    nimble = replace(CONFIG, velocity_lag=0.1, max_acceleration=1.0, max_deceleration=2.0)
    for speed in (5e-324, 1e-52, 1e-17):
        assert respond_speed(nimble, speed, -0.1, 0.02) == pytest.approx(
            respond_speed(nimble, 0.0, -0.1, 0.02)
        )
