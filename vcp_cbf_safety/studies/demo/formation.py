"""Formations: any number of robots, each with a place to start and a goal."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from vcp_cbf_safety.hazards.hazards import Arena

_SHAPES = ('ellipse', 'crossing')
_KEYS = {'shape', 'robots', 'semi_axes', 'spacing', 'room'}


class ScenePlace(NamedTuple):
    """Start x, y, heading and goal x, y of one robot or person [m, rad], and its speed [m/s].

    Without a speed it drives as fast as the driver's parameters say.
    """

    name: str
    start: tuple[float, float, float]
    goal: tuple[float, float]
    speed: float | None = None


def formation_of(
    content: Mapping[str, Any], count: int | None, radius: float
) -> tuple[tuple[ScenePlace, ...], Arena]:
    """Places, and the arena around them.

    Args:
        content: shape, robots, semi_axes (of an ellipse [m]; it grows when there are more robots
            than fit), spacing between neighbours at least [m], room beyond them [m].
        count: how many robots; None for as many as the content says.
        radius: of their bodies [m].

    Raises:
        ValueError: if the content is not legal, the message beginning with the key.
    """
    for key in content:
        if key not in _KEYS:
            raise ValueError(f'.{key} is unknown; there are {", ".join(sorted(_KEYS))}')
    shape = content.get('shape')
    if shape not in _SHAPES:
        raise ValueError(f'.shape is {shape!r}; it must be one of {", ".join(_SHAPES)}')
    number = content.get('robots') if count is None else count
    if not isinstance(number, int) or isinstance(number, bool) or not 2 <= number <= 100:
        raise ValueError(f'.robots is {number!r}; it must be 2 to 100')
    spacing = _positive(content, 'spacing', 4.0 * radius)
    room = _positive(content, 'room', 4.0 * radius)
    if spacing < 2.0 * radius or room < radius:
        raise ValueError(
            f'.spacing or .room is too small for bodies with a radius of {radius:g} m'
        )
    if shape == 'crossing':
        return _crossing(number, spacing, room)
    axes = content.get('semi_axes', [1.0, 1.0])
    if not (isinstance(axes, list) and len(axes) == 2 and all(_is_positive(a) for a in axes)):
        raise ValueError(f'.semi_axes is {axes!r}; it must be two positive numbers')
    return _ellipse(number, axes, spacing, room)


def _ellipse(
    number: int, axes: list[float], spacing: float, room: float
) -> tuple[tuple[ScenePlace, ...], Arena]:
    """Everybody on an ellipse, equal angles apart; the goal is the place on the other side."""
    angles = [2.0 * math.pi * index / number for index in range(number)]
    a, b = (float(each) for each in axes)
    points = [(a * math.cos(angle), b * math.sin(angle)) for angle in angles]
    nearest = min(math.dist(points[i - 1], points[i]) for i in range(number))
    grown = max(spacing / nearest, 1.0)
    a, b = grown * a, grown * b
    places = []
    for index, (x, y) in enumerate(points):
        start = (round(grown * x, 4), round(grown * y, 4), round(math.atan2(-y, -x), 4))
        places.append(ScenePlace(f'robot{index + 1}', start, (-start[0], -start[1])))
    return tuple(places), Arena(-a - room, -b - room, a + room, b + room)


def _crossing(number: int, spacing: float, room: float) -> tuple[tuple[ScenePlace, ...], Arena]:
    """Half of the robots from the west to the east, the others from the south to the north."""
    first = (number + 1) // 2
    half = 0.5 * spacing * (first - 1)
    away = half + 1.5 * spacing
    places = []
    for index in range(number):
        row = index if index < first else index - first
        aside = spacing * row - 0.5 * spacing * ((first if index < first else number - first) - 1)
        if index < first:
            start, goal = (-away, aside, 0.0), (away, aside)
        else:
            start, goal = (aside, -away, 1.5708), (aside, away)
        places.append(ScenePlace(f'robot{index + 1}', start, goal))
    reach = away + room
    return tuple(places), Arena(-reach, -reach, reach, reach)


def _positive(content: Mapping[str, Any], key: str, default: float) -> float:
    value = content.get(key, default)
    if not _is_positive(value):
        raise ValueError(f'.{key} is {value!r}; it must be a positive number')
    return float(value)


def _is_positive(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and 0.0 < value < math.inf
