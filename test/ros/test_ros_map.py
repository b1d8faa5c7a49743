"""A map and its updates over DDS: obstacles, and a stop for whatever is wrong with them."""

import math
from time import monotonic

import pytest
from nav_msgs.msg import OccupancyGrid
from ros_rig import LATCHED

WIDTH, HEIGHT = 40, 20
# A wall ahead of the robot, across the whole map.
WALL = [100 if index % WIDTH == 27 else 0 for index in range(WIDTH * HEIGHT)]


def grid(data=None, frame='odom', **fields):
    """A map of 4 m by 2 m around the origin, free unless it is said otherwise."""
    message = OccupancyGrid(data=[0] * (WIDTH * HEIGHT) if data is None else data)
    message.header.frame_id = frame
    message.info.width, message.info.height, message.info.resolution = WIDTH, HEIGHT, 0.1
    message.info.origin.position.x, message.info.origin.position.y = -2.0, -1.0
    message.info.origin.orientation.w = 1.0
    for name, value in fields.items():
        setattr(message.info, name, value)
    return message


def displaced(x):
    message = grid()
    message.info.origin.position.x = x
    return message


def turned(w):
    message = grid()
    message.info.origin.orientation.w = w
    return message


@pytest.fixture(scope='module')
def robot(module_filters):
    rig = module_filters.start({'map_topic': 'map'})
    rig.nominal = (0.5, 0.0)
    rig.wait_for_state(reason=f'no map on /{rig.namespace}/map yet', code='input_fault')
    rig.wait_for_zero()
    return rig, rig.node.create_publisher(OccupancyGrid, 'map', LATCHED)


@pytest.fixture
def maps(robot):
    return robot[1]


@pytest.fixture
def rig(robot, maps):
    rig = robot[0]
    rig.reset()
    maps.publish(grid())
    rig.drive(0.5)
    return rig


def test_a_latched_map_is_an_obstacle_for_a_filter_that_starts_later(filters):
    rig = filters.rig(name := filters.name())
    publisher = rig.node.create_publisher(OccupancyGrid, 'map', LATCHED)
    publisher.publish(grid(WALL))
    filters.launch({'map_topic': 'map'}, [], name)
    rig.wait_for(rig.matched)
    rig.nominal = (0.5, 0.0)
    rig.wait_for_state(binding='map[')
    rig.wait_for_command(lambda v, omega: v < 0.4)


def test_a_map_that_comes_later_counts_from_then_on(rig, maps):
    maps.publish(grid(WALL))
    rig.wait_for_state(binding='map[')
    rig.wait_for_command(lambda v, omega: v < 0.4)


@pytest.mark.parametrize(
    ('message', 'words'),
    [
        (grid(frame='map'), "is in frame 'map'; it must be in world_frame, 'odom'"),
        (grid(frame=''), "is in frame ''; it must be in world_frame, 'odom'"),
        (grid([0] * 100), 'has 100 cells where width and height make 800'),
        (grid(resolution=0.0), 'has resolution 0.0 m; it must be positive'),
        (grid(resolution=math.nan), 'has resolution nan m; it must be positive'),
        (displaced(math.nan), 'has its origin at (nan, -1.0); both must be finite'),
        (turned(0.0), 'has orientation'),
    ],
    ids=['frame', 'no-frame', 'length', 'resolution', 'nan', 'origin', 'turn'],
)
def test_a_map_that_is_none_stops_the_robot_with_one_sentence(rig, maps, message, words):
    maps.publish(message)
    rig.wait_for_state(reason=words, code='input_fault')
    rig.wait_for_zero()
    maps.publish(grid())
    rig.wait_for_nominal()


def test_a_flood_of_maps_disturbs_nothing(rig, maps):
    flood = rig.node.create_timer(0.005, lambda: maps.publish(grid()))
    ends = monotonic() + 1.0
    rig.wait_for(lambda: monotonic() > ends)
    rig.wait_for_nominal()
    rig.node.destroy_timer(flood)
    maps.publish(grid(WALL))
    rig.wait_for_state(binding='map[')


# Updates.


@pytest.fixture
def updates(robot):
    messages = pytest.importorskip(
        'map_msgs.msg', reason='map_msgs is not installed: make tf2-msgs'
    )
    rig, _ = robot
    publisher = rig.node.create_publisher(messages.OccupancyGridUpdate, 'map_updates', 100)
    rig.wait_for(publisher.get_subscription_count)

    def send(x=27, y=0, width=1, height=HEIGHT, value=100, frame='odom', **fields):
        message = messages.OccupancyGridUpdate(x=x, y=y, width=width, height=height)
        message.data = [value] * (width * height)
        message.header.frame_id = frame
        for name, given in fields.items():
            setattr(message, name, given)
        publisher.publish(message)

    yield send
    rig.node.destroy_publisher(publisher)


def test_an_update_puts_a_wall_into_the_map_and_takes_it_out_again(rig, updates):
    updates()
    rig.wait_for_state(binding='map[')
    rig.wait_for_command(lambda v, omega: v < 0.4)
    updates(value=0)
    rig.wait_for_nominal()


@pytest.mark.parametrize(
    ('fields', 'words'),
    [
        ({'frame': 'map'}, "is in frame 'map'; it must be in that of the map, 'odom'"),
        ({'x': 40}, 'has 1 x 20 cells from column 40 and row 0 on; the map has only 40 x 20'),
        ({'y': -1}, 'has 1 x 20 cells from column 27 and row -1 on'),
        ({'data': [100]}, 'has 1 cells where width and height make 20'),
    ],
    ids=['frame', 'outside', 'negative', 'length'],
)
def test_an_update_that_is_none_stops_the_robot_until_a_whole_map_comes(
    rig, maps, updates, fields, words
):
    updates(**fields)
    rig.wait_for_state(reason=words, code='input_fault')
    rig.wait_for_zero()
    maps.publish(grid())
    rig.wait_for_nominal()


def test_many_updates_all_count(rig, updates):
    """One after the other put a wall there, cell by cell."""
    for row in range(HEIGHT):
        updates(y=row, height=1)
    rig.wait_for(lambda: rig.diagnostics and rig.diagnostics[-1]['map.cells'] == str(HEIGHT))
    rig.wait_for_state(binding='map[')
