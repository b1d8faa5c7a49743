"""The safety filter as a managed ROS 2 node: messages in, one step of the filter, messages out."""

import sys
from collections.abc import Sequence
from time import monotonic, sleep

from builtin_interfaces.msg import Time
from rclpy.clock import Clock, ClockType
from rclpy.duration import Duration
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn

from vcp_cbf_safety.checks.sanity import is_late
from vcp_cbf_safety.reason_code import ReasonCode
from vcp_cbf_safety.ros.barriernet import BarrierNetSwitch
from vcp_cbf_safety.ros.change_state import refuse_impossible_transitions
from vcp_cbf_safety.ros.connections import RELIABLE, Connections, check_topics
from vcp_cbf_safety.ros.control import Cycle, control_cycle
from vcp_cbf_safety.ros.control_timer import ControlTimer
from vcp_cbf_safety.ros.conversions import command_writer
from vcp_cbf_safety.ros.cycle_statistics import CycleStatistics
from vcp_cbf_safety.ros.declaration import PlainRefusals
from vcp_cbf_safety.ros.diagnostics import Diagnostics, Health, age_values
from vcp_cbf_safety.ros.graph_watch import GraphWatch
from vcp_cbf_safety.ros.live_parameters import LiveParameters
from vcp_cbf_safety.ros.modes import Modes
from vcp_cbf_safety.ros.running import run
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.ros.sources.table import make_sources
from vcp_cbf_safety.ros.state import INACTIVE, StateReporter
from vcp_cbf_safety.ros.state_content import State
from vcp_cbf_safety.ros.stop_memory import StopMemory, stop_file
from vcp_cbf_safety.ros.supervision import Supervisor
from vcp_cbf_safety.ros.switches import Requests, Switches, check_mode
from vcp_cbf_safety.ros.telemetry import Telemetry
from vcp_cbf_safety.ros.transitions import reported
from vcp_cbf_safety.ros.visualization import Visualizer
from vcp_cbf_safety.ros.watch import Log
from vcp_cbf_safety.safety_filter import SafetyFilter

# A base that cannot stop within this time is told to stand at once when the node ends [s].
_LONGEST_BRAKING = 3.0
# How long to wait for the base to acknowledge the last command [s].
_LAST_WORD = 0.5


