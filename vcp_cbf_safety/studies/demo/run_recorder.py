"""Records a run as an MCAP: what went in and out of every filter, and its parameters."""

import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from diagnostic_msgs.msg import DiagnosticStatus
from geometry_msgs.msg import Twist
from nav_msgs.msg import Odometry
from rcl_interfaces.srv import GetParameters
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import LaserScan
from visualization_msgs.msg import MarkerArray

from vcp_cbf_safety.ros.parameters import PARAMETERS
from vcp_cbf_safety.sim.node_support import LATCHED
from vcp_cbf_safety.studies.demo.scenario import FILTER, Scenario
from vcp_cbf_safety.studies.recording import STORE, Recorded, write_recording

_DEPTH = 50
_EVENTS, _EVENT = '/parameter_events', 'rcl_interfaces/msg/ParameterEvent'


class RunRecorder:
    """Hears all topics of a filtered run.

    Args:
        node: subscribes.
        scenario: whose robots are heard.
    """

    def __init__(self, node: Node, scenario: Scenario) -> None:
        self._messages: list[Recorded] = []
        self._kinds = {_EVENTS: _EVENT}
        self._unasked: dict[str, Any] = {}
        self._unknown: set[str] = set()
        names = [robot.name for robot in scenario.robots]
        for name in names:
            self._hear(node, Odometry, f'/{name}/odom', qos_profile_sensor_data)
            self._hear(node, Twist, f'/{name}/cmd_vel_nom', _DEPTH)
            self._hear(node, Twist, f'/{name}/cmd_vel', _DEPTH)
            self._hear(node, DiagnosticStatus, f'/{name}/{FILTER}/state', LATCHED)
            if scenario.scanned:
                self._hear(node, LaserScan, f'/{name}/scan', qos_profile_sensor_data)
            self._ask(node, f'/{name}/{FILTER}')
        if scenario.obstacles:
            self._hear(node, MarkerArray, '/obstacles', _DEPTH)

    @property
    def is_ready(self) -> bool:
        """Whether the parameters of all filters are known; asks for those that are not."""
        for name, client in self._unasked.copy().items():
            if client.service_is_ready():
                answer = client.call_async(GetParameters.Request(names=[*PARAMETERS]))
                answer.add_done_callback(partial(self._note_parameters, name))
                del self._unasked[name]
        return not self._unknown

    def write(self, path: Path) -> None:
        """Write what has been heard."""
        write_recording(path, self._kinds, self._messages)

    def _hear(self, node: Node, kind: Any, topic: str, qos: Any) -> None:
        package, _, _ = kind.__module__.split('.', 2)
        self._kinds[topic] = f'{package}/msg/{kind.__name__}'
        node.create_subscription(kind, topic, self._taker(topic), qos, raw=True)

    def _taker(self, topic: str) -> Callable[[bytes], None]:
        return lambda raw: self._messages.append(Recorded(topic, time.time_ns(), raw))

    def _ask(self, node: Node, name: str) -> None:
        self._unasked[name] = node.create_client(GetParameters, f'{name}/get_parameters')
        self._unknown.add(name)

    def _note_parameters(self, name: str, answer: Any) -> None:
        values = dict(zip(PARAMETERS, answer.result().values, strict=True))
        self._messages.append(Recorded(_EVENTS, time.time_ns(), _event(name, values)))
        self._unknown.discard(name)


def _event(node: str, values: Mapping[str, Any]) -> bytes:
    """A message that tells the parameters of a node; that of rclpy is too long."""
    kinds = STORE.types
    told = [
        kinds['rcl_interfaces/msg/Parameter'](name, _value(kinds, value))
        for name, value in values.items()
    ]
    never = kinds['builtin_interfaces/msg/Time'](0, 0)
    event = kinds[_EVENT](never, node, told, [], [])
    return bytes(STORE.serialize_cdr(event, _EVENT))


def _value(kinds: Any, value: Any) -> Any:
    return kinds['rcl_interfaces/msg/ParameterValue'](
        value.type,
        value.bool_value,
        value.integer_value,
        value.double_value,
        value.string_value,
        np.array([ord(byte) for byte in value.byte_array_value], np.uint8),
        np.array(value.bool_array_value, bool),
        np.array(value.integer_array_value, np.int64),
        np.array(value.double_array_value, np.float64),
        [*value.string_array_value],
    )
