"""Rows of hazards: what a relaxed row still keeps, and what giving way may ask."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcp_cbf_safety.hazards.hazards import Barriers
from vcp_cbf_safety.motion.unicycle import disc_input_matrix, input_matrix
from vcp_cbf_safety.qp.constraints import Rows, barrier_rows, lesser, limit_retreat, positive_part
from vcp_cbf_safety.qp.rows import ABEAM, Care, hazard_rows

angles = st.floats(-math.pi, math.pi)
speeds = st.floats(-2.0, 2.0)


def care(deceleration: float = 0.8) -> Care:
    return Care(
        gains=np.array(((1.0,), (2.5,))),
        hold_time=0.06,
        deceleration=deceleration,
        turns=np.array(((1.0,), (0.0,))),
        reaction_time=0.16,
        max_yaw_rate=2.0,
    )


def rows_at(h: float, bearing: float, heading: float, velocity: tuple[float, float]):
    normal = np.array([[math.cos(bearing), math.sin(bearing)]])
    barriers = Barriers(np.array([[h], [h]]), np.stack([normal, normal]))
    matrices = np.array([input_matrix(heading, offset) for offset in (0.1, 0.0)])
    return hazard_rows(barriers, matrices, np.array([velocity]), np.ones(1), care())


@given(st.floats(-5.0, 5.0), st.floats(-5.0, 5.0))
def test_positive_part_and_lesser_are_maximum_and_minimum(a: float, b: float) -> None:
    assert positive_part(np.float64(a)) == max(a, 0.0)
    assert abs(lesser(np.float64(a), np.float64(b)) - min(a, b)) < 1e-12


@given(st.floats(-1.0, 3.0), angles, angles)
def test_standing_keeps_every_row_of_what_stands_still(h: float, bearing: float, heading: float):
    rows, caps = rows_at(h, bearing, heading, (0.0, 0.0))
    assert (rows.h >= 0.0).all()
    assert (caps >= 0.0).all()


@given(st.floats(-1.0, 0.0), angles, angles)
def test_nothing_may_approach_at_or_inside_the_margin(h: float, bearing: float, heading: float):
    rows, caps = rows_at(h, bearing, heading, (0.0, 0.0))
    assert rows.h == pytest.approx(0.0, abs=1e-8)
    assert caps == pytest.approx(0.0, abs=1e-8)


@given(st.floats(-1.0, 3.0), angles, angles, speeds, speeds)
def test_caps_are_never_tighter_than_the_rows(
    h: float, bearing: float, heading: float, vx: float, vy: float
) -> None:
    rows, caps = rows_at(h, bearing, heading, (vx, vy))
    assert (caps[1] >= rows.h[1] - 1e-9).all()
    assert (caps >= 0.0).all()


def test_positive_part_and_lesser_of_tensors_are_those_of_arrays() -> None:
    torch = pytest.importorskip('torch')
    values = np.array([-2.0, -0.0, 0.5, math.nan, 3.0])
    others = np.array([1.0, -1.0, 0.75, 0.0, math.nan])
    first, second = torch.tensor(values), torch.tensor(others)
    assert np.array_equal(positive_part(first).numpy(), positive_part(values), equal_nan=True)
    assert np.array_equal(lesser(first, second).numpy(), lesser(values, others), equal_nan=True)


def stoppable(h: float, deceleration: float = 0.8) -> float:
    """Speed from which a robot with this care stops within h, worked out from the motion."""
    speed = np.linspace(0.0, 5.0, 500001)
    return float(speed[speed * 0.16 + speed**2 / (2.0 * deceleration) <= h][-1])


@pytest.mark.parametrize('h', [0.05, 0.4, 2.0])
def test_relaxed_row_keeps_the_speed_that_can_be_stopped_less_what_the_hazard_closes_in(
    h: float,
) -> None:
    still = rows_at(h, math.pi, 0.0, (0.0, 0.0))[1]
    assert still == pytest.approx(stoppable(h), abs=1e-4)
    leaves = rows_at(h, math.pi, 0.0, (0.4, 0.0))[1]
    assert (leaves == still).all()
    comes = rows_at(h, math.pi, 0.0, (-0.1, 0.0))[1]
    assert comes == pytest.approx(stoppable(h) - 0.1, abs=1e-4)
    aslant = rows_at(h, math.pi, 0.0, (-0.1, 3.0))[1]
    assert aslant == pytest.approx(stoppable(h) - 0.1, abs=1e-4)


def test_relaxed_row_never_asks_for_a_retreat() -> None:
    for h in (-0.2, 0.0, 0.05, 0.4):
        assert (rows_at(h, math.pi, 0.0, (-3.0, 0.0))[1] == 0.0).all()


@given(angles, angles, st.floats(0.0, 2.0))
def test_retreat_that_is_asked_can_be_given_without_more_speed_than_the_hazard_has(
    bearing: float, heading: float, demand: float
) -> None:
    normal = np.array([[math.cos(bearing), math.sin(bearing)]])
    for offset in (0.1, 0.0):
        matrix = np.array(input_matrix(heading, offset))
        plain = barrier_rows(normal, matrix, np.zeros(1), np.array([demand]))
        asked = limit_retreat(plain, 2.0)
        assert asked.h[0] >= plain.h[0] - 1e-12
        away = demand * (normal[0] @ matrix)  # v, and offset squared omega
        v = float(away[0])
        omega = 0.0 if offset == 0.0 else float(np.clip(away[1] / offset**2, -2.0, 2.0))
        assert abs(v) <= demand + 1e-12
        assert asked.G[0] @ (v, omega) <= asked.h[0] + 1e-9


def test_rows_that_ask_for_nothing_are_not_changed() -> None:
    rows = Rows(np.array([[0.3, 0.1], [-1.0, 0.0]]), np.array([0.0, 0.7]))
    assert (limit_retreat(rows, 1.0).h == rows.h).all()


def test_hazard_from_the_side_asks_for_no_speed() -> None:
    rows, _ = rows_at(0.05, math.pi / 2.0, 0.0, (0.0, 1.0))
    assert abs(rows.h[1, 0]) < 1e-12


def test_approach_at_an_angle_counts_only_the_braking_along_the_heading() -> None:
    """Along the path the way to the hazard is h / |n.e|; the robot must stop within it."""
    h, bearing = 0.2, math.radians(120.0)
    rows, _ = rows_at(h, bearing, 0.0, (0.0, 0.0))
    closing = math.cos(math.radians(60.0))
    speed = rows.h[1, 0] / closing
    assert speed * 0.16 + speed**2 / (2.0 * 0.8) <= h / closing + 1e-9


@pytest.mark.parametrize('side', [1.0, -1.0])
def test_driving_does_not_approach_what_is_abeam_but_for_rounding(side: float) -> None:
    for off, limits in ((0.9 * ABEAM, False), (1.1 * ABEAM, True)):
        rows, _ = rows_at(-0.05, side * (0.5 * math.pi + off), 0.0, (0.0, 0.0))
        assert bool(rows.G[1, 0, 0] > 0.0) is limits
        assert bool(rows.G[1, 0, 0] == 0.0) is not limits


def test_retreat_that_is_asked_is_what_driving_and_turning_can_give() -> None:
    """Of 1 m/s, 0.6 of the normal along the heading: driving gives 0.36, turning 2 x 0.05."""
    rows = Rows(np.array([[-0.6, -0.05], [0.6, 0.5], [-0.6, 0.0]]), np.array([-1.0, -1.0, -1.0]))
    assert limit_retreat(rows, 2.0).h == pytest.approx([-0.46, -1.0, -0.36])


def test_a_disc_off_the_axle_is_also_stopped_by_the_end_of_the_turn() -> None:
    """0.6 of the normal lie along the heading; turning moves the disc along it by 0.3 m/rad."""
    h, normal = 0.4, np.array([[0.6, 0.8]])
    matrix = np.array(disc_input_matrix(1.0, 0.0, 0.375, 0.0))
    of_disc = Care(
        gains=np.array(100.0), hold_time=0.001, deceleration=0.8, turns=np.array(0.0),
        reaction_time=0.16, max_yaw_rate=2.0, yaw_deceleration=3.0,
    )  # fmt: skip
    _, caps = hazard_rows(
        Barriers(np.array([h]), normal), matrix, np.zeros((1, 2)), np.ones(1), of_disc
    )
    assert caps == pytest.approx(stoppable(h, 0.6 * 0.8 + 0.3 * 3.0), abs=1e-4)
