"""The program in (v, omega): closest command that satisfies every row, relaxed when none does."""

import math
from dataclasses import dataclass
from enum import Enum

import daqp
import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

# How far a returned command may violate a row: rounding, not compromise.
ROW_TOLERANCE = 1e-9

# DAQP's own default of 1e-6 would let rows through that the check refuses.
_SOLVER_SETTINGS = {'primal_tol': 1e-11, 'dual_tol': 1e-11}

# Without the proximal term DAQP cycles or reports infeasibility on one relaxation in twenty: a
# linear program has no curvature of its own, and its iterations remove the term's bias. A tighter
# dual tolerance would spend all iterations on gains below 1e-7 m/s.
_LINEAR_PROGRAM_SETTINGS = {'primal_tol': 1e-11, 'dual_tol': 1e-7, 'eps_prox': 1e-2}

# A relaxed row is opened this much further than the least violation [m/s]: nobody notices a
# millimetre per second, and without it a hazard abeam, which hardly any speed helps against, would
# decide the whole speed.
RELAXATION_SLACK = 1e-3

# Rows that need no opening, beside others that do, get this much [m/s], so that the set they leave
# is not a point on which the tolerance of the solver decides.
ROUNDING_SLACK = 1e-8

_IDENTITY = np.eye(2)

_OPTIMAL = 1
_UNBOUNDED = 1e30


class Status(str, Enum):
    """How a program was solved."""

    NOMINAL = 'nominal'  # the nominal command satisfies every row
    OPTIMAL = 'optimal'  # the closest command that satisfies every row
    RELAXED = 'relaxed'  # no command satisfies every row; the least violation, by level
    UNSOLVED = 'unsolved'  # not even the hard rows can hold, or the solver gave up


@dataclass(frozen=True, slots=True)
class Program:
    """min 0.5 (u - u_nom)' diag(weights) (u - u_nom)  s.t.  G u <= h, lower <= u <= upper.

    Docs/theory.md, eq. 11 and 12. All arrays are float64.

    Attributes:
        G: (m, 2) rows.
        h: (m,) right-hand sides.
        hard: (m,) right-hand sides that hold even when rows are relaxed; at least h, inf for a
            row that may give way entirely.
        level: (m,) importance of each row; the lowest gives way first.
        lower, upper: (2,) bounds on (v, omega), never relaxed.
        u_nom: (2,) nominal command.
        weights: (2,) positive diagonal of the cost.

    Raises:
        ValueError: if shapes disagree, a weight is not positive, or an entry is NaN.
    """

    G: Vector
    h: Vector
    hard: Vector
    level: NDArray[np.int64]
    lower: Vector
    upper: Vector
    u_nom: Vector
    weights: Vector

    def __post_init__(self) -> None:
        m = len(self.h)
        if self.G.shape != (m, 2) or self.hard.shape != (m,) or self.level.shape != (m,):
            raise ValueError(
                f'G is {self.G.shape}, h {self.h.shape}, hard {self.hard.shape} and level '
                f'{self.level.shape}; m rows need (m, 2), (m,), (m,) and (m,)'
            )
        for name in ('lower', 'upper', 'u_nom', 'weights'):
            if getattr(self, name).shape != (2,):
                raise ValueError(f'{name} is {getattr(self, name).shape}; it must be (2,)')
        first, second = self.weights.tolist()
        if not (first > 0.0 and second > 0.0):
            raise ValueError(f'weights are {self.weights}; they must be positive')
        if not math.isfinite(self.G.sum() + self.h.sum() + sum(self.u_nom.tolist())):
            raise ValueError('a row or the nominal command is not finite')

    def violation(self, u: Vector, h: Vector | None = None) -> float:
        """Largest amount by which u breaks a row or a bound; 0 when it breaks none."""
        right = self.h if h is None else h
        worst = float((self.G @ u - right).max()) if len(right) else 0.0
        (v, omega), (v_low, omega_low) = u.tolist(), self.lower.tolist()
        v_high, omega_high = self.upper.tolist()
        beyond: float = max(v - v_high, v_low - v, omega - omega_high, omega_low - omega, 0.0)
        return max(worst, beyond)


