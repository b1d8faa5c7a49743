"""Solvers of one program on the robot, in the place of the filter's own, behind one signature.

Each is set to give the same command to 1e-6 in as little time as it can, and is handed the program
in the form that it likes best. What it takes to bring it into that form counts.
"""

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.qp.program import Program

Vector = NDArray[np.float64]
# The command, or None from a solver that gives up.
Closest = Callable[[Program], Vector | None]

# What the iterative ones need for that; one that only finds the active rows needs less.
FINE, COARSE = 1e-11, 1e-4


def stacked(program: Program) -> tuple[Vector, Vector]:
    """Rows and bounds as A u <= b."""
    eye = np.eye(2)
    rows = np.concatenate((program.G, eye, -eye))
    return rows, np.concatenate((program.h, program.upper, -program.lower))


def columns(rows: Vector) -> Any:
    """A dense matrix of two columns as scipy's sparse one, without looking for zeros."""
    from scipy.sparse import csc_matrix

    m = len(rows)
    index = np.arange(m, dtype=np.int32)
    parts = (rows.T.ravel(), np.concatenate((index, index)), np.array((0, m, 2 * m), np.int32))
    return csc_matrix(parts, shape=(m, 2))


def diagonal(weights: Vector) -> Any:
    """A diagonal 2 x 2 matrix as scipy's sparse one."""
    from scipy.sparse import csc_matrix

    return csc_matrix((weights, np.arange(2), np.arange(3)), shape=(2, 2))


def qpth() -> Closest:
    """The interior-point layer for torch, without gradients."""
    import torch

    from benchmarks.qp_rivals import qpth as make_layer

    torch.set_num_threads(1)
    layer = make_layer()

    def closest(program: Program) -> Vector | None:
        arrays = (*stacked(program), program.u_nom, program.weights)
        with torch.no_grad():
            answer = layer(*(torch.from_numpy(each)[None] for each in arrays))
        return answer[0].numpy()

    return closest


def slsqp() -> Closest:
    """Sequential least squares of scipy; the cost is that of plain distance."""
    from scipy.optimize import minimize

    def closest(program: Program) -> Vector | None:
        root = program.weights**0.5
        G, h, wanted = program.G / root, program.h, program.u_nom * root
        lower, upper = program.lower * root, program.upper * root
        answer = minimize(
            lambda x: 0.5 * (x - wanted) @ (x - wanted),
            np.minimum(np.maximum(wanted, lower), upper),
            jac=lambda x: x - wanted,
            bounds=list(zip(lower, upper, strict=True)),
            constraints={'type': 'ineq', 'fun': lambda x: h - G @ x, 'jac': lambda _: -G},
            method='SLSQP',
            options={'ftol': 1e-10},
        )
        return answer.x / root if answer.success else None

    return closest


def quadprog() -> Closest:
    """The dual active-set method of Goldfarb and Idnani."""
    from quadprog import solve_qp

    def closest(program: Program) -> Vector | None:
        rows, right = stacked(program)
        wanted = program.weights * program.u_nom
        try:
            return solve_qp(np.diag(program.weights), wanted, -rows.T, -right)[0]
        except ValueError:
            return None

    return closest


def proxqp() -> Closest:
    """The proximal augmented Lagrangian method of proxsuite."""
    from proxsuite import proxqp as library

    def closest(program: Program) -> Vector | None:
        rows, right = stacked(program)
        answer = library.dense.solve(
            H=np.diag(program.weights),
            g=-program.weights * program.u_nom,
            C=rows,
            l=np.full(len(right), -1e20),
            u=right,
            eps_abs=FINE,
            eps_rel=0.0,
        )
        return answer.x if answer.info.status == library.PROXQP_SOLVED else None

    return closest


def clarabel() -> Closest:
    """The interior-point solver Clarabel."""
    import clarabel as library

    settings = library.DefaultSettings()
    settings.verbose = False
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = FINE
    settings.max_threads = 1

    def closest(program: Program) -> Vector | None:
        rows, right = stacked(program)
        answer = library.DefaultSolver(
            diagonal(program.weights),
            -program.weights * program.u_nom,
            columns(rows),
            right,
            [library.NonnegativeConeT(len(right))],
            settings,
        ).solve()
        return np.array(answer.x) if answer.status == library.SolverStatus.Solved else None

    return closest


def osqp() -> Closest:
    """The operator-splitting solver OSQP, which polishes its answer."""
    import osqp as library

    def closest(program: Program) -> Vector | None:
        eye = np.eye(2)
        solver = library.OSQP()
        solver.setup(
            P=diagonal(program.weights),
            q=-program.weights * program.u_nom,
            A=columns(np.concatenate((program.G, eye))),
            l=np.concatenate((np.full(len(program.h), -np.inf), program.lower)),
            u=np.concatenate((program.h, program.upper)),
            verbose=False,
            polishing=True,
            eps_abs=COARSE,
            eps_rel=0.0,
            max_iter=4000,
        )
        answer = solver.solve(raise_error=False)
        return answer.x if answer.info.status == 'solved' else None

    return closest


# How each is made, and the distribution that it comes with.
SOLVERS: dict[str, tuple[Callable[[], Closest], str]] = {
    'quadprog': (quadprog, 'quadprog'),
    'proxqp': (proxqp, 'proxsuite'),
    'clarabel': (clarabel, 'clarabel'),
    'osqp': (osqp, 'osqp'),
    'SLSQP': (slsqp, 'scipy'),
    'qpth': (qpth, 'qpth'),
}


def installed() -> tuple[dict[str, Closest], dict[str, str]]:
    """The solvers that are here, and why the others are not."""
    here: dict[str, Closest] = {}
    missing: dict[str, str] = {}
    for name, (make, _) in SOLVERS.items():
        try:
            here[name] = make()
        except ImportError as error:
            missing[name] = f'not installed ({error})'
    return here, missing


def versions(names: list[str]) -> dict[str, str]:
    """Versions of solvers by name."""
    return {name: f'{SOLVERS[name][1]} {version(SOLVERS[name][1])}' for name in names}
