"""The edge of what an occupancy grid says is occupied, as points."""

import math
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar('Number', np.bool_, np.int8)
Vector = NDArray[np.float64]
Flags = NDArray[np.bool_]
Cells = NDArray[np.int64]


class Window(NamedTuple):
    """Some rows and columns of a grid, the last ones not among them."""

    top: int
    left: int
    bottom: int
    right: int

    def grown(self, more: int, shape: tuple[int, ...]) -> 'Window':
        """With so many cells around it, as far as the grid of a shape (h, w) has them."""
        return Window(
            max(self.top - more, 0),
            max(self.left - more, 0),
            min(self.bottom + more, shape[0]),
            min(self.right + more, shape[1]),
        )

    def of(self, grid: NDArray[Number]) -> NDArray[Number]:
        """The part of a grid (h, w) that is in it, which is no copy."""
        return grid[self.top : self.bottom, self.left : self.right]

    def holds(self, cells: Cells) -> Flags:
        """Which of some cells (n, 2) are in it."""
        row, column = cells.T
        inside: Flags = (self.top <= row) & (row < self.bottom)
        inside &= (self.left <= column) & (column < self.right)
        return inside


def occupied_cells(cells: NDArray[np.int8], threshold: int, unknown: bool) -> Flags:
    """Which cells of a grid nothing may drive into.

    Args:
        cells: (h, w) 0 to 100, how likely each is occupied in percent; -1 where nobody knows.
        threshold: so likely and more is occupied.
        unknown: whether unknown cells are taken to be occupied.
    """
    occupied: Flags = cells >= threshold
    return occupied | (cells < 0) if unknown else occupied


def edge_of(occupied: Flags) -> Cells:
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


def edge_after(edge: Cells, occupied: Flags, window: Window) -> Cells:
    """The edge of a grid, found anew only where cells have changed.

    Args:
        edge: (n, 2) rows and columns at the edge before, as of `edge_of`.
        occupied: (h, w) which cells are occupied now.
        window: outside of it none has changed.
    """
    # A cell that has changed makes a difference to its neighbours, and these look at theirs.
    near, seen = window.grown(1, occupied.shape), window.grown(2, occupied.shape)
    found = edge_of(seen.of(occupied)) + np.array((seen.top, seen.left))
    return np.concatenate((edge[~near.holds(edge)], found[near.holds(found)]))


def points_of_cells(cells: Cells, resolution: float, origin: tuple[float, float, float]) -> Vector:
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
