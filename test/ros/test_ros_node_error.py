"""A transition that fails: the robot comes to rest, and the filter can be configured again."""

from collections.abc import Iterator

import pytest
import rclpy
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from rclpy.signals import SignalHandlerOptions
from ros_rig import Rig

from vcp_cbf_safety.ros.safety_filter_node import SafetyFilterNode

PARAMETERS = {
    'autostart': 'false', 'recovery_time': 0.0, 'body_radius': 0.15, 'vcp_offset': 0.1,
    'max_speed': 1.0, 'max_deceleration': 5.0, 'velocity_lag': 0.01,
}  # fmt: skip


class Broken(SafetyFilterNode):
    """A filter, in this process, with a bug in the transitions that are named."""

    broken: tuple[str, ...] = ()

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        result = super().on_activate(state)
        if 'activate' in self.broken:
            raise RuntimeError('a bug, once the control timer runs')
        return result

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        if 'deactivate' in self.broken:
            raise RuntimeError('a bug, before the robot has come to rest')
        return super().on_deactivate(state)


class Bench(Rig):
    """The broken filter and the robot around it, on one executor."""

    def __init__(self) -> None:
        super().__init__(None, 'broken')
        self.filter = Broken()
        self._executor.add_node(self.filter)

    def close(self) -> None:
        self.filter.destroy_node()
        super().close()

    def drive_off(self) -> None:
        """Configure, activate, and see that a nominal command passes."""
        assert self.filter.trigger_configure() == TransitionCallbackReturn.SUCCESS
        assert self.filter.trigger_activate() == TransitionCallbackReturn.SUCCESS
        self.twist = (0.8, 0.0)
        self.drive(0.8)

    def filter_is_silent(self) -> bool:
        """Whether the filter has left the topic of the base."""
        return all(each.topic_name != '/broken/cmd_vel' for each in self.filter.publishers)


@pytest.fixture
def bench(ros_environment: dict[str, str]) -> Iterator[Bench]:
    given = [word for item in PARAMETERS.items() for word in ('-p', '{}:={}'.format(*item))]
    arguments = ['--ros-args', '-r', '__ns:=/broken', *given]
    rclpy.init(args=arguments, signal_handler_options=SignalHandlerOptions.NO)
    made = Bench()
    yield made
    made.close()
    rclpy.shutdown()


def test_robot_brakes_to_rest_when_a_transition_fails_while_it_drives(bench: Bench) -> None:
    bench.drive_off()
    bench.filter.broken = ('deactivate',)
    bench.commands.clear()
    bench.filter.trigger_deactivate()
    assert bench.filter_is_silent()
    bench.wait_for(lambda: bench.commands and bench.commands[-1] == (0.0, 0.0))
    speeds = [v for v, _ in bench.commands]
    assert any(0.0 < v < 0.8 for v in speeds), 'it must brake with its deceleration limit'
    assert speeds == sorted(speeds, reverse=True)
    bench.filter.broken = ()
    bench.drive_off()


def test_filter_is_silent_when_its_activation_fails(bench: Bench) -> None:
    assert bench.filter.trigger_configure() == TransitionCallbackReturn.SUCCESS
    bench.filter.broken = ('activate',)
    bench.filter.trigger_activate()
    assert bench.filter_is_silent()
    bench.filter.broken = ()
    bench.drive_off()
