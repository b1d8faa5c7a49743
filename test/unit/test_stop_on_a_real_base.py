"""Stops at any time, and bases that speed up faster than they brake, in a finer simulation."""

import math
from collections import deque
from dataclasses import replace

import numpy as np
import pytest

from vcp_cbf_safety import Arena, FilterConfig, Hazards, RobotState, SafetyFilter, Twist2D
from vcp_cbf_safety.motion.prediction import MEMORY, CommandHistory
from vcp_cbf_safety.motion.response import respond_speed

STEP = 0.005
BASE = FilterConfig(
    body_radius=0.2,
    vcp_offset=0.1,
    period=0.02,
    min_speed=-1.0,
    max_speed=1.0,
    max_yaw_rate=2.0,
    actuation_delay=0.1,
    velocity_lag=0.1,
)


def base(config, v, told, step=STEP):
    """Speed of a base with lag after one step: one limit upwards, another to zero."""
    speeding = v * told >= 0.0 and abs(told) > abs(v)
    limit = (config.max_acceleration if speeding else config.max_deceleration) * step
    return v + float(np.clip((told - v) * step / config.velocity_lag, -limit, limit))


@pytest.mark.parametrize(('speed_up', 'slow_down'), [(1.0, 1.0), (2.0, 0.5), (0.4, 1.5)])
@pytest.mark.parametrize('target', [1.0, 0.2, 0.03, 0.0, -0.03, -0.2, -1.0])
@pytest.mark.parametrize('start', [0.0, 0.4, -0.7])
def test_the_predicted_speed_is_that_of_the_base(speed_up, slow_down, start, target):
    config = replace(BASE, max_acceleration=speed_up, max_deceleration=slow_down)
    for duration in (0.03, 0.3, 1.2):
        v, way, fine = start, 0.0, 1e-4
        for _ in range(round(duration / fine)):
            new = base(config, v, target, fine)
            way += 0.5 * (v + new) * fine
            v = new
        end, mean = respond_speed(config, start, target, duration)
        assert end == pytest.approx(v, abs=2e-3)
        assert mean * duration == pytest.approx(way, abs=2e-3)


def drive(config, driver, *, half, seconds, start=(0.0, 0.0, 0.0), age=0.05, brake_at=math.inf):
    """Smallest distance of the body to the walls, before and after `brake_at`."""
    subject, hazards = SafetyFilter(config), Hazards(Arena(-half, -half, half, half))
    (x, y, heading), v, omega, told = start, 0.0, 0.0, Twist2D(0.0, 0.0)
    seen = deque([(x, y, heading, v, omega)], maxlen=round(age / STEP) + 1)
    waiting: deque = deque()
    free = [math.inf, math.inf]
    every = round(config.period / STEP)
    for k in range(round(seconds / STEP)):
        now = k * STEP
        if k % every == 0:
            if now >= brake_at:
                command = subject.brake('odometry is stale', config.period)
            else:
                old = RobotState(*seen[0][:3], *seen[0][3:], age=(len(seen) - 1) * STEP)
                command = subject.step(driver(now, heading), old, hazards, config.period)
            waiting.append((now + config.actuation_delay, Twist2D(command.v, command.omega)))
        while waiting and waiting[0][0] <= now + 1e-9:
            told = waiting.popleft()[1]
        v = base(config, v, told.v)
        reach = config.max_yaw_acceleration * STEP
        gap = (told.omega - omega) * STEP / config.velocity_lag
        omega += float(np.clip(gap, -reach, reach))
        heading += omega * STEP
        x, y = x + v * math.cos(heading) * STEP, y + v * math.sin(heading) * STEP
        seen.append((x, y, heading, v, omega))
        after = int(now >= brake_at)
        free[after] = min(free[after], half - max(abs(x), abs(y)) - config.body_radius)
    return free


@pytest.mark.parametrize('turn', [0.6, 1.2, 1.5])
def test_a_stop_in_the_middle_of_a_curve_keeps_off_the_wall(turn):
    config = replace(
        BASE, min_speed=-0.2, max_speed=1.5, max_deceleration=1.0, max_yaw_acceleration=3.0
    )

    def into_the_wall(now, heading):
        return Twist2D(1.5, 2.0 if now > turn else -heading)

    start = (-2.5, 2.25, 0.0)
    after = [
        drive(config, into_the_wall, half=3.0, seconds=t + 3.0, start=start, brake_at=t)[1]
        for t in np.arange(turn, turn + 1.0, 0.06)
    ]
    assert min(after) >= 0.5 * config.margin


@pytest.mark.parametrize('seed', range(3))
def test_a_base_that_speeds_up_faster_than_it_brakes_touches_nothing(seed):
    config = replace(BASE, max_acceleration=2.0, max_deceleration=0.5)
    rng = np.random.default_rng(seed)
    commands = np.column_stack(
        (rng.choice((1.0, 1.0, -1.0), 99), rng.choice((-2.0, 0.0, 2.0), 99))
    )

    def bang_bang(now, heading):
        return Twist2D(*commands[int(now / 0.7)].tolist())

    free, _ = drive(config, bang_bang, half=1.2, seconds=20.0, age=0.1)
    assert free >= 0.0


def test_the_command_in_force_as_long_ago_as_is_remembered_is_still_known():
    history = CommandHistory()
    history.send(Twist2D(0.5, 0.0))
    history.elapse(MEMORY - 0.1)
    history.send(Twist2D(0.6, 0.0))
    history.elapse(0.2)
    assert history.in_force(MEMORY, MEMORY - 0.05) == [(pytest.approx(0.05), Twist2D(0.5, 0.0))]
