"""A scene as the parameter file of its nodes, and as the scenario that the demo runs."""

import tempfile
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from vcp_cbf_safety.footprint import corners_of
from vcp_cbf_safety.hazards import Circle
from vcp_cbf_safety.studies.demo.formation import ScenePlace
from vcp_cbf_safety.studies.demo.scenario import (
    DRIVER,
    FILTER,
    SIMULATOR,
    RobotPlan,
    Scenario,
)
from vcp_cbf_safety.studies.demo.scene import DemoScene, SceneError, read_scene, scene_path

# Bases that lag like real ones: an iRobot Create has about these numbers.
BASE: Mapping[str, float] = {
    'lag': 0.1, 'delay': 0.05, 'max_acceleration': 1.0, 'max_yaw_acceleration': 6.0,
    'position_noise': 0.002, 'heading_noise': 0.003, 'speed_noise': 0.01, 'yaw_rate_noise': 0.02,
}  # fmt: skip
_DRIVER: Mapping[str, Any] = {
    'style': 'goal', 'speed': 0.55, 'max_yaw_rate': 1.5, 'goal_tolerance': 0.1,
}  # fmt: skip
_FILTER: Mapping[str, Any] = {
    'control_frequency': 50.0, 'vcp_offset': 0.1, 'min_speed': -0.2, 'max_speed': 0.6,
    'max_yaw_rate': 2.0,
}  # fmt: skip


def node_parameters(scene: DemoScene) -> dict[str, Any]:
    """Parameters of all nodes of a scene, as a ROS 2 parameter file has them."""
    everybody = [*scene.robots, *scene.people]
    frame = {'world_frame': 'map'}
    body: dict[str, Any] = {'body_radius': scene.body_radius}
    if scene.footprint:
        body = {'footprint': scene.footprint}
    box = {'arena': list(scene.corners)} if scene.arena else {}
    simulator = {
        **frame, **body, **box, **BASE, **scene.simulator,
        'robots': [each.name for each in everybody],
        'poses': [number for each in everybody for number in each.start],
        'obstacles': [number for each in scene.obstacles for number in each],
    }  # fmt: skip
    if not scene.obstacles:
        del simulator['obstacles']
    sections = {f'/{SIMULATOR}': simulator}
    for place in everybody:
        driver = {**frame, **_DRIVER, **scene.driver, 'goal': list(place.goal)}
        sections[f'/{place.name}/{DRIVER}'] = driver | (
            {'speed': place.speed} if place.speed else {}
        )
    for place in scene.robots:
        sections[f'/{place.name}/{FILTER}'] = {
            **frame, **body, **box, **filter_parameters(scene), **_peers(scene, place),
        }  # fmt: skip
    # Copies: the parser of ROS 2 takes no aliases, which YAML makes of what is shared.
    return {name: {'ros__parameters': deepcopy(values)} for name, values in sections.items()}


def driver_parameters(scene: DemoScene, place: ScenePlace) -> dict[str, Any]:
    """Parameters of the driver of one robot or person."""
    return {**_DRIVER, **scene.driver} | ({'speed': place.speed} if place.speed else {})


def filter_parameters(scene: DemoScene) -> dict[str, Any]:
    """Parameters of every filter of a scene, but for frames, body, walls and peers."""
    return {**_FILTER, **scene.filter}


def _peers(scene: DemoScene, place: ScenePlace) -> dict[str, Any]:
    """Everybody else; work is shared where nobody is without a filter."""
    if scene.simulator.get('scan_beams', 0):
        return {}
    others = [each.name for each in (*scene.robots, *scene.people) if each.name != place.name]
    if not others:
        return {}
    return {
        'peers': others,
        'peer_radius': scene.body_radius,
        'peer_responsibility': 1.0 if scene.people else 0.5,
    }


def scenario_of(scene: DemoScene, path: Path) -> Scenario:
    """Write the parameter file of a scene, and say what the demo is to run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(node_parameters(scene), sort_keys=False)
    path.write_text(text, encoding='utf-8')
    return Scenario(
        path,
        tuple(
            RobotPlan(each.name, each.start, each.goal, each in scene.robots)
            for each in (*scene.robots, *scene.people)
        ),
        tuple(Circle(*each) for each in scene.obstacles),
        scene.arena,
        scene.body_radius,
        corners_of(scene.footprint) if scene.footprint else (),
        bool(scene.simulator.get('scan_beams', 0)),
    )


def scenario_named(name: str, robots: str = '') -> Scenario:
    """A scene with its parameter file in a new temporary folder, for launch files.

    Args:
        name: of a scene of the package, or a path.
        robots: how many, for a scene with a formation; '' for as many as it says.

    Raises:
        SceneError: if there is no such scene, or not with so many robots.
    """
    if robots and not robots.isdecimal():
        raise SceneError(f'robots is {robots!r}; it must be a number')
    scene = read_scene(scene_path(name), int(robots) if robots else None)
    folder = Path(tempfile.mkdtemp(prefix='vcp_cbf_safety_scene_'))
    return scenario_of(scene, folder / f'{scene.name}.yaml')
