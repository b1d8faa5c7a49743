"""A demo's parameter file as seen by the demo: what it reads and which nodes it starts."""

from pathlib import Path

import pytest
import yaml

from vcp_cbf_safety import Circle
from vcp_cbf_safety.sim.barn import GOAL, START, BarnWorld
from vcp_cbf_safety.studies.demo.scenario import ScenarioError, nodes_of, read_scenario
from vcp_cbf_safety.studies.demo.scene import read_scene, scene_path
from vcp_cbf_safety.studies.demo.scene_parameters import scenario_of
from vcp_cbf_safety.studies.demo.world import node_parameters


@pytest.fixture
def told(tmp_path: Path) -> Path:
    """The parameter file of the scene of three robots."""
    return scenario_of(read_scene(scene_path('told')), tmp_path / 'told.yaml').parameters


def test_with_filters_the_drivers_keep_their_topic(told: Path) -> None:
    nodes = nodes_of(read_scenario(told), filtered=True, wait_for_start=True)
    executables = [node.executable for node in nodes]
    assert executables.count('arena_sim') == 1
    assert executables.count('nominal_driver') == executables.count('safety_filter') == 3
    drivers = [node for node in nodes if node.executable == 'nominal_driver']
    assert all(not node.remappings for node in drivers)
    assert all(node.parameters['wait_for_start'] is True for node in drivers)


def test_without_filters_the_drivers_drive_the_bases(told: Path) -> None:
    nodes = nodes_of(read_scenario(told), filtered=False, wait_for_start=False)
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
