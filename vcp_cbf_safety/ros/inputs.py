"""The newest message of every input, when it came and how old its content is."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vcp_cbf_safety.ros.stamps import StampReader

if TYPE_CHECKING:
    from vcp_cbf_safety.ros.polling import Take


@dataclass(slots=True)
class Newest:
    """The newest message of one topic.

    Attributes:
        topic: its resolved name.
        message: the message, None before the first.
        received: monotonic time of its receipt [s].
        transport: how old its content was at receipt, by its stamp [s].
        count: how many messages have been looked at.
    """

    topic: str
    message: Any = None
    received: float = -math.inf
    transport: float = 0.0
    count: int = 0

    def age(self, now: float) -> float:
        """Time since receipt [s]; inf before the first message."""
        return now - self.received

    def content_age(self, now: float) -> float:
        """Time since the stamp, or since receipt where the stamp is no use [s]."""
        return now - self.received + self.transport

    def store(self, message: Any, received: float, transport: float) -> None:
        """Take a newer message."""
        self.message, self.received, self.transport = message, received, transport
        self.count += 1


class Inputs:
    """Newest odometry, nominal command and goal, and newest messages of other topics.

    Attributes:
        odom, nominal, goal: the newest messages.

    Args:
        odom_topic, nominal_topic, goal_topic: resolved topic names.
        ros_now: current ROS time [s], on the clock of the stamps.
        warn: takes one sentence.
    """

    def __init__(
        self,
        *,
        odom_topic: str,
        nominal_topic: str,
        goal_topic: str,
        ros_now: Callable[[], float],
        warn: Callable[[str], object],
    ) -> None:
        self.odom = Newest(odom_topic)
        self.nominal = Newest(nominal_topic)
        self.goal = Newest(goal_topic)
        self._make_reader = lambda topic: StampReader(topic, ros_now, warn)
        self._stamps = {topic: self._make_reader(topic) for topic in (odom_topic, nominal_topic)}
        self._polled: list[tuple[Newest, Take]] = []
        self._last_poll = -math.inf

    def listen(self, topic: str) -> Newest:
        """Make room for the messages of a topic, which have stamps."""
        self._stamps[topic] = self._make_reader(topic)
        return Newest(topic)

    def forget(self, gone: Newest) -> None:
        """Take no more messages of a topic."""
        self._polled = [each for each in self._polled if each[0] is not gone]

    def connect(self, newest: Newest, take: 'Take') -> None:
        """Look for messages of a topic here from now on."""
        self._polled.append((newest, take))

    def poll(self, now: float) -> None:
        """Take what has arrived until a monotonic time [s]."""
        since = min(now - self._last_poll, now)
        self._last_poll = now
        for newest, take in self._polled:
            taken = take()
            if taken is not None:
                message, waited = taken
                # Whatever the wall clock says, it came after the last look.
                self.receive(newest, message, now, min(max(waited, 0.0), since))

    def take_nominal(self, message: Any, waited: float, now: float) -> None:
        """Take a nominal command that has arrived by itself, so long ago by the wall clock [s]."""
        since = now - self._last_poll
        self.receive(self.nominal, message, now, min(max(waited, 0.0), since))

    def receive(self, newest: Newest, message: Any, now: float, waited: float = 0.0) -> None:
        """Store a message that arrived `waited` seconds before a monotonic time."""
        header = getattr(message, 'header', None)
        stamps = self._stamps.get(newest.topic)  # a goal does not age: it has none
        age: float | None = 0.0
        if header is not None and stamps is not None:
            age = stamps.age(header.stamp, now - waited, waited)
        if age is not None:
            newest.store(message, now - waited, age)
