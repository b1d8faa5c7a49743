"""Discs around groups of points cover every point, and are small where the robot is near."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vcp_cbf_safety.hazards.clusters import clusters_of

PLACES = st.floats(-6.0, 6.0)


@given(st.lists(st.tuples(PLACES, PLACES, st.floats(0.0, 5.0)), max_size=200), PLACES, PLACES)
def test_every_point_is_in_the_disc_of_a_group_that_was_seen_no_later(
    points: list[tuple[float, float, float]], x: float, y: float
) -> None:
    table = np.array(points).reshape(-1, 3)
    found = clusters_of(table[:, :2], table[:, 2], (x, y))
    assert len(found.centers) <= len(points)
    for px, py, time in points:
        away = np.hypot(found.centers[:, 0] - px, found.centers[:, 1] - py)
        assert ((away <= found.reach + 1e-9) & (found.earliest <= time)).any()
    distance = np.hypot(*(found.centers - (x, y)).T)
    assert (found.reach <= 0.3 * 0.15 + 0.15 * distance).all()


def test_a_ring_of_many_beams_becomes_few_discs() -> None:
    bearings = np.linspace(0.0, 2.0 * np.pi, 1440, endpoint=False)
    points = 3.0 * np.column_stack((np.cos(bearings), np.sin(bearings)))
    found = clusters_of(points, np.zeros(1440), (0.0, 0.0))
    assert 60 <= len(found.centers) <= 80
