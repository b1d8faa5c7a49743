"""Ground truth of bodies that are polygons: distances, and where they are nearest.

Written without the filter's formulas on purpose: it knows corners and sides, and no discs that
cover them.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcp_cbf_safety.hazards.hazards import Arena
from vcp_cbf_safety.sim.clearance import clearances

Array = NDArray[np.float64]


class Near(NamedTuple):
    """From a body to m surfaces.

    Attributes:
        free: (m,) distances from surface to surface [m], negative where bodies overlap.
        toward: (m, 2) unit vectors from the body to the surfaces.
        at: (m, 2) points of the body that are nearest [m].
    """

    free: Array
    toward: Array
    at: Array


def outline(corners: ArrayLike, pose: ArrayLike) -> Array:
    """Corners (n, 2) of a body in the world [m].

    Args:
        corners: (n, 2) in the base frame [m].
        pose: x, y [m] and heading [rad] of the base.
    """
    x, y, heading = np.asarray(pose, float)
    ahead, aside = np.asarray(corners, float).T
    cosine, sine = np.cos(heading), np.sin(heading)
    return np.column_stack((x + cosine * ahead - sine * aside, y + sine * ahead + cosine * aside))


def sides(body: Array) -> Array:
    """Sides (n, 4) of a polygon (n, 2), from x, y to x, y [m]."""
    return np.hstack((body, np.roll(body, -1, axis=0)))


def near_discs(body: Array, centers: Array, radii: ArrayLike) -> Near:
    """From a polygon to discs.

    Args:
        body: (n, 2) corners in the world [m].
        centers: (m, 2) of the discs [m].
        radii: (m,) of the discs [m].
    """
    if not len(centers):
        return _together([])
    at, distance = _nearest(body, centers)
    inside = _inside(body, centers)
    away = np.where(inside, -distance, distance)
    # On an edge, or nearly, the direction is not that of two points that are one.
    toward = (centers - at) / np.where(inside, -1.0, 1.0)[:, None]
    toward /= np.maximum(np.hypot(*toward.T), 1e-9)[:, None]
    return Near(away - np.asarray(radii, float), toward, at)


def near_walls(body: Array, arena: Arena | None) -> Near:
    """From a polygon to the four walls around it; none without an arena."""
    if arena is None:
        return _together([])
    x, y = body.T
    ways = np.array((x - arena.x_min, arena.x_max - x, y - arena.y_min, arena.y_max - y))
    toward = np.array(((-1.0, 0.0), (1.0, 0.0), (0.0, -1.0), (0.0, 1.0)))
    return Near(ways.min(axis=1), toward, body[ways.argmin(axis=1)])


def near_polygon(body: Array, other: Array) -> Near:
    """From a polygon to another one: a single surface."""
    at, ours = _nearest(body, other)
    to, theirs = _nearest(other, body)
    i, j = int(ours.argmin()), int(theirs.argmin())
    here, there = (at[i], other[i]) if ours[i] < theirs[j] else (body[j], to[j])
    distance = float(min(ours[i], theirs[j]))
    depth = max(
        float(ours[_inside(body, other)].max(initial=0.0)),
        float(theirs[_inside(other, body)].max(initial=0.0)),
    )
    toward = there - here
    if depth > 0.0 or _crosses(body, other):
        middle = other.mean(axis=0) - body.mean(axis=0)
        distance, toward = -max(depth, 1e-6), middle
    toward = toward / max(float(np.hypot(*toward)), 1e-9)
    return Near(np.array([distance]), toward[None], here[None])


def near(
    body: Array | float, place: ArrayLike, centers: Array, radii: ArrayLike, arena: Arena | None
) -> Near:
    """From a body to discs, then to the walls.

    Args:
        body: (n, 2) corners in the world, or the radius of a disc [m].
        place: (2,) where its axle centre is [m].
        centers: (m, 2) of the discs [m].
        radii: (m,) of the discs [m].
        arena: the walls, or None.
    """
    if isinstance(body, np.ndarray):
        return _together([near_discs(body, centers, radii), near_walls(body, arena)])
    free, toward = clearances(place, body, centers, radii, arena)
    return Near(free, toward, np.asarray(place) + body * toward)


def near_body(body: Array | float, place: ArrayLike, other: Array) -> Near:
    """From a body to another one that is a polygon: a single surface.

    Args:
        body: (n, 2) corners in the world, or the radius of a disc [m].
        place: (2,) where its axle centre is [m].
        other: (k, 2) corners of the other one in the world [m].
    """
    if isinstance(body, np.ndarray):
        return near_polygon(body, other)
    back = near_discs(other, np.reshape(place, (1, 2)), body)
    return Near(back.free, -back.toward, np.asarray(place) - body * back.toward)


def speed_of_point(pose: ArrayLike, v: float, omega: float, at: Array) -> Array:
    """Velocity (2,) of a point of a body [m/s].

    Args:
        pose: x, y [m] and heading [rad] of its base.
        v, omega: twist of its base [m/s, rad/s].
        at: (2,) the point in the world [m].
    """
    x, y, heading = np.asarray(pose, float)
    return np.array(
        (v * np.cos(heading) - omega * (at[1] - y), v * np.sin(heading) + omega * (at[0] - x))
    )


def _together(parts: list[Near]) -> Near:
    parts = [Near(np.zeros(0), np.zeros((0, 2)), np.zeros((0, 2))), *parts]
    return Near(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _nearest(body: Array, points: Array) -> tuple[Array, Array]:
    """Nearest points (m, 2) of a polygon's sides to points (m, 2), and the distances (m,)."""
    way = np.roll(body, -1, axis=0) - body
    along = ((points[:, None] - body) * way).sum(axis=2) / (way**2).sum(axis=1)
    feet = body + np.clip(along, 0.0, 1.0)[..., None] * way
    distance = np.hypot(*(points[:, None] - feet).transpose(2, 0, 1))
    side = distance.argmin(axis=1)
    each = np.arange(len(points))
    return feet[each, side], distance[each, side]


def _inside(body: Array, points: Array) -> NDArray[np.bool_]:
    """Whether points (m, 2) are in a polygon: a ray to the right crosses its sides oddly often."""
    x, y = points.T
    first, second = body, np.roll(body, -1, axis=0)
    passes = (first[:, 1] > y[:, None]) != (second[:, 1] > y[:, None])
    rise = second[:, 1] - first[:, 1]
    share = (y[:, None] - first[:, 1]) / np.where(rise == 0.0, 1.0, rise)
    met = first[:, 0] + share * (second[:, 0] - first[:, 0])
    odd: NDArray[np.bool_] = (passes & (met > x[:, None])).sum(axis=1) % 2 == 1
    return odd


def _crosses(first: Array, second: Array) -> bool:
    """Whether a side of one polygon properly crosses one of the other."""
    a, b = first[:, None], np.roll(first, -1, axis=0)[:, None]
    c, d = second[None], np.roll(second, -1, axis=0)[None]

    def left(p: Array, q: Array, r: Array) -> NDArray[np.bool_]:
        turned: NDArray[np.bool_] = (
            (q[..., 0] - p[..., 0]) * (r[..., 1] - p[..., 1])
            > (q[..., 1] - p[..., 1]) * (r[..., 0] - p[..., 0])
        )  # fmt: skip
        return turned

    return bool(((left(a, b, c) != left(a, b, d)) & (left(c, d, a) != left(c, d, b))).any())
