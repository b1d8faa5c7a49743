"""A base that does not move when it is told little is led around hazards all the same."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from vcp_cbf_safety import Circle, Hazards, RobotState, SafetyFilter, Twist2D
from vcp_cbf_safety.motion.stillness import Stillness
from vcp_cbf_safety.nominal.deadlock import DeadlockResolver
from vcp_cbf_safety.sim.base import TIME_STEP, Base
from vcp_cbf_safety.studies.campaign.bases import NIMBLE

MODEL, CONFIG = NIMBLE
SLOWEST = Twist2D(v=0.1, omega=0.4)
ORIGIN = RobotState(0.0, 0.0, 0.0)


def each_for_itself(told: Twist2D) -> Twist2D:
    """Neither drives nor turns when it is told to do little of that."""
    return Twist2D(
        told.v if abs(told.v) >= SLOWEST.v else 0.0,
        told.omega if abs(told.omega) >= SLOWEST.omega else 0.0,
    )


def both_together(told: Twist2D) -> Twist2D:
    """Moves only when it is told to drive or to turn by more than a little."""
    little = abs(told.v) < SLOWEST.v and abs(told.omega) < SLOWEST.omega
    return Twist2D(0.0, 0.0) if little else told


POCKET = [
    Circle(1.5 + 0.8 * math.cos(a), 0.8 * math.sin(a), 0.2)
    for a in np.linspace(-0.5 * math.pi, 0.5 * math.pi, 8).tolist()
]


@pytest.mark.parametrize('noise', [0.0, 0.002])
@pytest.mark.parametrize('motor', [each_for_itself, both_together])
@pytest.mark.parametrize(
    ('circles', 'goal', 'speed', 'duration'),
    [
        ([Circle(1.2, 0.0, 0.3)], 2.5, 0.3, 40.0),
        ([Circle(1.2, 0.05, 0.3)], 2.5, 0.15, 90.0),
        ([Circle(1.2, 0.25, 0.3), Circle(1.2, -0.25, 0.3)], 2.5, 0.2, 60.0),
        (POCKET, 3.5, 0.3, 80.0),
    ],
    ids=['disc', 'slow past a disc', 'two discs', 'pocket'],
)
def test_a_base_with_a_dead_band_comes_around(
    circles: Sequence[Circle],
    goal: float,
    speed: float,
    duration: float,
    motor: Callable[[Twist2D], Twist2D],
    noise: float,
) -> None:
    model = replace(MODEL, position_noise=noise, heading_noise=noise)
    base, safety_filter = (
        Base(model, (0.0, 0.0, 0.0), np.random.default_rng(0)),
        SafetyFilter(CONFIG),
    )
    for step in range(round(duration / TIME_STEP)):
        assert all(math.dist(base.pose[:2], (c.x, c.y)) > c.radius + 0.15 for c in circles)
        if step % round(CONFIG.period / TIME_STEP) == 0:
            state = base.odometry()
            if math.hypot(goal - state.x, state.y) < 0.15:
                return
            error = math.remainder(math.atan2(-state.y, goal - state.x) - state.heading, math.tau)
            nominal = Twist2D(
                speed * max(0.0, math.cos(error)), min(max(2.5 * error, -2.84), 2.84)
            )
            told = safety_filter.step(nominal, state, Hazards(circles=circles))
            assert abs(told.v) <= speed
            base.command(step * TIME_STEP, motor(Twist2D(told.v, told.omega)))
        base.advance(step * TIME_STEP)
    raise AssertionError(f'after {duration} s it is at {base.pose}')


class Led:
    """A robot that is held by something nearly abeam, and is led around it."""

    def __init__(self) -> None:
        self._resolver = DeadlockResolver(CONFIG)
        self._answer = Twist2D(0.0, 0.0)
        for _ in range(25):
            self.ask()
        assert self._resolver.circulating

    def ask(self, x: float = 0.0) -> float:
        """Yaw rate that it is asked for at a place [rad/s]."""
        robot = RobotState(x, 0.0, 0.0)
        self._resolver.notice(robot, self._answer, CONFIG.period)
        toward = np.array([(math.cos(1.4), math.sin(1.4))])
        self._answer = self._resolver.resolve(
            Twist2D(0.3, 0.0), robot, np.zeros(1), -toward, np.zeros(1, bool), CONFIG.period
        )
        return abs(self._answer.omega)


def test_it_asks_for_more_yaw_while_the_robot_does_not_move_and_for_less_when_it_does() -> None:
    led = Led()
    at_first = led.ask()
    turns = [led.ask() for _ in range(100)]
    assert at_first < 0.2 * CONFIG.max_yaw_rate
    assert turns == sorted(turns)
    assert turns[-1] == CONFIG.max_yaw_rate
    moving = [led.ask(0.02 * (cycle % 2)) for cycle in range(150)]
    assert moving == sorted(moving, reverse=True)
    assert moving[-1] == pytest.approx(at_first)


def test_stillness_counts_what_was_told_and_not_done() -> None:
    stillness = Stillness()
    stillness.notice(ORIGIN, Twist2D(0.0, 0.0), 0.1)
    for told in (Twist2D(0.0, 0.0), Twist2D(0.086, -0.302), Twist2D(0.0, 0.2)):
        stillness.notice(RobotState(0.005, 0.0, 0.02), told, 0.1)
    assert stillness.seconds == pytest.approx(0.3)
    assert stillness.ignored == pytest.approx(0.2)
    stillness.notice(RobotState(0.005, 0.0, 0.06), Twist2D(0.0, 0.2), 0.1)
    assert (stillness.seconds, stillness.ignored) == (0.0, 0.0)


def test_a_base_that_obeys_is_asked_for_no_more() -> None:
    base = Base(MODEL, (0.0, 0.0, 0.0), np.random.default_rng(0))
    safety_filter, pillar = SafetyFilter(CONFIG), Hazards(circles=[Circle(0.8, 0.0, 0.3)])
    for cycle in range(200):
        command = safety_filter.step(Twist2D(0.3, 0.0), base.odometry(), pillar)
        assert command.v <= (0.7 * 0.3 if command.circulating else 0.3) + 1e-9
        base.command(cycle * CONFIG.period, Twist2D(command.v, command.omega))
        for step in range(round(CONFIG.period / TIME_STEP)):
            base.advance(cycle * CONFIG.period + step * TIME_STEP)
