"""Obstacle markers as plain values, and the discs that they cover."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from transforms3d.quaternions import quat2mat

from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.frames.planar import check_rotation
from vcp_cbf_safety.hazards.hazards import Circle
from vcp_cbf_safety.hazards.line_cover import LONGEST, cover_lines
from vcp_cbf_safety.motion.unicycle import LARGEST_NUMBER
from vcp_cbf_safety.ros.conversions import check_frame_without_transforms
from vcp_cbf_safety.ros.marker_types import MarkerType

if TYPE_CHECKING:
    from visualization_msgs.msg import MarkerArray

Vector = NDArray[np.float64]

NO_POINTS: Vector = np.zeros((0, 3))

# What a marker may be by its type.
_ROUND = frozenset({MarkerType.SPHERE, MarkerType.CYLINDER, MarkerType.SPHERE_LIST})
_SQUARE = frozenset({MarkerType.CUBE, MarkerType.CUBE_LIST, MarkerType.POINTS})
_LINES = frozenset({MarkerType.LINE_STRIP, MarkerType.LINE_LIST})
LISTS = frozenset({MarkerType.SPHERE_LIST, MarkerType.CUBE_LIST, MarkerType.POINTS, *_LINES})
# For the eye only: no obstacles.
REMARKS = frozenset({MarkerType.TEXT_VIEW_FACING, MarkerType.ARROW, MarkerType.ARROW_STRIP})
_ACCEPTED = 'CYLINDER, SPHERE, CUBE, SPHERE_LIST, CUBE_LIST, POINTS, LINE_STRIP or LINE_LIST'
_TYPE_NAMES: dict[int, str] = {
    MarkerType.MESH_RESOURCE: 'MESH_RESOURCE',
    MarkerType.TRIANGLE_LIST: 'TRIANGLE_LIST',
}


class ObstacleMarker(NamedTuple):
    """What counts of a Marker message.

    Attributes:
        namespace, number: its name: ns and id.
        kind, action: as in the message; `kind` is its type.
        frame: of its pose.
        stamp: of the message, on the clock of the stamps, 0 when nobody set it [s].
        geometry: position x, y, z [m], orientation x, y, z, w and scale x, y, z [m].
        lifetime: 0 for never ending [s].
        points: (n, 3) in its pose [m]; used by lists only.
    """

    namespace: str
    number: int
    kind: int
    action: int
    frame: str
    stamp: float
    geometry: tuple[float, ...]
    lifetime: float
    points: Vector = NO_POINTS

    @property
    def name(self) -> str:
        """What the filter calls it."""
        return f'{self.namespace}/{self.number}'


class DiscList:
    """The discs of one list marker; they stand still, because a point has no name to follow.

    Attributes:
        name: of the marker; its discs are called name[index].
        centers: (n, 2) in the frame of the marker [m].
        radius: of each of them [m].
    """

    def __init__(self, name: str, centers: Vector, radius: float) -> None:
        self.name = name
        self.centers = centers
        self.radius = radius
        self._circles: dict[int, Circle] = {}

    def __len__(self) -> int:
        return len(self.centers)

    def is_as(self, other: 'DiscList') -> bool:
        """Whether the discs of another list are the same, in the same order."""
        return self.radius == other.radius and np.array_equal(self.centers, other.centers)

    def circle(self, index: int) -> Circle:
        """One of the discs; made when somebody asks, because few of many are near the robot."""
        circle = self._circles.get(index)
        if circle is None:
            x, y = self.centers[index].tolist()
            circle = Circle(x, y, self.radius, name=f'{self.name}[{index}]')
            self._circles[index] = circle
        return circle


def markers_of(message: 'MarkerArray') -> Iterator[ObstacleMarker]:
    """The markers of a message that has been deserialised."""
    for each in message.markers:
        stamp, pose, scale = each.header.stamp, each.pose, each.scale
        where, turn = pose.position, pose.orientation
        points = np.array([(p.x, p.y, p.z) for p in each.points]) if each.points else NO_POINTS
        yield ObstacleMarker(
            each.ns,
            each.id,
            each.type,
            each.action,
            each.header.frame_id,
            stamp.sec + 1e-9 * stamp.nanosec,
            (
                where.x, where.y, where.z, turn.x, turn.y, turn.z, turn.w,
                scale.x, scale.y, scale.z,
            ),
            each.lifetime.sec + 1e-9 * each.lifetime.nanosec,
            points,
        )  # fmt: skip


def circle_of(marker: ObstacleMarker, world_frame: str) -> Circle:
    """Disc that covers a CYLINDER, SPHERE or CUBE, seen from above, named namespace/id.

    A cube is covered by the disc around its footprint, whichever way it is turned; a tilted
    marker by one that also covers what its height sticks out to the side.

    Raises:
        InputError: if it is of another type, in another frame, or has no size; the message names
            the marker.
    """
    _check(marker, world_frame)
    x, y = marker.geometry[:2]
    _check_place(marker, x, y)
    return Circle(x, y, _covering_radius(marker), name=marker.name)


def circle_at(marker: ObstacleMarker, circle: Circle) -> Circle:
    """The disc of a marker that had another one before, and has only moved since, if at all.

    Raises:
        InputError: if it is nowhere.
    """
    x, y = marker.geometry[:2]
    if x == circle.x and y == circle.y:
        return circle
    _check_place(marker, x, y)
    return Circle(x, y, circle.radius, name=circle.name)


def discs_of(marker: ObstacleMarker, world_frame: str) -> DiscList:
    """Discs that cover the points or lines of a marker, seen from above.

    The marker's pose applies to the points, its scale is the size of each of them. The points of
    POINTS are squares that face the eye, scale.x wide and scale.y high. LINE_STRIP and LINE_LIST
    are as wide as scale.x, and covered by discs one after the other.

    Raises:
        InputError: as `circle_of`, or if any point is not a finite number of sensible size.
    """
    _check(marker, world_frame)
    points = marker.points
    if not len(points):
        return DiscList(marker.name, np.zeros((0, 2)), 0.0)
    x, y = marker.geometry[:2]
    _check_place(marker, x, y)
    bad = np.flatnonzero(~(np.abs(points) <= LARGEST_NUMBER).all(axis=1))
    if len(bad):
        raise InputError(
            f'marker {marker.name} has point {bad[0]} at {tuple(points[bad[0]].tolist())}; it '
            f'must be finite, and within {LARGEST_NUMBER:g} m'
        )
    centers = points @ _rotation(marker)[:2].T + (x, y)
    if marker.kind in _LINES:
        return discs_along(marker, centers)
    return DiscList(marker.name, centers, _covering_radius(marker))


def discs_along(marker: ObstacleMarker, places: Vector) -> DiscList:
    """Discs that cover the lines of a LINE_STRIP or LINE_LIST.

    Args:
        marker: its scale.x is the width of the lines.
        places: (n, 2) its points in the world frame [m].

    Raises:
        InputError: if the width is none, a line of a LINE_LIST has no end, or the lines are
            longer than those of any building.
    """
    width = marker.geometry[7]
    if not 0.0 < width <= LARGEST_NUMBER:
        raise InputError(
            f'marker {marker.name} has scale.x {width} m; it is the width of its lines and must '
            f'be positive and finite, and at most {LARGEST_NUMBER:g} m'
        )
    if marker.kind == MarkerType.LINE_LIST and len(places) % 2:
        raise InputError(
            f'marker {marker.name} has {len(places)} points; a LINE_LIST has two for each line'
        )
    strip = marker.kind == MarkerType.LINE_STRIP
    starts, ends = (places[:-1], places[1:]) if strip else (places[0::2], places[1::2])
    lengths = np.hypot(*(ends - starts).T)
    if lengths.sum() > LONGEST:
        raise InputError(
            f'marker {marker.name} has lines of {lengths.sum():.0f} m; it must have at most '
            f'{LONGEST:.0f} m'
        )
    return DiscList(marker.name, *cover_lines(starts, ends, width))


def _check(marker: ObstacleMarker, world_frame: str) -> None:
    kind = marker.kind
    if kind not in _ROUND and kind not in _SQUARE and kind not in _LINES:
        raise InputError(
            f'marker {marker.name} has type {_TYPE_NAMES.get(kind, "number")} ({kind}); an '
            f'obstacle must be a {_ACCEPTED}'
        )
    if marker.frame != world_frame:
        check_frame_without_transforms(marker.frame, world_frame, f'marker {marker.name}')


def _check_place(marker: ObstacleMarker, x: float, y: float) -> None:
    if abs(x) <= LARGEST_NUMBER and abs(y) <= LARGEST_NUMBER:
        return
    what, number = ('y', y) if abs(x) <= LARGEST_NUMBER else ('x', x)
    raise InputError(
        f'marker {marker.name} has {what} {number}; it must be finite, and within '
        f'{LARGEST_NUMBER:g} m'
    )


def _covering_radius(marker: ObstacleMarker) -> float:
    """Radius of a disc that covers the marker, or each of its points, from above [m].

    With the sine s of the tilt every part is within (width + s height) / 2 of the middle, and
    within half of the longest line through the shape.
    """
    kind = marker.kind
    x, y, z = marker.geometry[7:]
    width = math.hypot(x, y) if kind in _SQUARE else max(x, y)
    if not 0.0 < width <= LARGEST_NUMBER:
        raise InputError(
            f'marker {marker.name} has scale {width} m; its diameter must be positive and '
            f'finite, and at most {LARGEST_NUMBER:g} m'
        )
    tilt = _tilt(marker)
    if tilt == 0.0 or kind == MarkerType.POINTS:
        return 0.5 * width
    height = abs(z)
    if not height <= LARGEST_NUMBER:
        raise InputError(
            f'marker {marker.name} is tilted and has scale.z {z} m; it must be finite'
        )
    round_shape = kind in (MarkerType.SPHERE, MarkerType.SPHERE_LIST)
    longest = max(width, height) if round_shape else math.hypot(width, height)
    return 0.5 * min(width + tilt * height, longest)


def _rotation(marker: ObstacleMarker) -> Vector:
    """Rotation matrix (3, 3) of a marker; a quaternion of zeros was not set and turns nothing."""
    x, y, z, w = marker.geometry[3:7]
    if x == y == z == w == 0.0:
        return np.eye(3)
    check_rotation((x, y, z, w), f'marker {marker.name}')
    return np.asarray(quat2mat((w, x, y, z)), np.float64)


def _tilt(marker: ObstacleMarker) -> float:
    """Sine of the angle between the vertical and the axis of a marker."""
    x, y, z, w = marker.geometry[3:7]
    if x == y == 0.0 and 0.5 < z * z + w * w < 2.0:
        return 0.0  # upright, as most are
    axis = _rotation(marker)[:, 2]
    return min(math.hypot(axis[0], axis[1]), 1.0)
