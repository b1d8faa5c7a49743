"""What a node hears of its robot, driver, peers and obstacles, on a clock that is a number."""

import math

from geometry_msgs.msg import Twist
from nav_msgs.msg import Odometry
from rclpy.time import Time
from visualization_msgs.msg import Marker, MarkerArray

from vcp_cbf_safety.ros.frames import Frames
from vcp_cbf_safety.ros.inputs import Inputs
from vcp_cbf_safety.ros.markers import markers_of
from vcp_cbf_safety.ros.obstacles import ObstacleStore
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.ros.sources.markers import MarkerSource
from vcp_cbf_safety.ros.sources.peers import PeerSource
from vcp_cbf_safety.ros.sources.source import Context
from vcp_cbf_safety.ros.sources.table import make_sources
from vcp_cbf_safety.ros.supervision import Supervisor
from vcp_cbf_safety.ros.watch import Log

DEFAULTS = {
    'odom_timeout': 0.3, 'cmd_timeout': 0.4, 'recovery_time': 0.2, 'odom_stuck_timeout': 0.0,
    'obstacles_timeout': 0.0, 'peer_timeout': 0.3, 'peer_lost_timeout': 1.0, 'max_speed': 1.0,
    'position_uncertainty': 0.01, 'peer_max_speed': 1.0,
    # the robot of the bench has a twist, and stays where it is
    'check_odom_twist': False,
}  # fmt: skip
PERIOD = 0.02


def obstacle_store(warn, settings=None):
    """A store of markers."""
    return ObstacleStore(
        topic='/obstacles',
        world_frame='odom',
        config=(settings or NodeSettings.from_parameters(DEFAULTS)).filter,
        warn=warn,
        note=warn,
    )


def sources_of(inputs, log, settings, now, frames=None):
    """All sources of hazards; the topic of `ann/odom` is `/ann/odom`."""
    frames = frames or Frames(settings, lambda: now)

    def resolve(topic):
        return f'/{topic.lstrip("/")}'

    return make_sources(Context(inputs, resolve, log, lambda: now, settings, frames, now))


def source_of(kind, sources):
    """The source of a kind."""
    return next(each for each in sources if isinstance(each, kind))


class Bench:
    """A supervisor, and a robot with a driver that send a message each in every cycle.

    Attributes:
        clock: ROS time less the monotonic time [s]; None for messages without stamps.
        x, heading, speed, yaw_rate, frame, base: of the odometry; x None sends none.
        nominal: (v, omega); None sends none.
        peers: x of each peer that is sending.
        bypass: why to brake because of the graph.
        frames: the transforms that have come.
    """

    def __init__(self, **parameters):
        self.settings = NodeSettings.from_parameters(DEFAULTS | parameters)
        self.now, self.clock = 50.0, None
        self.x, self.heading, self.frame, self.base = 0.0, 0.0, 'odom', 'base_link'
        self.speed = self.yaw_rate = 0.0
        self.nominal, self.peers, self.bypass = (0.3, 0.1), {}, ''
        self.lines, self.debug_lines = [], []
        self.inputs = Inputs(
            odom_topic='/odom',
            nominal_topic='/cmd_vel_nom',
            goal_topic='/goal_pose',
            ros_now=lambda: self.now + (self.clock or 0.0),
            warn=self.lines.append,
        )
        log = Log(self.lines.append, self.lines.append, self.debug_lines.append)
        self.frames = Frames(self.settings, lambda: self.now + (self.clock or 0.0))
        self.sources = sources_of(self.inputs, log, self.settings, self.now, self.frames)
        self.supervisor = Supervisor(self.inputs, self.sources, self.frames, log, self.now)

    @property
    def markers(self):
        """The source of the markers."""
        return source_of(MarkerSource, self.sources)

    @property
    def peer_inputs(self):
        """Newest odometry of every peer."""
        return source_of(PeerSource, self.sources).newest()

    def follow(self, **parameters):
        """Change parameters."""
        self.settings = NodeSettings.from_parameters(DEFAULTS | parameters)
        self.supervisor.follow(self.settings, self.now)

    def odometry(self, x, heading=0.0, speed=0.0, yaw_rate=0.0):
        message = Odometry()
        message.header.frame_id, message.child_frame_id = self.frame, self.base
        if self.clock is not None:
            message.header.stamp = Time(seconds=self.now + self.clock).to_msg()
        message.pose.pose.position.x = x
        message.pose.pose.orientation.z = math.sin(0.5 * heading)
        message.pose.pose.orientation.w = math.cos(0.5 * heading)
        message.twist.twist.linear.x, message.twist.twist.angular.z = speed, yaw_rate
        return message

    def cycle(self, times=1):
        """The view of the last of some cycles."""
        for _ in range(times):
            self.now += PERIOD
            if self.x is not None:
                message = self.odometry(self.x, self.heading, self.speed, self.yaw_rate)
                self.inputs.receive(self.inputs.odom, message, self.now)
            for name, x in self.peers.items():
                self.inputs.receive(self.peer_inputs[name], self.odometry(x), self.now)
            if self.nominal is not None:
                command = Twist()
                command.linear.x, command.angular.z = self.nominal
                self.inputs.receive(self.inputs.nominal, command, self.now)
            view = self.look()
        return view

    def look(self):
        """What the cycle of this moment makes of it all."""
        return self.supervisor.look(self.settings, self.bypass, self.now)

    def mark(self, *markers):
        """Send a message with these markers."""
        self.markers.store.take(markers_of(MarkerArray(markers=list(markers))), self.now)

    def cycles_until(self, accept):
        """After how many cycles a view is accepted, and that view."""
        for number in range(1, 500):
            view = self.cycle()
            if accept(view):
                return number, view
        raise AssertionError(f'never; last {view}')

    def until_it_brakes(self):
        return self.cycles_until(lambda view: view.brake)

    def until_it_drives(self):
        return self.cycles_until(lambda view: not view.brake)


def driving(**parameters):
    """A bench whose robot has been driving for a while, and whose log is empty."""
    bench = Bench(**parameters)
    bench.peers = dict.fromkeys(bench.settings.peers, 3.0)
    bench.cycle(50)
    assert bench.cycle().brake == ''
    assert bench.lines == []
    return bench


def cylinder(number, x, kind=Marker.CYLINDER):
    """A marker with radius 0.2 m, unless it is of a kind that cannot be an obstacle."""
    marker = Marker(ns='a', id=number, type=kind)
    marker.header.frame_id = 'odom'
    marker.pose.position.x = x
    marker.scale.x = marker.scale.y = 0.4
    return marker
