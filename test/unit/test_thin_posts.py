"""Thin posts in the way of a robot with weak brakes: a turn sweeps its whole stop over them."""

import math
from dataclasses import replace

import numpy as np
import pytest

from vcp_cbf_safety import Circle, FilterConfig, Hazards, RobotState, SafetyFilter, Twist2D
from vcp_cbf_safety.motion.response import respond, respond_speed
from vcp_cbf_safety.motion.unicycle import advance

CONFIG = FilterConfig(
    body_radius=0.05,
    vcp_offset=0.05,
    period=0.05,
    min_speed=0.0,
    max_speed=3.0,
    max_yaw_rate=2.0,
    max_deceleration=0.3,
    max_yaw_acceleration=20.0,
    actuation_delay=0.0,
    velocity_lag=0.0,
    margin=0.0,
    position_uncertainty=0.0,
)
POST_RADIUS, STEP = 0.01, 0.005
CONTACT = CONFIG.body_radius + POST_RADIUS
TURN = Twist2D(0.0, 2.0)


class Rolling:
    """A base that answers exactly as configured, at its top speed, and what it came nearest to."""

    def __init__(self, config: FilterConfig, post: tuple[float, float]) -> None:
        self._config, self._post = config, post
        self._filter = SafetyFilter(config)
        self._filter.note_sent(Twist2D(config.max_speed, 0.0))
        self.state = RobotState(0.0, 0.0, 0.0, speed=config.max_speed)
        self._hazards = Hazards(circles=[Circle(*post, POST_RADIUS)])
        self.clearance = math.inf

    def step(self, nominal: Twist2D, held: float) -> None:
        """Ask the filter, and follow its command for a time."""
        command = self._filter.step(nominal, self.state, self._hazards)
        self._follow(Twist2D(command.v, command.omega), held)

    def stand(self) -> None:
        """Tell the base to stand, and follow it until it does."""
        self._follow(Twist2D(0.0, 0.0), 20.0)

    def _follow(self, command: Twist2D, duration: float) -> None:
        state, config = self.state, self._config
        pose, v, omega = (state.x, state.y, state.heading), state.speed, state.yaw_rate
        yaw_limit = config.max_yaw_acceleration
        for _ in range(round(duration / STEP)):
            if v == omega == command.v == command.omega == 0.0:
                break
            v, mean_v = respond_speed(config, v, command.v, STEP)
            omega, mean_omega = respond(omega, command.omega, STEP, 0.0, yaw_limit)
            pose = advance(pose, mean_v, mean_omega, STEP)
            self.clearance = min(self.clearance, math.dist(pose[:2], self._post) - CONTACT)
        self.state = RobotState(*pose, speed=v, yaw_rate=omega)


def clearance(turns: int, post: tuple[float, float]) -> float:
    """Least distance to the post when told to turn in some cycles, and then to stand."""
    robot = Rolling(CONFIG, post)
    for cycle in range(turns + 4):
        robot.step(TURN if cycle < turns else Twist2D(0.0, 0.0), CONFIG.period)
    robot.stand()
    return robot.clearance


@pytest.mark.parametrize(
    'post', [(4.36, 1.93), (4.26, 2.03), (4.293, 2.005), (4.327, 2.03), (4.26, 1.98)]
)
def test_post_between_the_points_of_a_long_stop_is_not_touched(post: tuple[float, float]) -> None:
    assert clearance(5, post) >= 0.0


def posts_in_the_way(seed: int, count: int) -> list[tuple[int, tuple[float, float]]]:
    """Cycles of turning, and a post where they would lead a robot without a filter."""
    rng = np.random.default_rng(seed)
    found: list[tuple[int, tuple[float, float]]] = []
    while len(found) < count:
        turns = int(rng.integers(1, 7))
        heading = TURN.omega * turns * CONFIG.period * float(rng.uniform(0.8, 1.05))
        away = float(rng.uniform(0.8, 14.5))
        x, y = away * math.cos(heading), away * math.sin(heading)
        if y > 0.1:  # nothing that the robot cannot help touching
            found.append((turns, (x, y)))
    return found


@pytest.mark.parametrize('seed', range(4))
def test_posts_in_the_way_of_a_turn_are_not_touched(seed: int) -> None:
    for turns, post in posts_in_the_way(seed, 10):
        assert clearance(turns, post) >= 0.0, (turns, post)


@pytest.mark.parametrize('deceleration', [0.5, 0.8, 1.6])
@pytest.mark.parametrize('share', [0.3, 0.5, 0.7])
def test_post_beside_the_end_of_a_stop_that_begins_early_is_not_touched(
    deceleration: float, share: float
) -> None:
    """A cycle without odometry ends a turn before its time, while the yaw rate still rises."""
    config = replace(CONFIG, max_deceleration=deceleration, max_yaw_acceleration=33.0)
    onward = Twist2D(3.0, 2.0)
    held = round(share * config.period / STEP) * STEP
    free = Rolling(config, (1e3, 1e3))
    free.step(onward, held)
    free.stand()
    end, near = free.state, 0.9 * CONTACT
    for side in np.linspace(-1.5, 1.5, 9).tolist():
        post = (end.x + near * math.cos(side), end.y + near * math.sin(side))
        if post[1] < 0.08:  # nothing that the robot cannot help touching
            continue
        robot = Rolling(config, post)
        robot.step(onward, held)
        robot.stand()
        assert robot.clearance >= 0.0, side
