"""Drives the test pattern through a filter in shadow mode, and records what the robot does."""

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import rclpy
from diagnostic_msgs.msg import DiagnosticStatus
from geometry_msgs.msg import Twist, TwistStamped
from nav_msgs.msg import Odometry
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import qos_profile_sensor_data
from rclpy.signals import SignalHandlerOptions
from rclpy.time import Time

from vcp_cbf_safety.errors import VcpCbfError
from vcp_cbf_safety.ros.conversions import heading_of, twist_of
from vcp_cbf_safety.ros.modes import SHADOW
from vcp_cbf_safety.ros.state import STATE_QOS
from vcp_cbf_safety.studies.identify.drive import Drive
from vcp_cbf_safety.studies.identify.pattern import PatternStep, command_at
from vcp_cbf_safety.studies.interruption import Interruption

_PERIOD = 0.02
# How long filter, robot and this node may take to find each other [s].
_CONNECTION = 15.0
# The filter says its state once a second, and odometry comes several times a second [s].
_STATE_SILENT, _ODOM_SILENT = 2.0, 0.5
# So long zero is commanded at the end, whatever the end was [s].
_STOPPING = 0.5


class LiveError(VcpCbfError):
    """The robot cannot be driven, or not any further; the message says why."""


def drive_live(
    namespace: str, steps: Sequence[PatternStep], reach: float, interruption: Interruption
) -> Drive:
    """Drive a pattern; the last commands are to stand, however it ends.

    Args:
        namespace: of the robot's topics; '' for none.
        steps: what to drive.
        reach: distance from the start at which the robot is told to stop [m].
        interruption: a signal shows here.

    Raises:
        LiveError: if the filter is not there, not in shadow mode or stopped, the robot leaves the
            free space, or odometry or the filter's state fall silent.
    """
    context = rclpy.Context()
    rclpy.init(args=[], context=context, signal_handler_options=SignalHandlerOptions.NO)
    executor = SingleThreadedExecutor(context=context)
    driver = PatternDriver(namespace, context)
    executor.add_node(driver)

    def spin(seconds: float) -> None:
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0.0:
            executor.spin_once(timeout_sec=left)

    try:
        driver.connect(spin, interruption)
        try:
            driver.drive(steps, reach, spin, interruption)
        finally:
            driver.stand(spin)
        return driver.recorded(namespace or 'robot')
    finally:
        executor.shutdown()
        driver.destroy_node()
        context.try_shutdown()