@dataclass(frozen=True, slots=True)
class Solution:
    """Answer to a program.

    Attributes:
        u: (2,) command; NaN when unsolved.
        status: how it came about.
        h: (m,) right-hand sides that u was held to; those of the program unless relaxed.
        residual: largest violation of the program's own rows, so the price of relaxing.
    """

    u: Vector
    status: Status
    h: Vector
    residual: float

    @property
    def keeps_all_rows(self) -> bool:
        """Whether no row had to give way."""
        return self.status in (Status.NOMINAL, Status.OPTIMAL)


def solve(program: Program) -> Solution:
    """Closest command to the nominal one; relaxed level by level where rows contradict.

    Rows give way from the lowest level up: a row of a level is violated only by the least that
    the levels above it force, and never beyond `program.hard`. Within a level the largest
    violation is as small as possible, and among the commands left the closest one is taken.
    """
    if program.violation(program.u_nom) == 0.0:
        return Solution(program.u_nom, Status.NOMINAL, program.h, 0.0)
    u, residual = _closest(program, program.h)
    if residual <= ROW_TOLERANCE:
        return Solution(u, Status.OPTIMAL, program.h, residual)
    h = _relax(program)
    if h is not None:
        u, residual = _closest(program, h)
        if residual <= ROW_TOLERANCE:
            return Solution(u, Status.RELAXED, h, program.violation(u))
    return Solution(np.full(2, np.nan), Status.UNSOLVED, program.h, np.inf)


def _closest(program: Program, h: Vector) -> tuple[Vector, float]:
    """Solve the program with right-hand sides h: answer and its violation, inf without one."""
    # In units in which the cost is the plain distance DAQP needs no tuning to the weights.
    scale = program.weights**0.5
    gradient, right = _unit_rows(program.G / scale, h)
    answer, _, flag, _ = daqp.solve(
        _IDENTITY,
        -scale * program.u_nom,
        gradient,
        np.concatenate((program.upper * scale, right)),
        np.concatenate((program.lower * scale, np.full(len(h), -_UNBOUNDED))),
        np.zeros(len(h) + 2, dtype=np.int32),
        **_SOLVER_SETTINGS,
    )
    if flag != _OPTIMAL:
        return program.u_nom, np.inf
    # The clip removes the last bit beyond a bound.
    command: Vector = np.minimum(np.maximum(answer / scale, program.lower), program.upper)
    return command, program.violation(command, h)


def _unit_rows(G: Vector, h: Vector) -> tuple[Vector, Vector]:
    """Rows of length one: DAQP takes short ones (a peer exactly abeam, 1e-5) for zero."""
    length = (G[:, 0] * G[:, 0] + G[:, 1] * G[:, 1]) ** 0.5
    length[length < 1e-12] = 1.0
    return G / length[:, None], h / length


def _relax(program: Program) -> Vector | None:
    """Right-hand sides opened as little as possible, most important level first (eq. 12)."""
    h: Vector = program.hard.copy()
    for level in sorted(set(program.level.tolist()), reverse=True):
        rows = program.level == level
        least = _least_violation(program, h, rows)
        if least is None:
            return None
        opening = least + (RELAXATION_SLACK if least > ROUNDING_SLACK else ROUNDING_SLACK)
        h[rows] = np.minimum(program.h[rows] + opening, program.hard[rows])
    return h


def _least_violation(program: Program, h: Vector, rows: NDArray[np.bool_]) -> float | None:
    """Smallest t with G u <= program.h + t on `rows` and G u <= h on all: a linear program."""
    held = np.isfinite(h)
    held_rows, held_right = _unit_rows(program.G[held], h[held])
    gradient = np.vstack(
        [
            np.column_stack([held_rows, np.zeros(held.sum())]),
            np.column_stack([program.G[rows], np.full(rows.sum(), -1.0)]),
        ]
    )
    right = np.concatenate([held_right, program.h[rows]])
    answer, _, flag, _ = daqp.solve(
        np.zeros((3, 3)),
        np.array([0.0, 0.0, 1.0]),
        gradient,
        np.concatenate([program.upper, [_UNBOUNDED], right]),
        np.concatenate([program.lower, [0.0], np.full(len(right), -_UNBOUNDED)]),
        np.zeros(len(right) + 3, dtype=np.int32),
        **_LINEAR_PROGRAM_SETTINGS,
    )
    return float(answer[2]) if flag == _OPTIMAL else None
