"""The program against independent solvers, on random and on nasty instances."""

import dataclasses
import math

import numpy as np
import pytest
import quadprog
from numpy.typing import NDArray
from scipy.optimize import linprog
from small_programs import LOWER, UPPER, program

from vcp_cbf_safety.qp.program import RELAXATION_SLACK, ROW_TOLERANCE, Program, Status, solve

Vector = NDArray[np.float64]


def random_program(rng: np.random.Generator) -> Program:
    """Rows like those of the filter: unit normals through a control point of 0.03 to 0.5 m."""
    m = int(rng.integers(1, 30))
    angle = rng.uniform(-math.pi, math.pi, size=m)
    offset = np.where(rng.random(m) < 0.5, 0.0, rng.uniform(0.03, 0.5))
    G = np.column_stack([np.cos(angle), offset * np.sin(angle)])
    h = rng.normal(0.25, 0.35, size=m)
    if rng.random() < 0.7:  # most of the time standing still is legal, as among static hazards
        h = np.maximum(h, 0.02)
    ratio = 10.0 ** rng.uniform(-1.0, 4.0)
    return program(G, h, rng.normal(0.0, [0.8, 2.5]), weights=(ratio, 1.0))


def stacked(p: Program) -> tuple[Vector, Vector]:
    """All rows and bounds of a program as A u <= b."""
    eye = np.eye(2)
    return np.vstack([p.G, eye, -eye]), np.concatenate([p.h, p.upper, -p.lower])


def by_quadprog(p: Program) -> Vector | None:
    """Solve with quadprog (Goldfarb and Idnani); None when it finds the rows contradictory."""
    A, b = stacked(p)
    try:
        return np.asarray(quadprog.solve_qp(np.diag(p.weights), p.weights * p.u_nom, -A.T, -b)[0])
    except ValueError:
        return None


def by_vertices(p: Program) -> Vector | None:
    """Solve by trying every row alone and every pair of rows: slow, and hard to get wrong."""
    A, b = stacked(p)
    root = np.sqrt(p.weights)
    candidates = [p.u_nom]
    for i in range(len(b)):
        scaled = A[i] / root
        if scaled @ scaled > 0.0:
            step = (A[i] @ p.u_nom - b[i]) / (scaled @ scaled)
            candidates.append(p.u_nom - step * scaled / root)
        for j in range(i):
            pair = A[[i, j]]
            if abs(np.linalg.det(pair)) > 1e-12:
                candidates.append(np.linalg.solve(pair, b[[i, j]]))
    points = np.array(candidates)
    legal = points[(points @ A.T - b).max(axis=1) <= 1e-10]
    if len(legal) == 0:
        return None
    return np.asarray(legal[((legal - p.u_nom) ** 2 @ p.weights).argmin()])


def least_violations(p: Program) -> list[float]:
    """Lexicographic least violation by level with scipy, most important first.

    As in the filter, a level that gives way leaves those below it a millimetre per second.
    """
    h, found = p.hard.copy(), []
    for level in sorted(set(p.level.tolist()), reverse=True):
        rows, held = p.level == level, np.isfinite(h)
        A = np.vstack(
            [
                np.column_stack([p.G[held], np.zeros(held.sum())]),
                np.column_stack([p.G[rows], np.full(rows.sum(), -1.0)]),
            ]
        )
        bounds = [*zip(p.lower, p.upper, strict=True), (0.0, None)]
        answer = linprog(
            [0, 0, 1],
            A_ub=A,
            b_ub=[*h[held], *p.h[rows]],
            bounds=bounds,
            method='highs-ds',
            options={'primal_feasibility_tolerance': 1e-10, 'dual_feasibility_tolerance': 1e-10},
        )
        assert answer.status == 0, answer.message
        found.append(answer.fun)
        slack = RELAXATION_SLACK if answer.fun > 1e-8 else 1e-8
        h[rows] = np.minimum(p.h[rows] + answer.fun + slack, p.hard[rows])
    return found


