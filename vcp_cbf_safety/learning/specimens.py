"""Random programs in two variables, nasty ones included, and what DAQP says to them.

For tests and benchmarks: numpy only.
"""

from collections.abc import Callable
from typing import NamedTuple

import daqp
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_WEIGHTS = ((1.0, 1.0), (100.0, 1.0), (150.0, 1.0))
_UNBOUNDED = 1e30
_OPTIMAL = 1
_SETTINGS = {'primal_tol': 1e-11, 'dual_tol': 1e-11}


class Specimens(NamedTuple):
    """Programs min 0.5 (u - u_nom)' diag(weights) (u - u_nom) s.t. G u <= h.

    Attributes:
        G: (B, m, 2) rows.
        h: (B, m) right-hand sides.
        u_nom: (B, 2) nominal commands.
        weights: (B, 2), 1:1, 100:1 and 150:1 in turn.
    """

    G: Array
    h: Array
    u_nom: Array
    weights: Array


def _ordinary(G: Array, h: Array, center: Array, rng: np.random.Generator) -> None:
    pass


def _nearly_parallel(G: Array, h: Array, center: Array, rng: np.random.Generator) -> None:
    half = G.shape[1] // 2
    room = h - (G @ center[:, :, None])[:, :, 0]
    tilt = 10.0 ** rng.uniform(-8.0, -2.0, (len(G), half, 1))
    G[:, half : 2 * half] = G[:, :half] + tilt * rng.normal(size=(len(G), half, 2))
    h[:] = (G @ center[:, :, None])[:, :, 0] + room


def _duplicate(G: Array, h: Array, center: Array, rng: np.random.Generator) -> None:
    half = G.shape[1] // 2
    factor = rng.choice([1.0, 2.0, 0.3], (len(G), half))
    G[:, half : 2 * half] = G[:, :half] * factor[:, :, None]
    h[:, half : 2 * half] = h[:, :half] * factor


def _zero_rows(G: Array, h: Array, center: Array, rng: np.random.Generator) -> None:
    zero = rng.random(h.shape) < 0.4
    G[zero] = 0.0
    h[zero] = rng.choice([0.0, 1.0, 1e6], int(zero.sum()))


def _one_point(G: Array, h: Array, center: Array, rng: np.random.Generator) -> None:
    h[:] = (G @ center[:, :, None])[:, :, 0]


def _contradictory(G: Array, h: Array, center: Array, rng: np.random.Generator) -> None:
    h -= rng.uniform(0.2, 1.5, (len(h), 1)) * np.hypot(G[:, :, 0], G[:, :, 1])


KINDS: dict[str, Callable[[Array, Array, Array, np.random.Generator], None]] = {
    'ordinary': _ordinary,
    'nearly parallel rows': _nearly_parallel,
    'duplicate rows': _duplicate,
    'rows of zeros': _zero_rows,
    'one feasible point': _one_point,
    'mostly contradictory': _contradictory,
}


def draw(kind: str, count: int, m: int, rng: np.random.Generator) -> Specimens:
    """Random programs of a kind in `KINDS`: all feasible but the contradictory ones.

    Args:
        kind: what is nasty about them.
        count: B, number of programs.
        m: number of rows.
        rng: source of randomness.
    """
    angle = rng.uniform(0.0, 2.0 * np.pi, (count, m))
    length = np.exp(rng.normal(0.0, 0.7, (count, m)))
    G = np.stack((np.cos(angle), np.sin(angle)), 2) * length[:, :, None]
    center = rng.normal(size=(count, 2))
    h = (G @ center[:, :, None])[:, :, 0] + rng.uniform(0.0, 1.5, (count, m)) * length
    KINDS[kind](G, h, center, rng)
    u_nom = 2.0 * rng.normal(size=(count, 2))
    return Specimens(G, h, u_nom, np.array(_WEIGHTS)[np.arange(count) % len(_WEIGHTS)])


def daqp_answers(specimens: Specimens, opening: float = 0.0) -> Array:
    """Answers of DAQP, one program at a time: (B, 2), not a number where it says infeasible.

    Args:
        specimens: the programs.
        opening: amount to add to every right-hand side.
    """
    answers = np.full_like(specimens.u_nom, np.nan)
    m = specimens.h.shape[1]
    below, sense = np.full(m, -_UNBOUNDED), np.zeros(m, dtype=np.int32)
    for index, (G, h, u_nom, weights) in enumerate(zip(*specimens, strict=True)):
        u, _, flag, _ = daqp.solve(
            np.diag(weights), -weights * u_nom, G, h + opening, below, sense, **_SETTINGS
        )
        if flag == _OPTIMAL:
            answers[index] = u
    return answers
