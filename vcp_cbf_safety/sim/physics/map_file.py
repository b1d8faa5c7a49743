"""Maps as map servers have them, as boxes: a YAML file and the picture that it names."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml
from numpy.typing import NDArray

from vcp_cbf_safety.errors import VcpCbfError
from vcp_cbf_safety.sim.box import Box


class MapFileError(VcpCbfError, ValueError):
    """A map cannot be read; the message names the file and what is wrong."""


class GridMap(NamedTuple):
    """An occupancy grid.

    Attributes:
        occupied: (rows, columns), the first row at the lowest y.
        resolution: size of a cell [m].
        x, y: corner of the first cell [m].
    """

    occupied: NDArray[np.bool_]
    resolution: float
    x: float
    y: float


def read_map(path: Path) -> GridMap:
    """Read a map of a map server whose picture is a PGM file; what is unknown is free.

    Raises:
        MapFileError: if a file cannot be read, or it is turned against the axes.
    """
    try:
        facts = yaml.safe_load(path.read_text(encoding='utf-8'))
        origin = [float(each) for each in facts['origin']]
        resolution = float(facts['resolution'])
        occupied = float(facts['occupied_thresh'])
        negate = bool(facts.get('negate', 0))
        picture = _read_pgm(path.parent / facts['image'])
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise MapFileError(
            f'{path} cannot be read as a map: {" ".join(str(error).split())}'
        ) from None
    if len(origin) != 3 or origin[2] != 0.0:
        raise MapFileError(f'{path}: origin is {origin}; it must be x, y and a yaw of 0')
    if not resolution > 0.0:
        raise MapFileError(f'{path}: resolution is {resolution}; it must be positive')
    dark = picture if negate else 1.0 - picture
    return GridMap((dark > occupied)[::-1], resolution, origin[0], origin[1])


def boxes_of(grid: GridMap) -> tuple[Box, ...]:
    """Boxes that cover the occupied cells and nothing else: few, as large as they can be made."""
    left = grid.occupied.copy()
    boxes = []
    for row, column in np.argwhere(left).tolist():
        if not left[row, column]:
            continue  # a box before has it
        end = column + _run(left[row, column:])
        top = row + 1
        while top < len(left) and left[top, column:end].all():
            top += 1
        left[row:top, column:end] = False
        boxes.append(_box(grid, row, top, column, end))
    return tuple(boxes)


def _run(cells: NDArray[Any]) -> int:
    """How many cells are occupied from the first on."""
    free = np.flatnonzero(~cells)
    return int(free[0]) if len(free) else len(cells)


def _box(grid: GridMap, row: int, top: int, column: int, end: int) -> Box:
    size = grid.resolution
    return Box(
        grid.x + 0.5 * size * (column + end), grid.y + 0.5 * size * (row + top), 0.0,
        size * (end - column), size * (top - row),
    )  # fmt: skip


def _read_pgm(path: Path) -> NDArray[np.float64]:
    """Brightness (rows, columns) from 0 to 1, from the top down.

    Raises:
        ValueError: if it is no binary PGM file with one byte for each pixel.
    """
    content = path.read_bytes()
    header: list[bytes] = []
    at = 0
    while len(header) < 4:
        end = content.index(b'\n', at)
        header += content[at:end].partition(b'#')[0].split()
        at = end + 1
    kind, width, height, most = header
    if kind != b'P5' or int(most) > 255:
        raise ValueError(f'{path} is not a binary PGM file (P5) with one byte for each pixel')
    pixels = np.frombuffer(content, np.uint8, int(width) * int(height), at)
    return pixels.reshape(int(height), int(width)) / float(most)
