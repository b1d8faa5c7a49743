"""Distances of bodies that are polygons, against points sown densely along their sides."""

import math

import numpy as np
import pytest

from vcp_cbf_safety import Arena
from vcp_cbf_safety.sim.polygon import (
    near,
    near_discs,
    near_polygon,
    near_walls,
    outline,
    speed_of_point,
)

RECTANGLE = ((0.45, 0.25), (-0.45, 0.25), (-0.45, -0.25), (0.45, -0.25))
FORK = (
    (0.6, 0.3), (0.6, 0.2), (0.0, 0.2), (0.0, -0.2), (0.6, -0.2), (0.6, -0.3), (-0.3, -0.3),
    (-0.3, 0.3),
)  # fmt: skip


def sown(body):
    """Points every millimetre or two along the sides of a polygon."""
    share = np.linspace(0.0, 1.0, 1000)[:, None]
    after = np.roll(body, -1, axis=0)
    return np.concatenate([a + share * (b - a) for a, b in zip(body, after, strict=True)])


@pytest.mark.parametrize('corners', [RECTANGLE, FORK])
def test_distance_to_a_disc_outside_is_that_of_the_nearest_point(corners):
    random = np.random.default_rng(1)
    for _ in range(50):
        body = outline(corners, (*random.uniform(-1.0, 1.0, 2), random.uniform(-3.0, 3.0)))
        angle = random.uniform(-math.pi, math.pi)
        center = body.mean(axis=0) + random.uniform(0.8, 2.0) * np.array(
            (math.cos(angle), math.sin(angle))
        )
        found = near_discs(body, center[None], [0.1])
        away = np.hypot(*(sown(body) - center).T)
        assert found.free[0] == pytest.approx(away.min() - 0.1, abs=1e-3)
        assert found.at[0] + (found.free[0] + 0.1) * found.toward[0] == pytest.approx(center)


def test_a_disc_inside_is_as_deep_as_the_way_out():
    found = near_discs(outline(RECTANGLE, (1.0, 2.0, 0.5 * math.pi)), np.array([[1.2, 2.0]]), 0.1)
    assert found.free[0] == pytest.approx(-0.05 - 0.1)
    assert found.toward[0] == pytest.approx((-1.0, 0.0), abs=1e-9) or found.toward[
        0
    ] == pytest.approx((1.0, 0.0), abs=1e-9)


def test_a_post_between_the_prongs_of_a_fork_is_free():
    body = outline(FORK, (0.0, 0.0, 0.0))
    found = near_discs(body, np.array([[0.3, 0.0], [0.3, 0.25]]), np.array([0.1, 0.1]))
    assert found.free == pytest.approx((0.1, -0.15))


def test_a_wall_is_as_far_as_the_nearest_corner():
    body = outline(RECTANGLE, (0.0, 0.0, math.pi / 6.0))
    reach = 0.45 * math.cos(math.pi / 6.0) + 0.25 * math.sin(math.pi / 6.0)
    found = near_walls(body, Arena(-1.0, -2.0, 3.0, 1.0))
    aside = 0.45 * math.sin(math.pi / 6.0) + 0.25 * math.cos(math.pi / 6.0)
    assert found.free == pytest.approx((1.0 - reach, 3.0 - reach, 2.0 - aside, 1.0 - aside))
    assert found.at[0][0] == pytest.approx(-reach)


@pytest.mark.parametrize('corners', [RECTANGLE, FORK])
def test_distance_between_polygons_is_that_of_their_nearest_points(corners):
    random = np.random.default_rng(2)
    for _ in range(30):
        body = outline(corners, (0.0, 0.0, random.uniform(-3.0, 3.0)))
        angle = random.uniform(-math.pi, math.pi)
        place = random.uniform(1.3, 2.0) * np.array((math.cos(angle), math.sin(angle)))
        other = outline(RECTANGLE, (*place, random.uniform(-3.0, 3.0)))
        ours, theirs = sown(body)[::4], sown(other)[::4]
        away = np.hypot(*(ours[:, None] - theirs).transpose(2, 0, 1))
        assert near_polygon(body, other).free[0] == pytest.approx(away.min(), abs=4e-3)


def test_polygons_that_overlap_are_deeper_the_further_they_have_come():
    body = outline(RECTANGLE, (0.0, 0.0, 0.0))
    depths = [
        float(near_polygon(body, outline(RECTANGLE, (0.9 - deep, 0.1, 0.0))).free[0])
        for deep in (-0.1, 0.02, 0.04)
    ]
    assert depths == pytest.approx((0.1, -0.02, -0.04))
    crossing = outline(RECTANGLE, (0.0, 0.0, 0.5 * math.pi))
    assert float(near_polygon(body, crossing).free[0]) < 0.0


def test_a_disc_has_the_same_distances_by_either_way():
    arena, centers = Arena(-2.0, -2.0, 2.0, 2.0), np.array([[1.0, 0.5], [-1.0, 0.2]])
    many = [(0.2 * math.cos(a), 0.2 * math.sin(a)) for a in np.linspace(0.0, 2 * math.pi, 2001)]
    disc = near(0.2, (0.1, 0.1), centers, [0.1, 0.2], arena)
    polygon = near(outline(many[:-1], (0.1, 0.1, 0.0)), (0.1, 0.1), centers, [0.1, 0.2], arena)
    for ours, theirs in zip(disc, polygon, strict=True):
        assert ours == pytest.approx(theirs, abs=1e-3)


def test_a_corner_of_a_turning_body_moves_sideways():
    pose = (1.0, 1.0, 0.5 * math.pi)
    corner = outline(RECTANGLE, pose)[0]
    assert corner == pytest.approx((0.75, 1.45))
    assert speed_of_point(pose, 0.5, 2.0, corner) == pytest.approx((-0.9, 0.5 - 0.5))
