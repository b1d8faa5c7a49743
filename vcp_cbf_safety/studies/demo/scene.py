"""Scenes as data: `config/scenes/NAME.yaml` says who starts where and what stands around."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import yaml

from vcp_cbf_safety.body.footprint import corners_of
from vcp_cbf_safety.errors import VcpCbfError
from vcp_cbf_safety.hazards.hazards import Arena
from vcp_cbf_safety.resources import share_directory
from vcp_cbf_safety.studies.demo.formation import ScenePlace, formation_of

# Posts of a wall have this radius and distance [m]: no robot fits between them.
_POST, _SPACING = 0.08, 0.12

_KEYS = {
    'title', 'duration', 'arena', 'obstacles', 'walls', 'body_radius', 'footprint', 'robots',
    'formation', 'people', 'simulator', 'driver', 'filter',
}  # fmt: skip


class SceneError(VcpCbfError, ValueError):
    """A file is no scene; the message names file and key and says what would be right."""


@dataclass(frozen=True, slots=True)
class DemoScene:
    """A scene of robots; docs/demo.md has the file format.

    Attributes:
        name: of the file.
        title: one line for people.
        duration: longest time that it may take [s].
        robots: places of robots with a filter.
        people: places of those without one, who go straight at their goals.
        obstacles: x, y, radius of what stands, posts of walls among it [m].
        arena: the box that bodies stay in, or None.
        body_radius: of all bodies [m]; of the disc around the axle centre that contains them.
        footprint: corners of the bodies as in Nav2, '' for discs.
        simulator, driver, filter: parameters of these nodes beside what follows from the rest.
    """

    name: str
    title: str
    duration: float
    robots: tuple[ScenePlace, ...]
    people: tuple[ScenePlace, ...]
    obstacles: tuple[tuple[float, float, float], ...]
    arena: Arena | None
    body_radius: float
    footprint: str
    simulator: Mapping[str, Any]
    driver: Mapping[str, Any]
    filter: Mapping[str, Any]

    @property
    def corners(self) -> list[float]:
        """The arena as parameters have it: x_min, y_min, x_max, y_max [m]; [] for none."""
        box = self.arena
        return [] if box is None else [box.x_min, box.y_min, box.x_max, box.y_max]


def scene_names() -> list[str]:
    """Names of the scenes that come with the package."""
    return sorted(path.stem for path in (share_directory() / 'config' / 'scenes').glob('*.yaml'))


def scene_path(name: str) -> Path:
    """File of a scene: a path that ends in .yaml as it is, else a scene of the package.

    Raises:
        SceneError: if the package has none of that name.
    """
    if name.endswith('.yaml'):
        return Path(name)
    names = scene_names()
    if name not in names:
        raise SceneError(f'there is no scene {name!r}; there are {", ".join(names)}')
    return share_directory() / 'config' / 'scenes' / f'{name}.yaml'


def read_scene(path: Path, count: int | None = None) -> DemoScene:
    """Read a scene.

    Args:
        path: the file.
        count: how many robots, where the scene has a formation; None for as many as it says.

    Raises:
        SceneError: if the file cannot be read or a key is missing, unknown or wrong.
    """
    content = _Content(path)
    text = str(content.value('footprint', str, ''))
    radius = content.number('body_radius', 0.16)
    if text:
        try:
            radius = max(math.hypot(*corner) for corner in corners_of(text))
        except VcpCbfError as error:
            raise SceneError(f'{path}: {error}') from None
    robots, arena = _robots(content, count, radius)
    posts = [p for wall in content.rows('walls', 4) for p in _posts(wall)]
    made = DemoScene(
        path.stem, str(content.value('title', str)), content.number('duration', 60.0),
        robots, tuple(content.places('people')),
        tuple((x, y, r) for x, y, r in [*content.rows('obstacles', 3), *posts]),
        arena, radius, text,
        *(content.value(key, dict, {}) for key in ('simulator', 'driver', 'filter')),
    )  # fmt: skip
    _check_room(made, path)
    return made


def _robots(
    content: '_Content', count: int | None, radius: float
) -> tuple[tuple[ScenePlace, ...], Arena | None]:
    """Places of the robots, and the arena, which grows with a formation."""
    formation = content.value('formation', dict, {})
    if bool(formation) == ('robots' in content.sections):
        content.fail('robots', 'is needed, or formation, and not both')
    if formation:
        if 'arena' in content.sections:
            content.fail('arena', 'follows from the formation, with its room')
        try:
            return formation_of(formation, count, radius)
        except ValueError as error:
            content.fail('formation', str(error))
    if count is not None:
        content.fail('robots', f'are listed, so there cannot be {count} instead')
    box = content.value('arena', list, [])
    if box and not (len(box) == 4 and all(_is_number(each) for each in box)):
        content.fail('arena', 'must be x_min, y_min, x_max, y_max')
    robots = content.places('robots')
    if not robots:
        content.fail('robots', 'must name at least one robot')
    try:
        walls = Arena(float(box[0]), float(box[1]), float(box[2]), float(box[3])) if box else None
    except VcpCbfError as error:
        content.fail('arena', str(error))
    return tuple(robots), walls


def _posts(wall: Sequence[float]) -> list[tuple[float, float, float]]:
    x, y, to_x, to_y = wall
    count = max(math.ceil(math.dist((x, y), (to_x, to_y)) / _SPACING - 1e-9), 1)
    parts = [index / count for index in range(count + 1)]
    return [
        (round(x + part * (to_x - x), 6), round(y + part * (to_y - y), 6), _POST) for part in parts
    ]


def _check_room(scene: DemoScene, path: Path) -> None:
    """Nobody starts inside of something or somebody."""
    everybody = [*scene.robots, *scene.people]
    least = 2.0 * scene.body_radius if not scene.footprint else 0.0
    for index, place in enumerate(everybody):
        x, y, _ = place.start
        for other in everybody[:index]:
            if math.dist((x, y), other.start[:2]) < least:
                raise SceneError(f'{path}: {place.name} starts inside {other.name}')
        for number, (at_x, at_y, radius) in enumerate(scene.obstacles):
            if math.dist((x, y), (at_x, at_y)) < radius + 0.5 * least:
                raise SceneError(f'{path}: {place.name} starts inside obstacles[{number}]')
        box = scene.arena
        if box and not (box.x_min < x < box.x_max and box.y_min < y < box.y_max):
            raise SceneError(f'{path}: {place.name} starts outside the arena')


class _Content:
    """The keys of a file, each checked when it is asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            sections = yaml.safe_load(path.read_text(encoding='utf-8'))
        except OSError as error:
            raise SceneError(f'{path} cannot be read: {error.strerror}') from None
        except yaml.YAMLError as error:
            raise SceneError(f'{path} is not YAML: {" ".join(str(error).split())}') from None
        if not isinstance(sections, dict):
            raise SceneError(f'{path} is no scene: it must have keys such as title and robots')
        self.sections: dict[str, Any] = sections
        for key in sections:
            if key not in _KEYS:
                self.fail(str(key), f'is unknown; there are {", ".join(sorted(_KEYS))}')

    def fail(self, key: str, what: str) -> NoReturn:
        raise SceneError(f'{self.path}: {key} {what}')

    def value(self, key: str, kind: type, default: Any = None) -> Any:
        value = self.sections.get(key, default)
        if value is None:
            self.fail(key, 'is missing')
        if not isinstance(value, kind):
            self.fail(key, f'is {value!r}; it must be a {kind.__name__}')
        return value

    def number(self, key: str, default: float) -> float:
        value = self.sections.get(key, default)
        if not _is_number(value) or not value > 0.0:
            self.fail(key, f'is {value!r}; it must be a positive number')
        return float(value)

    def rows(self, key: str, width: int) -> list[list[float]]:
        rows = self.value(key, list, [])
        for index, row in enumerate(rows):
            self._numbers(f'{key}[{index}]', row, width)
        return [[float(each) for each in row] for row in rows]

    def places(self, key: str) -> list[ScenePlace]:
        found = []
        singular = {'robots': 'robot', 'people': 'person'}[key]
        for index, each in enumerate(self.value(key, list, [])):
            where = f'{key}[{index}]'
            if not isinstance(each, dict) or not {'start', 'goal'} <= set(each):
                self.fail(where, 'must have start: [x, y, heading] and goal: [x, y]')
            for unknown in set(each) - {'start', 'goal', 'speed'}:
                self.fail(f'{where}.{unknown}', 'is unknown; there are start, goal, speed')
            start = self._numbers(f'{where}.start', each['start'], 3)
            goal = self._numbers(f'{where}.goal', each['goal'], 2)
            speed = each.get('speed')
            if speed is not None and not (_is_number(speed) and speed > 0.0):
                self.fail(f'{where}.speed', f'is {speed!r}; it must be a positive number')
            name = f'{singular}{index + 1}'
            found.append(
                ScenePlace(name, (start[0], start[1], start[2]), (goal[0], goal[1]), speed)
            )
        return found

    def _numbers(self, where: str, row: Any, width: int) -> list[float]:
        if not isinstance(row, list) or len(row) != width or not all(map(_is_number, row)):
            self.fail(where, f'is {row!r}; it must be {width} numbers')
        return [float(each) for each in row]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
