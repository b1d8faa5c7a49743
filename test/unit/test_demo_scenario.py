"""A demo's parameter file as seen by the demo: what it reads and which nodes it starts."""

from pathlib import Path

import pytest
import yaml

from vcp_cbf_safety import Arena, Circle
from vcp_cbf_safety.resources import share_directory
from vcp_cbf_safety.sim.barn import GOAL, START, BarnWorld
from vcp_cbf_safety.studies.demo.scenario import ScenarioError, nodes_of, read_scenario
from vcp_cbf_safety.studies.demo.world import node_parameters

SHIPPED = share_directory() / 'config' / 'demo.yaml'


def test_the_shipped_demo_has_three_robots_and_eight_obstacles_in_an_arena() -> None:
    scenario = read_scenario(SHIPPED)
    assert [robot.name for robot in scenario.robots] == ['robot1', 'robot2', 'robot3']
    assert len(scenario.obstacles) == 8
    assert isinstance(scenario.arena, Arena)


def test_simulator_and_filters_of_the_shipped_demo_agree() -> None:
    sections = yaml.safe_load(SHIPPED.read_text())
    simulator = sections['/arena_sim']['ros__parameters']
    safety_filter = sections['/**/safety_filter']['ros__parameters']
    assert safety_filter['arena'] == simulator['arena']
    assert safety_filter['body_radius'] == simulator['body_radius']
    assert safety_filter['peer_radius'] == simulator['body_radius']
    assert safety_filter['world_frame'] == simulator['world_frame']
    for name in simulator['robots']:
        peers = sections[f'/{name}/safety_filter']['ros__parameters']['peers']
        assert sorted([name, *peers]) == simulator['robots']


def test_the_door_lets_the_long_robot_through_and_not_its_disc() -> None:
    path = share_directory() / 'config' / 'demo_door.yaml'
    scenario = read_scenario(path)
    free = min(abs(each.y) - each.radius for each in scenario.obstacles)
    assert scenario.footprint[0] == (0.45, 0.25)
    assert free == pytest.approx(0.35)
    assert 0.25 < free < scenario.body_radius
    sections = yaml.safe_load(path.read_text())
    simulator = sections['/arena_sim']['ros__parameters']
    safety_filter = sections['/**/safety_filter']['ros__parameters']
    assert safety_filter['footprint'] == simulator['footprint']
    assert safety_filter['arena'] == simulator['arena']


def test_with_filters_the_drivers_keep_their_topic() -> None:
    nodes = nodes_of(read_scenario(SHIPPED), filtered=True, wait_for_start=True)
    executables = [node.executable for node in nodes]
    assert executables.count('arena_sim') == 1
    assert executables.count('nominal_driver') == executables.count('safety_filter') == 3
    drivers = [node for node in nodes if node.executable == 'nominal_driver']
    assert all(not node.remappings for node in drivers)
    assert all(node.parameters['wait_for_start'] is True for node in drivers)


def test_without_filters_the_drivers_drive_the_bases() -> None:
    nodes = nodes_of(read_scenario(SHIPPED), filtered=False, wait_for_start=False)
    assert all(node.executable != 'safety_filter' for node in nodes)
    drivers = [node for node in nodes if node.executable == 'nominal_driver']
    assert all(node.remappings == (('cmd_vel_nom', 'cmd_vel'),) for node in drivers)


def test_a_benchmark_world_becomes_a_parameter_file(tmp_path: Path) -> None:
    world = BarnWorld((Circle(1.0, 2.0, 0.1), Circle(-1.0, 5.0, 0.1)), ())
    path = tmp_path / 'world.yaml'
    path.write_text(yaml.safe_dump(node_parameters(world)))
    scenario = read_scenario(path)
    assert scenario.obstacles == world.cylinders
    assert scenario.arena is None
    (robot,) = scenario.robots
    assert (robot.start, robot.goal) == (START, GOAL)


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        ('a: [1', 'is not YAML'),
        ('- 1', 'not a ROS 2 parameter file'),
        ("/arena_sim: {ros__parameters: {robots: ['a'], poses: [0.0, 0.0, 0.0], footprint: '1'}}\n"
         '/a/nominal_driver: {ros__parameters: {goal: [0.0, 0.0]}}', 'footprint is '),
        ('/other: {ros__parameters: {}}', 'no parameters of /arena_sim'),
        ('/arena_sim: {ros__parameters: {poses: [0.0, 0.0, 0.0]}}', 'robots is missing'),
        ("/arena_sim: {ros__parameters: {robots: ['a'], poses: [0.0, 0.0]}}", 'multiple of 3'),
        ("/arena_sim: {ros__parameters: {robots: ['a', 'b'], poses: [0.0, 0.0, 0.0]}}",
         'three numbers'),
        ("/arena_sim: {ros__parameters: {robots: ['a'], poses: [0.0, 0.0, 0.0]}}",
         'no parameters of /a/nominal_driver'),
    ],
)  # fmt: skip
def test_a_file_that_is_no_scenario_is_refused_by_name(
    tmp_path: Path, text: str, words: str
) -> None:
    path = tmp_path / 'bad.yaml'
    path.write_text(text)
    with pytest.raises(ScenarioError, match=words) as caught:
        read_scenario(path)
    assert str(path) in str(caught.value)
