"""Few discs that cover many points: for points that may move, of which each costs much."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

# Points in the same share of a circle around the robot [rad], and as far away up to this share,
# are covered together: by a disc that is no wider than 0.15 times its distance.
_SHARE = 0.1
# Nearer than this [m] shares of a circle are as wide as here.
_NEAREST = 0.3


class Clusters(NamedTuple):
    """Discs around groups of points.

    Attributes:
        centers: (g, 2) [m].
        reach: (g,) distance of the centre to the furthest point of the group [m].
        earliest: (g,) when the first point of the group was seen [s].
    """

    centers: Vector
    reach: Vector
    earliest: Vector


def clusters_of(points: Vector, times: Vector, place: tuple[float, float]) -> Clusters:
    """Cover points by discs, small ones where the robot is near.

    Args:
        points: (n, 2) [m].
        times: (n,) when each was seen [s].
        place: where the robot is [m].
    """
    if not len(points):
        return Clusters(points, np.zeros(0), np.zeros(0))
    x, y = (points - place).T
    away = np.log(np.maximum(np.hypot(x, y), _NEAREST) / _NEAREST) / math.log1p(_SHARE)
    sector = np.floor(np.arctan2(y, x) / _SHARE).astype(np.int64)
    key = sector * 10_000 + np.floor(away).astype(np.int64)
    order = np.argsort(key, kind='stable')
    first = np.flatnonzero(np.diff(key[order], prepend=key[order[0]] - 1))
    sorted_points = points[order]
    low = np.minimum.reduceat(sorted_points, first, axis=0)
    high = np.maximum.reduceat(sorted_points, first, axis=0)
    centers = 0.5 * (low + high)
    group = np.repeat(np.arange(len(first)), np.diff(first, append=len(points)))
    distance = np.hypot(*(sorted_points - centers[group]).T)
    return Clusters(
        centers,
        np.maximum.reduceat(distance, first),
        np.minimum.reduceat(times[order], first),
    )
