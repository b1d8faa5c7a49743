"""Node arena_sim: robots in a flat world, their odometry, the obstacles and the ground truth."""

import math
import sys
import time
from collections.abc import Sequence
from functools import partial

from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from geometry_msgs.msg import Twist, TwistStamped
from nav_msgs.msg import Odometry
from rclpy.node import Node
from sensor_msgs.msg import LaserScan
from visualization_msgs.msg import MarkerArray

from vcp_cbf_safety.body.footprint import corners_of
from vcp_cbf_safety.ros.conversions import twist_of
from vcp_cbf_safety.ros.running import run
from vcp_cbf_safety.sim.base import BaseModel, Pose
from vcp_cbf_safety.sim.lidar import Lidar
from vcp_cbf_safety.sim.messages import obstacle_markers, odometry_message, scan_message
from vcp_cbf_safety.sim.node_support import (
    LATCHED,
    ParameterError,
    declare,
    steady_clock,
)
from vcp_cbf_safety.sim.transforms import TransformPublisher
from vcp_cbf_safety.sim.world import AnyWorld, World
from vcp_cbf_safety.sim.world_parameters import declare_arena, declare_circles, declare_starts

# When the simulator itself was not scheduled for longer than this [s], the world stands still for
# the rest of that time: robots do not drive blind because the machine is busy.
LONGEST_TICK = 0.1

OBSTACLES_PERIOD = 0.5
GROUND_TRUTH_PERIOD = 0.5
_DEPTH = 10


