"""Obstacle markers in other frames: they stay in those, and every cycle finds where they are."""

import math

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from geometry_msgs.msg import Point
from ros_bench import Bench, cylinder
from visualization_msgs.msg import Marker

from vcp_cbf_safety.frames.planar import Planar


def in_map(number=0, x=2.0, frame='map', **fields):
    marker = cylinder(number, x)
    marker.header.frame_id = frame
    for name, value in fields.items():
        setattr(marker, name, value)
    return marker


def localise(bench, *pose, parent='map', child='odom'):
    bench.frames.tree.add(parent, child, Planar(*pose), bench.now, bench.now)


def places(view):
    return {c.name: (round(c.x, 9), round(c.y, 9)) for c in view.hazards.circles}


@pytest.fixture
def bench():
    made = Bench(use_tf=True, transform_timeout=5.0)
    made.cycle(3)
    return made


def test_a_marker_in_a_map_stops_the_robot_until_its_transform_comes(bench):
    bench.mark(in_map())
    view = bench.cycle()
    assert view.brake.startswith(
        'obstacle markers cannot be placed: no transform from map to odom'
    )
    assert places(view) == {}
    localise(bench, 0.5, 0.0, 0.0)
    view = bench.until_it_drives()[1]
    assert places(view) == {'a/0': (1.5, 0.0)}


def test_a_correction_of_the_localisation_moves_markers_that_stand(bench):
    localise(bench, 0.0, 0.0, 0.0)
    points = [Point(x=1.0), Point(x=2.0)]
    bench.mark(
        in_map(),
        in_map(1, x=0.0, type=Marker.SPHERE_LIST, points=points),
        in_map(2, x=3.0, frame='odom'),
    )
    assert places(bench.cycle()) == {
        'a/0': (2.0, 0.0), 'a/1[0]': (1.0, 0.0), 'a/1[1]': (2.0, 0.0), 'a/2': (3.0, 0.0),
    }  # fmt: skip
    localise(bench, 0.0, 0.0, -math.pi / 2)
    view = bench.cycle()
    assert places(view) == {
        'a/0': (0.0, 2.0), 'a/1[0]': (0.0, 1.0), 'a/1[1]': (0.0, 2.0), 'a/2': (3.0, 0.0),
    }  # fmt: skip
    assert view.brake == ''
    assert not any(circle.moves for circle in view.hazards.circles)


def walking(bench):
    """Somebody who walks at 0.5 m/s along x of the map for a second; the last view."""
    for k in range(10):
        bench.mark(in_map(x=2.0 + 0.05 * k))
        view = bench.cycle(5)
    return view


def test_a_marker_that_moves_in_a_map_has_its_velocity_in_the_world(bench):
    localise(bench, 0.0, 0.0, -math.pi / 2)
    (person,) = walking(bench).hazards.circles
    assert (person.vx, person.vy) == pytest.approx((0.0, 0.5), abs=0.05)
    assert person.x == pytest.approx(0.0, abs=1e-9)


def test_a_correction_of_the_localisation_is_no_motion(bench):
    localise(bench, 0.0, 0.0, 0.0)
    for k in range(10):
        localise(bench, 0.3 * (k % 2), 0.0, 0.0)
        bench.mark(in_map())
        view = bench.cycle(5)
    (post,) = view.hazards.circles
    assert not post.moves


def test_a_marker_that_comes_in_another_frame_begins_anew(bench):
    localise(bench, 5.0, 0.0, 0.0)
    walking(bench)
    bench.mark(in_map(x=-2.5, frame='odom'))
    (person,) = bench.cycle().hazards.circles
    assert ((person.x, person.y), person.moves) == ((-2.5, 0.0), False)


def test_a_marker_that_hangs_on_the_robot_stops_it(bench):
    localise(bench, 0.0, 0.0, 0.0, parent='odom', child='base_link')
    bench.mark(in_map(frame='base_link'))
    assert 'base_link moves with the robot' in bench.cycle().brake
    bench.mark(in_map(action=Marker.DELETE))
    assert bench.until_it_drives()


def test_markers_of_an_old_transform_stay_where_they_were_and_stop_the_robot(bench):
    localise(bench, 1.0, 0.0, 0.0)
    bench.mark(in_map())
    assert bench.cycle(200).brake == ''
    view = bench.until_it_brakes()[1]
    assert 'map to odom is older than transform_timeout (5 s)' in view.brake
    assert places(view) == {'a/0': (1.0, 0.0)}


def test_far_markers_of_a_map_are_left_out_by_where_the_robot_is_in_it(bench):
    localise(bench, 100.0, 0.0, 0.0)
    points = [Point(x=0.1 * k) for k in range(2000)]
    bench.mark(in_map(x=0.0, type=Marker.SPHERE_LIST, points=points))
    seen = [x for x, _ in places(bench.cycle()).values()]
    assert len(seen) < 300
    assert min(map(abs, seen)) < 0.06


def test_without_transforms_a_marker_in_another_frame_is_refused():
    bench = Bench()
    bench.cycle(3)
    bench.mark(in_map())
    assert (
        "marker a/0 is in frame 'map'; it must be in world_frame, 'odom': publish it there, set "
        'use_tf to true, or set'
    ) in bench.cycle().brake
    without = Bench(use_tf=True)
    without.cycle(3)
    without.mark(in_map(frame=''))
    assert "marker a/0 is in frame ''; it must be in world_frame" in without.cycle().brake
