"""The source of scans: never does the robot drive on without one that has been read."""

import math

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from rclpy.time import Time
from ros_bench import DEFAULTS, Bench, source_of
from sensor_msgs.msg import LaserScan

from vcp_cbf_safety.frames.planar import Planar
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.ros.sources.scans import ScanSource

SCANNER = {'scan_topics': ['scan'], 'scan_mounts': [0.0, 0.0, 0.0]}


def scan(distance=1.0):
    message = LaserScan(
        angle_min=-math.pi, angle_max=math.pi, angle_increment=math.pi / 18, range_max=5.0
    )
    message.header.frame_id = 'base_scan'
    message.ranges = [distance] * 37
    return message


def send(bench, message):
    newest = source_of(ScanSource, bench.sources)._scanners[0].newest
    bench.inputs.receive(newest, message, bench.now)


def points(view):
    return sum(len(discs.names) for discs in view.hazards.discs)


@pytest.fixture
def bench():
    made = Bench(**SCANNER)
    assert made.cycle(5).brake == 'no scan on /scan yet'
    send(made, scan())
    view = made.cycle()
    assert (view.brake, points(view)) == ('', 37)
    return made


def test_a_changed_parameter_does_not_make_the_robot_blind_until_the_next_scan(bench):
    bench.settings = NodeSettings.from_parameters(DEFAULTS | SCANNER | {'scan_point_radius': 0.03})
    bench.supervisor.follow(bench.settings, bench.now)
    view = bench.cycle()
    assert (view.brake, points(view)) == ('', 37)
    assert view.hazards.discs[0].radii.tolist() == pytest.approx([0.03] * 37)


def test_after_a_restart_of_the_node_the_robot_waits_for_a_scan_that_can_be_placed(bench):
    bench.supervisor.reset(bench.now)
    view = bench.cycle()
    assert points(view) == 0
    assert 'scan on /scan' in view.brake or 'cannot be placed' in view.brake
    bench.cycle(3)
    send(bench, scan())
    view = bench.cycles_until(lambda view: not view.brake)[1]
    assert points(view) == 37


def test_what_was_seen_before_the_odometry_jumped_is_forgotten(bench):
    bench.x = 4.0
    view = bench.cycle()
    assert 'jumped' in view.brake
    assert points(view) == 0
    bench.cycle(3)
    send(bench, scan())
    bench.cycle()
    found = source_of(ScanSource, bench.sources)._scanners[0].scanner.discs(bench.now)
    assert found.centers[:, 0].min() > 2.9


def test_points_of_the_robot_itself_are_left_out_only_where_a_parameter_says_so():
    bench = Bench(**SCANNER, scan_self_radius=0.15)
    bench.cycle(3)
    send(bench, scan(0.14))
    assert points(bench.cycle()) == 0
    assert source_of(ScanSource, bench.sources).values(bench.now)['scan.0.own_points'] == '37'
    send(bench, scan(0.16))
    assert points(bench.cycle()) == 37


@pytest.mark.parametrize(
    ('footprint', 'left'),
    [('', 0), ('[[0.45, 0.25], [-0.45, 0.25], [-0.45, -0.25], [0.45, -0.25]]', 1)],
)
def test_what_stands_beside_a_long_peer_is_not_taken_for_it(footprint, left):
    bench = Bench(**SCANNER, peers=['ann'], peer_radius=0.5, peer_footprint=footprint)
    bench.peers = {'ann': 2.0}
    bench.cycle(5)
    only_ahead = scan(math.inf)
    only_ahead.ranges[18] = 1.6  # 0.4 m from the middle of the peer
    send(bench, only_ahead)
    assert points(bench.cycle()) == left


# Where transforms say where scanners are.


@pytest.fixture
def unmounted():
    made = Bench(scan_topics=['scan'], use_tf=True)
    made.base = 'base_footprint'
    made.cycle(5)
    return made


def middle(bench):
    """The middle of all points that are seen, which is where the scanner is [m]."""
    view = bench.cycle()
    assert view.brake == ''
    return view.hazards.discs[0].centers[:-1].mean(axis=0).tolist()


def test_a_scanner_is_where_its_transform_says(unmounted):
    unmounted.frames.tree.fix('base_footprint', 'base_link', Planar(0.1, 0.0, 1.0))
    unmounted.frames.tree.fix('base_link', 'base_scan', Planar(0.2, 0.0, -2.0))
    send(unmounted, scan())
    x, y = 0.1 + 0.2 * math.cos(1.0), 0.2 * math.sin(1.0)
    assert middle(unmounted) == pytest.approx([x, y])


def test_a_scanner_that_turns_counts_from_where_it_was_at_its_stamp(unmounted):
    tree, now = unmounted.frames.tree, unmounted.now
    unmounted.clock = 0.0
    tree.add('base_footprint', 'base_scan', Planar(0.0, 0.0, 0.0), now - 0.1, now)
    tree.add('base_footprint', 'base_scan', Planar(0.5, 0.0, 0.0), now, now)
    message = scan()
    message.header.stamp = Time(seconds=now - 0.06).to_msg()
    send(unmounted, message)
    assert middle(unmounted) == pytest.approx([0.2, 0.0], abs=0.001)


def test_a_scanner_without_a_transform_stops_the_robot_and_the_transform_is_named(unmounted):
    send(unmounted, scan())
    assert unmounted.cycle().brake.startswith(
        'scan on /scan cannot be placed: no transform from base_scan to base_footprint: nobody'
    )
    unmounted.frames.tree.fix('base_footprint', 'base_scan', Planar())
    send(unmounted, scan())
    assert 'has been good for recovery_time' in unmounted.cycle().brake


@pytest.mark.parametrize(
    ('base', 'frame', 'words'),
    [
        ('', 'base_scan', 'odometry on /odom has no child_frame_id; set that, or scan_mounts'),
        ('base', '', 'scan on /scan cannot be placed: it has no frame_id; set that, or'),
    ],
)
def test_frames_without_names_stop_the_robot(unmounted, base, frame, words):
    unmounted.base = base
    unmounted.cycle()
    message = scan()
    message.header.frame_id = frame
    send(unmounted, message)
    assert words in unmounted.cycle().brake


def test_a_mount_that_is_given_needs_no_transform():
    bench = Bench(**SCANNER, use_tf=True)
    bench.cycle(3)
    send(bench, scan())
    assert (bench.cycle().brake, len(bench.frames.tree)) == ('', 0)


def test_a_mount_that_is_given_while_the_node_runs_counts_from_then_on(unmounted):
    send(unmounted, scan())
    unmounted.cycle()
    unmounted.follow(**SCANNER, use_tf=True)
    unmounted.cycle()
    assert unmounted.until_it_drives()
