"""Markers of every kind over DDS: each is an obstacle, and each that is broken stops the robot."""

import math

import pytest
from geometry_msgs.msg import Point
from rclpy.time import Time
from ros_rig import RELIABLE
from visualization_msgs.msg import Marker, MarkerArray

SINGLE = ('CYLINDER', 'SPHERE', 'CUBE')
LINES = ('LINE_STRIP', 'LINE_LIST')
LISTS = ('SPHERE_LIST', 'CUBE_LIST', 'POINTS', *LINES)


@pytest.fixture(scope='module')
def robot(module_filters):
    rig = module_filters.start()
    sender = rig.node.create_publisher(MarkerArray, 'obstacles', RELIABLE)
    rig.wait_for(sender.get_subscription_count)
    return rig, sender


@pytest.fixture
def send(robot):
    return lambda *markers: robot[1].publish(MarkerArray(markers=list(markers)))


@pytest.fixture
def rig(robot, send):
    rig = robot[0]
    rig.reset()
    send(Marker(action=Marker.DELETEALL))
    rig.drive(0.5)
    return rig


def marker(kind, number=0, x=0.75):
    """Something of 0.2 m, or two of it, so far ahead of the robot."""
    made = Marker(ns=kind, id=number, type=getattr(Marker, kind))
    made.header.frame_id = 'odom'
    made.pose.position.x = x
    made.scale.x = made.scale.y = made.scale.z = 0.2
    if kind in LISTS:
        made.points = [Point(y=0.05), Point(y=0.15)]
    return made


@pytest.mark.parametrize('kind', [*SINGLE, *LISTS])
def test_each_kind_is_an_obstacle_where_it_stands(rig, send, kind):
    send(marker(kind))
    rig.wait_for_state(binding=f'{kind}/0')
    rig.wait_for_command(lambda v, omega: v < 0.4)
    # It is not older than its receipt, nor newer.
    ahead = marker(kind)
    ahead.header.stamp = Time(seconds=4_000_000_000).to_msg()
    send(ahead)
    rig.wait_for_command(lambda v, omega: v < 0.4)
    send(Marker(ns=kind, id=0, action=Marker.DELETE))
    rig.wait_for_nominal()


def broken(kind):
    """Markers that are none, and what is said of each."""

    def changed(number, change):
        made = marker(kind, number, 3.0)
        change(made)
        return made

    size = 'scale.x' if kind in LINES else 'scale'
    faults = [
        (lambda m: setattr(m.header, 'frame_id', 'map'), "is in frame 'map'; it must be in"),
        (lambda m: setattr(m.pose.position, 'x', math.nan), 'has x nan; it must be finite'),
        (lambda m: setattr(m.scale, 'x', math.nan), f'has {size} nan m'),
    ]
    if kind in LISTS:
        faults.append((lambda m: setattr(m.points[1], 'y', math.inf), 'has point 1 at (0.0, inf'))
    if kind == 'LINE_LIST':
        faults.append((lambda m: m.points.pop(), 'has 1 points; a LINE_LIST has two for each'))
    if kind in LINES:
        faults.append((lambda m: setattr(m.points[0], 'x', 9e5), 'has lines of 900000 m'))
    return [
        (changed(number, change), f'marker {kind}/{number} {words}')
        for number, (change, words) in enumerate(faults)
    ]


@pytest.mark.parametrize('kind', [*SINGLE, *LISTS])
def test_each_that_is_broken_is_named_in_a_sentence_and_stops_the_robot(
    module_filters, rig, send, kind
):
    away = Marker(action=Marker.DELETEALL)
    for bad, sentence in broken(kind):
        send(away, bad)
        rig.wait_for_state(reason=sentence, code='input_fault')
        rig.wait_for_zero()
        assert module_filters.processes.output(rig.namespace).count(sentence) == 1
    send(away)
    rig.wait_for_nominal()


@pytest.mark.parametrize('kind', ['MESH_RESOURCE', 'TRIANGLE_LIST'])
def test_a_kind_that_is_no_obstacle_stops_the_robot(rig, send, kind):
    send(marker(kind))
    rig.wait_for_state(reason=f'marker {kind}/0 has type {kind}', code='input_fault')
    rig.wait_for_zero()
