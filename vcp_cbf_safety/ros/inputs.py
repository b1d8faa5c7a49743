"""The newest message of every input with its age on a steady clock, and one cycle's values."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, NamedTuple

from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.hazards import Hazards, Peer
from vcp_cbf_safety.ros.conversions import peer_of, robot_state_of, twist_of
from vcp_cbf_safety.ros.obstacles import ObstacleStore
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.unicycle import RobotState, Twist2D

# A stamp that says the message took longer than this is another clock's, not a delay [s].
_LONGEST_TRANSPORT = 1.0


class CycleInput(NamedTuple):
    """What one step of the filter needs."""

    nominal: Twist2D
    robot: RobotState
    hazards: Hazards


@dataclass(slots=True)
class Newest:
    """The newest message of one topic.

    Attributes:
        topic: its resolved name.
        message: the message, None before the first.
        received: monotonic time of its receipt [s].
        transport: how old its content was at receipt, by its stamp [s].
    """

    topic: str
    message: Any = None
    received: float = -math.inf
    transport: float = 0.0

    def age(self, now: float) -> float:
        """Time since receipt [s]; inf before the first message."""
        return now - self.received

    def content_age(self, now: float) -> float:
        """Time since the stamp, or since receipt where the stamp is no use [s]."""
        return now - self.received + self.transport


class Inputs:
    """Newest odometry, nominal command, odometry of the peers, and obstacles.

    Args:
        odom_topic, nominal_topic: resolved topic names.
        peer_topics: resolved topic names by peer.
        obstacles: the obstacle store.
        ros_now: current ROS time [s], on the clock of the stamps.
    """

    def __init__(
        self,
        *,
        odom_topic: str,
        nominal_topic: str,
        peer_topics: Mapping[str, str],
        obstacles: ObstacleStore,
        ros_now: Callable[[], float],
    ) -> None:
        self.odom = Newest(odom_topic)
        self.nominal = Newest(nominal_topic)
        self.peers = {name: Newest(topic) for name, topic in peer_topics.items()}
        self.obstacles = obstacles
        self._ros_now = ros_now

    def receiver(self, newest: Newest) -> Callable[[Any], None]:
        """Subscription callback that stores a message and does nothing else."""

        def receive(message: Any) -> None:
            newest.message = message
            newest.received = monotonic()
            header = getattr(message, 'header', None)
            newest.transport = 0.0 if header is None else self._transport(header.stamp)

        return receive

    def gather(self, settings: NodeSettings, now: float) -> CycleInput:
        """Values for one cycle.

        Args:
            settings: the node's parameters.
            now: monotonic time [s].

        Raises:
            InputError: if odometry or nominal command are missing or stale, or a message cannot
                be trusted; the message names topic, value and rule.
        """
        self._check_fresh(self.odom, now, 'odometry', 'odom_timeout', settings.odom_timeout)
        self._check_fresh(self.nominal, now, 'command', 'cmd_timeout', settings.cmd_timeout)
        robot = robot_state_of(
            self.odom.message, settings.world_frame, self.odom.topic, self.odom.content_age(now)
        )
        peers = [
            self._peer(name, newest, settings, now)
            for name, newest in self.peers.items()
            if newest.message is not None
        ]
        circles = (*settings.circles, *self.obstacles.circles(now))
        return CycleInput(
            twist_of(self.nominal.message), robot, Hazards(settings.arena, circles, peers)
        )

    def warnings(self, settings: NodeSettings, now: float) -> list[str]:
        """What deserves attention and does not stop the robot, one sentence each."""
        found = []
        for name, newest in self.peers.items():
            if newest.message is None:
                found.append(f'peer {name} is not avoided: no odometry on {newest.topic} yet')
            elif newest.age(now) > settings.peer_timeout:
                found.append(
                    f'peer {name} is taken to stand where it was: odometry on {newest.topic} is '
                    f'older than peer_timeout ({settings.peer_timeout:g} s)'
                )
        if self.obstacles.refused:
            found.append(f'{self.obstacles.refused} markers were refused as obstacles')
        return found

    def _peer(self, name: str, newest: Newest, settings: NodeSettings, now: float) -> Peer:
        state = robot_state_of(
            newest.message, settings.world_frame, newest.topic, newest.content_age(now)
        )
        if newest.age(now) > settings.peer_timeout:
            state = RobotState(state.x, state.y, state.heading)
        return peer_of(state, name, settings.peer_radius, settings.peer_responsibility)

    @staticmethod
    def _check_fresh(
        newest: Newest, now: float, what: str, parameter: str, timeout: float
    ) -> None:
        if newest.message is None:
            raise InputError(f'no {what} on {newest.topic} yet')
        if newest.age(now) > timeout:
            raise InputError(
                f'{what} on {newest.topic} is older than {parameter} ({timeout:g} s)'
            )

    def _transport(self, stamp: Any) -> float:
        """How old a stamp is at receipt [s]; 0 for no stamp, another clock's or the future's."""
        seconds = self._ros_now() - (stamp.sec + 1e-9 * stamp.nanosec)
        return seconds if 0.0 <= seconds <= _LONGEST_TRANSPORT else 0.0
