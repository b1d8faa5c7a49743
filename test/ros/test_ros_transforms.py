"""Frames over DDS: what is elsewhere is brought to the odometry, and what is missing is a stop."""

import math
from time import monotonic

import pytest
from geometry_msgs.msg import PoseStamped
from localisation import HERE, REMAPS, Localisation, transform
from nav_msgs.msg import OccupancyGrid
from rclpy.time import Time
from ros_rig import LATCHED
from sensor_msgs.msg import LaserScan
from visualization_msgs.msg import Marker


def wait(rig, seconds):
    ends = monotonic() + seconds
    rig.wait_for(lambda: monotonic() > ends)


@pytest.fixture(scope='module')
def robot(module_filters):
    """A robot whose arena and only obstacle are in the map, and which has a peer."""
    parameters = {
        'use_tf': True, 'hazard_frame': 'map', 'obstacles': [0.0, 3.0, 0.2], 'peers': ['ann'],
        'peer_radius': 0.15, 'check_odom_twist': False,
    }  # fmt: skip
    rig = module_filters.start(parameters, REMAPS, peers=['ann'])
    return rig, Localisation(rig)


@pytest.fixture
def localisation(robot):
    robot[1].reset()
    return robot[1]


@pytest.fixture
def rig(robot, localisation):
    rig = robot[0]
    rig.reset()
    rig.peer_poses = {'ann': (0.0, -4.0, 0.0)}
    rig.mark(action=Marker.DELETEALL)
    rig.drive(0.5)
    return rig


def test_without_a_localisation_the_robot_stands_and_says_which_transform_is_missing(filters):
    rig = filters.start({'use_tf': True, 'hazard_frame': 'map'}, REMAPS)
    rig.nominal = (0.3, 0.0)
    rig.wait_for_state(
        reason='arena and obstacles cannot be placed: no transform from map to odom: nobody sends',
        code='input_fault',
    )
    rig.wait_for_zero()
    Localisation(rig)
    rig.wait_for_nominal()


def test_when_the_localisation_falls_silent_the_robot_stands_until_it_is_back(rig, localisation):
    localisation.poses = {}
    rig.wait_for_state(
        reason='the transform from map to odom is older than transform_timeout (1 s)'
    )
    rig.wait_for_zero()
    localisation.reset()
    rig.wait_for_nominal()


def test_transforms_that_come_late_stop_the_robot(rig, localisation):
    localisation.late = 3.0
    rig.wait_for_state(reason='is older than transform_timeout (1 s) by its stamp')
    rig.wait_for_zero()
    localisation.late = 0.0
    rig.wait_for_nominal()


def test_a_localisation_that_stamps_ahead_is_believed(rig, localisation):
    localisation.late = -1.0
    wait(rig, 0.5)
    rig.wait_for_nominal()


def test_when_the_localisation_jumps_hazards_move_and_not_the_robot(rig, localisation):
    localisation.poses = {'odom': (0.0, 2.2, math.pi / 2)}
    rig.wait_for_command(lambda v, omega: v < 0.4)
    state = rig.wait_for_state(binding='obstacles[0]')
    assert 'jumped' not in state['faults']
    localisation.reset()
    rig.wait_for_nominal()


def test_the_walls_of_an_arena_turn_with_the_map(rig, localisation):
    # The robot looks along y of the map, at the wall that is 0.5 m ahead.
    localisation.poses = {'odom': (3.0, 4.5, math.pi / 2)}
    rig.wait_for_state(binding='arena.y_max')
    rig.wait_for_command(lambda v, omega: v < 0.3)
    localisation.reset()
    rig.wait_for_nominal()


def test_a_marker_in_the_map_is_where_the_map_is(rig, localisation):
    rig.mark(0.0, 0.75, frame='map')
    wait(rig, 0.3)
    rig.wait_for_nominal()
    localisation.poses = {'odom': (0.0, 0.0, math.pi / 2)}
    rig.wait_for_state(binding='post/0')
    rig.wait_for_command(lambda v, omega: v < 0.4)
    rig.mark(action=Marker.DELETE)
    localisation.reset()
    rig.wait_for_nominal()


@pytest.mark.parametrize(
    ('frame', 'words'),
    [
        ('attic', "no transform from attic to odom: nobody sends where 'attic' is"),
        ('base_footprint', 'base_footprint moves with the robot'),
        ('crater', 'no transform from crater to odom: nothing connects moon, above the one, with'),
        ('mirror', 'the transform from mirror to map has x nan m'),
        ('twin', 'twin has two parents, cellar and map; only one node may say'),
        ('wall', 'the transform from wall to map is rolled or pitched by 90 degrees'),
    ],
)
def test_a_marker_in_a_frame_that_is_no_use_stops_the_robot(rig, localisation, frame, words):
    localisation.more = [
        transform('odom', 'base_footprint', HERE),
        transform('moon', 'crater', HERE),
        transform('map', 'mirror', (math.nan, 0.0, 0.0)),
        transform('map', 'twin', HERE),
        transform('cellar', 'twin', HERE),
        transform('map', 'wall', HERE, roll=math.pi / 2),
    ]
    rig.mark(2.0, 3.0, frame=frame)
    rig.wait_for_state(reason=words, code='input_fault')
    rig.wait_for_zero()
    rig.mark(action=Marker.DELETE)
    rig.wait_for_nominal()


