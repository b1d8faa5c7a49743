"""Scenes of robots: those that are shipped, how they become nodes, and what is refused."""

import math
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from vcp_cbf_safety.ros.parameters import PARAMETERS
from vcp_cbf_safety.studies.demo.scenario import nodes_of, read_scenario
from vcp_cbf_safety.studies.demo.scene import SceneError, read_scene, scene_names, scene_path
from vcp_cbf_safety.studies.demo.scene_parameters import (
    node_parameters,
    scenario_named,
    scenario_of,
)

ROBOT = 'robots: [{start: [0.0, 0.0, 0.0], goal: [1.0, 0.0]}]\n'


def read(tmp_path: Path, text: str, count: int | None = None):
    path = tmp_path / 'mine.yaml'
    path.write_text(text)
    return read_scene(path, count)


def test_the_scenes_of_the_package_are_these() -> None:
    assert scene_names() == [
        'chase', 'corridor', 'crossing', 'delivery', 'door', 'ellipse', 'oncoming', 'people',
        'scan', 'swap', 'told',
    ]  # fmt: skip


@pytest.mark.parametrize('name', scene_names())
def test_a_shipped_scene_is_what_its_nodes_are_told(name: str, tmp_path: Path) -> None:
    scene = read_scene(scene_path(name))
    scenario = scenario_of(scene, tmp_path / 'scene.yaml')
    again = read_scenario(tmp_path / 'scene.yaml')
    assert (again.obstacles, again.arena, again.footprint, again.scanned) == (
        scenario.obstacles, scenario.arena, scenario.footprint, scenario.scanned,
    )  # fmt: skip
    assert [each.start for each in again.robots] == [each.start for each in scenario.robots]
    text = (tmp_path / 'scene.yaml').read_text()
    assert '&id' not in text, 'the parser of ROS 2 takes no aliases'
    sections = yaml.safe_load(text)
    simulator = sections['/arena_sim']['ros__parameters']
    for place in scene.robots:
        values = sections[f'/{place.name}/safety_filter']['ros__parameters']
        assert set(values) <= set(PARAMETERS)
        for same in ('arena', 'body_radius', 'footprint', 'world_frame'):
            assert values.get(same) == simulator.get(same)
        if not scene.simulator:
            assert sorted([place.name, *values.get('peers', [])]) == sorted(simulator['robots'])
    for person in scene.people:
        assert f'/{person.name}/safety_filter' not in sections


def test_who_has_no_filter_is_driven_straight_and_nobody_counts_on_it() -> None:
    specs = nodes_of(scenario_named('people'), filtered=True, wait_for_start=True)
    assert sum(each.executable == 'safety_filter' for each in specs) == 1
    straight = [each for each in specs if each.remappings == (('cmd_vel_nom', 'cmd_vel'),)]
    assert [each.namespace for each in straight] == ['person1', 'person2']
    sections = node_parameters(read_scene(scene_path('people')))
    values = sections['/robot1/safety_filter']['ros__parameters']
    assert values['peer_responsibility'] == 1.0


@pytest.mark.parametrize('name', ['swap', 'ellipse', 'crossing'])
@pytest.mark.parametrize('count', [2, 3, 6, 10, 40])
def test_a_formation_has_room_for_any_number(name: str, count: int) -> None:
    scene = read_scene(scene_path(name), count)
    assert len(scene.robots) == count
    x_min, y_min, x_max, y_max = scene.corners
    for index, place in enumerate(scene.robots):
        for x, y in (place.start[:2], place.goal):
            assert x_min + scene.body_radius < x < x_max - scene.body_radius
            assert y_min + scene.body_radius < y < y_max - scene.body_radius
        for other in scene.robots[:index]:
            apart = 3.0 * scene.body_radius
            assert math.dist(place.start[:2], other.start[:2]) > apart
            assert math.dist(place.goal, other.goal) > apart
        toward = math.atan2(place.goal[1] - place.start[1], place.goal[0] - place.start[0])
        assert math.cos(toward - place.start[2]) == pytest.approx(1.0, abs=1e-3)


def test_the_door_lets_the_long_robot_through_and_not_its_disc() -> None:
    scene = read_scene(scene_path('door'))
    free = min(abs(y) - radius for _, y, radius in scene.obstacles)
    assert free == pytest.approx(0.35)
    assert 0.25 < free < scene.body_radius


