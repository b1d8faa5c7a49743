"""The safety filter as a managed ROS 2 node: messages in, one step of the filter, messages out."""

import sys
from collections.abc import Callable, Sequence
from functools import wraps
from time import monotonic, sleep
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import Twist, TwistStamped
from nav_msgs.msg import Odometry
from rcl_interfaces.msg import SetParametersResult
from rclpy.clock import Clock, ClockType
from rclpy.duration import Duration
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rclpy.timer import Timer
from visualization_msgs.msg import MarkerArray

from vcp_cbf_safety.command import Outcome, SafeCommand
from vcp_cbf_safety.errors import ConfigurationError, InputError
from vcp_cbf_safety.ros.conversions import command_writer
from vcp_cbf_safety.ros.declaration import declare_parameters, unknown_parameters
from vcp_cbf_safety.ros.diagnostics import (
    CycleStatistics,
    age_values,
    as_array,
    diagnostics_message,
)
from vcp_cbf_safety.ros.inputs import Inputs
from vcp_cbf_safety.ros.obstacles import ObstacleStore
from vcp_cbf_safety.ros.parameters import PARAMETERS
from vcp_cbf_safety.ros.running import run
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.ros.state import STATE_QOS, StateReporter
from vcp_cbf_safety.safety_filter import SafetyFilter

# Odometry is often published best effort, and only the newest counts. A best-effort subscription
# hears reliable publishers too.
_NEWEST = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
_RELIABLE = QoSProfile(depth=10, reliability=ReliabilityPolicy.RELIABLE)

# A base that cannot stop within this time is told to stand at once when the node ends [s].
_LONGEST_BRAKING = 3.0
# How long to wait for the base to acknowledge the last command [s].
_LAST_WORD = 0.5

_INACTIVE = SafeCommand(0.0, 0.0, Outcome.STOPPED, reason='the safety filter is inactive')

Transition = Callable[[Any, LifecycleState], TransitionCallbackReturn]


def _reported(method: Transition) -> Transition:
    """A transition whose exceptions are logged: rclpy swallows them."""

    @wraps(method)
    def transition(node: Any, state: LifecycleState) -> TransitionCallbackReturn:
        try:
            return method(node, state)
        except Exception as error:  # noqa: BLE001
            node.get_logger().error(f'{method.__name__} failed: {type(error).__name__}: {error}')
            return TransitionCallbackReturn.ERROR

    return transition


