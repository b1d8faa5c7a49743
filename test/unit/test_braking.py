"""The braking law, the reachable commands and the stop."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from vcp_cbf_safety import FilterConfig, Twist2D
from vcp_cbf_safety.braking import ramp_down, reachable_interval, stoppable_speed

CONFIG = FilterConfig(
    body_radius=0.2,
    vcp_offset=0.1,
    period=0.05,
    min_speed=-0.5,
    max_speed=1.0,
    max_yaw_rate=2.0,
    max_deceleration=0.8,
    max_yaw_acceleration=4.0,
)


@pytest.mark.parametrize('distance', [0.001, 0.05, 0.4, 3.0])
@pytest.mark.parametrize('reaction', [0.0, 0.1, 0.5])
def test_braking_from_the_stoppable_speed_uses_the_distance_up(
    distance: float, reaction: float
) -> None:
    a = 0.7
    speed = float(stoppable_speed(np.array(distance), a, reaction))
    rolling = speed * reaction
    stop = solve_ivp(lambda t, s: [s[1], -a], (0.0, speed / a), [rolling, speed], rtol=1e-10)
    assert stop.y[0, -1] == pytest.approx(distance, rel=1e-6, abs=1e-8)


def test_nothing_may_approach_at_or_inside_the_margin() -> None:
    assert stoppable_speed(np.array([-1.0, -1e-3, 0.0]), 1.0, 0.2) == pytest.approx(0.0, abs=1e-8)


def test_stoppable_speed_grows_with_distance() -> None:
    speeds = stoppable_speed(np.linspace(0.0, 5.0, 200), 0.5, 0.1)
    assert (np.diff(speeds) > 0.0).all()


def test_standing_and_the_nominal_command_are_always_within_reach() -> None:
    rng = np.random.default_rng(0)
    for _ in range(500):
        now = tuple(rng.uniform(-2.0, 2.0, 2))
        nominal = float(rng.uniform(-0.5, 1.0))
        low, high = reachable_interval(now, nominal, 0.05, (-0.5, 1.0))
        assert low <= min(0.0, nominal)
        assert max(0.0, nominal) <= high
        assert low >= -0.5
        assert high <= 1.0


def test_filter_speeds_up_no_faster_than_the_base() -> None:
    assert reachable_interval((0.2, 0.2), 0.0, 0.05, (-0.5, 1.0)) == (0.0, 0.25)
    assert reachable_interval((-0.2, -0.2), 0.0, 0.05, (-0.5, 1.0)) == (-0.25, 0.0)


def test_stop_ramps_down_with_the_deceleration_and_ends_at_zero() -> None:
    command, speeds = Twist2D(0.5, -1.0), []
    while command.v or command.omega:
        command = ramp_down(CONFIG, command, 0.05)
        speeds.append(command)
        assert len(speeds) < 100
    assert speeds[0] == Twist2D(pytest.approx(0.46), pytest.approx(-0.8))
    assert len(speeds) == 13  # 0.5 m/s in steps of 0.04 m/s
    assert all(s.v >= 0.0 >= s.omega for s in speeds)
