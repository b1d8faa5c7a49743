"""/diagnostics of a running filter: under a fault the right status turns, and back after it."""

import math
import signal
from time import monotonic

import pytest
from ros_rig import open_field
from sensor_msgs.msg import LaserScan

# A status comes once a second: the second one after a fault has to tell of it.
WITHIN = 2


@pytest.fixture
def rig(module_filters):
    parameters = {'scan_topics': ['scan'], 'scan_mounts': [0.0, 0.0, 0.0], 'scan_unseen': 'allow'}
    rig = module_filters.start(parameters)
    scan = rig.scan = open_field()
    publisher = rig.node.create_publisher(LaserScan, 'scan', 10)

    def send():
        scan.header.frame_id = 'base_scan'
        scan.header.stamp = rig.node.get_clock().now().to_msg()
        publisher.publish(scan)

    rig.node.create_timer(0.05, send)
    rig.drive(0.3)
    yield rig
    module_filters.stop(rig)


def settles(rig, name, level, text):
    """Wait until a status says something; it may be the second one from now on at the latest."""
    rig.statuses.clear()

    def said():
        return rig.statuses and all(
            part in value
            for part, value in zip((level, text), rig.statuses[-1][name], strict=True)
        )

    rig.wait_for(said)
    assert len(rig.statuses) <= WITHIN


def others_are_fine(rig, *names):
    assert {rig.statuses[-1][name][0] for name in names} == {'OK'}


def test_the_status_of_what_fails_turns_within_two_seconds_and_back(rig):
    settles(rig, 'inputs', 'OK', 'as they should be')
    pose, rig.pose = rig.pose, None
    settles(rig, 'inputs', 'ERROR', 'odom')
    assert rig.statuses[-1]['safety'][0] == 'WARN'
    rig.pose = pose
    settles(rig, 'inputs', 'OK', '')
    others_are_fine(rig, 'safety')

    rig.scan.ranges = [math.nan] * 360
    settles(rig, 'inputs', 'ERROR', '/scan')
    rig.scan.ranges = [math.inf] * 360
    settles(rig, 'inputs', 'OK', '')

    # That nobody drives is no fault: the message says so.
    nominal, rig.nominal = rig.nominal, None
    settles(rig, 'safety', 'OK', 'cmd_vel_nom')
    others_are_fine(rig, 'inputs')
    rig.nominal = nominal
    settles(rig, 'safety', 'OK', 'nominal')


def timing_is_fine(rig):
    """Whether this computer keeps time by itself."""
    return rig.statuses and rig.statuses[-1]['timing'][0] == 'OK'


def test_timing_turns_while_cycles_come_late_and_back(rig, module_filters):
    rig.wait_for(lambda: timing_is_fine(rig))
    processes, rig.statuses[:] = module_filters.processes, []
    while not (rig.statuses and rig.statuses[-1]['timing'][0] in ('WARN', 'ERROR')):
        assert len(rig.statuses) <= WITHIN
        for number, seconds in ((signal.SIGSTOP, 0.1), (signal.SIGCONT, 0.05)):
            processes.signal(rig.namespace, number)
            ends = monotonic() + seconds
            rig.wait_for(lambda: monotonic() > ends)  # noqa: B023
    rig.wait_for(lambda: timing_is_fine(rig))