def test_no_body_fits_between_the_posts_of_a_wall(tmp_path: Path) -> None:
    scene = read(tmp_path, 'title: t\nwalls: [[1.0, -1.0, 2.0, 1.3]]\n' + ROBOT)
    posts = scene.obstacles
    assert posts[0][:2] == (1.0, -1.0)
    assert posts[-1][:2] == (2.0, 1.3)
    for (x, y, radius), (to_x, to_y, _) in pairwise(posts):
        assert math.dist((x, y), (to_x, to_y)) < 2.0 * radius


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        ('a: [1', 'is not YAML'),
        ('- 1', 'is no scene'),
        ('titel: x\n' + ROBOT, 'titel is unknown'),
        (ROBOT, 'title is missing'),
        ('title: 3\n' + ROBOT, 'title is 3; it must be a str'),
        ('title: t\n', 'robots is needed'),
        ('title: t\nrobots: []\n', 'robots must name at least one'),
        ('title: t\nformation: {shape: ellipse, robots: 4}\n' + ROBOT, 'not both'),
        ('title: t\nduration: -1\n' + ROBOT, 'duration is -1; it must be a positive number'),
        ('title: t\narena: [1, 2]\n' + ROBOT, 'arena must be x_min'),
        ('title: t\nobstacles: [[1, 2]]\n' + ROBOT, r'obstacles\[0\] is \[1, 2\]'),
        ('title: t\nobstacles: [[0.1, 0, 0.2]]\n' + ROBOT, r'robot1 starts inside obstacles\[0\]'),
        ('title: t\narena: [1, 1, -2, 2]\n' + ROBOT, 'arena '),
        ('title: t\narena: [1, 1, 2, 2]\n' + ROBOT, 'robot1 starts outside the arena'),
        ('title: t\nfootprint: abc\n' + ROBOT, 'footprint'),
        ('title: t\nrobots: [{start: [0, 0, 0]}]\n', r'robots\[0\] must have start'),
        ('title: t\nrobots: [{start: [0, 0, 0], goal: [1, x]}]\n', r'robots\[0\].goal is'),
        ('title: t\nrobots: [{start: [0, 0, 0], goal: [1, 1], v: 1}]\n', r'robots\[0\].v is unk'),
        ('title: t\npeople: [{start: [0, 0.1, 0], goal: [1, 1]}]\n' + ROBOT,
         'person1 starts inside robot1'),
        ('title: t\nformation: {shape: star}\n', 'formation .shape is'),
        ('title: t\nformation: {shape: ellipse, robots: 1}\n', 'formation .robots is 1'),
        ('title: t\nformation: {shape: ellipse, robots: 4, room: 0.01}\n', 'too small'),
        ('title: t\nformation: {shape: ellipse, robots: 4, axes: 1}\n', 'formation .axes is unk'),
        ('title: t\narena: [0, 0, 1, 1]\nformation: {shape: ellipse, robots: 4}\n',
         'arena follows from the formation'),
    ],
)  # fmt: skip
def test_what_is_no_scene_is_refused_by_file_and_key(
    tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(SceneError, match=words) as caught:
        read(tmp_path, text)
    assert str(tmp_path / 'mine.yaml') in str(caught.value)


def test_a_number_of_robots_is_refused_where_robots_are_listed(tmp_path: Path) -> None:
    with pytest.raises(SceneError, match='robots are listed, so there cannot be 4'):
        read(tmp_path, 'title: t\n' + ROBOT, 4)


def test_a_scene_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(SceneError, match="no scene 'none'; there are chase, corridor"):
        scene_path('none')
    with pytest.raises(SceneError, match='cannot be read'):
        read_scene(scene_path('none.yaml'))
    with pytest.raises(SceneError, match="robots is 'x'"):
        scenario_named('swap', 'x')


def test_filters_and_drivers_of_a_scene_fit_together(tmp_path: Path) -> None:
    scenario = scenario_of(read_scene(scene_path('swap'), 3), tmp_path / 'swap.yaml')
    nodes = nodes_of(scenario, filtered=True, wait_for_start=True)
    assert [each.executable for each in nodes].count('safety_filter') == 3
