"""Transforms of /tf and /tf_static, for the sources that need them."""

from typing import TYPE_CHECKING

from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy

from vcp_cbf_safety.ros.polling import Take
from vcp_cbf_safety.ros.sources.source import Context, Moment, Seen, Source
from vcp_cbf_safety.ros.transform_reader import TransformReader

if TYPE_CHECKING:
    from vcp_cbf_safety.ros.connections import Connections

# As all listeners have it; more than come between two looks.
_DEPTH = 100
_QOS = QoSProfile(depth=_DEPTH, reliability=ReliabilityPolicy.RELIABLE)
_LATCHED_QOS = QoSProfile(
    depth=_DEPTH,
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.TRANSIENT_LOCAL,
)


class TransformSource(Source):
    """Takes transforms while the parameter `use_tf` is true; it sees no hazards itself."""

    def __init__(self, context: Context) -> None:
        self._frames, self._uses = context.frames, context.settings.use_tf
        self._warn = context.log.warning
        self._reader = TransformReader(context.frames.tree, context.ros_now, context.log.warning)
        self._takes: list[tuple[Take, bool]] = []
        self._polled = context.now

    def connect(self, connections: 'Connections') -> None:
        """Hear both topics."""
        if not self._uses or self._takes or self._frames.missing:
            return
        try:
            from tf2_msgs.msg import TFMessage
        except ImportError as error:
            self._frames.missing = f'tf2_msgs cannot be imported ({error})'
            self._warn(
                f'use_tf is true and {self._frames.missing}: install ros-<distro>-tf2-msgs, or '
                'source what it is in; without it only what is in world_frame, and scanners with '
                'scan_mounts, can be used'
            )
            return
        for topic, qos in (('/tf', _QOS), ('/tf_static', _LATCHED_QOS)):
            take = connections.hear_all(TFMessage, topic, qos, single=False)
            self._takes.append((take, qos is _LATCHED_QOS))

    def poll(self, now: float) -> None:
        """Take all transforms that have come."""
        since = now - self._polled
        self._polled = now
        for take, fixed in self._takes:
            for _ in range(_DEPTH):
                if (taken := take()) is None:
                    break
                message, waited = taken
                self._reader.read(message, fixed, now - min(max(waited, 0.0), since))

    def look(self, moment: Moment) -> Seen:
        """Nothing; after a jump of the odometry, others must wait for new transforms."""
        if moment.jumped:
            self._frames.note_jump(moment.now)
        return Seen()

    def values(self, now: float) -> dict[str, str]:
        """Of how many frames is known where they are."""
        return {'transforms': str(len(self._frames.tree))} if self._uses else {}
