"""The braking law, the reachable commands and the stop."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from vcp_cbf_safety import FilterConfig
from vcp_cbf_safety.motion.braking import (
    changes_in,
    next_of_stop,
    peers_stop,
    peers_stopping_distance,
    peers_stopping_time,
    ramp_of_turn,
    reachable_interval,
    rolling_time,
    rolls_on,
    stoppable_speed,
    stopping_distance,
    stopping_time,
    stopping_turn,
    time_to_slow,
    turning_time,
    turns_on,
    way_of_stop,
)
from vcp_cbf_safety.motion.response import respond, respond_speed

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
speeds = st.floats(0.0, 1.0)


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


def test_stoppable_speed_grows_with_distance() -> None:
    speeds = stoppable_speed(np.linspace(0.0, 5.0, 200), 0.5, 0.1)
    assert (np.diff(speeds) > 0.0).all()


@given(speeds, st.floats(0.05, 5.0), st.floats(0.0, 0.5))
def test_the_way_of_a_stop_is_that_from_whose_speed_it_can_be_stopped(
    speed: float, limit: float, reaction: float
) -> None:
    way = way_of_stop(speed, limit, reaction)
    assert stoppable_speed(way, limit, reaction) == pytest.approx(speed, abs=1e-8)
    many = way_of_stop(np.array((speed, 0.0)), limit, reaction)
    assert many.tolist() == [way, 0.0]


def test_at_an_angle_the_part_of_the_deceleration_along_the_normal_counts() -> None:
    straight = stoppable_speed(0.3, 0.4, 0.1)
    assert stoppable_speed(0.3, 0.8, 0.1, ahead=0.5) == pytest.approx(straight)
    assert stoppable_speed(0.3, 0.4, 0.1, ahead=0.0, turns=1.0) == pytest.approx(straight)
    assert stoppable_speed(0.3, 0.8, 0.1, 0.25, 0.0, 2.0, 0.1) == pytest.approx(straight)


@given(speeds, st.floats(0.0, 3.0), st.sampled_from((0.0, 0.05, 0.3)))
def test_a_base_that_is_told_to_stand_ends_where_and_when_it_is_said(
    speed: float, yaw_rate: float, lag: float
) -> None:
    config = replace(CONFIG, velocity_lag=lag, body_gain=min(CONFIG.body_gain, 0.8))
    time, turning = rolling_time(config, speed), turning_time(config, yaw_rate)
    end, mean = respond_speed(config, speed, 0.0, time + 1e-3)
    assert end <= 0.01 * config.max_deceleration * lag + 1e-9
    assert mean * (time + 1e-3) <= rolls_on(config, speed) + 1e-9
    assert rolls_on(config, speed) == pytest.approx(mean * (time + 1e-3), abs=0.01)
    end, mean = respond(yaw_rate, 0.0, turning + 1e-3, lag, config.max_yaw_acceleration)
    assert end <= 0.01 * config.max_yaw_acceleration * lag + 1e-9
    assert turns_on(config, yaw_rate) == pytest.approx(mean * (turning + 1e-3), abs=0.01)
    assert speed * config.hold_time + rolls_on(config, speed) <= (
        stopping_distance(config, speed) + 1e-9
    )
    assert yaw_rate * config.hold_time + turns_on(config, yaw_rate) <= (
        stopping_turn(config, yaw_rate) + 1e-9
    )


@given(speeds, st.floats(0.01, 0.5), st.sampled_from((0.0, 0.05, 0.3)))
def test_a_base_is_slow_when_it_is_said(speed: float, slow: float, lag: float) -> None:
    config = replace(CONFIG, velocity_lag=lag, body_gain=min(CONFIG.body_gain, 0.8))
    end, _ = respond_speed(config, speed, 0.0, time_to_slow(config, speed, slow) + 1e-12)
    assert end == pytest.approx(min(speed, slow), abs=1e-6)


@given(st.floats(-1.5, 1.5), st.floats(-1.0, 1.0))
def test_a_peers_stop_is_that_of_a_base_that_reacts_and_then_brakes(
    speed: float, yaw_rate: float
) -> None:
    reaction, limit = CONFIG.hold_time + CONFIG.velocity_lag, CONFIG.peer_min_deceleration
    standing = peers_stopping_time(CONFIG, speed)
    times = np.linspace(0.0, standing, 4001)
    rates = np.maximum(abs(speed) - limit * np.maximum(times - reaction, 0.0), 0.0)
    ways = np.concatenate(((0.0,), np.cumsum(0.5 * (rates[1:] + rates[:-1]) * times[1])))
    for index in (0, 700, 2500, 4000):
        way, turn = peers_stop(CONFIG, speed, yaw_rate, float(times[index]))
        assert way == pytest.approx(np.copysign(ways[index], speed), abs=1e-6)
        assert abs(turn) <= abs(yaw_rate) * times[index] + 1e-12
    assert peers_stopping_distance(CONFIG, speed) == pytest.approx(ways[-1], abs=1e-6)


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


# Answers within a tenth of a second, and brakes with 0.8 m/s^2 and 4 rad/s^2.
LAGGING = replace(CONFIG, velocity_lag=0.1, period_jitter=0.01)


@pytest.mark.parametrize('longer', [0.0, 0.3])
def test_a_stop_that_begins_later_takes_that_much_more(longer: float) -> None:
    """The base reacts after 0.06 s and its lag; after five lags it stands."""
    told = (longer,) if longer else ()
    way = 0.5 * (0.16 + longer) + 0.5**2 / 1.6
    assert stopping_distance(LAGGING, -0.5, *told) == pytest.approx(way)
    turn = 1.2 * (0.16 + longer) + 1.2**2 / 8.0
    assert stopping_turn(LAGGING, -1.2, *told) == pytest.approx(turn)
    time = 0.06 + longer + 0.5 / 0.8 + 0.5
    assert stopping_time(LAGGING, -0.5, *told) == pytest.approx(time)


def test_a_turn_ends_with_its_deceleration_and_the_lag() -> None:
    assert turning_time(LAGGING, -1.2) == pytest.approx(1.2 / 4.0 + 0.5)
    assert turning_time(LAGGING, 1.0) == pytest.approx(1.0 / 4.0 + 0.5)
    assert turning_time(LAGGING, 0.0) == 0.0


@pytest.mark.parametrize(
    ('start', 'target', 'seconds'),
    [(0.2, 1.4, 0.2), (1.4, 0.2, 0.2), (-0.6, 0.6, 0.2), (0.5, 0.8, 0.0), (0.3, 0.3, 0.0)],
)
def test_a_yaw_rate_changes_with_its_limit_until_the_lag_takes_over(
    start: float, target: float, seconds: float
) -> None:
    """That is where what is left of the change is the limit times the lag: 0.4 rad/s."""
    assert ramp_of_turn(LAGGING, start, target) == pytest.approx(seconds)


def test_what_a_base_changes_in_some_time_is_its_limits_times_that() -> None:
    config = replace(CONFIG, max_acceleration=0.5)
    assert changes_in(config, 0.2) == pytest.approx((0.1, 0.16, 0.8))