def test_ten_thousand_random_programs_agree_with_quadprog() -> None:
    rng = np.random.default_rng(2026)
    optimal = contradictory = 0
    for _ in range(10_000):
        p = random_program(rng)
        solution, reference = solve(p), by_quadprog(p)
        if reference is None:
            contradictory += 1
            assert solution.status is Status.RELAXED
            continue
        assert solution.status in (Status.NOMINAL, Status.OPTIMAL)
        assert solution.u == pytest.approx(reference, abs=1e-6)
        assert p.violation(solution.u) <= ROW_TOLERANCE
        optimal += solution.status is Status.OPTIMAL
    assert optimal > 6_000
    assert contradictory > 1_500


def test_random_programs_agree_with_proxqp() -> None:
    proxsuite = pytest.importorskip('proxsuite', reason='proxsuite is not installed')
    rng = np.random.default_rng(7)
    gaps = []
    for _ in range(600):
        p = random_program(rng)
        p = dataclasses.replace(p, weights=np.array([12.0, 1.0 / 12.0]))
        A, b = stacked(p)
        result = proxsuite.proxqp.dense.solve(
            H=np.diag(p.weights),
            g=-p.weights * p.u_nom,
            C=A,
            l=np.full(len(b), -1e3),
            u=b,
            eps_abs=1e-11,
            max_iter=10_000,
        )
        if result.info.status == proxsuite.proxqp.PROXQP_SOLVED:  # it gives up on a few
            gaps.append(float(np.abs(solve(p).u - result.x).max()))
    assert len(gaps) >= 300
    # Its tolerance is on the residuals: in nearly flat directions the answer itself is looser.
    assert max(gaps) < 1e-2
    assert np.quantile(gaps, 0.95) < 1e-6


def test_random_programs_agree_with_trying_every_vertex() -> None:
    rng = np.random.default_rng(8)
    for _ in range(300):
        p = random_program(rng)
        reference, solution = by_vertices(p), solve(p)
        if reference is None:
            assert solution.status is Status.RELAXED
        else:
            assert solution.u == pytest.approx(reference, abs=1e-6)


def test_programs_that_leave_only_standing_still_agree_with_trying_every_vertex() -> None:
    rng = np.random.default_rng(14)
    for _ in range(300):
        p = random_program(rng)
        p = dataclasses.replace(p, h=np.maximum(p.h - 0.3, 0.0))
        reference, solution = by_vertices(p), solve(p)
        assert reference is not None
        assert solution.status in (Status.NOMINAL, Status.OPTIMAL)
        assert solution.u == pytest.approx(reference, abs=1e-6)


def test_no_point_of_a_dense_grid_is_closer() -> None:
    rng = np.random.default_rng(9)
    grid = np.stack(
        np.meshgrid(np.linspace(LOWER[0], UPPER[0], 201), np.linspace(LOWER[1], UPPER[1], 201)), -1
    ).reshape(-1, 2)
    for _ in range(100):
        p = random_program(rng)
        solution = solve(p)
        legal = grid[(grid @ p.G.T - p.h).max(axis=1) <= 0.0]
        if solution.status is Status.RELAXED:
            assert len(legal) == 0
        elif len(legal):
            cost = (solution.u - p.u_nom) ** 2 @ p.weights
            assert cost <= ((legal - p.u_nom) ** 2 @ p.weights).min() + 1e-9


AHEAD, LEFT = [1.0, 0.0], [0.0, 0.1]
NASTY = {
    'no rows': ([], [], (2.0, 0.0)),
    'duplicate rows': ([AHEAD] * 50, [0.3] * 50, (0.8, 0.0)),
    'row of zeros': ([AHEAD, [0.0, 0.0]], [0.3, 0.0], (0.8, 0.0)),
    'only rows of zeros': ([[0.0, 0.0]] * 4, [0.0, 1.0, 0.0, 1e6], (2.0, 0.5)),
    'nearly parallel rows': (
        [[1.0, 1e-9], [1.0, -1e-9], [1.0, 1e-7], AHEAD],
        [0.3, 0.3, 0.3, 0.3],
        (0.8, 1.0),
    ),
    'almost opposite rows': ([AHEAD, [-1.0, 1e-4]], [0.3, -0.3 + 1e-4], (0.8, 2.0)),
    'one point is left': ([AHEAD, [-1.0, 0.0], LEFT, [0.0, -0.1]], [0.0] * 4, (0.8, 1.0)),
    'one line is left': ([AHEAD, [-1.0, 0.0]], [0.2, -0.2], (0.8, 1.0)),
    'corner of the limits': ([[-1.0, -1.0]], [-3.84], (0.0, 0.0)),
    'tiny control point offset': ([[0.6, 0.8e-4], [-0.6, 0.8e-4]], [0.1, 0.1], (0.8, 1.0)),
    'far away hazards': ([AHEAD, [0.0, 1.0]], [1e6, 1e12], (2.0, 0.0)),
    'nominal far outside': ([AHEAD], [0.3], (1e6, -1e6)),
    'two hundred rows': (
        np.column_stack([np.cos(np.arange(200.0)), 0.1 * np.sin(np.arange(200.0))]).tolist(),
        [0.2] * 200,
        (0.9, 2.0),
    ),
    'rows that touch the nominal': ([AHEAD, LEFT], [0.8, 0.1], (0.8, 1.0)),
}