class ArenaSim(Node):
    """Steps a `World` in real time and connects it to topics.

    Publishes /<robot>/odom, /<robot>/scan where robots have scanners, /obstacles, transforms of
    what is in <robot>/base_link, and ~/ground_truth (latched; one status per robot with
    `collisions`, `worst_clearance_m`, `commands` and `collision.<i>` = `time x y against`, and
    one called `world` with `time_s` and `obstacle_receivers`); subscribes /<robot>/cmd_vel.
    """

    def __init__(self, name: str = 'arena_sim') -> None:
        super().__init__(name)
        self.world = self.make_world()
        self.frame = declare(self, 'world_frame', 'map', 'Frame of poses and obstacles')
        rate = declare(
            self, 'odom_frequency', 100.0, 'Rate of odometry and of the world [Hz]', (1.0, 1000.0)
        )
        stamped = declare(self, 'enable_stamped_cmd_vel', False, 'Whether cmd_vel is TwistStamped')
        names = self.world.names
        self._commands = dict.fromkeys(names, 0)
        self._odometry = {
            name: self.create_publisher(Odometry, f'/{name}/odom', _DEPTH) for name in names
        }
        for name in names:
            self.create_subscription(
                TwistStamped if stamped else Twist,
                f'/{name}/cmd_vel',
                partial(self._on_command, name),
                _DEPTH,
            )
        self._obstacles = self.create_publisher(MarkerArray, '/obstacles', _DEPTH)
        self._ground_truth = self.create_publisher(DiagnosticArray, '~/ground_truth', LATCHED)
        self._obstacle_receivers = 0
        self._collisions = 0
        self._stepped_at = time.monotonic()
        clock = steady_clock()
        self._lidar, frequency = self.make_lidar()
        self._scans = {}
        if self._lidar is not None:
            for name in names:
                self._scans[name] = self.create_publisher(LaserScan, f'/{name}/scan', _DEPTH)
            self.create_timer(1.0 / frequency, self._publish_scans, clock=clock)
        scanners = {f'{name}/base_link': f'{name}/base_scan' for name in self._scans}
        self._newest: dict[str, Odometry] = {}
        self._transforms = TransformPublisher(
            self, lambda: [*self._newest.values()], scanners, self.mount()
        )
        self.create_timer(1.0 / rate, self._tick, clock=clock)
        self.create_timer(OBSTACLES_PERIOD, self._publish_obstacles, clock=clock)
        self.create_timer(GROUND_TRUTH_PERIOD, self._publish_ground_truth, clock=clock)
        self.get_logger().info(
            f'{len(names)} robots and {len(self.world.obstacles)} obstacles in {self.frame}'
        )

    def make_world(self) -> AnyWorld:
        """Declare what the world is made of and make it."""
        return World(
            declare_starts(self),
            base=_base_parameters(self),
            arena=declare_arena(self),
            obstacles=declare_circles(self),
            seed=declare(self, 'seed', 0, 'Seed of the odometry noise'),
        )

    def make_lidar(self) -> tuple[Lidar | None, float]:
        """The scanner of every robot, and how often it scans [Hz]; None for none."""
        return _declare_lidar(self)

    def markers(self, stamp: Time, frame: str) -> MarkerArray:
        """What stands, for the filters."""
        return obstacle_markers(self.world.obstacles, stamp, frame)

    def mount(self) -> Pose:
        """x, y, yaw of the scanner on every robot [m, m, rad]."""
        return 0.0, 0.0, 0.0

    def stamp(self) -> Time:
        """The time that messages of this moment bear."""
        return self.get_clock().now().to_msg()

    def stepped(self) -> None:
        """Called after every step of the world, before anything of it is published."""

    def start(self) -> bool:
        """Nothing to do: the timers run."""
        return True

    def stop(self) -> None:
        """Leave the last word on the ground truth."""
        self._publish_ground_truth()

    def _on_command(self, name: str, message: Twist | TwistStamped) -> None:
        self._commands[name] += 1
        self.world.command(name, twist_of(message))

    def _tick(self) -> None:
        now = time.monotonic()
        self.world.step(max(1e-6, min(now - self._stepped_at, LONGEST_TICK)))
        self._stepped_at = now
        self.stepped()
        stamp = self.stamp()
        for name, publisher in self._odometry.items():
            state = self.world.odometry(name)
            message = odometry_message(state, stamp, self.frame, f'{name}/base_link')
            publisher.publish(message)
            self._newest[name] = message
        collisions = sum(len(self.world.collisions(name)) for name in self._odometry)
        if collisions != self._collisions:
            self._collisions = collisions
            self._publish_ground_truth()

    def _publish_scans(self) -> None:
        if self._lidar is None:
            return
        stamp = self.stamp()
        for name, publisher in self._scans.items():
            ranges = self.world.scan(name, self._lidar).tolist()
            publisher.publish(scan_message(ranges, self._lidar, stamp, f'{name}/base_scan'))

    def _publish_obstacles(self) -> None:
        receivers = self._obstacles.get_subscription_count()
        stamp = self.stamp()
        self._obstacles.publish(self.markers(stamp, self.frame))
        self._obstacle_receivers = receivers

    def _publish_ground_truth(self) -> None:
        message = DiagnosticArray()
        message.header.stamp = self.stamp()
        message.status = [self._status_of(name) for name in self._odometry]
        values = {
            'time_s': f'{self.world.time:.3f}',
            'obstacle_receivers': str(self._obstacle_receivers),
        }
        message.status.append(_status('world', DiagnosticStatus.OK, '', values))
        self._ground_truth.publish(message)

    def _status_of(self, name: str) -> DiagnosticStatus:
        collisions = self.world.collisions(name)
        values = {
            'collisions': str(len(collisions)),
            'worst_clearance_m': f'{self.world.worst_clearance(name):.6f}',
            'commands': str(self._commands[name]),
        }
        for index, each in enumerate(collisions):
            where = f'{each.time:.3f} {each.x:.4f} {each.y:.4f} {each.against}'
            values[f'collision.{index}'] = where
        if not collisions:
            return _status(name, DiagnosticStatus.OK, 'touched nothing', values)
        touched = ', '.join(dict.fromkeys(each.against for each in collisions))
        return _status(name, DiagnosticStatus.ERROR, f'touched {touched}', values)


