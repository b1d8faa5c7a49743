"""Simulated time: clocks that jump or stand still do not disturb the control cycle."""

import pytest
from rclpy.time import Time
from rosgraph_msgs.msg import Clock


@pytest.fixture
def rig(filters):
    """A filter on a clock that the test turns: simulated time is real time plus `shift`."""
    rig = filters.start({'use_sim_time': True})
    rig.shift = 100.0 - rig.now()
    rig.clock = lambda: rig.now() + rig.shift
    publisher = rig.node.create_publisher(Clock, '/clock', 10)

    def tick():
        publisher.publish(Clock(clock=Time(nanoseconds=int(1e9 * rig.clock())).to_msg()))

    rig.node.create_timer(0.02, tick)
    return rig


def test_it_drives_on_simulated_time_and_after_jumps_of_it(rig, filters):
    rig.drive(0.5)
    rig.shift += 1000.0
    rig.drive(0.6)
    rig.shift -= 500.0
    rig.drive(0.7)
    output = filters.processes.output(rig.namespace)
    assert output.count('s before the stamp of the message before') <= 1


def test_a_clock_that_stops_does_not_stop_the_supervision(rig):
    rig.drive(0.5)
    stamp = rig.clock()
    rig.clock = lambda: stamp
    rig.drive(0.6)
    rig.pose = None
    rig.wait_for_state(reason='/odom is older than odom_timeout')
    rig.wait_for_zero()
