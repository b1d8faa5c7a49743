"""Reader of BARN worlds, on small made-up files."""

import json
from pathlib import Path
from typing import Any

import pytest

from vcp_cbf_safety import Circle
from vcp_cbf_safety.sim.barn import WorldFileError, read_world

WORLD = {'cylinders': [[-0.075, 0.5, 0.075], [1, 2, 0.1]], 'path': [[-2.0, 3.0], [-2.0, 13.0]]}


def write(folder: Path, content: Any) -> Path:
    path = folder / 'worlds.json'
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_cylinders_and_path_are_read(tmp_path: Path) -> None:
    world = read_world(write(tmp_path, {'7': WORLD}), 7)
    assert world.cylinders == (Circle(-0.075, 0.5, 0.075), Circle(1, 2, 0.1))
    assert world.path == ((-2.0, 3.0), (-2.0, 13.0))


def test_a_missing_world_is_an_error_that_says_which_there_are(tmp_path: Path) -> None:
    path = write(tmp_path, {'0': WORLD, '7': WORLD})
    with pytest.raises(WorldFileError, match='no world 3; it has 2 worlds, 0 to 7'):
        read_world(path, 3)


@pytest.mark.parametrize(
    ('content', 'words'),
    [
        ('{"7": \n oops}', 'line 2 is not JSON'),
        ([WORLD], 'not a JSON object'),
        ({}, 'it has none'),
        ({'7': {'path': []}}, "no list called 'cylinders'"),
        ({'7': {'cylinders': []}}, "no list called 'path'"),
        ({'7': {**WORLD, 'cylinders': [[0, 0, 1], [0, 0]]}}, r'cylinders\[1\] is \[0, 0\]'),
        ({'7': {**WORLD, 'cylinders': [[0, 0, -1.0]]}}, 'radius -1.0 m'),
        ({'7': {**WORLD, 'path': [[0, 'x']]}}, r"path\[0\] is \[0, 'x'\]"),
        ({'7': {**WORLD, 'path': [[0, True]]}}, r'path\[0\]'),
    ],
)
def test_a_malformed_file_is_refused_with_its_place(
    tmp_path: Path, content: Any, words: str
) -> None:
    path = write(tmp_path, content)
    with pytest.raises(WorldFileError, match=words) as caught:
        read_world(path, 7)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WorldFileError, match=r'none\.json cannot be read'):
        read_world(tmp_path / 'none.json', 0)
