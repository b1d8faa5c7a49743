"""Rows, class-K functions, shares and margins say what the formulas say."""

import math

import numpy as np
import pytest

from vcp_cbf_safety.hazards.hazards import disc_barriers
from vcp_cbf_safety.motion.unicycle import advance, input_matrix
from vcp_cbf_safety.qp.constraints import (
    Level,
    barrier_rows,
    class_k,
    closing_speed,
    positive_part,
    sampling_margin,
)


def test_positive_part_is_exact() -> None:
    values = np.array([-1e300, -0.1, -5e-324, 0.0, 5e-324, 0.1, 1.0 / 3.0, 1e300])
    assert (positive_part(values)[[0, 1, 2, 3]] == 0.0).all()
    assert (positive_part(values)[[5, 6, 7]] == values[[5, 6, 7]]).all()


def test_class_k_is_zero_inside_the_margin() -> None:
    assert (class_k(np.array([-3.0, -1e-12, 0.0]), 2.5) == 0.0).all()


def test_class_k_grows_with_the_barrier_and_the_gain() -> None:
    h = np.linspace(0.0, 2.0, 50)
    for gain in (0.5, 2.5):
        assert (np.diff(class_k(h, gain)) > 0.0).all()
    assert (class_k(h[1:], 2.5) > class_k(h[1:], 0.5)).all()


def test_class_k_never_asks_for_more_than_the_barrier_in_one_period() -> None:
    h, period = np.linspace(0.0, 3.0, 50), 0.05
    assert (class_k(h, 1.0 / period) * period <= h + 1e-15).all()


def test_an_approaching_hazard_counts_with_its_approach() -> None:
    normals, velocities = np.array([[1.0, 0.0], [0.6, 0.8]]), np.array([[0.3, 0.9], [0.5, 0.0]])
    assert closing_speed(normals, velocities, np.ones(2)) == pytest.approx([0.3, 0.3])


def test_a_retreating_hazard_is_not_counted_on() -> None:
    assert closing_speed(np.array([[1.0, 0.0]]), np.array([[-0.7, 0.2]]), np.ones(1)) == [0.0]


@pytest.mark.parametrize('responsibility', [0.1, 0.5, 0.999])
def test_a_cooperating_peer_looks_after_its_own_motion(responsibility: float) -> None:
    share = np.array([responsibility])
    assert closing_speed(np.array([[1.0, 0.0]]), np.array([[0.9, 0.0]]), share) == [0.0]


def test_row_is_broken_exactly_when_the_point_approaches_too_fast() -> None:
    rng = np.random.default_rng(1)
    for _ in range(200):
        angle, heading, offset = rng.uniform(-4, 4), rng.uniform(-4, 4), rng.uniform(-0.3, 0.3)
        normal = np.array([[math.cos(angle), math.sin(angle)]])
        matrix, u = np.array(input_matrix(heading, offset)), rng.normal(size=2)
        approach, closing = rng.uniform(0.0, 1.0), rng.uniform(0.0, 1.0)
        rows = barrier_rows(normal, matrix, np.array([approach]), np.array([closing]))
        distance_rate = (normal @ (matrix @ u))[0] - closing
        assert (rows.G @ u - rows.h)[0] == pytest.approx(-distance_rate - approach)


def test_standing_still_satisfies_the_row_of_every_hazard_that_stands_still() -> None:
    rng = np.random.default_rng(2)
    h, normals = rng.normal(size=40), rng.normal(size=(40, 2))
    rows = barrier_rows(normals, np.array(input_matrix(0.3, 0.1)), class_k(h, 2.0), np.zeros(40))
    assert (rows.h >= 0.0).all()


def test_body_rows_have_no_yaw_rate_and_steering_rows_do() -> None:
    normals = np.array([[0.6, 0.8]])
    body = barrier_rows(normals, np.array(input_matrix(0.0, 0.0)), np.ones(1), np.zeros(1))
    steering = barrier_rows(normals, np.array(input_matrix(0.0, 0.1)), np.ones(1), np.zeros(1))
    assert body.G[0] == pytest.approx([-0.6, 0.0], abs=0.0)
    assert steering.G[0] == pytest.approx([-0.6, -0.08])


def test_rows_take_a_batch_of_points_at_once() -> None:
    rng = np.random.default_rng(4)
    normals = rng.normal(size=(2, 5, 2))
    matrices = np.array([input_matrix(0.4, 0.1), input_matrix(0.4, 0.0)])
    approach, closing = rng.uniform(size=(2, 5)), rng.uniform(size=(2, 5))
    together = barrier_rows(normals, matrices, approach, closing)
    for k in range(2):
        alone = barrier_rows(normals[k], matrices[k], approach[k], closing[k])
        assert together.G[k] == pytest.approx(alone.G)
        assert together.h[k] == pytest.approx(alone.h)


@pytest.mark.parametrize('offset', [0.1, -0.1, 0.0])
@pytest.mark.parametrize('hazard_velocity', [(0.0, 0.0), (0.5, -0.2), (-0.4, 0.3)])
def test_row_equals_the_finite_difference_of_the_barrier_along_the_motion(
    offset: float, hazard_velocity: tuple[float, float]
) -> None:
    rng = np.random.default_rng(5)
    step, velocity = 1e-5, np.array(hazard_velocity)
    for _ in range(50):
        pose = (rng.uniform(-1, 1), rng.uniform(-1, 1), rng.uniform(-4, 4))
        center, u = rng.uniform(2.0, 3.0, size=2), rng.uniform(-1.0, 1.0, size=2)

        def barrier(
            time: float,
            pose: tuple[float, float, float] = pose,
            center: np.ndarray = center,
            u: np.ndarray = u,
        ) -> tuple[float, np.ndarray]:
            x, y, heading = advance(pose, u[0], u[1], time)
            point = np.array([x + offset * math.cos(heading), y + offset * math.sin(heading)])
            found = disc_barriers(point, (center + velocity * time)[None], np.array([0.3]), 0.2)
            return float(found.h[0]), found.normals

        rate = (barrier(step)[0] - barrier(-step)[0]) / (2.0 * step)
        h, normals = barrier(0.0)
        kappa = class_k(np.array([h]), 1.5)
        rows = barrier_rows(
            normals, np.array(input_matrix(pose[2], offset)), kappa, normals @ velocity
        )
        slack = (rows.h - rows.G @ u)[0]
        assert slack == pytest.approx(rate + kappa[0], abs=1e-7)


def test_sampling_margin_is_the_bend_of_the_arc_at_full_speed() -> None:
    x, y, _ = advance((0.0, 0.0, 0.0), 1.0, 2.84, 0.05)
    bend = math.hypot(x - 1.0 * 0.05, y)
    margin = sampling_margin(1.0, 2.84, 0.05)
    assert bend <= margin <= bend * 1.01


def test_steering_rows_give_way_first_and_what_moves_is_protected_longest() -> None:
    assert Level.STEERING < Level.OBSTACLE < Level.MOVING
