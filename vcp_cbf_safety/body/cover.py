"""The few discs that cover a footprint.

A polygon is made convex first: what a notch leaves out is covered too.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from vcp_cbf_safety.body.disc import MOST_DISCS, BodyDisc
from vcp_cbf_safety.body.footprint import Point, convex_hull, distances_inside, sides_of

# Lateral excess counts double: doors are passed lengthwise.
_SIDEWAYS = 2.0
# The long side is cut at so many places at most.
_PIECES = 48
# A sum of so high a power is nearly the largest excess, and still prefers all to be small.
_POWER = 12
# A disc more must save so much of the weighted excess [m].
_WORTH_A_DISC = 0.002
# Smallest disc of a body [m].
_SMALLEST = 0.01
# Radii are larger by this [m]: more than rounding.
_ROUNDING = 1e-9


class Cover(NamedTuple):
    """Discs that cover a footprint.

    Attributes:
        discs: in the base frame, from the rear to the front or from the right to the left.
        excess: largest distance by which they stick out of the convex footprint [m].
        convex: whether the footprint was convex; else its notches are covered too.
    """

    discs: tuple[BodyDisc, ...]
    excess: float
    convex: bool


@lru_cache(maxsize=16)
def cover_of(corners: tuple[Point, ...]) -> Cover:
    """At most six discs whose union contains a footprint.

    The convex footprint is cut across its longer side into slabs, and each slab into one or two
    cells. The smallest disc around the corners of a cell contains the cell. Of all ways to cut it
    at `_PIECES` places the one is taken whose discs stick out least, sideways counting double.

    Args:
        corners: as `corners_of` gives them [m].
    """
    hull = convex_hull(corners)
    discs, _ = min(
        (_sliced(hull, count) for count in range(1, MOST_DISCS + 1)),
        key=lambda found: found[1] + _WORTH_A_DISC * len(found[0]),
    )
    excess = max(disc.radius - min(distances_inside(hull, disc[:2])) for disc in discs)
    return Cover(discs, max(excess, 0.0), len(hull) == len(corners))


def _sliced(hull: Sequence[Point], count: int) -> tuple[tuple[BodyDisc, ...], float]:
    """The best so many discs, or fewer, and their largest weighted excess [m]."""
    axis = int(_extent(hull, 1) > _extent(hull, 0))
    low, high = min(p[axis] for p in hull), max(p[axis] for p in hull)
    cuts = _evenly(low, high, _PIECES)
    # Of the part up to each cut, with so many discs: sum of powers, and the discs.
    best: list[list[tuple[float, tuple[BodyDisc, ...]]]] = [
        [(0.0 if k == 0 else math.inf, ()) for _ in range(count + 1)] for k in range(_PIECES + 1)
    ]
    for end in range(1, _PIECES + 1):
        for start in range(end):
            for cells in (1, 2):
                discs, cost = _slab(tuple(hull), axis, cuts[start], cuts[end], cells)
                for used in range(cells, count + 1):
                    before = best[start][used - cells]
                    total = before[0] + cost
                    if total < best[end][used][0]:
                        best[end][used] = (total, before[1] + discs)
    discs = best[-1][count][1]
    return discs, max(_weighted_excess(hull, disc) for disc in discs)


def _evenly(low: float, high: float, pieces: int) -> list[float]:
    return [*(low + (high - low) * k / pieces for k in range(pieces)), high]


def _extent(points: Sequence[Point], axis: int) -> float:
    return max(p[axis] for p in points) - min(p[axis] for p in points)


@lru_cache(maxsize=4096)
def _slab(
    hull: tuple[Point, ...], axis: int, start: float, end: float, cells: int
) -> tuple[tuple[BodyDisc, ...], float]:
    """Discs around the part of a hull between two cuts, and the sum of their powers."""
    part = _between(hull, axis, start, end)
    across = 1 - axis
    cuts = _evenly(min(p[across] for p in part), max(p[across] for p in part), cells)
    discs = tuple(_smallest_disc(_between(part, across, *cell)) for cell in pairwise(cuts))
    return discs, sum(_weighted_excess(hull, disc) ** _POWER for disc in discs)


def _weighted_excess(hull: Sequence[Point], disc: BodyDisc) -> float:
    """How far a disc sticks out over a side, the most, sideways counting more [m]."""
    inside = distances_inside(hull, disc[:2])
    return max(
        (disc.radius - distance) * (1.0 + (_SIDEWAYS - 1.0) * abs(b[0] - a[0]) / math.dist(a, b))
        for distance, (a, b) in zip(inside, sides_of(hull), strict=True)
    )


def _between(polygon: Sequence[Point], axis: int, low: float, high: float) -> tuple[Point, ...]:
    """The part of a convex polygon whose coordinate is between two values."""
    part = tuple(polygon)
    for limit, sign in ((low, 1.0), (high, -1.0)):
        kept: list[Point] = []
        for a, b in sides_of(part):
            here, there = sign * (a[axis] - limit), sign * (b[axis] - limit)
            if here >= 0.0:
                kept.append(a)
            if here * there < 0.0:
                share = here / (here - there)
                kept.append((a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])))
        part = tuple(kept)
    return part


def _smallest_disc(points: Sequence[Point]) -> BodyDisc:
    """The smallest disc around points."""
    center, radius = points[0], 0.0
    for i, first in enumerate(points):
        if math.dist(center, first) <= radius + _ROUNDING:
            continue
        center, radius = first, 0.0
        for j, second in enumerate(points[:i]):
            if math.dist(center, second) <= radius + _ROUNDING:
                continue
            center = (0.5 * (first[0] + second[0]), 0.5 * (first[1] + second[1]))
            radius = math.dist(center, first)
            for third in points[:j]:
                if math.dist(center, third) > radius + _ROUNDING:
                    center = _equally_far(first, second, third)
                    radius = math.dist(center, first)
    furthest = max(math.dist(center, point) for point in points)
    return BodyDisc(*center, max(furthest + _ROUNDING, _SMALLEST))


def _equally_far(a: Point, b: Point, c: Point) -> Point:
    """Centre of the circle through three points."""
    bx, by, cx, cy = b[0] - a[0], b[1] - a[1], c[0] - a[0], c[1] - a[1]
    twice, to_b, to_c = 2.0 * (bx * cy - by * cx), bx * bx + by * by, cx * cx + cy * cy
    if twice == 0.0:  # on one line, by rounding only
        return a
    return a[0] + (cy * to_b - by * to_c) / twice, a[1] + (bx * to_c - cx * to_b) / twice
