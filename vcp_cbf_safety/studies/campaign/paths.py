"""Whether a disc can get from start to goal at all: a search on a grid of free cells."""

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from vcp_cbf_safety.hazards.hazards import Arena, Circle

_CELL = 0.02


def path_exists(
    arena: Arena,
    circles: Sequence[Circle],
    start: tuple[float, float],
    goal: tuple[float, float],
    radius: float,
) -> bool:
    """Whether the centre of a disc can move from start to goal without touching anything.

    Args:
        arena: the walls.
        circles: obstacles that stand still.
        start, goal: positions in the world frame [m].
        radius: radius of the disc [m].
    """
    xs = np.arange(arena.x_min + radius, arena.x_max - radius, _CELL)
    ys = np.arange(arena.y_min + radius, arena.y_max - radius, _CELL)
    free = np.ones((len(xs), len(ys)), bool)
    for circle in circles:
        distance = np.hypot(xs[:, None] - circle.x, ys[None, :] - circle.y)
        free &= distance > circle.radius + radius
    labels, _ = ndimage.label(free)
    ends = [
        labels[int(np.abs(xs - x).argmin()), int(np.abs(ys - y).argmin())]
        for x, y in (start, goal)
    ]
    return bool(ends[0] == ends[1] != 0)