def test_a_peer_with_an_origin_of_its_own_is_where_both_localisations_say(rig, localisation):
    rig.peer_frame = 'ann/odom'
    rig.wait_for_state(
        reason='peer ann cannot be placed: no transform from ann/odom to odom: nobody sends where'
    )
    rig.wait_for_zero()
    localisation.poses['ann/odom'] = (0.7, 4.0, 0.0)
    # In its own odometry it is 4 m behind its origin.
    rig.wait_for_state(binding='ann')
    rig.wait_for_command(lambda v, omega: v < 0.4)
    localisation.poses['ann/odom'] = (0.7, 0.0, 0.0)
    rig.wait_for_nominal()
    del localisation.poses['ann/odom']
    rig.wait_for_state(reason='the transform from ann/odom to odom is older than')
    rig.wait_for_zero()


def test_a_flood_of_transforms_disturbs_nothing(rig, localisation):
    flood = rig.node.create_timer(0.001, localisation.send)
    wait(rig, 2.0)
    rig.wait_for_nominal()
    localisation.poses = {'odom': (0.0, 2.2, math.pi / 2)}
    rig.wait_for_command(lambda v, omega: v < 0.4)
    rig.node.destroy_timer(flood)


def test_a_map_in_its_own_frame_is_where_the_localisation_says(filters):
    rig = filters.start({'use_tf': True, 'map_topic': 'map'}, REMAPS)
    publisher = rig.node.create_publisher(OccupancyGrid, 'map', LATCHED)
    message = OccupancyGrid()
    message.header.frame_id = 'map'
    message.info.width = message.info.height = 20
    message.info.resolution = 0.1
    message.info.origin.orientation.w = 1.0
    message.data = [100] * 400
    publisher.publish(message)
    rig.nominal = (0.5, 0.0)
    rig.wait_for_state(reason='/map cannot be placed: no transform from map to odom')
    rig.wait_for_zero()
    localisation = Localisation(rig)
    localisation.poses = {'odom': (-4.0, -4.0, 0.0)}
    rig.wait_for_nominal()
    localisation.poses = {'odom': (-0.5, 1.0, 0.0)}
    rig.wait_for_state(binding='map[')
    rig.wait_for_command(lambda v, omega: v < 0.4)


def test_a_goal_in_the_map_is_taken_and_one_that_nobody_can_place_is_said_in_the_log(
    robot, rig, module_filters
):
    goals = rig.node.create_publisher(PoseStamped, 'goal_pose', 10)
    rig.wait_for(goals.get_subscription_count)
    message = PoseStamped()
    message.header.frame_id = 'map'
    message.pose.position.x = 4.0
    goals.publish(message)
    wait(rig, 0.3)
    said = lambda: module_filters.processes.output(rig.namespace)  # noqa: E731
    assert 'goal_pose' not in said()
    message.header.frame_id = 'attic'
    goals.publish(message)
    words = 'goal_pose cannot be placed: no transform from attic to odom: nobody sends where'
    rig.wait_for(lambda: words in said())
    rig.wait_for_nominal()
    rig.node.destroy_publisher(goals)


class Scanner:
    """Looks ahead, at something that is so far away [m]."""

    def __init__(self, rig):
        self._rig = rig
        self._publisher = rig.node.create_publisher(LaserScan, 'scan', 10)
        self.distance = math.inf
        rig.node.create_timer(0.05, self.send)

    def send(self):
        message = LaserScan(
            angle_min=-math.pi / 2, angle_max=math.pi / 2, angle_increment=math.pi / 180,
            range_min=0.05, range_max=8.0, ranges=[self.distance] * 181,
        )  # fmt: skip
        message.header.frame_id = 'base_scan'
        message.header.stamp = Time(nanoseconds=int(1e9 * self._rig.now())).to_msg()
        self._publisher.publish(message)


def test_a_scanner_is_where_latched_transforms_say_and_nowhere_without_them(filters):
    rig = filters.start({'use_tf': True, 'scan_topics': ['scan']}, REMAPS)
    rig.nominal = (0.3, 0.0)
    scanner = Scanner(rig)
    rig.wait_for_state(reason='cannot be placed: no transform from base_scan to base_footprint')
    rig.wait_for_zero()
    localisation = Localisation(rig)
    base = transform('base_footprint', 'base_link', HERE)
    localisation.fix(base, transform('base_link', 'base_scan', HERE, roll=math.pi))
    rig.wait_for_state(reason='from base_scan to base_link is rolled or pitched by 180 degrees')
    # It looks back, so that nobody looks where the robot drives.
    localisation.fix(base, transform('base_link', 'base_scan', (-0.1, 0.0, math.pi)))
    rig.wait_for_state(reason='no scanner looks where the robot drives forwards')
    localisation.fix(base, transform('base_link', 'base_scan', (0.1, 0.0, 0.0)))
    rig.wait_for_nominal()
    scanner.distance = 0.3
    rig.wait_for_state(binding='scan[')
    rig.wait_for_command(lambda v, omega: v < 0.2)


def test_a_filter_that_starts_later_hears_latched_transforms(filters):
    name = filters.name()
    rig = filters.rig(name)
    localisation = Localisation(rig)
    localisation.fix(transform('base_footprint', 'base_scan', HERE))
    Scanner(rig)
    filters.launch({'use_tf': True, 'scan_topics': ['scan']}, REMAPS, name)
    rig.wait_for(rig.matched)
    rig.drive(0.3)


def test_the_diagnostics_say_of_how_many_frames_is_known_where_they_are(rig):
    rig.diagnostics.clear()
    rig.wait_for(lambda: rig.diagnostics and int(rig.diagnostics[-1]['transforms']) > 0)
