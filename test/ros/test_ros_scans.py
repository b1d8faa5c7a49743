"""A laser scanner over DDS: it shapes the command, and whatever is wrong with it is a stop."""

import math
from time import monotonic

import numpy as np
import pytest
from rclpy.time import Time
from sensor_msgs.msg import LaserScan

from vcp_cbf_safety.resources import share_directory

BEAMS = 181
CONFIG = share_directory() / 'config'


class Scanner:
    """A scanner in front of the robot of a rig, which looks 180 degrees ahead at 20 Hz."""

    def __init__(self, rig):
        self._rig = rig
        self.publisher = rig.node.create_publisher(LaserScan, 'scan', 10)
        self.timer = rig.node.create_timer(0.05, self.send)
        self.reset()

    def reset(self):
        """Nothing in sight."""
        self.on = True
        self.ranges = np.full(BEAMS, math.inf)
        self.late = 0.0
        self.fields = {}

    def see(self, x, radius=0.2):
        """A post so far ahead of the axle, on the robot's axis."""
        bearings = np.linspace(-0.5 * math.pi, 0.5 * math.pi, BEAMS)
        away = x - 0.1
        room = radius**2 - (away * np.sin(bearings)) ** 2
        met = (room > 0.0) & (np.cos(bearings) > 0.0)
        near = away * np.cos(bearings) - np.sqrt(np.maximum(room, 0.0))
        self.ranges = np.where(met, near, math.inf)

    def send(self):
        if not self.on:
            return
        message = LaserScan(
            angle_min=-0.5 * math.pi,
            angle_max=0.5 * math.pi,
            angle_increment=math.pi / (BEAMS - 1),
            range_min=0.05,
            range_max=8.0,
            ranges=self.ranges.tolist(),
        )
        message.header.frame_id = 'base_scan'
        message.header.stamp = Time(nanoseconds=int(1e9 * (self._rig.now() - self.late))).to_msg()
        for name, value in self.fields.items():
            setattr(message, name, value)
        self.publisher.publish(message)


@pytest.fixture(scope='module')
def robot(module_filters):
    parameters = {
        'scan_topics': ['scan'], 'scan_mounts': [0.1, 0.0, 0.0], 'min_speed': -0.5,
    }  # fmt: skip
    rig = module_filters.start(parameters)
    scanner = Scanner(rig)
    return rig, scanner


@pytest.fixture
def rig(robot):
    rig, scanner = robot
    rig.reset()
    scanner.reset()
    rig.drive(0.5)
    return rig


@pytest.fixture
def scanner(robot):
    return robot[1]


def test_a_robot_without_scans_stands_and_says_which_topic_is_silent(filters):
    rig = filters.start({'scan_topics': ['scan'], 'scan_mounts': [0.0, 0.0, 0.0]})
    rig.nominal = (0.3, 0.0)
    rig.wait_for_state(reason='no scan on /')
    rig.wait_for_zero()
    scanner = Scanner(rig)
    rig.wait_for_nominal()
    scanner.on = False
    rig.wait_for_state(reason='older than scan_timeout (0.5 s)', code='input_fault')
    rig.wait_for_zero()


@pytest.mark.parametrize('robot', ['turtlebot3_burger', 'turtlebot4'])
def test_a_robot_from_the_shelf_drives_with_its_scanner_and_odometry_alone(filters, robot):
    name = filters.launch((CONFIG / f'{robot}.yaml').read_text(encoding='utf-8'))
    rig = filters.rig(name, stamped=True)
    rig.nominal = (0.1, 0.0)
    rig.wait_for_state(reason=f'no scan on /{name}/scan yet')
    scanner = Scanner(rig)
    scanner.fields = {
        'angle_min': 0.0,
        'angle_max': 2.0 * math.pi,
        'angle_increment': 2.0 * math.pi / (BEAMS - 1),
    }
    rig.wait_for_nominal()
    scanner.ranges = np.full(BEAMS, 0.3)
    rig.wait_for_command(lambda v, omega: v < 0.05)


