"""Arena and circles of the parameters, in a frame of their own."""

import math

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from ros_bench import Bench

from vcp_cbf_safety import ConfigurationError
from vcp_cbf_safety.frames.planar import HERE, Planar
from vcp_cbf_safety.ros.settings import NodeSettings

WORLD = {'arena': [-1.0, -2.0, 3.0, 4.0], 'obstacles': [2.0, 0.0, 0.3]}
IN_MAP = WORLD | {'hazard_frame': 'map', 'use_tf': True}


@pytest.fixture
def bench():
    made = Bench(**IN_MAP)
    made.cycle(3)
    return made


def localise(bench, *pose):
    bench.frames.tree.add('map', 'odom', Planar(*pose), bench.now, bench.now)


def test_in_the_world_frame_they_are_those_of_the_parameters():
    bench = Bench(**WORLD, use_tf=True)
    hazards = bench.cycle().hazards
    assert hazards.arena is bench.settings.arena
    assert hazards.arena.frame is HERE
    assert hazards.circles == bench.settings.circles
    assert Bench(**WORLD | {'hazard_frame': '/odom'}).cycle(3).brake == ''


def test_without_a_transform_the_robot_stands_and_the_transform_is_named(bench):
    view = bench.cycle()
    assert view.brake == (
        'arena and obstacles cannot be placed: no transform from map to odom: nobody sends where '
        "'map' is"
    )
    assert (view.hazards.arena, view.hazards.circles) == (None, ())
    localise(bench, 0.0, 0.0, 0.0)
    assert bench.cycle().brake == ''


def test_a_correction_of_the_localisation_moves_them_and_not_the_robot(bench):
    localise(bench, 0.5, 0.0, 0.0)
    view = bench.cycle()
    assert view.hazards.arena.frame == (-0.5, 0.0, 0.0)
    assert (view.hazards.circles[0].x, view.hazards.circles[0].y) == (1.5, 0.0)
    localise(bench, 0.0, 0.0, -math.pi / 2)
    view = bench.cycle()
    assert (view.brake, view.robot.x, view.robot.y) == ('', 0.0, 0.0)
    circle = view.hazards.circles[0]
    assert (circle.x, circle.y, circle.radius) == pytest.approx((0.0, 2.0, 0.3))
    assert circle.name == 'obstacles[0]'
    assert view.hazards.arena.frame.yaw == math.pi / 2


def test_an_old_transform_stops_the_robot_and_they_stay_where_they_were(bench):
    localise(bench, 1.0, 0.0, 0.0)
    assert bench.cycle(40).brake == ''
    _, view = bench.until_it_brakes()
    assert view.brake.startswith(
        'arena and obstacles cannot be placed: the transform from map to odom is older than '
        'transform_timeout (1 s)'
    )
    assert view.hazards.arena.frame.x == -1.0
    localise(bench, 1.0, 0.0, 0.0)
    assert 'has been good for recovery_time' in bench.cycle().brake


def test_after_a_jump_of_the_odometry_the_localisation_must_speak_again(bench):
    localise(bench, 1.0, 0.0, 0.0)
    bench.cycle()
    bench.x = 5.0
    assert 'jumped' in bench.cycle().brake
    bench.cycle(30)
    view = bench.cycle()
    assert view.brake == (
        'arena and obstacles cannot be placed: the transform from map to odom is from before the '
        'odometry jumped'
    )
    assert view.hazards.arena is None
    localise(bench, -4.0, 0.0, 0.0)
    view = bench.until_it_drives()[1]
    assert view.hazards.arena.frame.x == 4.0


def test_where_there_are_none_no_transform_is_needed():
    assert Bench(hazard_frame='map', use_tf=True).cycle(3).brake == ''


def test_changed_parameters_count_at_once(bench):
    localise(bench, 1.0, 0.0, 0.0)
    bench.cycle()
    bench.follow(**IN_MAP | {'obstacles': [3.0, 0.0, 0.3]})
    assert bench.cycle().hazards.circles[0].x == 2.0


def test_a_frame_of_their_own_needs_transforms():
    with pytest.raises(
        ConfigurationError, match=r"hazard_frame is 'map' and world_frame is 'odom'"
    ):
        NodeSettings.from_parameters(IN_MAP | {'use_tf': False})
