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
    node: Node, kind: type, topic: str, qos: QoSProfile, group: NeverCalled
) -> tuple[Any, Take]:
    """A subscription, and the function that takes the newest message from it.

    Args:
        node: who subscribes.
        kind, topic, qos: as for any subscription; a depth of 1 keeps only the newest message.
        group: the group that is never called.
    """
    subscription = node.create_subscription(
        kind, topic, lambda message: None, qos, callback_group=group
    )

    def take() -> tuple[Any, float] | None:
        with subscription.handle:
            taken: Any = subscription.handle.take_message(kind, False)
        if taken is None:
            return None
        message, facts = taken
        # By the wall clock, which may have jumped since; the caller knows what is possible.
        return message, 1e-9 * (time_ns() - facts['received_timestamp'])

    return subscription, take


def raw_messages(subscription: Any, kind: type) -> Iterator[RawMessage]:
    """Every message that waits in a subscription, oldest first, without deserialising it."""
    while True:
        with subscription.handle:
            taken: Any = subscription.handle.take_message(kind, True)
        if taken is None:
            return
        raw, facts = taken
        waited = 1e-9 * (time_ns() - facts['received_timestamp'])
        yield RawMessage(raw, facts['source_timestamp'], waited)
