"""Whatever the footprint, its discs cover all of it and stick out as far as they are said to."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vcp_cbf_safety.body.cover import MOST_DISCS, cover_of
from vcp_cbf_safety.body.footprint import convex_hull, corners_of

# Around the axle centre, in equal shares of a turn: simple, mostly not convex.
_FOOTPRINTS = st.lists(st.floats(0.05, 2.0), min_size=3, max_size=12).map(
    lambda radii: corners_of(
        str([[*polar(r, 2.0 * math.pi * k / len(radii))] for k, r in enumerate(radii)])
    )
)


def polar(radius, angle):
    return radius * math.cos(angle), radius * math.sin(angle)


def uncovered(triangle, discs, depth=40):
    """A place of a triangle in no disc, or None; a disc with all its corners has all of it."""
    corners = np.array(triangle)
    inside = (
        np.hypot(*(corners[:, None] - discs[:, :2]).transpose(2, 0, 1)) <= discs[:, 2]
    )  # (3, discs)
    if inside.all(axis=0).any():
        return None
    outside = ~inside.any(axis=1)
    if outside.any():
        return corners[outside.argmax()]
    if depth == 0:
        return corners.mean(axis=0)
    a, b, c = corners
    ab, bc, ca = 0.5 * (a + b), 0.5 * (b + c), 0.5 * (c + a)
    for part in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)):
        place = uncovered(part, discs, depth - 1)
        if place is not None:
            return place
    return None


def hole(corners, discs):
    """A place of a polygon around the axle centre in none of the discs, or None.

    Fans of triangles around the axle centre make up the polygon.
    """
    for a, b in zip(corners, corners[1:] + corners[:1], strict=True):
        place = uncovered(((0.0, 0.0), a, b), np.array(discs))
        if place is not None:
            return place
    return None


def sticking_out(corners, discs):
    """How far discs stick out of a convex polygon, by points on their edges."""
    corner = np.array(corners)
    side = np.roll(corner, -1, axis=0) - corner
    angle = np.linspace(0.0, 2.0 * np.pi, 1441)
    furthest = 0.0
    for x, y, radius in discs:
        points = np.column_stack((x + radius * np.cos(angle), y + radius * np.sin(angle)))
        away = points[:, None] - corner
        inside = (side[:, 0] * away[..., 1] - side[:, 1] * away[..., 0] >= 0.0).all(axis=1)
        share = np.clip((away * side).sum(axis=2) / (side**2).sum(axis=1), 0.0, 1.0)
        distance = np.hypot(*(away - share[..., None] * side).transpose(2, 0, 1)).min(axis=1)
        furthest = max(furthest, float(np.where(inside, 0.0, distance).max()))
    return furthest


@given(_FOOTPRINTS)
@settings(deadline=None, max_examples=30)
def test_discs_cover_the_whole_footprint(corners):
    cover = cover_of(corners)
    assert 1 <= len(cover.discs) <= MOST_DISCS
    assert hole(corners, cover.discs) is None
    assert hole(convex_hull(corners), cover.discs) is None


@given(_FOOTPRINTS)
@settings(deadline=None, max_examples=30)
def test_the_excess_is_how_far_discs_stick_out(corners):
    cover = cover_of(corners)
    largest = max(disc.radius for disc in cover.discs)
    found = sticking_out(convex_hull(corners), cover.discs)
    assert found <= cover.excess + 1e-9
    assert found >= cover.excess - 1e-4 * largest


@pytest.mark.parametrize('missing', range(6))
def test_the_judge_sees_a_hole(missing):
    rectangle = corners_of('[[0.45, 0.25], [-0.45, 0.25], [-0.45, -0.25], [0.45, -0.25]]')
    discs = [list(disc) for disc in cover_of(rectangle).discs]
    discs[missing][2] -= 1e-3
    assert hole(rectangle, discs) is not None
