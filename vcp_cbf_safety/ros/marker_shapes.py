"""Shapes of the markers that the filter shows."""

import math
from collections.abc import Iterable, Sequence

from geometry_msgs.msg import Point
from std_msgs.msg import ColorRGBA
from visualization_msgs.msg import Marker

Color = tuple[float, float, float]
Place = tuple[float, float]

# Of what stands on the ground, and of lines above it [m].
HEIGHT = 0.2
# Length of the head of an arrow, and its width [m].
_HEAD, _WIDTH = 0.12, 0.08


def marker_of(name: str, kind: int, color: Color, alpha: float) -> Marker:
    """A marker without a place and a size."""
    marker = Marker(ns=name, type=kind, action=Marker.ADD)
    marker.pose.orientation.w = 1.0
    marker.color = _rgba(color, alpha)
    return marker


def disc(name: str, x: float, y: float, radius: float, color: Color, alpha: float) -> Marker:
    """A disc on the ground."""
    marker = marker_of(name, Marker.CYLINDER, color, alpha)
    marker.pose.position.x, marker.pose.position.y = x, y
    marker.pose.position.z = 0.5 * HEIGHT
    marker.scale.x = marker.scale.y = 2.0 * radius
    marker.scale.z = HEIGHT
    return marker


def line(name: str, places: Iterable[Sequence[float]], color: Color, width: float) -> Marker:
    """A line through places."""
    marker = marker_of(name, Marker.LINE_STRIP, color, 1.0)
    marker.scale.x = width
    marker.points = [_point(x, y) for x, y in places]
    return marker


def segments(name: str, pairs: Sequence[tuple[Place, Place]], colors: Sequence[Color]) -> Marker:
    """Lines between two places each, in a colour each."""
    marker = marker_of(name, Marker.LINE_LIST, (1.0, 1.0, 1.0), 1.0)
    marker.scale.x = 0.01
    marker.points = [_point(*place) for pair in pairs for place in pair]
    marker.colors = [_rgba(color, 1.0) for color in colors for _ in range(2)]
    return marker


def arrow(name: str, x: float, y: float, heading: float, color: Color) -> Marker:
    """The head of an arrow that begins at a place."""
    marker = marker_of(name, Marker.ARROW, color, 1.0)
    tip = _point(x + _HEAD * math.cos(heading), y + _HEAD * math.sin(heading))
    marker.points = [_point(x, y), tip]
    marker.scale.x, marker.scale.y, marker.scale.z = 0.25 * _WIDTH, _WIDTH, 0.9 * _HEAD
    return marker


def text(name: str, x: float, y: float, words: str, color: Color) -> Marker:
    """Words above a place."""
    marker = marker_of(name, Marker.TEXT_VIEW_FACING, color, 1.0)
    marker.pose.position.x, marker.pose.position.y, marker.pose.position.z = x, y, 0.5
    marker.scale.z = 0.12
    marker.text = words
    return marker


def _point(x: float, y: float) -> Point:
    return Point(x=float(x), y=float(y), z=HEIGHT)


def _rgba(color: Color, alpha: float) -> ColorRGBA:
    red, green, blue = color
    return ColorRGBA(r=red, g=green, b=blue, a=alpha)
