"""Properties of the exact arc and of the control point for any pose and command."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcp_cbf_safety.motion.unicycle import advance, input_matrix
from vcp_cbf_safety.qp.constraints import sampling_margin

POSES = st.tuples(
    st.floats(-10.0, 10.0), st.floats(-10.0, 10.0), st.floats(-2.0 * math.pi, 2.0 * math.pi)
)
SPEEDS = st.floats(-3.0, 3.0)
YAW_RATES = st.floats(-10.0, 10.0)
TIMES = st.floats(0.0, 2.0)


@given(pose=POSES, v=SPEEDS, omega=YAW_RATES, duration=TIMES)
def test_going_back_in_time_undoes_the_motion(
    pose: tuple[float, float, float], v: float, omega: float, duration: float
) -> None:
    there = advance(pose, v, omega, duration)
    assert advance(there, v, omega, -duration) == pytest.approx(pose, abs=1e-9)


@given(pose=POSES, v=SPEEDS, omega=YAW_RATES, first=TIMES, second=TIMES)
def test_two_stretches_of_a_command_are_one_longer_stretch(
    pose: tuple[float, float, float], v: float, omega: float, first: float, second: float
) -> None:
    twice = advance(advance(pose, v, omega, first), v, omega, second)
    assert twice == pytest.approx(advance(pose, v, omega, first + second), abs=1e-9)


@given(pose=POSES, v=SPEEDS, omega=YAW_RATES, duration=TIMES)
def test_the_chord_is_never_longer_than_the_way(
    pose: tuple[float, float, float], v: float, omega: float, duration: float
) -> None:
    x, y, heading = advance(pose, v, omega, duration)
    assert math.hypot(x - pose[0], y - pose[1]) <= abs(v) * duration + 1e-9
    assert heading == pytest.approx(pose[2] + omega * duration, abs=1e-9)


@given(pose=POSES, v=SPEEDS, omega=YAW_RATES, duration=TIMES)
def test_fine_runge_kutta_steps_end_at_the_same_pose(
    pose: tuple[float, float, float], v: float, omega: float, duration: float
) -> None:
    x, y, heading = pose
    steps = 64
    dt = duration / steps
    for _ in range(steps):
        # The yaw rate is constant: Runge-Kutta of order four is Simpson's rule on the velocity.
        headings = (heading, heading + 0.5 * omega * dt, heading + omega * dt)
        x += v * dt * sum(w * math.cos(a) for w, a in zip((1, 4, 1), headings, strict=True)) / 6
        y += v * dt * sum(w * math.sin(a) for w, a in zip((1, 4, 1), headings, strict=True)) / 6
        heading = headings[2]
    assert advance(pose, v, omega, duration) == pytest.approx((x, y, heading), abs=1e-5)


@given(
    pose=POSES,
    v=SPEEDS,
    omega=YAW_RATES,
    duration=TIMES,
    share=st.floats(0.0, 1.0),
    top=st.floats(1.0, 2.0),
)
def test_sampling_margin_bounds_the_bend_of_any_arc(
    pose: tuple[float, float, float],
    v: float,
    omega: float,
    duration: float,
    share: float,
    top: float,
) -> None:
    margin = sampling_margin(abs(v) * top, abs(omega) * top, duration)
    now = share * duration
    x, y, _ = advance(pose, v, omega, now)
    tangent = (pose[0] + v * now * math.cos(pose[2]), pose[1] + v * now * math.sin(pose[2]))
    assert math.dist((x, y), tangent) <= margin + 1e-9


@given(pose=POSES, v=SPEEDS, omega=st.floats(-3.0, 3.0), offset=st.floats(-1.0, 1.0))
def test_control_point_moves_as_the_input_matrix_says(
    pose: tuple[float, float, float], v: float, omega: float, offset: float
) -> None:
    def point(time: float) -> np.ndarray:
        x, y, heading = advance(pose, v, omega, time)
        return np.array([x + offset * math.cos(heading), y + offset * math.sin(heading)])

    step = 1e-4
    difference = (point(step) - point(-step)) / (2.0 * step)
    velocity = np.array(input_matrix(pose[2], offset)) @ [v, omega]
    assert velocity == pytest.approx(difference, abs=1e-6)
