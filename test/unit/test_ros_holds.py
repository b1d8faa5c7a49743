"""Stops that wait for ~/release because odometry started again: when, and for how long."""

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from geometry_msgs.msg import Twist
from nav_msgs.msg import Odometry
from ros_bench import source_of, sources_of

from vcp_cbf_safety import SafetyFilter
from vcp_cbf_safety.ros.control import control_cycle
from vcp_cbf_safety.ros.frames import Frames
from vcp_cbf_safety.ros.inputs import Inputs
from vcp_cbf_safety.ros.modes import Modes
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.ros.sources.peers import PeerSource
from vcp_cbf_safety.ros.supervision import Supervisor
from vcp_cbf_safety.ros.watch import Log


class Robot:
    """A filter in a free world, whose robot is told to drive at 0.3 m/s."""

    def __init__(self, modes=None, **parameters):
        self.settings = NodeSettings.from_parameters(parameters)
        self.now = 10.0
        self.lines = []
        self.inputs = Inputs(
            odom_topic='/odom', nominal_topic='/cmd_vel_nom', goal_topic='/goal_pose',
            ros_now=lambda: 0.0, warn=self.lines.append,
        )  # fmt: skip
        log = Log(self.lines.append, self.lines.append)
        frames = Frames(self.settings, lambda: self.now)
        sources = sources_of(self.inputs, log, self.settings, self.now, frames)
        self.peers = source_of(PeerSource, sources).newest()
        self.supervisor = Supervisor(self.inputs, sources, frames, log, self.now)
        self.filter = SafetyFilter(self.settings.filter)
        self.modes = modes or Modes()
        self.peer_x = 8.0

    def cycle(self, x, seconds=0.02):
        """One cycle with odometry at x, or none."""
        self.now += seconds
        if x is not None:
            self._hear(self.inputs.odom, x)
        for newest in self.peers.values():
            self._hear(newest, self.peer_x)
        nominal = Twist()
        nominal.linear.x = 0.3
        self.inputs.receive(self.inputs.nominal, nominal, self.now)
        return control_cycle(
            self.filter, self.supervisor, self.modes, self.settings,
            bypass='', elapsed=0.02, now=self.now,
        )  # fmt: skip

    def settle(self, x, cycles=40):
        """The last of many cycles at x."""
        return [self.cycle(x) for _ in range(cycles)][-1]

    def _hear(self, newest, x):
        message = Odometry()
        message.header.frame_id = 'odom'
        message.pose.pose.orientation.w = 1.0
        message.pose.pose.position.x = x
        self.inputs.receive(newest, message, self.now)


def test_a_restart_is_held_over_every_later_cycle_until_the_release():
    robot = Robot()
    assert robot.settle(3.0).sent.v == 0.3
    assert 'started again' in robot.cycle(0.0).command.reason
    last = robot.settle(0.0, 200)
    assert 'call ~/release' in last.command.reason
    assert last.faults == (robot.modes.hold_reason,)
    assert last.sent.v == 0.0
    assert sum(line.startswith('/odom seems to have started again') for line in robot.lines) == 1
    assert robot.modes.release().startswith('released the stop because /odom seems to have')
    assert robot.settle(0.0).sent.v == 0.3
    assert robot.modes.release() == 'there was no emergency stop to release'


def test_a_hold_outlives_a_supervisor_that_is_made_anew():
    robot = Robot()
    robot.settle(3.0)
    robot.cycle(0.0)
    assert 'started again' in Robot(robot.modes).settle(0.0).command.reason


def test_an_emergency_stop_and_a_hold_are_released_together():
    robot = Robot()
    robot.settle(3.0)
    robot.cycle(0.0)
    robot.modes.emergency_stop('/button')
    assert robot.cycle(0.0).mode == 'emergency_stop'
    assert robot.modes.release().startswith('released the emergency stop by /button; released the')
    assert robot.settle(0.0).sent.v == 0.3


def test_shadow_passes_commands_and_says_that_it_would_have_stopped():
    robot = Robot(mode='shadow')
    robot.settle(3.0)
    robot.cycle(0.0)
    last = robot.settle(0.0)
    assert last.sent.v == 0.3
    assert 'started again' in last.command.reason


@pytest.mark.parametrize(('mode', 'held'), [('enforce', True), ('shadow', False)])
def test_a_gap_is_judged_only_where_the_robot_brakes_in_it(mode, held):
    robot = Robot(mode=mode)
    robot.settle(3.0)
    for _ in range(150):
        robot.cycle(None)
    robot.settle(5.0)
    assert bool(robot.modes.hold_reason) == held


def test_a_robot_whose_filter_did_not_run_may_have_driven_on():
    robot = Robot()
    robot.settle(3.0)
    robot.cycle(3.9, seconds=2.0)
    assert robot.modes.hold_reason == ''


def test_a_robot_that_was_carried_while_the_filter_was_inactive_is_not_held():
    robot = Robot()
    robot.settle(3.0)
    robot.now += 10.0
    robot.supervisor.reset(robot.now)
    assert robot.settle(0.0).sent.v == 0.3


def test_a_peer_whose_odometry_starts_again_stops_the_robot_too():
    robot = Robot(peers=['ann'])
    robot.settle(3.0)
    robot.peer_x = 0.0
    robot.cycle(3.0)
    assert '/ann/odom seems to have started again' in robot.settle(3.0).command.reason
    robot.modes.release()
    robot.peer_x = 8.0
    assert robot.settle(3.0).sent.v == 0.3


def test_where_the_localisation_may_jump_the_robot_brakes_for_the_jump_and_drives_on():
    robot = Robot(stop_on_odom_reset=False)
    robot.settle(3.0)
    assert '/odom jumped by 3.000 m' in robot.cycle(0.0).command.reason
    assert robot.settle(0.0).sent.v == 0.3
