"""Odometry that lies, in closed loop: filters around simulated bases, judged by the truth."""

import math

import numpy as np
import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from builtin_interfaces.msg import Time
from geometry_msgs.msg import Twist
from ros_bench import sources_of

from vcp_cbf_safety import SafetyFilter
from vcp_cbf_safety.ros.control import control_cycle
from vcp_cbf_safety.ros.frames import Frames
from vcp_cbf_safety.ros.inputs import Inputs
from vcp_cbf_safety.ros.modes import Modes
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.ros.supervision import Supervisor
from vcp_cbf_safety.ros.watch import Log
from vcp_cbf_safety.sim.base import TIME_STEP, Base, BaseModel
from vcp_cbf_safety.sim.messages import odometry_message

RADIUS = 0.15
POST = 0.3
# The clocks of ROS and of timeouts begin here [s].
START = 100.0

LIES = {
    'zero': lambda v, heading: 0.0,
    'negated': lambda v, heading: -v,
    'in the world frame': lambda v, heading: v * math.cos(heading),
    '5 %': lambda v, heading: 0.05 * v,
}


class Run:
    """One robot that is driven at a post, from the side of the world that the seed says.

    Attributes:
        clearance: smallest distance of its body to the post [m].
        states: reasons and modes, each once, in order.
    """

    def __init__(self, seed, *, deceleration=None, speed=None, **parameters):
        random = np.random.default_rng(seed)
        self.speed = speed or float(random.choice((0.5, 0.8, 1.0, 1.5)))
        limit = deceleration or float(random.choice((0.4, 0.6, 1.0, 2.0)))
        self.period = float(random.choice((0.02, 0.05)))
        self.rate = float(random.choice((10.0, 20.0, 30.0, 50.0, 100.0)))
        lag, delay = random.uniform((0.0, 0.0), (0.3, 0.3)).tolist()
        self.braking = 0.5 * self.speed**2 / limit + self.speed * (lag + delay)
        self.heading = float(random.uniform(-math.pi, math.pi))
        ahead = float(random.uniform(1.5, 2.5)) * self.braking + 1.0
        # Where the robot starts, seen from the post at the origin of its way.
        self.post = (
            3.0 + ahead * math.cos(self.heading), 2.0 + ahead * math.sin(self.heading)
        )  # fmt: skip
        self.settings = NodeSettings.from_parameters(
            {
                'body_radius': RADIUS, 'control_frequency': 1.0 / self.period,
                'max_speed': self.speed, 'max_acceleration': limit, 'max_deceleration': limit,
                'velocity_lag': lag, 'actuation_delay': delay, 'resolve_deadlock': False,
                'body_gain': min(2.5, 0.25 / max(lag, 1e-3)), 'obstacles': [*self.post, POST],
            }
            | parameters
        )  # fmt: skip
        model = BaseModel(
            body_radius=RADIUS, min_speed=-0.2, max_speed=self.speed, max_yaw_rate=1.5,
            acceleration=limit, deceleration=limit, yaw_acceleration=6.0, lag=lag, delay=delay,
            slip=0.0, position_noise=0.003, heading_noise=0.003,
            odometry_delay=float(random.uniform(0.0, 0.15)),
        )  # fmt: skip
        self.base = Base(model, (3.0, 2.0, self.heading), random)
        self.now = START
        self.log = []
        self.inputs = Inputs(
            odom_topic='/odom', nominal_topic='/cmd_vel_nom', goal_topic='/goal_pose',
            ros_now=lambda: self.now, warn=self.log.append,
        )  # fmt: skip
        log = Log(self.log.append, self.log.append)
        frames = Frames(self.settings, lambda: self.now)
        sources = sources_of(self.inputs, log, self.settings, self.now, frames)
        self.supervisor = Supervisor(self.inputs, sources, frames, log, self.now)
        self.filter, self.modes = SafetyFilter(self.settings.filter), Modes()
        self.clearance, self.states, self.messages = math.inf, [], 0
        self.lie = None
        self.origin = (0.0, 0.0, 0.0)
        self.silent = False
        self._due = {'odom': self.now, 'cycle': self.now}

    def drive(self, seconds, until=lambda: False):
        """Let time pass; the driver sees nothing."""
        ends = self.now + seconds
        while self.now < ends and not until():
            if self._is_due('odom', 1.0 / self.rate) and not self.silent:
                self._publish()
            if self._is_due('cycle', self.period):
                self._cycle()
            self.base.advance(self.now - START)
            self.now += TIME_STEP
            gap = math.dist(self.base.pose[:2], self.post)
            self.clearance = min(self.clearance, gap - RADIUS - POST)

    def said(self, text):
        return any(text in state for state in self.states)

    def restart(self):
        """The driver counts from where the robot is in its next message."""
        self.origin = None

    def _is_due(self, what, interval):
        if self.now < self._due[what] - 1e-9:
            return False
        self._due[what] += interval
        return True

    def _publish(self):
        state = self.base.odometry()
        self.origin = self.origin or (state.x, state.y, state.heading)
        x, y, turned = self.origin
        x, y = state.x - x, state.y - y
        cosine, sine = math.cos(turned), math.sin(turned)
        measured = self.now - state.age
        stamp = Time(sec=int(measured), nanosec=int(1e9 * (measured % 1.0)))
        message = odometry_message(state, stamp, 'odom', 'base_link')
        pose = message.pose.pose
        pose.position.x, pose.position.y = cosine * x + sine * y, cosine * y - sine * x
        half = 0.5 * (state.heading - turned)
        pose.orientation.z, pose.orientation.w = math.sin(half), math.cos(half)
        if self.lie:
            message.twist.twist.linear.x = self.lie(state.speed, state.heading)
        self.inputs.receive(self.inputs.odom, message, self.now)
        self.messages += 1

    def _cycle(self):
        nominal = Twist()
        nominal.linear.x = self.speed
        self.inputs.receive(self.inputs.nominal, nominal, self.now)
        cycle = control_cycle(
            self.filter, self.supervisor, self.modes, self.settings,
            bypass='', elapsed=self.period, now=self.now,
        )  # fmt: skip
        self.base.command(self.now - START, cycle.sent)
        if not self.states or self.states[-1] != cycle.command.reason:
            self.states.append(cycle.command.reason)

    def drive_near(self, random):
        """Drive until the robot is about to brake for the post."""
        nearest = random.uniform(1.0, 1.5) * self.braking + RADIUS + POST
        self.drive(20.0, lambda: math.dist(self.base.pose[:2], self.post) < nearest)


