"""The source of scans: never does the robot drive on without one that has been read."""

import math

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from ros_bench import DEFAULTS, Bench, source_of
from sensor_msgs.msg import LaserScan

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