class PatternDriver(Node):
    """Publishes the pattern on cmd_vel_nom; hears cmd_vel, odom and the filter's state."""

    def __init__(self, namespace: str, context: rclpy.Context) -> None:
        super().__init__('identify', namespace=namespace, context=context)
        self._commands: list[tuple[float, ...]] = []
        self._motion: list[tuple[float, ...]] = []
        self._mode = ''
        self._message = ''
        self._heard = {'odom': -math.inf, 'state': -math.inf}
        self._stamped = False
        self._publisher: Publisher[Any] | None = None
        self.create_subscription(Odometry, 'odom', self._on_odometry, qos_profile_sensor_data)
        self.create_subscription(
            DiagnosticStatus, 'safety_filter/state', self._on_state, STATE_QOS
        )

    def connect(self, spin: Callable[[float], None], interruption: Interruption) -> None:
        """Wait for odometry and a filter that passes commands on."""
        ends = time.monotonic() + _CONNECTION
        while missing := self._missing():
            interruption.check()
            if time.monotonic() > ends:
                raise LiveError(missing)
            spin(0.1)
        if self._mode != SHADOW:
            raise LiveError(
                f'the filter is in mode {self._mode}: it would change or stop the commands; start '
                f'it with mode: shadow, and release what stops it ({self._message})'
            )

    def drive(
        self,
        steps: Sequence[PatternStep],
        reach: float,
        spin: Callable[[float], None],
        interruption: Interruption,
    ) -> None:
        """Publish the pattern, and look after every command whether it may go on."""
        _, x, y, *_ = self._motion[-1]
        begin = time.monotonic()
        count = 0
        while (step := command_at(steps, time.monotonic() - begin)) is not None:
            interruption.check()
            self._may_go_on(x, y, reach)
            self._send(step.v, step.omega)
            count += 1
            spin(max(begin + count * _PERIOD - time.monotonic(), 0.001))

    def stand(self, spin: Callable[[float], None]) -> None:
        """Tell the robot to stand, for a while."""
        for _ in range(round(_STOPPING / _PERIOD)):
            self._send(0.0, 0.0)
            spin(_PERIOD)

    def recorded(self, name: str) -> Drive:
        """What the base was told and did."""
        return Drive(name, np.array(self._commands), np.array(self._motion))

    def _missing(self) -> str:
        if not self._motion:
            return f'no odometry on {self.resolve_topic_name("odom")}'
        if not self._mode:
            return (
                f'no filter says its state on {self.resolve_topic_name("safety_filter/state")}; '
                'start it with mode: shadow'
            )
        if self._publisher is None:
            self._open()
        if self._publisher is None or not self._publisher.get_subscription_count():
            return f'nobody listens on {self.resolve_topic_name("cmd_vel_nom")}'
        return ''

    def _open(self) -> None:
        """Use the type of message that the filter uses."""
        name = self.resolve_topic_name('cmd_vel')
        kinds = {kind for each in self.get_publishers_info_by_topic(name)
                 for kind in [each.topic_type]}  # fmt: skip
        if not kinds:
            return
        self._stamped = 'geometry_msgs/msg/TwistStamped' in kinds
        kind = TwistStamped if self._stamped else Twist
        self._publisher = self.create_publisher(kind, 'cmd_vel_nom', 10)
        self.create_subscription(kind, 'cmd_vel', self._on_command, 10)

    def _may_go_on(self, x: float, y: float, reach: float) -> None:
        now = time.monotonic()
        if self._mode != SHADOW:
            raise LiveError(f'stopped, the filter is in mode {self._mode}: {self._message}')
        if now - self._heard['state'] > _STATE_SILENT:
            raise LiveError('stopped: the filter no longer says its state')
        if now - self._heard['odom'] > _ODOM_SILENT:
            raise LiveError('stopped: no odometry any more')
        away = math.hypot(self._motion[-1][1] - x, self._motion[-1][2] - y)
        if away > reach:
            raise LiveError(
                f'stopped: the robot is {away:.1f} m from where it began, and was to stay within '
                f'{reach:.1f} m'
            )

    def _send(self, v: float, omega: float) -> None:
        if self._publisher is None:
            return
        twist = Twist()
        twist.linear.x, twist.angular.z = v, omega
        if self._stamped:
            stamped = TwistStamped(twist=twist)
            stamped.header.stamp = self.get_clock().now().to_msg()
            self._publisher.publish(stamped)
        else:
            self._publisher.publish(twist)

    def _on_state(self, message: DiagnosticStatus) -> None:
        self._mode = {each.key: each.value for each in message.values}.get('mode', '')
        self._message = message.message or 'nothing else is wrong'
        self._heard['state'] = time.monotonic()

    def _on_command(self, message: Twist | TwistStamped) -> None:
        command = twist_of(message)
        now = 1e-9 * self.get_clock().now().nanoseconds
        self._commands.append((now, command.v, command.omega))

    def _on_odometry(self, message: Odometry) -> None:
        stamp = 1e-9 * Time.from_msg(message.header.stamp).nanoseconds
        if self._motion and stamp <= self._motion[-1][0]:
            return
        pose, twist = message.pose.pose, message.twist.twist
        self._motion.append(
            (
                stamp, pose.position.x, pose.position.y, heading_of(pose.orientation, 'odom'),
                twist.linear.x, twist.angular.z,
            )
        )  # fmt: skip
        self._heard['odom'] = time.monotonic()
