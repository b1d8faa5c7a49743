"""The Gazebo world, the bridge and what the filter believes of them say the same."""

import xml.etree.ElementTree as ET

import pytest
import yaml

from vcp_cbf_safety import Hazards, Twist2D
from vcp_cbf_safety.motion.unicycle import RobotState
from vcp_cbf_safety.ros.deployments import config_file, filter_in_gazebo
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.safety_filter import SafetyFilter

WALLS = ('wall_east', 'wall_north', 'wall_south', 'wall_west')


@pytest.fixture(scope='module')
def world():
    return ET.parse(config_file('gazebo/arena.sdf')).getroot().find('world')


@pytest.fixture(scope='module')
def settings():
    values = {}
    for path in filter_in_gazebo().parameter_files:
        for node in yaml.safe_load(path.read_text()).values():
            values.update(node['ros__parameters'])
    return NodeSettings.from_parameters(values)


@pytest.fixture(scope='module')
def bridge():
    entries = yaml.safe_load(config_file('gazebo/bridge.yaml').read_text())
    return {entry['ros_topic_name']: entry for entry in entries}


def numbers(element):
    return [float(text) for text in element.text.split()]


def placed(world, shape):
    """Position and collision shape of every static model of a shape, by model name."""
    found = {}
    for model in world.findall('model'):
        element = model.find(f'link/collision/geometry/{shape}')
        if element is not None:
            assert model.findtext('static') == 'true'
            found[model.get('name')] = (numbers(model.find('pose')), element)
    return found


def test_the_cylinders_are_the_obstacles_that_the_filter_knows(world, settings):
    cylinders = [
        (pose[0], pose[1], float(shape.findtext('radius')))
        for pose, shape in placed(world, 'cylinder').values()
    ]
    assert cylinders == [(c.x, c.y, c.radius) for c in settings.circles]


def test_the_inner_faces_of_the_walls_are_the_arena(world, settings):
    walls = placed(world, 'box')
    assert sorted(walls) == sorted(WALLS)
    size = {name: numbers(shape.find('size')) for name, (_, shape) in walls.items()}
    at = {name: pose for name, (pose, _) in walls.items()}
    inner = (
        at['wall_west'][0] + size['wall_west'][0] / 2,
        at['wall_south'][1] + size['wall_south'][1] / 2,
        at['wall_east'][0] - size['wall_east'][0] / 2,
        at['wall_north'][1] - size['wall_north'][1] / 2,
    )
    arena = settings.arena
    assert inner == pytest.approx((arena.x_min, arena.y_min, arena.x_max, arena.y_max))


def test_the_walls_leave_no_gap_in_the_corners(world, settings):
    arena = settings.arena
    for name, (pose, shape) in placed(world, 'box').items():
        along = 1 if name in ('wall_east', 'wall_west') else 0
        low, high = ((arena.x_min, arena.x_max), (arena.y_min, arena.y_max))[along]
        half = numbers(shape.find('size'))[along] / 2
        assert pose[along] - half <= low
        assert pose[along] + half >= high


def test_walls_and_cylinders_stand_upright_on_the_ground(world):
    for pose, shape in (*placed(world, 'box').values(), *placed(world, 'cylinder').values()):
        height = float(shape.findtext('length') or numbers(shape.find('size'))[2])
        assert pose[2] == pytest.approx(height / 2)
        assert pose[3:] == [0.0, 0.0, 0.0]


def test_what_is_seen_is_what_is_touched(world):
    for model in world.findall('model'):
        link = model.find('link')
        seen, touched = link.find('visual/geometry'), link.find('collision/geometry')
        assert ET.tostring(seen).strip() == ET.tostring(touched).strip()


def test_the_world_is_called_as_the_launch_file_spawns_into_it(world):
    assert world.get('name') == 'arena'


def test_the_world_downloads_nothing(world):
    assert not list(world.iter('include'))
    assert not list(world.iter('uri'))


def test_the_world_runs_what_the_robot_needs(world):
    plugins = {plugin.get('name').rpartition('::')[2] for plugin in world.findall('plugin')}
    assert {'Physics', 'UserCommands', 'SceneBroadcaster', 'Sensors', 'Imu'} <= plugins


def test_the_robot_is_spawned_where_nothing_holds_it_back(settings):
    hazards = Hazards(arena=settings.arena, circles=settings.circles)
    nominal = Twist2D(settings.filter.max_speed / 2, 0.0)
    safety_filter = SafetyFilter(settings.filter)
    command = safety_filter.step(nominal, RobotState(0.0, 0.0, 0.0), hazards)
    assert command.outcome == 'nominal'
    assert command.min_barrier > 0.3


@pytest.mark.parametrize(
    ('topic', 'ros_type', 'gz_type', 'direction'),
    [
        ('clock', 'rosgraph_msgs/msg/Clock', 'gz.msgs.Clock', 'GZ_TO_ROS'),
        ('odom', 'nav_msgs/msg/Odometry', 'gz.msgs.Odometry', 'GZ_TO_ROS'),
        ('cmd_vel', 'geometry_msgs/msg/TwistStamped', 'gz.msgs.Twist', 'ROS_TO_GZ'),
    ],
)
def test_the_bridge_carries_what_the_filter_reads_and_writes(
    bridge, topic, ros_type, gz_type, direction
):
    entry = bridge[topic]
    assert entry['gz_topic_name'] == topic
    assert entry['ros_type_name'] == ros_type
    assert entry['gz_type_name'] == gz_type
    assert entry['direction'] == direction


def test_the_bridge_says_nothing_else_than_ros_gz_bridge_reads(bridge):
    for entry in bridge.values():
        assert set(entry) == {
            'ros_topic_name', 'gz_topic_name', 'ros_type_name', 'gz_type_name', 'direction',
        }  # fmt: skip


def test_the_nominal_command_does_not_cross_the_bridge(bridge):
    assert 'cmd_vel_nom' not in bridge


def test_commands_are_stamped_on_both_sides_of_the_filter_as_on_the_bridge(bridge, settings):
    assert settings.stamped == (bridge['cmd_vel']['ros_type_name'].endswith('TwistStamped'))


def test_the_filter_takes_time_from_the_simulator_and_the_frame_from_its_odometry(settings):
    assert filter_in_gazebo().parameters['use_sim_time'] is True
    assert settings.world_frame == 'odom'