class SafetyFilterNode(LifecycleNode):
    """Publishes the closest safe command at a fixed rate.

    Subscriptions only store the newest message; everything else happens in the control timer,
    which runs on a steady clock because ROS time may stop.

    Raises:
        ConfigurationError: if a parameter is illegal.
    """

    def __init__(self) -> None:
        super().__init__('safety_filter')
        self._values = declare_parameters(self)
        self._own_name = self.get_namespace().strip('/')
        self._settings = NodeSettings.from_parameters(self._values, self._own_name)
        for sentence in unknown_parameters(self):
            self.get_logger().warning(sentence)
        self.add_on_set_parameters_callback(self._check_parameters)
        self.add_post_set_parameters_callback(self._apply_parameters)
        self._steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._title = f'{self.get_fully_qualified_name().lstrip("/")}: safety filter'
        self._control_timer: Timer | None = None
        self._entities: list[tuple[Callable[[Any], bool], Any]] = []

    def start(self) -> bool:
        """Configure and activate, unless that is left to a lifecycle manager."""
        if not self._settings.autostart:
            return True
        success = TransitionCallbackReturn.SUCCESS
        return self.trigger_configure() == success and self.trigger_activate() == success

    def stop(self) -> None:
        """Bring the robot to rest while publishers still work."""
        if self._control_timer is not None:
            self.trigger_deactivate()

    # Lifecycle.

    @_reported
    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Make publishers, subscriptions and the filter."""
        settings = self._settings
        command_type = TwistStamped if settings.stamped else Twist
        self._command_publisher = self._publisher(command_type, 'cmd_vel', _RELIABLE)
        self._diagnostics = self._publisher(DiagnosticArray, '/diagnostics', _RELIABLE)
        state_publisher = self._publisher(DiagnosticStatus, '~/state', STATE_QOS)
        self._state = StateReporter(state_publisher.publish, self._title, self._own_name)
        self._subscribe(settings, command_type)
        self._write = command_writer(
            settings.stamped, lambda: self.get_clock().now().to_msg()
        )
        self._filter = SafetyFilter(settings.filter)
        self._statistics = CycleStatistics()
        self._command = _INACTIVE
        timer = self.create_timer(1.0, self._report, clock=self._steady)
        self._entities.append((self.destroy_timer, timer))
        self._state.report(self._command, monotonic())
        return super().on_configure(state)

    @_reported
    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Start the control timer."""
        self._statistics = CycleStatistics()
        self._last_tick = monotonic()
        self._control_timer = self.create_timer(
            self._settings.filter.period, self._tick, clock=self._steady
        )
        self.get_logger().info(
            f'filtering {self._inputs.nominal.topic} to {self._command_publisher.topic_name} at '
            f'{1.0 / self._settings.filter.period:g} Hz'
        )
        return super().on_activate(state)

    @_reported
    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Brake to rest, then be silent."""
        self._rest()
        return super().on_deactivate(state)

    @_reported
    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Drop publishers and subscriptions."""
        self._drop()
        return super().on_cleanup(state)

    @_reported
    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Brake to rest, then drop everything."""
        self._rest()
        self._drop()
        return super().on_shutdown(state)

    @_reported
    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Brake to rest, drop everything, be ready to be configured again."""
        self._rest()
        self._drop()
        return super().on_error(state)

    # Control.

    def _tick(self) -> None:
        now = monotonic()
        elapsed, self._last_tick = now - self._last_tick, now
        self._command = self._safe_command(now, elapsed)
        self._publish(self._command)
        self._state.report(self._command, now)
        late = elapsed > self._settings.filter.hold_time
        self._statistics.record(self._command, monotonic() - now, late)

    def _safe_command(self, now: float, elapsed: float) -> SafeCommand:
        try:
            nominal, robot, hazards = self._inputs.gather(self._settings, now)
        except InputError as error:
            return self._filter.brake(str(error), elapsed)
        return self._filter.step(nominal, robot, hazards, elapsed)

    def _publish(self, command: SafeCommand) -> None:
        odom = self._inputs.odom.message
        frame = 'base_link' if odom is None else odom.child_frame_id
        self._command_publisher.publish(self._write(command.v, command.omega, frame))

    def _rest(self) -> None:
        """Stop the control timer, brake to zero and see that the base has heard it."""
        if self._control_timer is None:
            return
        self.destroy_timer(self._control_timer)
        self._control_timer = None
        reason = 'the safety filter stops'
        period, ends = self._settings.filter.period, monotonic() + _LONGEST_BRAKING
        command = self._filter.brake(reason, period)
        while (command.v or command.omega) and monotonic() < ends:
            self._publish(command)
            sleep(period)
            command = self._filter.brake(reason, period)
        self._publish(_INACTIVE)
        self._command_publisher.wait_for_all_acked(Duration(seconds=_LAST_WORD))
        self._command = _INACTIVE
        self._state.report(_INACTIVE, monotonic())

    def _report(self) -> None:
        """Diagnostics, and the state while no control cycle reports it."""
        now = monotonic()
        if self._control_timer is None:
            self._state.report(self._command, now)
        status = diagnostics_message(
            name=self._title,
            hardware_id=self._own_name,
            command=self._command,
            warnings=self._inputs.warnings(self._settings, now),
            values=self._statistics.values() | age_values(self._inputs, now),
        )
        self._diagnostics.publish(as_array(status, self.get_clock().now().to_msg()))

    # Parameters.

    def _check_parameters(self, parameters: list[Parameter[Any]]) -> SetParametersResult:
        try:
            self._settings_with(parameters)
        except ConfigurationError as error:
            return SetParametersResult(successful=False, reason=str(error))
        return SetParametersResult(successful=True)

    def _apply_parameters(self, parameters: list[Parameter[Any]]) -> None:
        self._settings = self._settings_with(parameters)
        self._values |= {p.name: p.value for p in parameters if p.name in PARAMETERS}
        if self._entities:
            self._filter.reconfigure(self._settings.filter)

    def _settings_with(self, parameters: list[Parameter[Any]]) -> NodeSettings:
        changes = {p.name: p.value for p in parameters if p.name in PARAMETERS}
        return NodeSettings.from_parameters(self._values | changes, self._own_name)

    # Entities that exist while the node is configured.

    def _subscribe(self, settings: NodeSettings, command_type: type) -> None:
        obstacles = ObstacleStore(settings.world_frame, self.get_logger().warning)
        self._inputs = Inputs(
            odom_topic=self.resolve_topic_name('odom'),
            nominal_topic=self.resolve_topic_name('cmd_vel_nom'),
            peer_topics={
                peer: self.resolve_topic_name(settings.peer_topic(peer))
                for peer in settings.peers
            },
            obstacles=obstacles,
            ros_now=lambda: 1e-9 * self.get_clock().now().nanoseconds,
        )
        receiver = self._inputs.receiver
        self._subscription(Odometry, 'odom', receiver(self._inputs.odom), _NEWEST)
        self._subscription(command_type, 'cmd_vel_nom', receiver(self._inputs.nominal), _NEWEST)
        for peer, newest in self._inputs.peers.items():
            self._subscription(Odometry, settings.peer_topic(peer), receiver(newest), _NEWEST)
        self._subscription(
            MarkerArray,
            'obstacles',
            lambda message: obstacles.take(message, monotonic()),
            _RELIABLE,
        )

    def _publisher(self, kind: type, topic: str, qos: QoSProfile) -> Any:
        publisher: Any = self.create_publisher(kind, topic, qos)
        self._entities.append((self.destroy_publisher, publisher))
        return publisher

    def _subscription(
        self, kind: type, topic: str, callback: Callable[[Any], None], qos: QoSProfile
    ) -> None:
        subscription = self.create_subscription(kind, topic, callback, qos)
        self._entities.append((self.destroy_subscription, subscription))

    def _drop(self) -> None:
        while self._entities:
            destroy, entity = self._entities.pop()
            destroy(entity)


def main(args: Sequence[str] | None = None) -> int:
    """Run the node until SIGINT or SIGTERM."""
    return run(SafetyFilterNode, 'safety_filter', args)


if __name__ == '__main__':
    sys.exit(main())