@pytest.mark.parametrize('weights', [(150.0, 1.0), (1.0, 1.0), (1e4, 1.0), (0.1, 1.0)])
@pytest.mark.parametrize('name', NASTY)
def test_nasty_program_is_solved(name: str, weights: tuple[float, float]) -> None:
    G, h, u_nom = NASTY[name]
    p = program(G, h, u_nom, weights=weights)
    solution = solve(p)
    assert solution.status in (Status.NOMINAL, Status.OPTIMAL)
    assert p.violation(solution.u) <= ROW_TOLERANCE
    reference = by_vertices(p) if len(h) < 100 else by_quadprog(p)
    assert reference is not None
    gap = (solution.u - p.u_nom) ** 2 @ p.weights - (reference - p.u_nom) ** 2 @ p.weights
    assert abs(gap) <= 1e-6 * (1.0 + (reference - p.u_nom) ** 2 @ p.weights)


CONTRADICTORY = {
    'two walls too close': ([AHEAD, [-1.0, 0.0]], [-0.1, -0.1]),
    'a row of zeros that asks for the impossible': ([[0.0, 0.0]], [-0.2]),
    'beyond the limits': ([[-1.0, 0.0]], [-5.0]),
    'duplicate contradictions': ([AHEAD, [-1.0, 0.0]] * 20, [-0.1, -0.1] * 20),
    'three directions': ([[1.0, 0.0], [-0.5, 0.1], [-0.5, -0.1]], [-0.1, -0.1, -0.1]),
}


@pytest.mark.parametrize('name', CONTRADICTORY)
def test_contradiction_is_split_so_that_the_largest_violation_is_least(name: str) -> None:
    G, h = CONTRADICTORY[name]
    p = program(G, h, (0.5, 0.0))
    solution = solve(p)
    assert solution.status is Status.RELAXED
    least = least_violations(p)[0]
    assert least - 1e-6 <= solution.residual <= least + RELAXATION_SLACK + 1e-6
    assert solution.residual == pytest.approx(p.violation(solution.u), abs=1e-12)


def test_relaxed_programs_are_lexicographically_least_and_closest() -> None:
    rng = np.random.default_rng(11)
    relaxed = 0
    while relaxed < 300:
        p = random_program(rng)
        p = program(
            p.G,
            p.h - 0.3,
            p.u_nom,
            level=rng.integers(0, 3, size=len(p.h)),
            hard=np.where(rng.random(len(p.h)) < 0.3, np.maximum(p.h - 0.3, 0.0), np.inf),
        )
        solution = solve(p)
        if by_quadprog(p) is not None:
            continue
        relaxed += 1
        assert solution.status is Status.RELAXED
        violation = p.G @ solution.u - p.h
        levels = sorted(set(p.level.tolist()), reverse=True)
        for level, least in zip(levels, least_violations(p), strict=True):
            worst = max(float(violation[p.level == level].max()), 0.0)
            assert least - 1e-5 <= worst <= least + RELAXATION_SLACK + 1e-5
        assert (p.G @ solution.u <= p.hard + ROW_TOLERANCE).all()
        assert (solution.u >= p.lower).all()
        assert (solution.u <= p.upper).all()
        closest = by_vertices(program(p.G, solution.h, p.u_nom, weights=tuple(p.weights)))
        assert closest is not None
        cost = (solution.u - p.u_nom) ** 2 @ p.weights
        assert cost <= (closest - p.u_nom) ** 2 @ p.weights + 1e-5
