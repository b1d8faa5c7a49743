"""Obstacles of trackers: what each kind of message says, and what the robot makes of it."""

import math
import sys
from types import ModuleType, SimpleNamespace

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from geometry_msgs.msg import Point, Point32, Polygon, Pose, Twist, TwistWithCovariance, Vector3
from ros_bench import DEFAULTS, Bench, source_of
from std_msgs.msg import Header

from vcp_cbf_safety.errors import ConfigurationError
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.ros.sources.trackers import TrackerSource
from vcp_cbf_safety.ros.trackers.table import TRACKERS, message_type

COSTMAP = 'costmap_converter_msgs/msg/ObstacleArrayMsg'
OBJECTS = 'derived_object_msgs/msg/ObjectArray'
DYNAMIC = 'nav2_dynamic_msgs/msg/ObstacleArray'
DETECTOR = 'obstacle_detector/msg/Obstacles'

# Their packages are in no registry: these have the same fields.
Like = SimpleNamespace
HEADER = Header(frame_id='odom')


def polygon(*corners):
    return Polygon(points=[Point32(x=x, y=y) for x, y in corners])


def costmap(*corners, radius=0.0, velocity=(0.0, 0.0), frame='odom'):
    linear = Vector3(x=velocity[0], y=velocity[1])
    obstacle = Like(
        polygon=polygon(*corners),
        radius=radius,
        id=7,
        velocities=TwistWithCovariance(twist=Twist(linear=linear)),
    )
    return Like(header=Header(frame_id=frame), obstacles=[obstacle])


def an_object(**fields):
    given = Like(
        header=Header(),
        id=4,
        detection_level=1,
        pose=Pose(position=Point(x=1.0, y=2.0)),
        twist=Twist(linear=Vector3(x=0.5)),
        polygon=polygon(),
        shape=Like(type=2, dimensions=[0.3]),
    )
    given.__dict__.update(fields)
    return Like(header=HEADER, objects=[given])


def read(kind, message):
    return list(TRACKERS[kind](message))


def test_costmap_converter():
    corners = ((0.0, 0.0), (1.0, 0.0), (1.0, 2.0))
    (found,) = read(COSTMAP, costmap(*corners, radius=0.1, velocity=(0.2, -0.3)))
    assert found == ('0/7', list(corners), 0.1, (0.2, -0.3))


def test_nav2_dynamic():
    obstacle = Like(
        uuid=Like(uuid=[171] * 16),
        position=Point(x=3.0, y=4.0),
        velocity=Vector3(x=0.4),
        size=Vector3(x=0.6, y=0.8, z=1.7),
    )
    (found,) = read(DYNAMIC, Like(header=HEADER, obstacles=[obstacle]))
    assert found == ('ab' * 16, [(3.0, 4.0)], pytest.approx(0.5), (0.4, 0.0))


def test_obstacle_detector():
    circle = Like(center=Point(x=1.0), velocity=Vector3(y=0.3), radius=0.4, true_radius=0.2)
    wall = Like(first_point=Point(x=1.0), last_point=Point(x=1.0, y=5.0))
    message = Like(header=HEADER, circles=[circle], segments=[wall])
    first, second = read(DETECTOR, message)
    assert first == ('circles[0]', [(1.0, 0.0)], 0.4, (0.0, 0.3))
    assert second == ('segments[0]', [(1.0, 0.0), (1.0, 5.0)], 0.0, (0.0, 0.0))


@pytest.mark.parametrize(
    ('shape', 'radius'),
    [((2, [0.3]), 0.3), ((3, [1.7, 0.25]), 0.25), ((4, [1.7, 0.35]), 0.35)],
)
def test_round_objects(shape, radius):
    (found,) = read(OBJECTS, an_object(shape=Like(type=shape[0], dimensions=shape[1])))
    assert found == ('4', [(1.0, 2.0)], radius, (0.5, 0.0))


def test_a_box_has_four_corners_turned_with_it():
    box = an_object(shape=Like(type=1, dimensions=[2.0, 1.0, 1.5]))
    turn = box.objects[0].pose.orientation
    turn.z, turn.w = math.sin(math.pi / 4), math.cos(math.pi / 4)
    (found,) = read(OBJECTS, box)
    expected = [(0.5, 3.0), (0.5, 1.0), (1.5, 1.0), (1.5, 3.0)]
    assert sorted(found.corners) == [pytest.approx(corner) for corner in sorted(expected)]


def test_the_velocity_of_what_was_only_detected_is_not_known():
    (found,) = read(OBJECTS, an_object(detection_level=0))
    assert found.velocity is None


def test_an_object_without_dimensions_has_its_polygon():
    shape = Like(type=1, dimensions=[])
    (found,) = read(OBJECTS, an_object(shape=shape, polygon=polygon((1.0, 1.0), (2.0, 1.0))))
    assert found.corners == [(1.0, 1.0), (2.0, 1.0)]


