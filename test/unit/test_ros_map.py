"""The source of a map: near cells become hazards, a map that cannot be read stops the robot."""

import math
import sys
from array import array
from types import SimpleNamespace

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from nav_msgs.msg import OccupancyGrid
from ros_bench import Bench, source_of
from std_msgs.msg import Header

from vcp_cbf_safety.frames.planar import Planar
from vcp_cbf_safety.ros.sources.map import MapSource


def grid(frame='odom', width=40, height=20, resolution=0.1, occupied=((10, 30),)):
    """A map of 4 m by 2 m around the robot at the origin, which has a few occupied cells."""
    message = OccupancyGrid()
    message.header.frame_id = frame
    message.info.width, message.info.height = width, height
    message.info.resolution = resolution
    message.info.origin.position.x, message.info.origin.position.y = -2.0, -1.0
    message.info.origin.orientation.w = 1.0
    cells = [0] * (width * height)
    for row, column in occupied:
        cells[row * width + column] = 100
    message.data = cells
    return message


@pytest.fixture
def bench():
    return Bench(map_topic='map')


def send(bench, message):
    newest = source_of(MapSource, bench.sources)._newest
    bench.inputs.receive(newest, message, bench.now)


def test_the_robot_waits_for_its_map_and_then_drives_at_once(bench):
    assert bench.cycle().brake == 'no map on /map yet'
    send(bench, grid())
    view = bench.cycle()
    assert view.brake == ''
    (discs,) = view.hazards.discs
    assert discs.names == ('map[0]',)
    assert discs.centers[0].tolist() == pytest.approx([1.05, 0.05])
    assert discs.radii[0] == pytest.approx(0.0707, abs=1e-4)


def test_a_map_without_a_topic_is_none():
    assert Bench().cycle().hazards.discs == ()


@pytest.mark.parametrize(
    ('message', 'words'),
    [
        (grid(frame='map'), "the map on /map is in frame 'map'; it must be in world_frame"),
        (grid(resolution=0.0), 'the map on /map has resolution 0.0 m; it must be positive'),
        (grid(resolution=float('nan')), 'the map on /map has resolution nan m'),
    ],
)
def test_a_map_that_cannot_be_read_stops_the_robot_and_the_old_one_stays(bench, message, words):
    send(bench, grid())
    bench.cycle()
    send(bench, message)
    view = bench.cycle()
    assert view.brake.startswith(words)
    assert len(view.hazards.discs[0].names) == 1
    send(bench, grid())
    bench.until_it_drives()


def test_a_map_of_another_size_than_it_says_is_refused(bench):
    message = grid()
    message.data = message.data[:-1]
    send(bench, message)
    assert 'has 799 cells where width and height make 800' in bench.cycle().brake


def test_cells_far_away_are_left_out(bench):
    send(bench, grid(width=1000, occupied=((10, 30), (10, 900))))
    assert len(bench.cycle().hazards.discs[0].names) == 1
    assert source_of(MapSource, bench.sources).values(0.0) == {'map.cells': '2'}


# Updates of it. Their message is in no registry: this has the same fields.


def update(x=30, y=10, cells=((0,),), frame='odom', **fields):
    """Some cells from a column and a row on."""
    given = {'x': x, 'y': y, 'width': len(cells[0]), 'height': len(cells)}
    data = array('b', [each for row in cells for each in row])
    return SimpleNamespace(header=Header(frame_id=frame), data=data, **(given | fields))


def send_updates(bench, *messages, waited=0.0):
    """Let updates wait in the subscription, which arrived so long ago [s]."""
    waiting = [(message, waited) for message in messages]
    source_of(MapSource, bench.sources)._take = lambda: waiting.pop(0) if waiting else None
    bench.supervisor.poll(bench.now)


def centers(view):
    return [tuple(center) for center in view.hazards.discs[0].centers.round(3).tolist()]


def test_an_update_changes_its_part_of_the_map_and_no_other(bench):
    send(bench, grid(occupied=((10, 30), (10, 10))))
    bench.cycle()
    send_updates(bench, update(29, 9, ((0, 0), (100, 0), (0, 0))))
    view = bench.cycle()
    assert view.brake == ''
    assert sorted(centers(view)) == [(-0.95, 0.05), (0.95, 0.05)]
    send_updates(bench, update(cells=((100,),)), update(29), update())
    assert centers(bench.cycle()) == [(-0.95, 0.05)]


def test_an_update_is_read_as_the_parameters_say_now(bench):
    send(bench, grid(occupied=()))
    bench.cycle()
    send_updates(bench, update(cells=((50, -1),)))
    assert bench.cycle().hazards.discs[0].names == ()
    bench.follow(map_topic='map', map_occupied=50)
    assert centers(bench.cycle()) == [(1.05, 0.05)]
    bench.follow(map_topic='map', map_unknown_occupied=True)
    assert centers(bench.cycle()) == [(1.15, 0.05)]


def test_a_whole_map_replaces_all_updates(bench):
    send(bench, grid())
    bench.cycle()
    send_updates(bench, update(10, cells=((100,),)))
    assert len(centers(bench.cycle())) == 2
    send(bench, grid())
    assert centers(bench.cycle()) == [(1.05, 0.05)]


