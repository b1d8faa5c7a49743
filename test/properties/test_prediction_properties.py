"""The response of a base, for any speed, target and limits."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vcp_cbf_safety import FilterConfig
from vcp_cbf_safety.motion.response import respond_speed

SPEEDS = st.floats(-2.0, 2.0)
LIMITS = st.floats(0.05, 8.0)
LAGS = st.one_of(st.just(0.0), st.floats(0.01, 0.5))
TIMES = st.floats(0.001, 1.0)


def base(lag: float, acceleration: float, deceleration: float) -> FilterConfig:
    """A base with this response."""
    return FilterConfig(
        body_radius=0.2,
        vcp_offset=0.1,
        period=0.05,
        min_speed=-2.0,
        max_speed=2.0,
        max_yaw_rate=2.0,
        velocity_lag=lag,
        max_acceleration=acceleration,
        max_deceleration=deceleration,
        body_gain=0.5,
    )


@given(start=SPEEDS, target=SPEEDS, lag=LAGS, up=LIMITS, down=LIMITS, duration=TIMES)
# Too slow for the logarithm of the reversal to tell from standing: divided by zero.
@example(start=1e-17, target=-0.1, lag=0.1, up=1.0, down=2.0, duration=0.02)
@example(start=-1e-52, target=0.1, lag=0.1, up=1.0, down=2.0, duration=0.02)
@example(start=5e-324, target=-0.1, lag=0.1, up=1.0, down=2.0, duration=0.02)
def test_speed_stays_between_start_and_target_and_so_does_its_mean(
    start: float, target: float, lag: float, up: float, down: float, duration: float
) -> None:
    end, mean = respond_speed(base(lag, up, down), start, target, duration)
    low, high = min(start, target) - 1e-9, max(start, target) + 1e-9
    assert low <= end <= high
    assert low <= mean <= high


@given(
    start=SPEEDS, target=SPEEDS, lag=LAGS, up=LIMITS, down=LIMITS, duration=TIMES,
    share=st.floats(0.05, 0.95),
)  # fmt: skip
# A base that speeds up faster than it brakes was predicted to lag behind where it was.
@example(start=0.0, target=1.0, lag=0.1, up=4.0, down=0.5, duration=0.5, share=0.5)
@example(start=0.5, target=-0.5, lag=0.1, up=4.0, down=0.5, duration=1.0, share=0.8)
def test_two_stretches_of_a_response_are_one_longer_stretch(
    start: float, target: float, lag: float, up: float, down: float, duration: float, share: float
) -> None:
    config, first = base(lag, up, down), share * duration
    halfway, mean_before = respond_speed(config, start, target, first)
    end, mean_after = respond_speed(config, halfway, target, duration - first)
    whole, mean = respond_speed(config, start, target, duration)
    assert end == pytest.approx(whole, abs=1e-6)
    gone = mean_before * first + mean_after * (duration - first)
    assert gone == pytest.approx(mean * duration, abs=1e-6)


@given(start=SPEEDS, target=SPEEDS, lag=LAGS, up=LIMITS, down=LIMITS, duration=TIMES)
@example(start=0.0, target=1.0, lag=0.1, up=4.0, down=0.5, duration=0.1)
def test_speed_changes_no_faster_than_the_limits_and_as_fast_where_no_lag_holds_it(
    start: float, target: float, lag: float, up: float, down: float, duration: float
) -> None:
    end, _ = respond_speed(base(lag, up, down), start, target, duration)
    gained = max(0.0, abs(end) - abs(start)) if start * end >= 0.0 else abs(end)
    lost = max(0.0, abs(start) - abs(end)) if start * end >= 0.0 else abs(start)
    assert gained / up + lost / down <= duration + 1e-6
    if lag == 0.0 and not math.isclose(end, target, abs_tol=1e-9):
        assert gained / up + lost / down == pytest.approx(duration, abs=1e-6)
