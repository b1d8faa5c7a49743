"""Services and the topic that change the mode: enable, emergency stop, release."""

from collections.abc import Callable
from typing import Any

from rclpy.node import Node
from rclpy.qos import QoSProfile
from std_msgs.msg import Bool
from std_srvs.srv import SetBool, Trigger

from vcp_cbf_safety.errors import ConfigurationError
from vcp_cbf_safety.ros.bypass import Wire
from vcp_cbf_safety.ros.modes import SHADOW, Modes
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.ros.stop_memory import StopMemory


def check_mode(settings: NodeSettings, before: NodeSettings) -> None:
    """Whether the parameter `mode` of an active filter may change.

    Args:
        settings: what the parameters would be.
        before: what they are.

    Raises:
        ConfigurationError: if the robot would drive unfiltered although that was not allowed.
    """
    if settings.mode == SHADOW != before.mode and not settings.allow_disable:
        raise ConfigurationError(
            f"mode cannot change from '{before.mode}' to 'shadow' while the filter is active, "
            'because shadow lets nominal commands through unfiltered; allow_disable must be true '
            'at start for that'
        )


class Requests:
    """Does what people ask for; each request has an answer for them.

    Args:
        modes: what is switched.
        memory: keeps an emergency stop for the next start.
        act: does at once what the mode asks for.
        allow_disable: says whether disabling is allowed.
        warn: takes what was done, one sentence.
    """

    def __init__(
        self,
        *,
        modes: Modes,
        memory: StopMemory,
        act: Callable[[], None],
        allow_disable: Callable[[], bool],
        warn: Callable[[str], object],
    ) -> None:
        self._modes = modes
        self._memory = memory
        self._act = act
        self._allow_disable = allow_disable
        self._warn = warn

    def enable(self, wanted: bool) -> tuple[bool, str]:
        """Switch the filter on or off: whether that was done, and the answer."""
        done, answer = self._modes.enable(wanted, self._allow_disable())
        self._warn(answer)
        return done, answer

    def stop(self, who: str) -> str:
        """Stop the robot at once until it is released."""
        before = self._modes.stop_reason
        answer = self._modes.emergency_stop(who)
        if not before:
            # First the robot, then the disk, which may take its time.
            self._act()
            self._warn(f'emergency stop by {who}')
            self._memory.keep(who)
        return answer

    def release(self) -> str:
        """Let the robot drive again, after the next start too."""
        answer = self._modes.release()
        self._memory.forget()
        self._warn(answer)
        return answer


class Switches:
    """Lets others change the mode for as long as the node exists.

    Attributes:
        wire: the topic.

    Args:
        node: whose services and topic they are.
        requests: does what they ask for.
        qos: of the topic.
    """

    def __init__(self, node: Node, requests: Requests, qos: QoSProfile) -> None:
        self._requests = requests
        node.create_service(SetBool, '~/enable', self._enable)
        node.create_service(Trigger, '~/emergency_stop', self._emergency_stop)
        node.create_service(Trigger, '~/release', self._release)
        topic = node.create_subscription(Bool, 'emergency_stop', self._heard, qos)
        # Anybody may stop the robot.
        self.wire = Wire(topic.topic_name, Bool, single=False)

    def _enable(self, request: Any, response: Any) -> Any:
        response.success, response.message = self._requests.enable(request.data)
        return response

    def _emergency_stop(self, request: Any, response: Any) -> Any:
        response.success, response.message = True, self._requests.stop('~/emergency_stop')
        return response

    def _release(self, request: Any, response: Any) -> Any:
        response.success, response.message = True, self._requests.release()
        return response

    def _heard(self, message: Bool) -> None:
        # False does not release: a button that is let go says nothing about the danger.
        if message.data:
            self._requests.stop(self.wire.topic)
