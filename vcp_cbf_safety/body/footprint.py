"""A footprint of a robot, as Nav2 writes it."""

import ast
import math
from collections.abc import Sequence
from itertools import pairwise

from vcp_cbf_safety.errors import ConfigurationError

Point = tuple[float, float]

_MOST_CORNERS = 64
# Farthest corner from the axle centre, and narrowest body [m]; those of `body_radius`.
_FARTHEST, _NARROWEST = 5.0, 0.02


def corners_of(text: str, name: str = 'footprint') -> tuple[Point, ...]:
    """Corners of a footprint in the base frame [m], anticlockwise.

    Args:
        text: `[[x, y], [x, y], ...]`, as in Nav2.
        name: the parameter, for errors.

    Raises:
        ConfigurationError: if it is no such list, or no outline of a robot; the message names
            the parameter and what is wrong.
    """
    corners = _parsed(text, name)
    for index, corner in enumerate(corners):
        if corner in corners[:index]:
            raise ConfigurationError(
                f'{name} has the corner [{corner[0]:g}, {corner[1]:g}] twice; each corner is '
                'named once, and the last is joined to the first'
            )
    if _crosses_itself(corners):
        raise ConfigurationError(
            f'{name} crosses or touches itself; its corners must go around the robot in order'
        )
    hull = convex_hull(corners)
    if _narrowest_width(hull) < _NARROWEST:
        raise ConfigurationError(
            f'{name} is {_narrowest_width(hull):g} m at its narrowest; it must be at least '
            f'{_NARROWEST:g} m'
        )
    if min(distances_inside(hull, (0.0, 0.0))) < 0.0:
        raise ConfigurationError(
            f'{name} does not contain the axle centre, [0, 0]; corners are in the frame of the '
            'base, whose origin is between the wheels'
        )
    return corners if _signed_area(corners) > 0.0 else corners[::-1]


def convex_hull(points: Sequence[Point]) -> tuple[Point, ...]:
    """Corners of the convex hull, anticlockwise, without those on its sides."""
    ordered = sorted(points)
    half: list[list[Point]] = []
    for way in (ordered, ordered[::-1]):
        chain: list[Point] = []
        for point in way:
            while len(chain) >= 2 and _turn(chain[-2], chain[-1], point) <= 0.0:
                chain.pop()
            chain.append(point)
        half.append(chain[:-1])
    return (*half[0], *half[1])


def _parsed(text: str, name: str) -> tuple[Point, ...]:
    wanted = 'it must be a list of corners, such as [[0.3, 0.2], [-0.3, 0.2], [-0.3, -0.2]]'
    if len(text) > 100 * _MOST_CORNERS:
        raise ConfigurationError(f'{name} has {len(text)} letters; {wanted}')
    try:
        listed = ast.literal_eval(text.strip())
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        raise ConfigurationError(f'{name} is {text!r}; {wanted}') from None
    if not isinstance(listed, list):
        raise ConfigurationError(f'{name} is {text!r}; {wanted}')
    for index, corner in enumerate(listed):
        if not isinstance(corner, list) or len(corner) != 2:
            raise ConfigurationError(f'{name}[{index}] is {corner!r}; it must be [x, y]')
        for number in corner:
            if isinstance(number, bool) or not isinstance(number, int | float):
                raise ConfigurationError(f'{name}[{index}] is {corner!r}; it must be two numbers')
        if not (max(map(abs, corner)) <= _FARTHEST and math.hypot(*corner) <= _FARTHEST):
            raise ConfigurationError(
                f'{name}[{index}] is {corner!r}; a corner must be within {_FARTHEST:g} m of the '
                'axle centre'
            )
    if not 3 <= len(listed) <= _MOST_CORNERS:
        raise ConfigurationError(
            f'{name} has {len(listed)} corners; it must have 3 to {_MOST_CORNERS}'
        )
    return tuple((float(x), float(y)) for x, y in listed)


def _turn(a: Point, b: Point, c: Point) -> float:
    """Twice the area of a triangle, positive when it is anticlockwise."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _signed_area(corners: Sequence[Point]) -> float:
    return sum(_turn((0.0, 0.0), a, b) for a, b in sides_of(corners))


def sides_of(corners: Sequence[Point]) -> list[tuple[Point, Point]]:
    """Sides of a polygon, the one that closes it last."""
    return list(pairwise((*corners, corners[0])))


def _crosses_itself(corners: Sequence[Point]) -> bool:
    sides = sides_of(corners)
    for index, first in enumerate(sides):
        if _turn(*first, sides[index - 1][0]) == 0.0 and _lies_between(*first, sides[index - 1]):
            return True
        for other in sides[index + 2 : len(sides) - (index == 0)]:
            if _meet(first, other):
                return True
    return False


def _lies_between(a: Point, b: Point, before: tuple[Point, Point]) -> bool:
    """Whether the side from a to b leads back along the one before it, which ends in a."""
    c = before[0]
    return (b[0] - a[0]) * (c[0] - a[0]) + (b[1] - a[1]) * (c[1] - a[1]) > 0.0


def _meet(first: tuple[Point, Point], second: tuple[Point, Point]) -> bool:
    """Whether two segments have a point in common."""
    for (a, b), (c, d) in ((first, second), (second, first)):
        if _turn(a, b, c) * _turn(a, b, d) > 0.0:
            return False
        # Boxes that do not overlap: for segments on one line.
        for axis in (0, 1):
            if max(a[axis], b[axis]) < min(c[axis], d[axis]):
                return False
    return True


def distances_inside(hull: Sequence[Point], point: Point) -> list[float]:
    """How far inside of each side of a convex polygon a point is [m]."""
    return [_turn(a, b, point) / math.dist(a, b) for a, b in sides_of(hull)]


def _narrowest_width(hull: Sequence[Point]) -> float:
    if len(hull) < 3:
        return 0.0
    return min(
        max(_turn(a, b, corner) for corner in hull) / math.dist(a, b) for a, b in sides_of(hull)
    )
