"""The edge of what an occupancy grid says is occupied, as points."""

import math

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Flags = NDArray[np.bool_]


def occupied_cells(cells: NDArray[np.int8], threshold: int, unknown: bool) -> Flags:
    """Which cells of a grid nothing may drive into.

    Args:
        cells: (h, w) 0 to 100, how likely each is occupied in percent; -1 where nobody knows.
        threshold: so likely and more is occupied.
        unknown: whether unknown cells are taken to be occupied.
    """
    occupied: Flags = cells >= threshold
    return occupied | (cells < 0) if unknown else occupied


def edge_of(occupied: Flags) -> NDArray[np.int64]:
    """Rows and columns (n, 2) of the occupied cells that touch one that is not, by side or corner.

    Whatever drives into an occupied area drives over such a cell first. What lies beyond the grid
    counts as free.
    """
    padded = np.pad(occupied, 1)
    inner = np.ones_like(occupied)
    height, width = occupied.shape
    for dy in range(3):
        for dx in range(3):
            inner &= padded[dy : dy + height, dx : dx + width]
    return np.argwhere(occupied & ~inner)


def points_of_cells(
    cells: NDArray[np.int64], resolution: float, origin: tuple[float, float, float]
) -> Vector:
    """Centres (n, 2) of cells in the frame of the grid's message [m].

    Args:
        cells: (n, 2) rows and columns.
        resolution: length of a cell's side [m].
        origin: x, y [m] and yaw [rad] of the corner of the first cell.
    """
    x, y, yaw = origin
    ahead, aside = resolution * (cells[:, 1] + 0.5), resolution * (cells[:, 0] + 0.5)
    cosine, sine = math.cos(yaw), math.sin(yaw)
    return np.column_stack((x + cosine * ahead - sine * aside, y + sine * ahead + cosine * aside))


def radius_of_cells(resolution: float) -> float:
    """Radius of the disc that covers a cell [m]: half of its diagonal."""
    return math.sqrt(0.5) * resolution
