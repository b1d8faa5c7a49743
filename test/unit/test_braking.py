"""The braking law, the reachable commands and the stop."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from vcp_cbf_safety import FilterConfig
from vcp_cbf_safety.braking import next_of_stop, reachable_interval, stoppable_speed
from vcp_cbf_safety.response import respond_speed

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


def test_a_stop_brakes_a_base_as_hard_as_a_command_to_stand() -> None:
    gentle = hard = 0.9
    told, commands = 0.9, []
    for _ in range(40):
        told = next_of_stop(CONFIG, gentle, told)
        commands.append(told)
        gentle, _ = respond_speed(CONFIG, gentle, told, CONFIG.hold_time)
        hard, _ = respond_speed(CONFIG, hard, 0.0, CONFIG.hold_time)
        assert gentle == pytest.approx(hard, abs=1e-12)
    assert commands[0] > 0.5
    assert commands == sorted(commands, reverse=True)
    assert commands[-1] == 0.0


def test_a_stop_never_asks_for_more_than_was_asked_before_nor_for_another_direction() -> None:
    assert next_of_stop(CONFIG, 0.9, 0.1) == 0.1
    assert next_of_stop(CONFIG, -0.9, -0.1) == -0.1
    assert next_of_stop(CONFIG, 0.9, -0.1) == 0.0
    assert next_of_stop(CONFIG, 0.0, 0.5) == 0.0