def test_what_it_sees_ahead_slows_the_robot_and_is_named(rig, scanner):
    scanner.see(0.75)
    rig.wait_for_command(lambda v, omega: v < 0.4)
    binding = rig.wait_for_state(binding='scan[')['binding']
    assert binding.startswith(f'/{rig.namespace}/scan[')
    rig.diagnostics.clear()
    rig.wait_for(lambda: rig.diagnostics and int(rig.diagnostics[-1]['scan.0.points']) > 0)
    scanner.reset()
    rig.wait_for_nominal()


def test_where_it_does_not_look_the_robot_does_not_drive(rig):
    rig.nominal = (-0.3, 0.0)
    rig.wait_for_state(code='speed_limit', reason='no scanner looks where the robot drives back')
    rig.wait_for_command(lambda v, omega: v == pytest.approx(0.0, abs=1e-6))


@pytest.mark.parametrize(
    ('fields', 'words'),
    [
        ({'angle_increment': 0.0}, 'has angle_increment 0; its beams would all point'),
        ({'ranges': [1.0] * 100}, 'has 100 ranges where angle_min, angle_max and angle_increment'),
        ({'ranges': [math.nan] * BEAMS}, 'measured nothing with any of its 181 beams'),
        ({'range_min': 9.0}, 'has range_min 9.0 m and range_max 8.0 m'),
        ({'angle_min': math.nan}, 'has angle_min nan; it must be a finite number'),
    ],
    ids=['increment', 'short', 'blind', 'range', 'nan'],
)
def test_a_broken_scan_stops_the_robot_with_one_sentence(rig, scanner, fields, words):
    scanner.fields = fields
    rig.wait_for_state(reason=words, code='input_fault')
    rig.wait_for_zero()
    scanner.fields = {}
    rig.wait_for_nominal()


def test_a_second_scanner_on_the_same_topic_stops_the_robot(rig, scanner):
    second = rig.node.create_timer(0.05, lambda: _from_another_frame(scanner))
    rig.wait_for_state(reason="is in frame 'other_scan' and was in 'base_scan' before")
    rig.wait_for_zero()
    rig.node.destroy_timer(second)
    rig.wait_for_nominal()


def _from_another_frame(scanner):
    on, before = scanner.on, scanner._rig.now
    message = LaserScan(
        angle_min=-1.0, angle_max=1.0, angle_increment=0.5, range_max=8.0, ranges=[1.0] * 5
    )
    message.header.frame_id = 'other_scan'
    message.header.stamp = Time(nanoseconds=int(1e9 * before())).to_msg()
    if on:
        scanner.publisher.publish(message)


def test_a_scanner_that_does_not_see_far_enough_is_said(rig, scanner):
    scanner.fields = {'range_max': 0.3}
    rig.wait_for_state(faults='sees 0.30 m far and the robot needs', outcome='nominal')
    scanner.fields = {}
    rig.wait_for_state(faults='')
    rig.wait_for(lambda: 'sees 0.30 m' not in rig.states[-1]['faults'])


def test_scans_that_come_late_stop_the_robot(rig, scanner):
    scanner.late = 0.7
    rig.wait_for_state(reason='is older than scan_timeout (0.5 s) by its stamp')
    rig.wait_for_zero()
    scanner.late = 0.0
    rig.wait_for_nominal()


def test_scans_from_the_future_count_from_their_receipt(rig, scanner):
    scanner.late = -30.0
    ends = monotonic() + 1.0
    rig.wait_for(lambda: monotonic() > ends)
    scanner.see(0.75)
    rig.wait_for_command(lambda v, omega: v < 0.4)
    scanner.reset()
    rig.wait_for_nominal()


def test_a_flood_of_scans_disturbs_nothing(rig, scanner):
    flood = rig.node.create_timer(0.002, scanner.send)
    ends = monotonic() + 2.0
    rig.wait_for(lambda: monotonic() > ends)
    rig.wait_for_nominal()
    scanner.see(0.75)
    rig.wait_for_command(lambda v, omega: v < 0.4)
    rig.node.destroy_timer(flood)