@pytest.mark.parametrize(
    ('message', 'words'),
    [
        (update(frame='map'), "is in frame 'map'; it must be in that of the map, 'odom'"),
        (update(frame=''), "is in frame ''; it must be in that of the map, 'odom'"),
        (update(width=2), 'has 1 cells where width and height make 2'),
        (update(-1), 'has 1 x 1 cells from column -1 and row 10 on; the map has only 40 x 20'),
        (update(40), 'has 1 x 1 cells from column 40 and row 10 on; the map has only 40 x 20'),
        (update(0, 19, ((0,), (0,))), 'has 1 x 2 cells from column 0 and row 19 on'),
    ],
    ids=['frame', 'no-frame', 'length', 'before', 'beyond', 'below'],
)
def test_an_update_that_cannot_be_read_stops_the_robot_until_a_whole_map_comes(
    bench, message, words
):
    send(bench, grid())
    bench.cycle()
    bench.lines.clear()
    send_updates(bench, message)
    view = bench.cycle()
    assert view.brake.startswith(f'the update of the map on /map_updates {words}')
    assert view.brake.endswith('; the robot stands until a whole map comes')
    assert centers(view) == [(1.05, 0.05)]
    # What it was about is not known by another one, which counts nevertheless.
    send_updates(bench, update(10, cells=((100,),)))
    view = bench.cycle(50)
    assert (words in view.brake, len(centers(view)), len(bench.lines)) == (True, 2, 1)
    send(bench, grid())
    bench.until_it_drives()


def test_updates_before_the_map_wait_for_it(bench):
    send_updates(bench, update(10, cells=((100,),)))
    assert bench.cycle().brake == 'no map on /map yet, and 1 updates of it on /map_updates'
    send(bench, grid())
    view = bench.cycle()
    assert (view.brake, len(centers(view))) == ('', 2)


def test_a_map_holds_the_updates_from_long_before_it(bench):
    bench.cycle(500)
    send(bench, grid())
    send_updates(bench, update(10, cells=((100,),)), waited=8.0)
    assert centers(bench.cycle()) == [(1.05, 0.05)]


def test_updates_about_a_map_that_was_refused_say_nothing_of_the_one_before(bench):
    send(bench, grid())
    bench.cycle()
    send(bench, grid(resolution=0.0))
    send_updates(bench, update(cells=((0,),)))
    view = bench.cycle()
    assert 'has resolution 0.0 m' in view.brake
    assert centers(view) == [(1.05, 0.05)]


def test_more_updates_than_are_kept_stop_the_robot(bench):
    send(bench, grid())
    bench.cycle()
    send_updates(bench, *[update()] * 99)
    assert bench.cycle().brake == ''
    send_updates(bench, *[update()] * 100)
    words = '100 updates of the map waited on /map_updates, and some may be lost'
    assert bench.cycle().brake.startswith(words)


def test_without_their_message_updates_are_not_heard_and_the_log_says_so(bench, monkeypatch):
    monkeypatch.setitem(sys.modules, 'map_msgs', None)
    monkeypatch.setitem(sys.modules, 'map_msgs.msg', None)
    heard = SimpleNamespace(hear=lambda *each: None)
    source_of(MapSource, bench.sources).connect(heard)
    (line,) = bench.lines
    assert line.startswith('updates of the map on /map_updates are not heard: map_msgs cannot be')
    send(bench, grid())
    assert bench.cycle().brake == ''


# In another frame.


@pytest.fixture
def far():
    """A robot that is localised in a map, of which the map server publishes one."""
    made = Bench(map_topic='map', use_tf=True)
    made.cycle(3)
    return made


def localise(bench, *pose, ago=0.0):
    stamp, received = bench.now - ago, bench.now - ago
    bench.frames.tree.add('map', 'odom', Planar(*pose), stamp, received)


def test_a_map_in_a_frame_of_its_own_waits_for_the_transform_and_names_it(far):
    send(far, grid(frame='map'))
    view = far.cycle()
    assert view.brake.startswith('the map on /map cannot be placed: no transform from map to odom')
    assert view.hazards.discs == ()
    localise(far, 0.0, 0.0, 0.0)
    assert far.cycle().brake == ''


def test_a_correction_of_the_localisation_moves_the_map_and_not_the_robot(far):
    send(far, grid(frame='map'))
    localise(far, 0.05, 0.05, 0.0)
    view = far.cycle()
    assert view.hazards.discs[0].centers[0].tolist() == pytest.approx([1.0, 0.0])
    localise(far, 0.05, 0.05, math.pi / 2)
    view = far.cycle()
    assert (view.brake, view.robot.x) == ('', 0.0)
    assert view.hazards.discs[0].centers[0].tolist() == pytest.approx([0.0, -1.0])


def test_cells_near_the_robot_are_looked_for_where_it_is_in_the_map(far):
    send(far, grid(frame='map', width=1000, occupied=((10, 30), (10, 900))))
    localise(far, 88.0, 0.0, 0.0)
    (discs,) = far.cycle().hazards.discs
    assert discs.centers.tolist() == [pytest.approx([0.05, 0.05])]


def test_a_map_whose_transform_is_old_stays_where_it_was_and_stops_the_robot(far):
    send(far, grid(frame='map'))
    localise(far, 0.0, 0.0, 0.0, ago=0.5)
    assert far.cycle().brake == ''
    view = far.cycle(30)
    assert 'the transform from map to odom is older than transform_timeout (1 s)' in view.brake
    assert len(view.hazards.discs[0].names) == 1
    localise(far, 0.0, 0.0, 0.0)
    assert 'has been good for recovery_time' in far.cycle().brake
    assert far.until_it_drives()


def test_a_map_without_a_frame_is_refused(far):
    send(far, grid(frame=''))
    assert far.cycle().brake.startswith("the map on /map is in frame ''")
