"""What a demo is about, read from the parameter file that its nodes are started with."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from vcp_cbf_safety.body.footprint import Point, corners_of
from vcp_cbf_safety.errors import ConfigurationError, VcpCbfError
from vcp_cbf_safety.hazards.hazards import Arena, Circle
from vcp_cbf_safety.ros.node_spec import NodeSpec

SIMULATOR = 'arena_sim'
DRIVER = 'nominal_driver'
FILTER = 'safety_filter'

# Which module runs each executable.
MODULES = {
    SIMULATOR: 'vcp_cbf_safety.sim.arena_sim_node',
    DRIVER: 'vcp_cbf_safety.sim.nominal_driver_node',
    FILTER: 'vcp_cbf_safety.ros.safety_filter_node',
}


class ScenarioError(VcpCbfError, ValueError):
    """A parameter file does not describe a demo; the message names file and parameter."""


@dataclass(frozen=True, slots=True)
class RobotPlan:
    """Where a robot starts and where its driver wants it: x, y [m] in the world frame.

    One that is not `filtered` never has a filter: it stands for a person.
    """

    name: str
    start: tuple[float, float, float]
    goal: tuple[float, float]
    filtered: bool = True


@dataclass(frozen=True, slots=True)
class Scenario:
    """Robots with their goals, what stands around, and the file that says so to the nodes.

    Attributes:
        parameters: the file.
        robots, obstacles, arena, body_radius: what the simulator is told.
        footprint: corners of the bodies [m]; none where they are discs of `body_radius`.
        scanned: whether the filters are told nothing and have scanners instead.
    """

    parameters: Path
    robots: tuple[RobotPlan, ...]
    obstacles: tuple[Circle, ...]
    arena: Arena | None
    body_radius: float
    footprint: tuple[Point, ...] = ()
    scanned: bool = False


def read_scenario(path: Path) -> Scenario:
    """Read the sections of arena_sim and of each robot's nominal_driver.

    Raises:
        ScenarioError: if the file is no parameter file or lacks a parameter.
    """
    try:
        sections = yaml.safe_load(path.read_text(encoding='utf-8'))
    except OSError as error:
        raise ScenarioError(f'{path} cannot be read: {error.strerror}') from None
    except yaml.YAMLError as error:
        raise ScenarioError(f'{path} is not YAML: {" ".join(str(error).split())}') from None
    if not isinstance(sections, dict):
        raise ScenarioError(f'{path} is not a ROS 2 parameter file')
    simulator = _section(sections, f'/{SIMULATOR}', path)
    names = _list(simulator, 'robots', 1, path)
    poses = _list(simulator, 'poses', 3, path)
    if len(poses) != 3 * len(names):
        raise ScenarioError(f'{path}: poses must have three numbers for each of {names}')
    robots = []
    for index, name in enumerate(names):
        goal = _list(_section(sections, f'/{name}/{DRIVER}', path), 'goal', 2, path)
        x, y, heading = poses[3 * index : 3 * index + 3]
        robots.append(RobotPlan(name, (x, y, heading), (goal[0], goal[1])))
    circles = _list(simulator, 'obstacles', 3, path)
    arena = _list(simulator, 'arena', 4, path)
    footprint = _footprint(simulator, path)
    return Scenario(
        path,
        tuple(robots),
        tuple(Circle(*circles[i : i + 3]) for i in range(0, len(circles), 3)),
        Arena(*arena) if arena else None,
        max((math.hypot(*corner) for corner in footprint), default=0.0)
        or float(simulator['body_radius']),
        footprint,
        bool(simulator.get('scan_beams', 0)),
    )


def nodes_of(scenario: Scenario, *, filtered: bool, wait_for_start: bool) -> list[NodeSpec]:
    """The simulator, and for each robot a driver and, when filtered, a safety filter.

    Without filters the drivers' commands are remapped straight to the base.
    """
    files = (scenario.parameters.absolute(),)
    nodes = [NodeSpec(executable=SIMULATOR, name=SIMULATOR, parameter_files=files)]
    for robot in scenario.robots:
        between = filtered and robot.filtered
        nodes.append(
            NodeSpec(
                executable=DRIVER,
                name=DRIVER,
                namespace=robot.name,
                parameter_files=files,
                parameters={'wait_for_start': wait_for_start},
                remappings=() if between else (('cmd_vel_nom', 'cmd_vel'),),
            )
        )
        if between:
            nodes.append(
                NodeSpec(
                    executable=FILTER,
                    name=FILTER,
                    namespace=robot.name,
                    parameter_files=files,
                    remappings=() if scenario.scanned else (('obstacles', '/obstacles'),),
                )
            )
    return nodes


def _section(sections: Mapping[str, Any], node: str, path: Path) -> Mapping[str, Any]:
    section = sections.get(node)
    parameters = section.get('ros__parameters') if isinstance(section, dict) else None
    if not isinstance(parameters, dict):
        raise ScenarioError(f'{path} has no parameters of {node}')
    return parameters


def _footprint(simulator: Mapping[str, Any], path: Path) -> tuple[Point, ...]:
    text = simulator.get('footprint', '')
    try:
        return corners_of(text) if text else ()
    except ConfigurationError as error:
        raise ScenarioError(f'{path}: {error}') from None


def _list(parameters: Mapping[str, Any], name: str, multiple_of: int, path: Path) -> Sequence[Any]:
    value = parameters.get(name, [])
    if not isinstance(value, list) or len(value) % multiple_of:
        raise ScenarioError(
            f'{path}: {name} must be a list, its length a multiple of {multiple_of}'
        )
    if name in ('robots', 'poses', 'goal') and not value:
        raise ScenarioError(f'{path}: {name} is missing')
    return value
