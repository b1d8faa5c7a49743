"""What the filter would have published in a replay, as messages."""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from vcp_cbf_safety.command import SafeCommand
from vcp_cbf_safety.cycle_numbers import FIELDS, numbers_of
from vcp_cbf_safety.ros.cycle_shapes import ARENA, shapes_of_cycle
from vcp_cbf_safety.ros.marker_shapes import Shape
from vcp_cbf_safety.ros.marker_types import MarkerAction, MarkerType
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.ros.state_content import State, StateGate
from vcp_cbf_safety.studies.recording import STORE, Recorded
from vcp_cbf_safety.studies.replay.shadow import ShadowCycle

# What is published, in the namespace of the robot; nobody else has such topics.
TOPICS = {
    'replay/cmd_vel': 'geometry_msgs/msg/TwistStamped',
    'replay/state': 'diagnostic_msgs/msg/DiagnosticStatus',
    'replay/telemetry': 'std_msgs/msg/Float64MultiArray',
    'replay/markers': 'visualization_msgs/msg/MarkerArray',
}
_COMMAND, _STATE, _TELEMETRY, _MARKERS = TOPICS
# Time between two messages with markers where the filter acts, and where it does not [s].
_ACTING, _RESTING = 0.1, 1.0
_LEVELS = {False: 0, True: 1}


def kinds_of(robot: str) -> dict[str, str]:
    """Types of what is published, by topic in the namespace of a robot."""
    return {f'{robot}/{topic}': kind for topic, kind in TOPICS.items()}


class MessageWriter:
    """Makes messages of cycles.

    Args:
        settings: the parameters of the node.
        robot: its namespace.
        into: takes the messages.
    """

    def __init__(self, settings: NodeSettings, robot: str, into: list[Recorded]) -> None:
        self._settings, self._robot, self._into = settings, robot, into
        self._name = robot.strip('/')
        self._gate = StateGate()
        self._due = -math.inf
        kinds = STORE.types
        names = kinds['std_msgs/msg/MultiArrayDimension'](
            ','.join(FIELDS), len(FIELDS), len(FIELDS)
        )
        self._layout = kinds['std_msgs/msg/MultiArrayLayout']([names], 0)

    def take(self, now: float, cycle: ShadowCycle, command: SafeCommand) -> None:
        """Take a cycle at a time [s since the epoch], and its command with its record."""
        kinds, time = STORE.types, round(1e9 * now)
        stamp = kinds['builtin_interfaces/msg/Time'](*divmod(time, 1_000_000_000))
        self._add(_COMMAND, time, _twist(kinds, stamp, command))
        state = State(command)
        if self._gate.passes(state, now):
            self._add(_STATE, time, self._state(kinds, state))
        numbers = numbers_of(command, command.timing.total)
        data = np.array([numbers[name] for name in FIELDS])
        array = kinds['std_msgs/msg/Float64MultiArray'](self._layout, data)
        self._add(_TELEMETRY, time, array)
        if now >= self._due:
            self._due = now + (_RESTING if cycle.untouched else _ACTING)
            settings = self._settings
            shapes = shapes_of_cycle(
                settings.filter, settings.arena, command, cycle.robot, settings.body.outline
            )
            self._add(_MARKERS, time, self._markers(kinds, stamp, shapes))
        elif not cycle.untouched:
            self._due = min(self._due, now + _ACTING)

    def _add(self, topic: str, time: int, message: Any) -> None:
        raw = bytes(STORE.serialize_cdr(message, TOPICS[topic]))
        self._into.append(Recorded(f'{self._robot}/{topic}', time, raw))

    def _state(self, kinds: Any, state: State) -> Any:
        pair = kinds['diagnostic_msgs/msg/KeyValue']
        return kinds['diagnostic_msgs/msg/DiagnosticStatus'](
            _LEVELS[state.troubled],
            f'{self._name}: safety filter' if self._name else 'safety filter',
            state.command.reason,
            self._name,
            [pair(key, value) for key, value in state.values.items()],
        )

    def _markers(self, kinds: Any, stamp: Any, shapes: Iterable[Shape]) -> Any:
        settings = self._settings
        frames = {ARENA: settings.hazard_frame}
        nothing = Shape('', MarkerType.ARROW, (0.0, 0.0, 0.0), 0.0)
        clear = _marker(kinds, stamp, settings.world_frame, 0, nothing)
        clear.action = int(MarkerAction.DELETEALL)
        drawn = [
            _marker(kinds, stamp, frames.get(shape.namespace, settings.world_frame), i, shape)
            for i, shape in enumerate(shapes, 1)
        ]
        return kinds['visualization_msgs/msg/MarkerArray']([clear, *drawn])


def _twist(kinds: Any, stamp: Any, command: SafeCommand) -> Any:
    vector = kinds['geometry_msgs/msg/Vector3']
    header = kinds['std_msgs/msg/Header'](stamp, 'base_link')
    twist = kinds['geometry_msgs/msg/Twist'](
        vector(command.v, 0.0, 0.0), vector(0.0, 0.0, command.omega)
    )
    return kinds['geometry_msgs/msg/TwistStamped'](header, twist)


def _marker(kinds: Any, stamp: Any, frame: str, number: int, shape: Shape) -> Any:
    point, vector = kinds['geometry_msgs/msg/Point'], kinds['geometry_msgs/msg/Vector3']
    header, rgba = kinds['std_msgs/msg/Header'], kinds['std_msgs/msg/ColorRGBA']
    nobody = header(kinds['builtin_interfaces/msg/Time'](0, 0), '')
    return kinds['visualization_msgs/msg/Marker'](
        header=header(stamp, frame),
        ns=shape.namespace,
        id=number,
        type=int(shape.kind),
        action=int(MarkerAction.ADD),
        pose=kinds['geometry_msgs/msg/Pose'](
            point(*shape.place), kinds['geometry_msgs/msg/Quaternion'](0.0, 0.0, 0.0, 1.0)
        ),
        scale=vector(*shape.scale),
        color=rgba(*shape.color, shape.alpha),
        lifetime=kinds['builtin_interfaces/msg/Duration'](0, 0),
        frame_locked=False,
        points=[point(x, y, z) for x, y, z in shape.points.tolist()],
        colors=[rgba(*color, 1.0) for color in shape.colors],
        texture_resource='',
        texture=kinds['sensor_msgs/msg/CompressedImage'](nobody, '', np.zeros(0, np.uint8)),
        uv_coordinates=[],
        text=shape.text,
        mesh_resource='',
        mesh_file=kinds['visualization_msgs/msg/MeshFile']('', np.zeros(0, np.uint8)),
        mesh_use_embedded_materials=False,
    )
