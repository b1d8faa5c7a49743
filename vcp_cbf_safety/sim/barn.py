"""Reader of BARN navigation worlds: cylinders between a start and a goal.

D. Perille, A. Truong, X. Xiao, P. Stone, "Benchmarking Metric Ground Navigation", SSRR 2020. The
JSON maps the number of a world to `{"cylinders": [[x, y, radius], ...], "path": [[x, y], ...]}`,
in metres; robots start at (-2, 3), facing +y, and aim at (-2, 13).
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vcp_cbf_safety.errors import VcpCbfError
from vcp_cbf_safety.hazards.hazards import Circle

START = (-2.0, 3.0, math.pi / 2.0)
GOAL = (-2.0, 13.0)


class WorldFileError(VcpCbfError, ValueError):
    """A file of worlds cannot be read; the message names the file, the place and the rule."""


@dataclass(frozen=True, slots=True)
class BarnWorld:
    """One world.

    Attributes:
        cylinders: the obstacles in the world frame.
        path: points of the reference path in the world frame [m].
    """

    cylinders: tuple[Circle, ...]
    path: tuple[tuple[float, float], ...]


def read_world(path: Path, number: int) -> BarnWorld:
    """Read one world of a file.

    Raises:
        WorldFileError: if the file is not JSON of this format or has no world of that number.
    """
    worlds = _load(path)
    if str(number) not in worlds:
        known = sorted(int(each) for each in worlds if each.isdecimal())
        rule = f'it has {len(known)} worlds, {known[0]} to {known[-1]}' if known else 'it has none'
        raise WorldFileError(f'{path} has no world {number}; {rule}')
    world = worlds[str(number)]
    where = f'{path}, world {number}'
    cylinders = tuple(
        Circle(x, y, radius) for x, y, radius in _points(world, 'cylinders', 3, where)
    )
    return BarnWorld(cylinders, tuple((x, y) for x, y in _points(world, 'path', 2, where)))


def _load(path: Path) -> dict[str, Any]:
    try:
        worlds = json.loads(path.read_text(encoding='utf-8'))
    except OSError as error:
        raise WorldFileError(f'{path} cannot be read: {error.strerror}') from None
    except UnicodeDecodeError:
        raise WorldFileError(f'{path} is not JSON: it is not text in UTF-8') from None
    except json.JSONDecodeError as error:
        raise WorldFileError(f'{path}, line {error.lineno} is not JSON: {error.msg}') from None
    if not isinstance(worlds, dict):
        raise WorldFileError(f'{path} is not a JSON object of worlds by number')
    return worlds


def _points(world: Any, key: str, width: int, where: str) -> list[list[float]]:
    entries = world.get(key) if isinstance(world, dict) else None
    if not isinstance(entries, list):
        raise WorldFileError(f'{where} has no list called {key!r}')
    for index, entry in enumerate(entries):
        numbers = entry if isinstance(entry, list) else []
        if len(numbers) != width or not all(_finite(each) for each in numbers):
            raise WorldFileError(
                f'{where}, {key}[{index}] is {entry!r}; it must be {width} finite numbers'
            )
        if width == 3 and numbers[2] <= 0.0:
            raise WorldFileError(
                f'{where}, {key}[{index}] has radius {numbers[2]} m; it must be positive'
            )
    return entries


def _finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
