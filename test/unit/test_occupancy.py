"""The edge of what a map says is occupied."""

import math
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from vcp_cbf_safety.hazards.occupancy import (
    Window,
    edge_after,
    edge_of,
    occupied_cells,
    points_of_cells,
    radius_of_cells,
)

MAPS = Path(__file__).parents[3] / 'shared' / 'data' / 'nav2_maps'

GRIDS = arrays.arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9)))


@given(GRIDS)
def test_a_cell_is_at_the_edge_if_one_of_its_eight_neighbours_is_free(
    occupied: np.ndarray,
) -> None:
    height, width = occupied.shape
    expected = set()
    for row in range(height):
        for column in range(width):
            around = [
                (row + dy, column + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if dy or dx
            ]
            free = any(
                not (0 <= y < height and 0 <= x < width) or not occupied[y, x] for y, x in around
            )
            if occupied[row, column] and free:
                expected.add((row, column))
    assert {tuple(each) for each in edge_of(occupied).tolist()} == expected


@given(GRIDS, st.integers(0, 2**32 - 1))
def test_no_way_leads_into_what_is_occupied_past_the_discs_of_its_edge(
    occupied: np.ndarray, seed: int
) -> None:
    """Straight ways from outside: where one first enters an occupied cell, a disc covers it."""
    points = points_of_cells(edge_of(occupied), 0.1, (0.0, 0.0, 0.0))
    radius = radius_of_cells(0.1)
    random = np.random.default_rng(seed)
    height, width = occupied.shape
    start = np.array((-0.5, random.uniform(-0.2, 0.1 * height + 0.2)))
    end = random.uniform((0.0, 0.0), (0.1 * width, 0.1 * height))
    for share in np.linspace(0.0, 1.0, 400):
        x, y = start + share * (end - start)
        column, row = math.floor(x / 0.1), math.floor(y / 0.1)
        if 0 <= row < height and 0 <= column < width and occupied[row, column]:
            assert np.hypot(*(points - (x, y)).T).min() <= radius + 1e-9
            return


@given(GRIDS, st.data())
def test_an_edge_found_anew_around_what_has_changed_is_that_of_the_whole_grid(
    occupied: np.ndarray, data: st.DataObject
) -> None:
    height, width = occupied.shape
    top, bottom = sorted(data.draw(st.tuples(st.integers(0, height), st.integers(0, height))))
    left, right = sorted(data.draw(st.tuples(st.integers(0, width), st.integers(0, width))))
    window = Window(top, left, bottom, right)
    before = edge_of(occupied)
    changed = data.draw(arrays.arrays(bool, (bottom - top, right - left)))
    window.of(occupied)[:] = changed
    found = edge_after(before, occupied, window).tolist()
    assert sorted(found) == edge_of(occupied).tolist()


def test_unknown_cells_are_as_the_parameter_says() -> None:
    cells = np.array([[0, 64, 65, 100, -1]], np.int8)
    assert occupied_cells(cells, 65, False).tolist() == [[False, False, True, True, False]]
    assert occupied_cells(cells, 65, True).tolist() == [[False, False, True, True, True]]


def test_a_map_may_be_turned() -> None:
    points = points_of_cells(np.array([[0, 1]]), 0.5, (1.0, 2.0, math.pi / 2.0))
    assert points[0] == pytest.approx((1.0 - 0.25, 2.0 + 0.75))


@pytest.mark.skipif(not MAPS.is_dir(), reason='the maps of navigation2 are not here')
@pytest.mark.parametrize('name', ['depot', 'tb3_sandbox'])
def test_a_real_map_has_a_thin_edge(name: str) -> None:
    facts = yaml.safe_load((MAPS / f'{name}.yaml').read_text())
    raw = (MAPS / facts['image']).read_bytes()
    header, size = [], 0
    while len(header) < 4:
        line, _, _ = raw[size:].partition(b'\n')
        size += len(line) + 1
        if not line.startswith(b'#'):
            header += line.split()
    width, height = int(header[1]), int(header[2])
    image = np.frombuffer(raw[size:], np.uint8)[: width * height].reshape(height, width)
    occupied = 1.0 - image / 255.0 >= facts['occupied_thresh']
    edge = edge_of(occupied)
    assert 100 < len(edge) <= occupied.sum()