def _declare_lidar(node: Node) -> tuple[Lidar | None, float]:
    """The scanner in the middle of every robot, and how often it scans [Hz]; None for none."""
    beams = declare(node, 'scan_beams', 0, 'Beams of the scanner of every robot; 0 for none')
    frequency = declare(node, 'scan_frequency', 10.0, 'Scans a second [Hz]', (0.1, 100.0))
    field = declare(
        node, 'scan_field', 2.0 * math.pi, 'What it looks at, the middle ahead [rad]', (0.1, 7.0)
    )
    range_max = declare(node, 'scan_range_max', 5.0, 'How far it sees [m]', (0.1, 100.0))
    noise = declare(node, 'scan_noise', 0.0, 'Standard deviation of its distances [m]', (0.0, 1.0))
    if beams == 0:
        return None, frequency
    if not 2 <= beams <= 10_000:
        raise ParameterError(f'scan_beams is {beams}; it must be 0, or 2 to 10000')
    around = field >= 2.0 * math.pi - 1e-6
    return Lidar(
        beams=beams,
        angle_min=-0.5 * min(field, 2.0 * math.pi),
        angle_increment=2.0 * math.pi / beams if around else field / (beams - 1),
        range_min=0.05,
        range_max=range_max,
        noise=noise,
    ), frequency


def _base_parameters(node: Node) -> BaseModel:
    def deviation(name: str, unit: str) -> float:
        return float(
            declare(node, name, 0.0, f'Standard deviation in odometry [{unit}]', (0.0, 1.0))
        )

    max_speed = declare(
        node, 'max_speed', 10.0, 'Highest speed that a base follows [m/s]', (0.01, 10.0)
    )
    acceleration = declare(
        node, 'max_acceleration', 1.0, 'Linear acceleration limit [m/s^2]', (0.01, 50.0)
    )
    radius = declare(node, 'body_radius', 0.15, 'Radius of the bodies [m]', (0.01, 5.0))
    text = declare(
        node,
        'footprint',
        '',
        "Corners of the bodies as in Nav2, '' for discs; replaces body_radius",
    )
    corners = corners_of(text) if text else ()
    return BaseModel(
        body_radius=max((math.hypot(*corner) for corner in corners), default=radius),
        footprint=corners,
        lag=declare(node, 'lag', 0.1, 'Time constant of the velocity response [s]', (0.0, 2.0)),
        delay=declare(node, 'delay', 0.0, 'Dead time of commands [s]', (0.0, 1.0)),
        min_speed=-max_speed,
        max_speed=max_speed,
        max_yaw_rate=declare(
            node, 'max_yaw_rate', 20.0, 'Highest yaw rate a base follows [rad/s]', (0.01, 20.0)
        ),
        acceleration=acceleration,
        deceleration=acceleration,
        yaw_acceleration=declare(
            node, 'max_yaw_acceleration', 6.0, 'Yaw acceleration limit [rad/s^2]', (0.01, 200.0)
        ),
        command_timeout=declare(
            node, 'command_timeout', 0.5, 'Age at which a command means stop [s]', (0.01, 60.0)
        ),
        position_noise=deviation('position_noise', 'm'),
        heading_noise=deviation('heading_noise', 'rad'),
        speed_noise=deviation('speed_noise', 'm/s'),
        yaw_rate_noise=deviation('yaw_rate_noise', 'rad/s'),
    )


def _status(name: str, level: bytes, message: str, values: dict[str, str]) -> DiagnosticStatus:
    pairs = [KeyValue(key=key, value=value) for key, value in values.items()]
    return DiagnosticStatus(name=name, level=level, message=message, values=pairs)


def main(args: Sequence[str] | None = None) -> int:
    """Run the node."""
    return run(ArenaSim, 'arena_sim', args)


if __name__ == '__main__':
    sys.exit(main())
