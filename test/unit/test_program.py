"""The program's levels, hard rows and checks, on instances small enough to work out by hand."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from small_programs import LOWER, UPPER, program

from vcp_cbf_safety.qp.program import RELAXATION_SLACK, Program, Status, solve

Vector = NDArray[np.float64]
AHEAD, LEFT = [1.0, 0.0], [0.0, 0.1]


@pytest.mark.parametrize('side', [0.0, 0.1, -0.3])
def test_peer_that_comes_from_abeam_is_relaxed_however_short_its_row(side: float) -> None:
    for exponent in np.linspace(-17.0, 0.0, 60):
        solution = solve(
            program(
                [[10.0**exponent, 0.0], [side, 0.1]],
                [-1.5, 0.2],
                (0.3, 1.0),
                hard=np.array([0.0, np.inf]),
                level=np.array([2, 0]),
            )
        )
        assert solution.status is Status.RELAXED
        assert solution.u[0] <= 1e-9 / 10.0**exponent


def test_conflict_among_steering_rows_leaves_the_body_rows_untouched() -> None:
    rng = np.random.default_rng(12)
    for _ in range(100):
        count = int(rng.integers(1, 8))
        angle = rng.uniform(-math.pi, math.pi, size=count)
        body = np.column_stack([np.cos(angle), np.zeros(count)])
        p = program(
            np.vstack([[AHEAD, [-1.0, 0.0]], body]),
            np.concatenate([[-0.3, -0.3], rng.uniform(0.0, 0.4, size=count)]),
            rng.normal(size=2),
            level=np.array([0, 0] + [1] * count),
        )
        solution = solve(p)
        assert solution.status is Status.RELAXED
        assert (solution.h[2:] <= p.h[2:] + 1e-7).all()
        assert (p.G[2:] @ solution.u <= p.h[2:] + 1e-7).all()


def test_obstacle_gives_way_before_what_moves() -> None:
    p = program(
        [AHEAD, [-1.0, 0.0]],
        [-0.1, -0.1],
        (0.5, 0.0),
        level=np.array([1, 2]),
        lower=np.array([-1.0, -1.0]),
        upper=np.array([1.0, 1.0]),
    )
    assert 0.1 - 1e-6 <= solve(p).u[0] <= 0.1 + RELAXATION_SLACK + 1e-6


def test_hard_rows_hold_when_everything_else_gives_way() -> None:
    p = program(
        [AHEAD, [-1.0, 0.0]],
        [-0.3, -0.3],
        (0.5, 0.0),
        hard=np.array([0.0, 0.0]),
        level=np.array([1, 2]),
    )
    solution = solve(p)
    assert solution.status is Status.RELAXED
    assert solution.u[0] == pytest.approx(0.0, abs=1e-9)


def test_contradictory_hard_rows_are_unsolved_and_give_no_command() -> None:
    rows, right = [AHEAD, [-1.0, 0.0]], np.array([-0.1, -0.1])
    solution = solve(program(rows, right, (0.5, 0.0), hard=right))
    assert solution.status is Status.UNSOLVED
    assert solution.u.shape == (2,)
    assert np.isnan(solution.u).all()
    assert (solution.h == right).all()
    assert solution.residual == math.inf


def test_a_relaxed_row_opens_by_the_least_violation_and_a_millimetre_per_second() -> None:
    p = program([AHEAD, [-1.0, 0.0]], [-0.1, -0.1], (0.5, 0.0))
    solution = solve(p)
    assert solution.h == pytest.approx([RELAXATION_SLACK] * 2, abs=1e-6)
    assert solution.u[0] == pytest.approx(RELAXATION_SLACK, abs=1e-6)


def test_a_row_that_nothing_moves_is_no_obstacle_to_the_others() -> None:
    """That of a hazard whose centre is that of the body has no normal."""
    p = program([[0.0, 0.0], AHEAD], [0.2, 0.1], (0.5, 0.0))
    solution = solve(p)
    assert solution.status is Status.OPTIMAL
    assert solution.u == pytest.approx([0.1, 0.0], abs=1e-9)


def test_rows_that_leave_hardly_more_than_one_command_are_kept() -> None:
    """With the solver's own tolerance one in ten of these is taken for contradictory."""
    rng = np.random.default_rng(1)
    for _ in range(300):
        count = int(rng.integers(1, 12))
        angle = rng.uniform(-math.pi, math.pi, size=count)
        G = np.column_stack([np.cos(angle), 0.1 * np.sin(angle)])
        left = np.array([rng.uniform(LOWER[0], UPPER[0]), rng.uniform(LOWER[1], UPPER[1])])
        room = rng.choice([0.0, 1e-7, 1e-4, 0.1], size=count)
        solution = solve(program(G, G @ left + room, rng.normal(size=2) * (1.0, 3.0)))
        assert solution.keeps_all_rows


def test_violation_is_zero_inside_and_the_largest_excess_outside() -> None:
    p = program([AHEAD, LEFT], [0.5, 0.1], (0.0, 0.0))
    assert p.violation(np.array([0.4, 0.5])) == 0.0
    assert p.violation(np.array([0.7, 1.5])) == pytest.approx(0.2)
    assert p.violation(np.array([0.0, -3.0])) == pytest.approx(0.16)
    assert p.violation(np.array([-0.3, 0.0])) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ('field', 'value', 'rule'),
    [
        ('G', np.zeros((2, 2)), 'G is'),
        ('level', np.zeros(3, int), 'level'),
        ('hard', np.zeros(3), 'hard'),
        ('u_nom', np.zeros(3), 'u_nom is'),
        ('weights', np.array([1.0, 0.0]), 'must be positive'),
        ('weights', np.array([0.0, 1.0]), 'must be positive'),
        ('weights', np.array([1.0, math.nan]), 'must be positive'),
        ('h', np.array([math.nan]), 'not finite'),
        ('G', np.array([[math.inf, 0.0]]), 'not finite'),
        ('u_nom', np.array([math.nan, 0.0]), 'not finite'),
    ],
)
def test_malformed_program_is_refused(field: str, value: Vector, rule: str) -> None:
    fields = {
        'G': np.array([AHEAD]),
        'h': np.array([0.1]),
        'hard': np.array([0.2]),
        'level': np.array([0]),
        'lower': LOWER,
        'upper': UPPER,
        'u_nom': np.zeros(2),
        'weights': np.ones(2),
    }
    with pytest.raises(ValueError, match=rule):
        Program(**{**fields, field: value})


def test_nominal_that_satisfies_every_row_comes_back_bit_for_bit() -> None:
    rng = np.random.default_rng(13)
    seen = 0
    for _ in range(500):
        angle = rng.uniform(-math.pi, math.pi, size=6)
        G = np.column_stack([np.cos(angle), 0.1 * np.sin(angle)])
        p = program(G, rng.uniform(0.0, 0.6, size=6), rng.normal(0.0, 0.3, size=2))
        if p.violation(p.u_nom) == 0.0:
            seen += 1
            solution = solve(p)
            assert solution.status is Status.NOMINAL
            assert solution.u.tobytes() == p.u_nom.tobytes()
    assert seen > 20