def drive_with(lie, seed, **options):
    """A run whose twists are wrong from the start (even seeds), or from near the post on."""
    run = Run(seed, **options)
    if seed % 2:
        run.drive_near(np.random.default_rng(seed))
    run.lie = LIES[lie]
    run.drive(6.0)
    return run


@pytest.mark.parametrize('lie', LIES)
def test_no_wrong_twist_leads_into_a_post(lie):
    runs = [drive_with(lie, seed) for seed in range(30)]
    assert sum(run.clearance < 0.0 for run in runs) == 0


def test_wrong_twists_that_are_believed_lead_into_posts():
    runs = [drive_with('negated', seed, check_odom_twist=False) for seed in range(30)]
    assert sum(run.clearance < 0.0 for run in runs) > 0


def test_both_speeds_of_a_wrong_twist_are_named_and_it_recovers_like_other_faults():
    run = Run(3, speed=1.0)
    run.drive(3.0)
    assert not run.said('contradicts')
    run.lie = LIES['zero']
    run.drive(0.5)
    assert run.said('/odom contradicts itself: its twist says 0.00 m/s and its poses move at ')
    run.lie = None
    run.drive(2.0)
    assert run.states[-1] == ''


@pytest.mark.parametrize('gap', [0.0, 3.0])
def test_odometry_that_starts_again_stops_the_robot_until_it_is_released(gap):
    for seed in range(15):
        run = Run(seed)
        run.drive_near(np.random.default_rng(seed))
        run.silent = gap > 0.0
        run.drive(gap)
        run.restart()
        run.silent = False
        run.drive(5.0)
        assert run.clearance > 0.0
        assert abs(run.base.v) < 1e-3
        assert '/odom seems to have started again: the robot was at (' in run.states[-1]
        assert 'call ~/release' in run.states[-1]
        assert sum(line.startswith('/odom seems to have started again') for line in run.log) == 1
        assert '/odom seems to have started again' in run.modes.release()
        run.drive(1.0)
        assert abs(run.base.v) > 0.1


def test_odometry_that_starts_again_is_believed_where_it_may_jump():
    run = Run(1, stop_on_odom_reset=False)
    run.drive_near(np.random.default_rng(1))
    run.restart()
    run.drive(0.2)
    assert run.said('/odom jumped by')
    run.drive(2.0)
    assert run.modes.hold_reason == ''


def test_a_gap_after_which_odometry_goes_on_does_not_stop_the_robot_for_good():
    for seed in range(20):
        run, random = Run(seed), np.random.default_rng(seed)
        run.drive(float(random.uniform(0.5, 4.0)))
        run.silent = True
        run.drive(float(random.uniform(0.2, 3.0)))
        run.silent = False
        run.drive(1.0)
        assert run.modes.hold_reason == ''
