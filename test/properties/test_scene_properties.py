"""Barriers along segments and centres in triangles, against dense samples of both."""

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vcp_cbf_safety import Arena, Circle, Hazards, Peer
from vcp_cbf_safety.hazards.scene import scene_of

PLACES = st.tuples(st.floats(-3.0, 3.0), st.floats(-3.0, 3.0))
CIRCLES = st.lists(st.tuples(PLACES, st.floats(0.0, 1.0)), max_size=4)
INFLATION = 0.3


@given(
    ends=st.lists(st.tuples(PLACES, PLACES), min_size=1, max_size=4),
    circles=CIRCLES,
    walled=st.booleans(),
)
@settings(max_examples=100)
@example(ends=[((1.0, 2.0), (1.0, 2.0))], circles=[((1.0, 2.0), 0.1)], walled=True)
@example(ends=[((-1.0, 0.0), (1.0, 0.0))], circles=[((0.0, 0.0), 0.0)], walled=False)
def test_least_barrier_of_a_segment_is_the_least_of_its_points(
    ends: list[tuple[tuple[float, float], tuple[float, float]]],
    circles: list[tuple[tuple[float, float], float]],
    walled: bool,
) -> None:
    hazards = Hazards(
        arena=Arena(-2.0, -1.5, 2.5, 3.5) if walled else None,
        circles=[Circle(*place, radius) for place, radius in circles],
        peers=[Peer(0.5, 0.5, 0.0, 0.0, 0.0, 0.2)],
    )
    scene = scene_of(hazards)
    starts, stops = np.array(ends).transpose(1, 0, 2)
    least = scene.least_barriers(starts, stops, INFLATION)
    assert least.shape == (len(ends), len(scene.names))
    for row, start, stop in zip(least, starts, stops, strict=True):
        share = np.linspace(0.0, 1.0, 401)[:, None]
        sampled = scene.barriers(start + share * (stop - start), INFLATION).h.min(axis=0)
        spacing = np.linalg.norm(stop - start) / 400.0
        assert (row <= sampled + 1e-9).all()
        assert (row >= sampled - spacing - 1e-9).all()


def encloses(corners: np.ndarray, place: tuple[float, float]) -> bool:
    """Whether a triangle contains a place, by its share of each corner."""
    a, b, c = corners
    try:
        shares = np.linalg.solve(np.column_stack((b - a, c - a)), np.array(place) - a)
    except np.linalg.LinAlgError:
        return False
    return bool(shares.min() > 0.0 and shares.sum() < 1.0)


def is_borderline(corners: np.ndarray, place: tuple[float, float]) -> bool:
    """Whether rounding decides: hardly any area, or the place hardly beside an edge."""
    sides = np.roll(corners, -1, axis=0) - corners
    away = np.array(place) - corners
    turns = sides[:, 0] * away[:, 1] - sides[:, 1] * away[:, 0]
    return bool(np.abs(turns).min() < 1e-9 or abs(turns.sum()) < 1e-6)


@given(
    triangles=st.lists(st.tuples(PLACES, PLACES, PLACES), min_size=1, max_size=3),
    circles=CIRCLES,
    walled=st.booleans(),
)
@settings(max_examples=200)
@example(triangles=[((0, 0), (3, 0), (0, 3))], circles=[((1.0, 1.0), 0.0)], walled=True)
@example(triangles=[((0, 0), (0, 3), (3, 0))], circles=[((1.0, 1.0), 0.0)], walled=True)
@example(triangles=[((0, 0), (3, 0), (0, 3))], circles=[((2.0, 2.0), 0.0)], walled=False)
def test_what_is_in_one_of_the_triangles_is_found_and_nothing_else(
    triangles: list[tuple[tuple[float, float], ...]],
    circles: list[tuple[tuple[float, float], float]],
    walled: bool,
) -> None:
    arena = Arena(-0.5, -0.5, 0.5, 0.5) if walled else None
    scene = scene_of(Hazards(arena, [Circle(*place, radius) for place, radius in circles]))
    corners = np.array(triangles, dtype=np.float64)
    found = scene.enclosed(corners)
    assert found.shape == (len(scene.names),)
    assert not found[len(circles) :].any()  # walls have no centre
    for mark, (place, _) in zip(found.tolist(), circles, strict=False):
        if not any(is_borderline(each, place) for each in corners):
            assert mark == any(encloses(each, place) for each in corners)
