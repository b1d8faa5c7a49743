"""Subscriptions that are looked into once a cycle instead of waking the node for every message."""

from collections.abc import Callable, Iterator
from time import time_ns
from typing import Any, NamedTuple

from rclpy.callback_groups import CallbackGroup
from rclpy.node import Node
from rclpy.qos import QoSProfile

# Takes the newest message and how long ago it arrived [s]; None when there is no new one.
Take = Callable[[], tuple[Any, float] | None]


class RawMessage(NamedTuple):
    """A message as it came.

    Attributes:
        raw: its bytes, not deserialised.
        sent: when its sender sent it, by the sender's clock, 0 where that is unknown [ns].
        waited: how long ago it arrived, by the wall clock [s].
    """

    raw: bytes
    sent: int
    waited: float


class Gate(CallbackGroup):
    """Entities of this group wake the node while it is open, and wait while it is closed.

    Attributes:
        open: whether it is.
    """

    def __init__(self) -> None:
        super().__init__()
        self.open = False

    def can_execute(self, entity: Any) -> bool:
        """Whether it is open."""
        return self.open

    def beginning_execution(self, entity: Any) -> bool:
        """Whether it is open still."""
        return self.open

    def ending_execution(self, entity: Any) -> None:
        """Nothing is left to be done."""


class NeverCalled(CallbackGroup):
    """Entities of this group are left alone by the executor.

    An executor spends more time on being woken by a message than the filter on a whole step; with
    a queue of one message, DDS itself keeps the newest.
    """

    def can_execute(self, entity: Any) -> bool:
        """Never."""
        return False

    def beginning_execution(self, entity: Any) -> bool:
        """Never."""
        return False

    def ending_execution(self, entity: Any) -> None:
        """Nothing has begun."""


def polled_subscription(
    node: Node,
    kind: type,
    topic: str,
    qos: QoSProfile,
    group: CallbackGroup,
    arrived: Callable[[Any, float], None] | None = None,
) -> tuple[Any, Take]:
    """A subscription, and the function that takes the newest message from it.

    Args:
        node: who subscribes.
        kind, topic, qos: as for any subscription; a depth of 1 keeps only the newest message.
        group: a group that is never called, or not always.
        arrived: takes a message, and how long ago it arrived [s], where the group is called.
    """

    def call(message: Any, facts: Any) -> None:
        if arrived is not None:
            arrived(message, _waited(facts))

    subscription = node.create_subscription(kind, topic, call, qos, callback_group=group)

    def take() -> tuple[Any, float] | None:
        with subscription.handle:
            taken: Any = subscription.handle.take_message(kind, False)
        if taken is None:
            return None
        message, facts = taken
        return message, _waited(facts)

    return subscription, take


def raw_messages(subscription: Any, kind: type) -> Iterator[RawMessage]:
    """Every message that waits in a subscription, oldest first, without deserialising it."""
    while True:
        with subscription.handle:
            taken: Any = subscription.handle.take_message(kind, True)
        if taken is None:
            return
        raw, facts = taken
        yield RawMessage(raw, facts['source_timestamp'], _waited(facts))


def _waited(facts: Any) -> float:
    """How long ago a message arrived [s], by the wall clock.

    That may have jumped since; the caller knows what is possible.
    """
    return 1e-9 * (time_ns() - facts['received_timestamp'])
