"""Programs with sensible limits, for tests."""

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.qp.program import Program

Vector = NDArray[np.float64]
LOWER, UPPER = np.array([-0.2, -2.84]), np.array([1.0, 2.84])


def program(
    G: Vector,
    h: Vector,
    u_nom: Vector,
    *,
    hard: Vector | None = None,
    level: Vector | None = None,
    weights: tuple[float, float] = (150.0, 1.0),
    lower: Vector = LOWER,
    upper: Vector = UPPER,
) -> Program:
    """A program with sensible limits; every row may give way unless told otherwise."""
    G, h = np.asarray(G, float).reshape(-1, 2), np.asarray(h, float)
    return Program(
        G=G,
        h=h,
        hard=np.full(len(h), np.inf) if hard is None else np.asarray(hard, float),
        level=np.zeros(len(h), int) if level is None else np.asarray(level, int),
        lower=np.asarray(lower, float),
        upper=np.asarray(upper, float),
        u_nom=np.asarray(u_nom, float),
        weights=np.array(weights),
    )
