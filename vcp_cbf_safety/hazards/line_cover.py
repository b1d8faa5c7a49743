"""Discs that cover straight lines."""

import math

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

# Lines are cut into pieces of at most this length [m].
STEP = 0.05
# Together they are at most so long: no building has more of them [m].
LONGEST = 2500.0


def cover_lines(starts: Vector, ends: Vector, width: float) -> tuple[Vector, float]:
    """Discs that cover lines, one after the other.

    Args:
        starts, ends: (n, 2) of the lines [m], no longer than `LONGEST` together.
        width: of the lines [m].

    Returns:
        Centres (k, 2), in the order of the lines, and the radius of all discs [m].
    """
    lengths = np.hypot(*(ends - starts).T)
    # Every piece is a rectangle, and a disc covers it.
    counts = np.maximum(np.ceil(lengths / STEP), 1.0).astype(np.int64)
    line = np.repeat(np.arange(len(counts)), counts)
    piece = np.arange(len(line)) - np.repeat(np.cumsum(counts) - counts, counts)
    share = ((piece + 0.5) / counts[line])[:, None]
    centers: Vector = starts[line] + share * (ends - starts)[line]
    return centers, 0.5 * math.hypot(width, STEP)
