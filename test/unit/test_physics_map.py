"""Maps as boxes: they cover what is occupied, and nothing else."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vcp_cbf_safety.sim.physics.map_file import GridMap, MapFileError, boxes_of, read_map

NAV2_MAP = Path(__file__).resolve().parents[3] / 'shared' / 'data' / 'nav2_maps' / 'depot.yaml'
FACTS = (
    'image: room.pgm\nresolution: 0.25\norigin: [-1.0, 2.0, 0.0]\nnegate: {negate}\n'
    'occupied_thresh: 0.65\nfree_thresh: 0.25\n'
)
GOOD, PIXEL = FACTS.format(negate=0), b'P5\n1 1\n255\n\0'


@settings(max_examples=60)
@given(arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9))))
def test_boxes_cover_every_occupied_cell_once_and_no_free_one(occupied: np.ndarray) -> None:
    grid = GridMap(occupied, 0.5, -1.0, 3.0)
    rows, columns = np.indices(occupied.shape)
    x, y = -1.0 + 0.5 * (columns + 0.5), 3.0 + 0.5 * (rows + 0.5)
    count = np.zeros(occupied.shape, int)
    for box in boxes_of(grid):
        assert box.yaw == 0.0
        count += (abs(x - box.x) < 0.5 * box.length) & (abs(y - box.y) < 0.5 * box.width)
    assert (count == occupied).all()


@pytest.mark.parametrize('negate', [0, 1])
def test_a_picture_is_read_from_the_top_down_and_a_map_from_the_bottom_up(
    tmp_path: Path, negate: int
) -> None:
    dark, light, unknown = (255, 0, 100) if negate else (0, 255, 205)
    pixels = bytes([dark, light, light, unknown, light, light])
    (tmp_path / 'room.pgm').write_bytes(b'P5\n# by hand\n3 2 255\n' + pixels)
    (tmp_path / 'room.yaml').write_text(FACTS.format(negate=negate))
    grid = read_map(tmp_path / 'room.yaml')
    assert grid.occupied.tolist() == [[False, False, False], [True, False, False]]
    (box,) = boxes_of(grid)
    assert (box.x, box.y, box.length, box.width) == (-0.875, 2.375, 0.25, 0.25)


@pytest.mark.parametrize(
    ('facts', 'picture', 'words'),
    [
        ('resolution: 0.1\n', b'', 'origin'),
        (
            FACTS.format(negate=0).replace('0.25\no', '0\no'),
            b'P5\n1 1\n255\n\0',
            'resolution is 0',
        ),
        (
            FACTS.format(negate=0).replace('2.0, 0.0', '2.0, 0.3'),
            b'P5\n1 1\n255\n\0',
            'a yaw of 0',
        ),
        (GOOD, b'P2\n1 1\n255\n0\n', 'not a binary PGM'),
        (GOOD, b'P5\n4 4\n255\n\0', 'room.yaml cannot be read as a map'),
        (GOOD, b'P5', 'room.yaml cannot be read as a map'),
    ],
)
def test_what_is_no_map_is_refused(tmp_path: Path, facts: str, picture: bytes, words: str) -> None:
    (tmp_path / 'room.pgm').write_bytes(picture)
    (tmp_path / 'room.yaml').write_text(facts)
    with pytest.raises(MapFileError, match=words):
        read_map(tmp_path / 'room.yaml')


@pytest.mark.skipif(
    not NAV2_MAP.is_file(), reason='shared/data/nav2_maps is not beside the repository'
)
def test_a_map_of_nav2_becomes_few_boxes() -> None:
    grid = read_map(NAV2_MAP)
    boxes = boxes_of(grid)
    area = sum(box.length * box.width for box in boxes)
    assert area == pytest.approx(grid.occupied.sum() * grid.resolution**2)
    assert len(boxes) < 0.5 * grid.occupied.sum()
