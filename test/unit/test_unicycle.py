"""The unicycle's motion and control point against integration and finite differences."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from vcp_cbf_safety.motion.unicycle import (
    RobotState,
    Twist2D,
    advance,
    disc_input_matrix,
    input_matrix,
)

COMMANDS = [
    (0.5, 0.0),
    (0.5, 1.2),
    (-0.3, 2.84),
    (0.0, -1.5),
    (1.0, 1e-9),
    (-1.0, -1e-5),
    (0.2, 30.0),
]


def integrate(
    pose: tuple[float, float, float], v: float, omega: float, duration: float
) -> tuple[float, float, float]:
    """Move a pose by numerical integration of the equations of motion."""
    solution = solve_ivp(
        lambda _, s: [v * math.cos(s[2]), v * math.sin(s[2]), omega],
        (0.0, duration),
        pose,
        rtol=1e-11,
        atol=1e-12,
    )
    return tuple(solution.y[:, -1].tolist())


@pytest.mark.parametrize(('v', 'omega'), COMMANDS)
def test_arc_agrees_with_numerical_integration(v: float, omega: float) -> None:
    pose = (0.3, -1.2, 2.5)
    assert advance(pose, v, omega, 0.7) == pytest.approx(integrate(pose, v, omega, 0.7), abs=1e-8)


def test_arc_agrees_with_euler_steps_in_the_limit() -> None:
    pose = (0.0, 0.0, 0.4)
    exact = advance(pose, 0.8, 1.5, 0.5)
    errors = []
    for steps in (100, 200, 400):
        x, y, heading = pose
        dt = 0.5 / steps
        for _ in range(steps):
            x += 0.8 * math.cos(heading) * dt
            y += 0.8 * math.sin(heading) * dt
            heading += 1.5 * dt
        errors.append(math.hypot(x - exact[0], y - exact[1]))
    assert errors[0] < 5e-3
    assert errors[0] / errors[1] == pytest.approx(2.0, rel=0.05)
    assert errors[1] / errors[2] == pytest.approx(2.0, rel=0.05)


def test_straight_drive_follows_the_heading_exactly() -> None:
    assert advance((1.0, 2.0, 0.0), 0.5, 0.0, 2.0) == (2.0, 2.0, 0.0)


def test_turn_on_the_spot_moves_no_point_of_the_axle() -> None:
    assert advance((1.0, 2.0, 0.5), 0.0, 2.0, 0.25) == (1.0, 2.0, 1.0)


def test_no_time_means_no_motion() -> None:
    assert advance((1.0, 2.0, 0.5), 0.7, 2.0, 0.0) == (1.0, 2.0, 0.5)


def test_full_circle_ends_where_it_began() -> None:
    x, y, heading = advance((0.4, 0.1, 0.9), 0.6, 2.0 * math.pi, 1.0)
    assert (x, y) == pytest.approx((0.4, 0.1), abs=1e-12)
    assert heading == pytest.approx(0.9 + 2.0 * math.pi)


def test_half_circle_has_the_diameter_of_its_radius_of_turn() -> None:
    x, y, _ = advance((0.0, 0.0, 0.0), 1.0, math.pi, 1.0)
    assert (x, y) == pytest.approx((0.0, 2.0 / math.pi), abs=1e-12)


def test_arc_is_continuous_through_zero_yaw_rate() -> None:
    straight = advance((0.0, 0.0, 0.3), 1.0, 0.0, 1.0)
    for omega in (1e-3, 1e-6, 1e-9, 1e-15, -1e-15, -1e-6):
        bent = advance((0.0, 0.0, 0.3), 1.0, omega, 1.0)
        assert math.dist(bent[:2], straight[:2]) <= 0.51 * abs(omega) + 1e-15


@pytest.mark.parametrize('offset', [0.1, -0.1, 0.0, 0.5])
@pytest.mark.parametrize(('v', 'omega'), [(1.0, 0.0), (0.0, 1.0), (0.4, -2.0), (-0.3, 0.7)])
def test_input_matrix_gives_the_velocity_of_the_point(
    offset: float, v: float, omega: float
) -> None:
    pose, step = (0.2, 0.5, -2.2), 1e-5

    def point(at: tuple[float, float, float]) -> np.ndarray:
        return np.array([at[0] + offset * math.cos(at[2]), at[1] + offset * math.sin(at[2])])

    after, before = advance(pose, v, omega, step), advance(pose, v, omega, -step)
    difference = (point(after) - point(before)) / (2.0 * step)
    velocity = np.array(input_matrix(pose[2], offset)) @ [v, omega]
    assert velocity == pytest.approx(difference, abs=1e-8)


def test_input_matrix_of_the_axle_centre_ignores_the_yaw_rate() -> None:
    assert np.array(input_matrix(1.1, 0.0))[:, 1] == pytest.approx([0.0, 0.0], abs=0.0)


def test_input_matrix_of_the_control_point_is_invertible() -> None:
    assert np.linalg.det(input_matrix(0.7, 0.1)) == pytest.approx(0.1)
    assert np.linalg.det(input_matrix(0.7, -0.1)) == pytest.approx(-0.1)


def test_state_and_command_are_values() -> None:
    assert Twist2D(0.1, 0.2) == Twist2D(v=0.1, omega=0.2)
    assert RobotState(1.0, 2.0, 3.0) == RobotState(1.0, 2.0, 3.0, speed=0.0, yaw_rate=0.0)
    with pytest.raises(AttributeError):
        Twist2D(0.1, 0.2).v = 0.3  # type: ignore[misc]


@pytest.mark.parametrize('heading', [0.0, 0.7, 2.5, -1.9])
@pytest.mark.parametrize(('x', 'y'), [(0.4, 0.0), (0.0, -0.3), (-0.35, 0.2)])
def test_input_matrix_of_a_disc_is_how_its_centre_moves(
    heading: float, x: float, y: float
) -> None:
    def centre(pose: tuple[float, float, float]) -> np.ndarray:
        cosine, sine = math.cos(pose[2]), math.sin(pose[2])
        return np.array((pose[0] + x * cosine - y * sine, pose[1] + x * sine + y * cosine))

    B = np.array(disc_input_matrix(math.cos(heading), math.sin(heading), x, y))
    start, step = (1.0, -2.0, heading), 1e-6
    for column, command in enumerate(((1.0, 0.0), (0.0, 1.0))):
        moved = centre(advance(start, *command, step)) - centre(start)
        assert B[:, column] == pytest.approx(moved / step, abs=1e-5)
