"""Cycles come when nominal commands do, and know how much time has passed since the last one."""

import random
import signal
from time import monotonic

import pytest
from diagnostic_msgs.msg import DiagnosticStatus
from geometry_msgs.msg import Twist
from rclpy.qos import DurabilityPolicy, QoSProfile

# However busy the machine is, no input is too old.
PATIENT = {'odom_timeout': 1.5, 'cmd_timeout': 5.0, 'peer_timeout': 1.5}
SLOW_DRIVER = [0.2] * 12
JITTERY_DRIVER = [random.Random(1).uniform(0.0, 0.15) for _ in range(25)]


def wait(rig, seconds):
    """Let so much time pass."""
    ends = monotonic() + seconds
    rig.wait_for(lambda: monotonic() > ends)


def send(rig, v):
    """Send one nominal command, once."""
    rig.nominal = (v, 0.0)
    rig.send()
    rig.nominal = None


@pytest.mark.parametrize(
    ('frequency', 'intervals'),
    [(20.0, SLOW_DRIVER), (50.0, SLOW_DRIVER), (20.0, JITTERY_DRIVER), (50.0, JITTERY_DRIVER)],
)
def test_every_command_of_a_slow_or_irregular_driver_comes_out_and_holds(
    filters, frequency, intervals
):
    rig = filters.start({'control_frequency': frequency} | PATIENT)
    rig.nominal = (0.2, 0.0)
    rig.wait_for_nominal()
    rig.nominal = None
    before = 0.2
    for number, interval in enumerate(intervals):
        v = 0.2 + 0.001 * (number + 1)
        seen = len(rig.commands)
        send(rig, v)
        rig.wait_for(lambda: (v, 0.0) in rig.commands[seen:])  # noqa: B023
        wait(rig, interval)
        # On a busy machine a cycle may be late, and brakes.
        moving = [each for each in rig.commands[seen:] if each in ((before, 0.0), (v, 0.0))]
        assert moving == sorted(moving)
        assert moving.count((v, 0.0)) >= min(2, int(0.5 * interval * frequency))
        before = v


def test_a_robot_that_gives_way_speeds_up_by_what_it_can_in_the_time_that_has_passed(filters):
    # Nobody bounds a step of the nominal command but the base; what the filter asks for by itself
    # grows as fast as the base can. Slow cycles, so that a machine cannot make them early.
    acceleration, period = 0.25, 0.5
    rig = filters.start(
        PATIENT
        | {
            'control_frequency': 1.0 / period, 'max_acceleration': acceleration,
            'min_speed': -1.0, 'steering_gain': 0.8, 'body_gain': 0.8, 'cmd_timeout': 1.0,
            'peers': ['ram'], 'peer_radius': 0.2,
        },
        peers=['ram'],
    )  # fmt: skip
    received = []
    rig.node.create_subscription(
        Twist,
        'cmd_vel',
        lambda message, info: received.append((1e-9 * info['source_timestamp'], message.linear.x)),
        10,
    )
    rig.peer_poses, rig.peer_speed = {'ram': (1.2, 0.1, 3.14159)}, 1.0
    rig.nominal = None
    early = []
    for _ in range(3):
        rig.wait_for_zero()
        received.clear()
        rig.wait_for(lambda: received)
        while len(received) < 8:
            # A command soon after a cycle of the timer runs one a quarter of a period after it.
            seen = len(received)
            send(rig, 0.0)
            rig.wait_for(lambda: len(received) > seen + 1)  # noqa: B023
        began, _ = received[0]
        for time, v in received[1:]:
            assert abs(v) <= acceleration * (time - began + 0.2 * period)
        assert min(v for _, v in received) < -2.0 * acceleration * period
        early.append(len(received) - 1 - (received[-1][0] - began) / period)
    assert max(early) > 1.5


def test_a_filter_that_was_stopped_for_a_while_brakes_and_says_so(filters):
    rig = filters.start({'control_frequency': 5.0} | PATIENT)
    codes = []  # none is lost while this process waits for the machine
    every = QoSProfile(depth=100, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    rig.node.create_subscription(
        DiagnosticStatus,
        'safety_filter/state',
        lambda message: codes.extend(each.value for each in message.values if each.key == 'code'),
        every,
    )
    rig.drive(0.3)
    for _ in range(2):
        filters.processes.signal(rig.namespace, signal.SIGSTOP)
        wait(rig, 0.3)
        seen = len(rig.commands)
        codes.clear()
        wait(rig, 0.5)
        assert len(rig.commands) == seen
        filters.processes.signal(rig.namespace, signal.SIGCONT)
        rig.wait_for(lambda: len(rig.commands) > seen)  # noqa: B023
        assert rig.commands[seen][0] < 0.3
        # Either is noticed first: that the cycle is late, or that the odometry it finds is old.
        said = rig.wait_for(lambda: set(codes) - {''})
        assert said <= {'late_cycle', 'input_fault'}
        rig.wait_for_nominal()
