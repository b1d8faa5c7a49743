"""Node nominal_driver: asks a robot to move, blind to everything around it."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from geometry_msgs.msg import Twist, TwistStamped
from nav_msgs.msg import Odometry
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import qos_profile_sensor_data
from std_msgs.msg import Bool

from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.motion.unicycle import RobotState, Twist2D
from vcp_cbf_safety.ros.conversions import command_writer, robot_state_of
from vcp_cbf_safety.ros.running import run
from vcp_cbf_safety.sim.drivers import (
    STANDSTILL,
    Driver,
    GoalDriver,
    RandomDriver,
    RecordedDriver,
    read_recording,
)
from vcp_cbf_safety.sim.node_support import (
    LATCHED,
    ParameterError,
    declare,
    declare_list,
    steady_clock,
)

_DEPTH = 10


class NominalDriver(Node):
    """Publishes cmd_vel_nom from odom at a fixed rate.

    Styles: `goal` drives straight at a goal, `random` draws commands, `recorded` plays a CSV file
    of `stamp,v,omega`. With `wait_for_start` it commands zero until /start says true. Nothing is
    published before the first odometry. ~/arrived (latched) tells when it has nothing left to do.
    """

    def __init__(self) -> None:
        super().__init__('nominal_driver')
        self._driver = _make_driver(self)
        rate = declare(self, 'frequency', 20.0, 'Rate of the commands [Hz]', (0.1, 1000.0))
        stamped = declare(
            self, 'enable_stamped_cmd_vel', False, 'Whether cmd_vel_nom is TwistStamped'
        )
        self._world_frame = declare(self, 'world_frame', 'map', 'Frame of odometry and goal')
        waits = declare(
            self, 'wait_for_start', False, 'Whether to command zero until /start says true'
        )
        self._began: float | None = None
        self._may_drive = not waits
        self._robot: RobotState | None = None
        self._arrived = False
        self._commands = self.create_publisher(
            TwistStamped if stamped else Twist, 'cmd_vel_nom', _DEPTH
        )
        self._write = command_writer(stamped, lambda: self.get_clock().now().to_msg())
        self._arrival = self.create_publisher(Bool, '~/arrived', LATCHED)
        self._arrival.publish(Bool(data=False))
        self.create_subscription(Odometry, 'odom', self._on_odometry, qos_profile_sensor_data)
        self.create_subscription(Bool, '/start', self._on_start, LATCHED)
        self.create_timer(1.0 / rate, self._tick, clock=steady_clock())

    def start(self) -> bool:
        """Nothing to do: the timer runs."""
        return True

    def stop(self) -> None:
        """Leave the robot standing."""
        self._publish(STANDSTILL)

    def _on_odometry(self, message: Odometry) -> None:
        try:
            self._robot = robot_state_of(message, self._world_frame, 'odom', 0.0)
        except InputError as error:
            self.get_logger().warning(str(error), throttle_duration_sec=5.0)

    def _on_start(self, message: Bool) -> None:
        self._may_drive = self._may_drive or message.data

    def _tick(self) -> None:
        if self._robot is None:
            return
        twist = STANDSTILL
        if self._may_drive:
            now = time.monotonic()
            if self._began is None:
                self._began = now
            twist = self._driver.command(now - self._began, self._robot)
            self._report_arrival()
        self._publish(twist)

    def _publish(self, twist: Twist2D) -> None:
        self._commands.publish(self._write(twist.v, twist.omega, 'base_link'))

    def _report_arrival(self) -> None:
        if self._driver.arrived and not self._arrived:
            self._arrived = True
            self._arrival.publish(Bool(data=True))
            self.get_logger().info('arrived')


def _make_driver(node: Node) -> Driver:
    """Declare the styles' parameters and make the driver that `style` names."""
    style = declare(node, 'style', 'goal', 'How to drive: goal, random or recorded')
    goal = declare_list(
        node, 'goal', Parameter.Type.DOUBLE_ARRAY, 'Goal x, y of style goal, world frame [m]', 2
    )
    speed = declare(
        node, 'speed', 0.3, 'Cruising (goal) or highest (random) speed [m/s]', (0.0, 10.0)
    )
    min_speed = declare(
        node, 'min_speed', 0.0, 'Lowest speed of style random [m/s]', (-10.0, 10.0)
    )
    yaw_rate = declare(node, 'max_yaw_rate', 1.5, 'Fastest turn either way [rad/s]', (0.0, 20.0))
    tolerance = declare(
        node, 'goal_tolerance', 0.1, 'Distance from the goal that is arrived [m]', (0.001, 10.0)
    )
    recording = declare(node, 'recording', '', 'CSV file of stamp,v,omega for style recorded')
    seed = declare(node, 'seed', 0, 'Seed of style random')
    if style == 'goal':
        if len(goal) != 2:
            raise ParameterError(f'goal is {goal}; style goal needs the two numbers x, y')
        return GoalDriver(
            (goal[0], goal[1]), speed=speed, max_yaw_rate=yaw_rate, tolerance=tolerance
        )
    if style == 'random':
        if min_speed > speed:
            raise ParameterError(f'min_speed is {min_speed} m/s; it must not exceed speed {speed}')
        return RandomDriver(speeds=(min_speed, speed), max_yaw_rate=yaw_rate, seed=seed)
    if style == 'recorded':
        if not recording:
            raise ParameterError('recording is empty; style recorded needs the path of a CSV file')
        return RecordedDriver(read_recording(Path(recording)))
    raise ParameterError(f'style is {style!r}; it must be goal, random or recorded')


def main(args: Sequence[str] | None = None) -> int:
    """Run the node."""
    return run(NominalDriver, 'nominal_driver', args)


if __name__ == '__main__':
    sys.exit(main())
