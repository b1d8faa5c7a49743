"""Properties of distance barriers and of the rows made from them."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from vcp_cbf_safety.hazards.hazards import Arena, disc_barriers, wall_barriers, walls_of
from vcp_cbf_safety.motion.unicycle import advance, input_matrix
from vcp_cbf_safety.qp.constraints import barrier_rows, class_k, closing_speed

COORDINATES = st.floats(-5.0, 5.0)
POINTS = st.tuples(COORDINATES, COORDINATES)
RADII = st.floats(0.0, 2.0)
ANGLES = st.floats(-math.pi, math.pi)
STEPS = st.tuples(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
WALLS = walls_of(Arena(-6.0, -4.0, 5.0, 7.0))


def disc(point: tuple[float, float], center: tuple[float, float], radius: float) -> tuple:
    """Barrier and normal of one disc."""
    found = disc_barriers(np.array(point), np.array([center]), np.array([radius]), 0.2)
    return float(found.h[0]), found.normals[0]


@given(point=POINTS, center=POINTS, radius=RADII)
def test_normal_of_a_disc_is_the_gradient_of_its_barrier(
    point: tuple[float, float], center: tuple[float, float], radius: float
) -> None:
    assume(math.dist(point, center) > 1e-2)
    step = 1e-6
    _, normal = disc(point, center, radius)
    gradient = [
        (
            disc((point[0] + dx, point[1] + dy), center, radius)[0]
            - disc((point[0] - dx, point[1] - dy), center, radius)[0]
        )
        / (2.0 * step)
        for dx, dy in ((step, 0.0), (0.0, step))
    ]
    assert normal == pytest.approx(gradient, abs=1e-7)
    assert np.linalg.norm(normal) == pytest.approx(1.0)


@given(point=POINTS)
def test_normal_of_a_wall_is_the_gradient_of_its_barrier(point: tuple[float, float]) -> None:
    step = 1e-3
    moved = [
        wall_barriers(np.array(point) + d, WALLS.normals, WALLS.offsets, 0.2).h
        for d in ((step, 0.0), (-step, 0.0), (0.0, step), (0.0, -step))
    ]
    gradient = np.column_stack([moved[0] - moved[1], moved[2] - moved[3]]) / (2.0 * step)
    normals = wall_barriers(np.array(point), WALLS.normals, WALLS.offsets, 0.2).normals
    assert normals == pytest.approx(gradient, abs=1e-9)


@given(point=POINTS, displacement=STEPS, center=POINTS, radius=RADII)
def test_straight_step_never_loses_more_than_the_linear_row_says(
    point: tuple[float, float],
    displacement: tuple[float, float],
    center: tuple[float, float],
    radius: float,
) -> None:
    h, normal = disc(point, center, radius)
    after, _ = disc((point[0] + displacement[0], point[1] + displacement[1]), center, radius)
    assert after >= h + normal @ displacement - 1e-9


@given(point=POINTS, displacement=STEPS)
def test_straight_step_towards_a_wall_is_linear(
    point: tuple[float, float], displacement: tuple[float, float]
) -> None:
    before = wall_barriers(np.array(point), WALLS.normals, WALLS.offsets, 0.2)
    after = wall_barriers(
        np.array(point) + np.array(displacement), WALLS.normals, WALLS.offsets, 0.2
    )
    assert after.h == pytest.approx(before.h + before.normals @ displacement, abs=1e-12)


@given(point=POINTS, center=POINTS, radius=RADII, angle=ANGLES, shift=POINTS)
def test_barrier_does_not_depend_on_where_the_world_frame_is(
    point: tuple[float, float],
    center: tuple[float, float],
    radius: float,
    angle: float,
    shift: tuple[float, float],
) -> None:
    def moved(p: tuple[float, float]) -> tuple[float, float]:
        c, s = math.cos(angle), math.sin(angle)
        return c * p[0] - s * p[1] + shift[0], s * p[0] + c * p[1] + shift[1]

    assert disc(moved(point), moved(center), radius)[0] == pytest.approx(
        disc(point, center, radius)[0], abs=1e-9
    )


@given(
    position=POINTS,
    heading=ANGLES,
    v=st.floats(-1.5, 1.5),
    omega=st.floats(-3.0, 3.0),
    offset=st.floats(-0.5, 0.5),
    center=POINTS,
    velocity=st.tuples(st.floats(-1.0, 1.0), st.floats(-1.0, 1.0)),
)
def test_slack_of_a_row_is_the_change_of_the_barrier_plus_its_class_k(
    position: tuple[float, float],
    heading: float,
    v: float,
    omega: float,
    offset: float,
    center: tuple[float, float],
    velocity: tuple[float, float],
) -> None:
    def barrier(time: float) -> tuple:
        x, y, at = advance((*position, heading), v, omega, time)
        point = (x + offset * math.cos(at), y + offset * math.sin(at))
        hazard = (center[0] + velocity[0] * time, center[1] + velocity[1] * time)
        return disc(point, hazard, 0.3)

    h, normal = barrier(0.0)
    assume(h > -0.3)
    step = 1e-5
    rate = (barrier(step)[0] - barrier(-step)[0]) / (2.0 * step)
    kappa, closing = class_k(h, 1.5), normal @ velocity
    rows = barrier_rows(
        normal[None],
        np.array(input_matrix(heading, offset)),
        np.array([kappa]),
        np.array([closing]),
    )
    assert (rows.h - rows.G @ [v, omega])[0] == pytest.approx(rate + kappa, abs=1e-5)
    clipped = closing_speed(normal[None], np.array([velocity]), np.ones(1))
    assert clipped[0] >= closing - 1e-12


@given(
    centers=st.tuples(POINTS, POINTS),
    headings=st.tuples(ANGLES, ANGLES),
    commands=st.tuples(STEPS, STEPS),
    share=st.floats(0.05, 0.95),
)
def test_shares_of_two_cooperating_robots_add_up_to_the_whole_row(
    centers: tuple, headings: tuple[float, float], commands: tuple, share: float
) -> None:
    """If each keeps its share, the distance between both shrinks no faster than kappa."""
    assume(math.dist(*centers) > 0.6)
    rows, rates = [], []
    for own, other, part in ((0, 1, share), (1, 0, 1.0 - share)):
        h, normal = disc(centers[own], centers[other], 0.3)
        approach = np.array([part * class_k(h, 2.0)])
        row = barrier_rows(
            normal[None], np.array(input_matrix(headings[own], 0.0)), approach, np.zeros(1)
        )
        rows.append(float((row.h - row.G @ commands[own])[0]))
        rates.append(normal @ np.array(input_matrix(headings[own], 0.0)) @ commands[own])
    h, _ = disc(centers[0], centers[1], 0.3)
    assert sum(rows) == pytest.approx(sum(rates) + class_k(h, 2.0), abs=1e-9)


@given(h=st.floats(-5.0, 5.0), gain=st.floats(0.01, 20.0), more=st.floats(0.0, 5.0))
def test_class_k_never_falls_and_is_zero_at_zero(h: float, gain: float, more: float) -> None:
    assert class_k(h + more, gain) >= class_k(h, gain) >= 0.0
    assert class_k(min(h, 0.0), gain) == 0.0
