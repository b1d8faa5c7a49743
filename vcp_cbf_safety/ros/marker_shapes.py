"""Shapes of the markers that the filter shows; needs no ROS."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.ros.marker_types import MarkerType

Color = tuple[float, float, float]
Place = tuple[float, float]
Vector = tuple[float, float, float]

# Of what stands on the ground, and of lines above it [m].
_HEIGHT = 0.2
# Length of the head of an arrow, and its width [m].
_HEAD, _WIDTH = 0.12, 0.08
_NO_POINTS: NDArray[np.float64] = np.zeros((0, 3))


class Shape(NamedTuple):
    """What one marker shows.

    Attributes:
        namespace: what it is.
        kind: its type.
        color: red, green and blue, from 0 to 1.
        alpha: 0 for nothing, 1 for all of it.
        place: x, y, z [m].
        scale: x, y, z [m].
        points: (n, 3) of a list [m].
        colors: of each of these points; empty where all have the colour of the shape.
        text: of a text.
    """

    namespace: str
    kind: MarkerType
    color: Color
    alpha: float
    place: Vector = (0.0, 0.0, 0.0)
    scale: Vector = (0.0, 0.0, 0.0)
    points: NDArray[np.float64] = _NO_POINTS
    colors: tuple[Color, ...] = ()
    text: str = ''


def disc(name: str, x: float, y: float, radius: float, color: Color, alpha: float) -> Shape:
    """A disc on the ground."""
    place, scale = (x, y, 0.5 * _HEIGHT), (2.0 * radius, 2.0 * radius, _HEIGHT)
    return Shape(name, MarkerType.CYLINDER, color, alpha, place, scale)


def spheres(name: str, places: Any, width: float, color: Color) -> Shape:
    """Spheres on the ground, (n, 2) places [m]."""
    points, scale = _points(places, 0.0), (width, width, width)
    return Shape(name, MarkerType.SPHERE_LIST, color, 1.0, scale=scale, points=points)


def line(name: str, places: Any, color: Color, width: float) -> Shape:
    """A line through (n, 2) places [m]."""
    points, scale = _points(places, _HEIGHT), (width, 0.0, 0.0)
    return Shape(name, MarkerType.LINE_STRIP, color, 1.0, scale=scale, points=points)


def segments(name: str, pairs: Sequence[tuple[Place, Place]], colors: Sequence[Color]) -> Shape:
    """Lines between two places each, in a colour each."""
    points = _points([place for pair in pairs for place in pair], _HEIGHT)
    each = tuple(color for color in colors for _ in range(2))
    kind, white, scale = MarkerType.LINE_LIST, (1.0, 1.0, 1.0), (0.01, 0.0, 0.0)
    return Shape(name, kind, white, 1.0, scale=scale, points=points, colors=each)


def arrow(name: str, x: float, y: float, heading: float, color: Color) -> Shape:
    """The head of an arrow that begins at a place."""
    tip = (x + _HEAD * math.cos(heading), y + _HEAD * math.sin(heading))
    points, scale = _points([(x, y), tip], _HEIGHT), (0.25 * _WIDTH, _WIDTH, 0.9 * _HEAD)
    return Shape(name, MarkerType.ARROW, color, 1.0, scale=scale, points=points)


def text(name: str, x: float, y: float, words: str, color: Color) -> Shape:
    """Words above a place."""
    place, scale = (x, y, 0.5), (0.0, 0.0, 0.12)
    return Shape(name, MarkerType.TEXT_VIEW_FACING, color, 1.0, place, scale, text=words)


def _points(places: Any, height: float) -> NDArray[np.float64]:
    points = np.full((len(places), 3), height)
    points[:, :2] = places
    return points
