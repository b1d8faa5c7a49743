"""Properties of the solver for any rows hypothesis can think of."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcp_cbf_safety.qp.program import ROW_TOLERANCE, Program, Status, solve

COEFFICIENTS = st.floats(-1.0, 1.0).map(lambda x: round(x, 6))
ROWS = st.lists(
    st.tuples(COEFFICIENTS, COEFFICIENTS.map(lambda x: 0.2 * x), st.floats(-0.5, 2.0)),
    max_size=20,
)
NOMINALS = st.tuples(st.floats(-2.0, 2.0), st.floats(-5.0, 5.0))
LOWER, UPPER = np.array([-0.2, -2.84]), np.array([1.0, 2.84])


def program(
    rows: list, nominal: tuple[float, float], *, static: bool, hard: bool = False
) -> Program:
    """Program of some rows (a, b, right-hand side); static ones admit standing still."""
    table = np.array(rows, float).reshape(-1, 3)
    h = np.maximum(table[:, 2], 0.0) if static else table[:, 2]
    m = len(table)
    return Program(
        G=table[:, :2],
        h=h,
        hard=np.maximum(h, 0.0) if hard else np.full(m, np.inf),
        level=np.arange(m) % 3,
        lower=LOWER,
        upper=UPPER,
        u_nom=np.array(nominal),
        weights=np.array([150.0, 1.0]),
    )


@given(rows=ROWS, nominal=NOMINALS)
def test_static_rows_are_never_relaxed_and_never_broken(
    rows: list, nominal: tuple[float, float]
) -> None:
    p = program(rows, nominal, static=True)
    solution = solve(p)
    assert solution.status in (Status.NOMINAL, Status.OPTIMAL)
    assert p.violation(solution.u) <= ROW_TOLERANCE
    assert solution.residual <= ROW_TOLERANCE


@given(rows=ROWS, nominal=NOMINALS)
def test_no_legal_command_between_solution_and_nominal_is_closer(
    rows: list, nominal: tuple[float, float]
) -> None:
    """Optimality without a solver: the feasible set is convex and contains standing still."""
    p = program(rows, nominal, static=True)
    u = solve(p).u
    gradient = p.weights * (u - p.u_nom)
    rng = np.random.default_rng(0)
    others = rng.uniform(LOWER, UPPER, size=(300, 2)) * rng.uniform(0.0, 1.0, size=(300, 1))
    legal = [o for o in [*others, np.zeros(2)] if p.violation(o) == 0.0]
    for other in legal:
        assert gradient @ (other - u) >= -1e-6 * (1.0 + np.abs(gradient).max())


@given(rows=ROWS, nominal=NOMINALS)
def test_answer_is_finite_and_inside_the_limits_whatever_the_rows(
    rows: list, nominal: tuple[float, float]
) -> None:
    p = program(rows, nominal, static=False)
    solution = solve(p)
    assert solution.status is not Status.UNSOLVED
    assert (solution.u >= LOWER).all()
    assert (solution.u <= UPPER).all()
    assert p.violation(solution.u, solution.h) <= ROW_TOLERANCE
    assert solution.residual == pytest.approx(p.violation(solution.u))


@given(rows=ROWS, nominal=NOMINALS)
def test_hard_rows_hold_whatever_else_gives_way(rows: list, nominal: tuple[float, float]) -> None:
    p = program(rows, nominal, static=False, hard=True)
    solution = solve(p)
    assert solution.status is not Status.UNSOLVED
    assert (p.G @ solution.u <= p.hard + ROW_TOLERANCE).all()
    assert (solution.h <= p.hard).all()


@given(rows=ROWS, nominal=NOMINALS, seed=st.integers(0, 1000))
def test_order_of_the_rows_does_not_matter(
    rows: list, nominal: tuple[float, float], seed: int
) -> None:
    p = program(rows, nominal, static=True)
    order = np.random.default_rng(seed).permutation(len(rows))
    q = program([rows[k] for k in order], nominal, static=True)
    assert solve(q).u == pytest.approx(solve(p).u, abs=1e-7)


@given(rows=ROWS, nominal=NOMINALS)
def test_solving_again_from_the_solution_changes_nothing(
    rows: list, nominal: tuple[float, float]
) -> None:
    u = solve(program(rows, nominal, static=True)).u
    again = solve(program(rows, (float(u[0]), float(u[1])), static=True))
    assert again.u == pytest.approx(u, abs=1e-8)