class SafetyFilterNode(PlainRefusals, LifecycleNode):
    """Publishes the closest safe command at a fixed rate, and when a nominal command arrives.

    A control cycle looks for new messages itself. A timer calls it, but a nominal command or an
    emergency stop does not wait for that.

    Raises:
        ConfigurationError: if a parameter is illegal, or two topics are one.
    """

    def __init__(self) -> None:
        super().__init__('safety_filter')
        refuse_impossible_transitions(self)
        self._own_name = self.get_namespace().strip('/')
        self._live = LiveParameters(self, self._own_name, self._reconfigure, self._check)
        check_topics(self.resolve_topic_name, self._settings)
        full_name = self.get_fully_qualified_name().lstrip('/')
        self._title = f'{full_name}: safety filter'
        self._diagnostics = Diagnostics(full_name, self._own_name or 'robot')
        self._cycle: Cycle | None = None
        self._control: ControlTimer | None = None
        self._connections: Connections | None = None
        path = stop_file(self.context.get_domain_id(), self.get_fully_qualified_name())
        self._memory = StopMemory(path, self.get_logger().warning)
        self._modes = Modes(self._memory.recall())
        if self._modes.stop_reason:
            self.get_logger().warning(self._modes.stop_reason)
        requests = Requests(
            modes=self._modes,
            memory=self._memory,
            act=self._act_now,
            allow_disable=lambda: self._settings.allow_disable,
            warn=self.get_logger().warning,
        )
        self._switches = Switches(self, requests, RELIABLE)

    @property
    def _settings(self) -> NodeSettings:
        return self._live.settings

    def start(self) -> bool:
        """Configure and activate, unless that is left to a lifecycle manager."""
        if not self._settings.autostart:
            return True
        success = TransitionCallbackReturn.SUCCESS
        return self.trigger_configure() == success and self.trigger_activate() == success

    def stop(self) -> None:
        """Bring the robot to rest while publishers still work."""
        if self._control is not None:
            self.trigger_deactivate()

    # Lifecycle.

    @reported
    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Make publishers, subscriptions and the filter."""
        settings = self._settings
        connections = self._connections = Connections(
            self, settings, [self._switches.wire], self._act_now
        )
        self._inputs, self._outlet = connections.inputs, connections.command
        self._gate = connections.gate
        self._reporter = StateReporter(connections.state.publish, self._title, self._own_name)
        self._write = command_writer(settings.stamped, self._stamp)
        self._telemetry = Telemetry(connections.telemetry)
        frames = settings.world_frame, settings.hazard_frame
        self._visualizer = Visualizer(connections.markers, *frames, self._stamp)
        self._filter = SafetyFilter(settings.filter)
        logger = self.get_logger()
        log = Log(logger.info, logger.warning, logger.debug)
        context = connections.context(log, settings)
        sources = self._sources = make_sources(context)
        connections.connect(sources)
        self._supervisor = Supervisor(self._inputs, sources, context.frames, log, monotonic())
        self._barriernet = BarrierNetSwitch(log)
        self._barriernet.follow(settings)
        self._statistics = CycleStatistics()
        self._graph = GraphWatch(log)
        self._state = self._inactive()
        connections.timer(1.0, self._report, Clock(clock_type=ClockType.STEADY_TIME))
        self._reporter.report(self._state, monotonic())
        return super().on_configure(state)

    @reported
    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Start the control timer."""
        self._statistics = CycleStatistics()
        self._last_tick = monotonic()
        self._supervisor.poll(self._last_tick)
        self._supervisor.reset(self._last_tick)
        period = self._settings.filter.period
        self._control = ControlTimer(self, period, self._gate, self._tick)
        self.get_logger().info(
            f'filtering {self._inputs.nominal.topic} to {self._outlet.topic_name} at '
            f'{1.0 / period:g} Hz, mode {self._mode()}'
        )
        return super().on_activate(state)

    @reported
    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Brake to rest, then be silent."""
        self._rest()
        return super().on_deactivate(state)

    @reported
    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Drop publishers and subscriptions."""
        self._drop()
        return super().on_cleanup(state)

    @reported
    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Brake to rest, then drop everything."""
        self._rest()
        self._drop()
        return super().on_shutdown(state)

    @reported
    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Brake to rest, drop everything, be ready to be configured again."""
        self._rest()
        self._drop()
        return super().on_error(state)

    # Control.

    def _tick(self) -> None:
        now = monotonic()
        settings = self._settings
        elapsed, self._last_tick = now - self._last_tick, now
        self._supervisor.poll(now)
        self._filter.advisor = self._barriernet.advisor
        cycle = self._cycle = control_cycle(
            self._filter,
            self._supervisor,
            self._modes,
            settings,
            bypass=self._graph.bypass if settings.brake_on_bypass else '',
            elapsed=elapsed,
            now=now,
        )
        self._publish(cycle.sent.v, cycle.sent.omega)
        faults = (*cycle.faults, *self._barriernet.judge(cycle.command, now))
        self._state = State(cycle.command, cycle.mode, self._with_issues(faults))
        self._reporter.report(self._state, now)
        seconds = monotonic() - now
        self._statistics.record(cycle.command, seconds, is_late(settings.filter, elapsed))
        self._telemetry.show(cycle.command, seconds)
        self._visualizer.show(settings, cycle.command, now)

    def _act_now(self) -> None:
        """A control cycle out of turn, where there are any; the next one is a period later."""
        if self._control is not None:
            self._control.run_now()

    def _publish(self, v: float, omega: float) -> None:
        odom = self._inputs.odom.message
        frame = 'base_link' if odom is None else odom.child_frame_id
        self._outlet.publish(self._write(v, omega, frame))

    def _rest(self) -> None:
        """Stop the control timer, brake to zero and see that the base has heard it."""
        if self._control is None:
            return
        self._control.drop()
        self._control = self._cycle = None
        reason = 'the safety filter stops'
        period, ends = self._settings.filter.period, monotonic() + _LONGEST_BRAKING
        command = self._filter.brake(reason, period, ReasonCode.SHUTTING_DOWN)
        while (command.v or command.omega) and monotonic() < ends:
            self._publish(command.v, command.omega)
            sleep(period)
            command = self._filter.brake(reason, period, ReasonCode.SHUTTING_DOWN)
        self._publish(0.0, 0.0)
        self._outlet.wait_for_all_acked(Duration(seconds=_LAST_WORD))
        self._state = self._inactive()
        self._reporter.report(self._state, monotonic())

    # Reports.

    def _stamp(self) -> Time:
        return self.get_clock().now().to_msg()

    def _mode(self) -> str:
        return self._modes.current(self._settings.mode)

    def _inactive(self) -> State:
        held = self._modes.hold_reason
        return State(INACTIVE, self._mode(), self._with_issues((held,) if held else ()))

    def _with_issues(self, faults: tuple[str, ...]) -> tuple[str, ...]:
        found = (*self._graph.issues, *self._barriernet.faults, *self._memory.faults)
        return (*faults, *(sentence for sentence in found if sentence not in faults))

    def _report(self) -> None:
        """Look at the graph; diagnostics, and the state while no control cycle reports it."""
        now, connections = monotonic(), self._connections
        if connections is None:
            return
        self._graph.update(
            connections.inspect(),
            simulated_time=bool(self.get_parameter('use_sim_time').value),
            ros_now=1e-9 * self.get_clock().now().nanoseconds,
        )
        if self._control is None:
            self._supervisor.poll(now)
            self._state = self._inactive()
            self._reporter.report(self._state, now)
        message = self._diagnostics.message(self._health(now), self._stamp())
        connections.diagnostics.publish(message)

    def _health(self, now: float) -> Health:
        refused = {'commands_refused': str(self._supervisor.refused)}
        return Health(
            cycle=self._cycle,
            state=self._state,
            settings=self._settings,
            statistics=self._statistics,
            bypasses=self._graph.bypasses,
            issues=self._graph.issues,
            troubles=(*self._barriernet.faults, *self._memory.faults),
            input_values=age_values(self._inputs, self._sources, now) | refused,
            advice_values=self._barriernet.values(),
        )

    # Changes.

    def _check(self, settings: NodeSettings) -> None:
        check_topics(self.resolve_topic_name, settings)
        if self._control is not None:
            check_mode(settings, self._settings)
            self._barriernet.check(settings, self._settings)

    def _reconfigure(self) -> None:
        if self._connections is not None:
            self._filter.reconfigure(self._settings.filter)
            self._barriernet.follow(self._settings, load=self._control is None)
            self._supervisor.follow(self._settings, monotonic())
            self._connections.connect(self._sources)

    def _drop(self) -> None:
        if self._connections is not None:
            self._connections.drop()
            self._connections = None


def main(args: Sequence[str] | None = None) -> int:
    """Run the node until SIGINT, SIGTERM, SIGHUP or SIGQUIT."""
    return run(SafetyFilterNode, 'safety_filter', args)


if __name__ == '__main__':
    sys.exit(main())