# The source.


@pytest.fixture
def tracked(monkeypatch):
    """A robot that stands at (0, 0) and has a tracker."""
    package, messages = ModuleType('costmap_converter_msgs'), ModuleType('msg')
    messages.ObstacleArrayMsg = Like
    monkeypatch.setitem(sys.modules, 'costmap_converter_msgs', package)
    monkeypatch.setitem(sys.modules, 'costmap_converter_msgs.msg', messages)
    bench = Bench(tracker_topics=['seen'], tracker_types=[COSTMAP])
    assert bench.cycle(5).brake == 'no list of obstacles on /seen yet'
    return bench


def send(bench, message):
    newest = source_of(TrackerSource, bench.sources)._trackers[0].newest
    bench.inputs.receive(newest, message, bench.now)


def test_a_disc_that_moves_is_where_its_velocity_takes_it(tracked):
    send(tracked, costmap((2.0, 1.0), radius=0.3, velocity=(0.4, 0.0)))
    view = tracked.cycle(3)
    (circle,) = view.hazards.circles
    assert view.brake == ''
    assert (circle.x, circle.y, circle.radius, circle.vx) == (2.0, 1.0, 0.3, 0.4)
    assert circle.age == pytest.approx(0.06)
    assert (circle.name, circle.velocity_uncertainty) == ('/seen/0/7', 0.2)


def test_a_polygon_that_moves_is_inside_a_disc(tracked):
    send(tracked, costmap((1.0, 0.0), (4.0, 0.0), (4.0, 4.0), velocity=(0.4, 0.0)))
    (circle,) = tracked.cycle().hazards.circles
    for corner in ((1.0, 0.0), (4.0, 0.0), (4.0, 4.0)):
        assert math.dist(corner, (circle.x, circle.y)) <= circle.radius + 1e-9
    assert circle.radius == pytest.approx(2.5)


def test_a_polygon_that_stands_is_covered_along_its_outline_and_closed(tracked):
    send(tracked, costmap((1.0, 0.0), (4.0, 0.0), (4.0, 4.0)))
    discs = next(each for each in tracked.cycle().hazards.discs if len(each.names))
    for start, end in (
        ((1.0, 0.0), (4.0, 0.0)),
        ((4.0, 0.0), (4.0, 4.0)),
        ((4.0, 4.0), (1.0, 0.0)),
    ):
        for k in range(201):
            point = [a + k / 200.0 * (b - a) for a, b in zip(start, end, strict=True)]
            away = min(
                math.dist(point, center) - radius
                for center, radius in zip(discs.centers, discs.radii, strict=True)
            )
            assert away <= 1e-9
    assert not discs.moving.any()


def test_a_tracker_that_falls_silent_stops_the_robot(tracked):
    send(tracked, costmap((2.0, 1.0)))
    _, view = tracked.until_it_brakes()
    assert view.brake == 'list of obstacles on /seen is older than tracker_timeout (0.5 s)'


@pytest.mark.parametrize(
    ('message', 'sentence'),
    [
        (costmap((2.0, 1.0), frame='map'), "obstacles of /seen is in frame 'map'"),
        (costmap((math.nan, 1.0)), 'obstacle 0/7 of obstacles of /seen is at (nan, 1.0)'),
        (costmap(), 'obstacle 0/7 of obstacles of /seen has neither a place nor a shape'),
        (costmap((2.0, 1.0), radius=-1.0), 'has radius -1.0 m'),
        (costmap((2.0, 1.0), velocity=(math.inf, 0.0)), 'has velocity (inf, 0.0) m/s'),
        (costmap((0.0, 0.0), (9e5, 0.0)), 'has an outline of 1800000 m'),
    ],
)
def test_a_bad_message_stops_the_robot_and_says_what_is_wrong(tracked, message, sentence):
    send(tracked, costmap((2.0, 1.0)))
    assert tracked.cycle().brake == ''
    send(tracked, message)
    assert sentence in tracked.cycle().brake


def test_what_is_not_installed_is_named():
    with pytest.raises(ConfigurationError, match='obstacle_detector is not installed'):
        message_type(DETECTOR)


@pytest.mark.parametrize(
    ('topics', 'types', 'sentence'),
    [
        (['a b'], [COSTMAP], r"tracker_topics\[0\] is 'a b'"),
        (['a', 'a'], [COSTMAP, COSTMAP], r"tracker_topics\[1\] is 'a' again"),
        (['a'], [], 'tracker_types has 0 entries for 1 tracker_topics'),
        (['a'], ['std_msgs/msg/String'], r"tracker_types\[0\] is 'std_msgs/msg/String'"),
    ],
)
def test_parameters_that_do_not_fit(topics, types, sentence):
    with pytest.raises(ConfigurationError, match=sentence):
        NodeSettings.from_parameters(DEFAULTS | {'tracker_topics': topics, 'tracker_types': types})
