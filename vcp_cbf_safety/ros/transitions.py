"""Lifecycle transitions whose exceptions are not swallowed."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn

Transition = Callable[[Any, LifecycleState], TransitionCallbackReturn]


def reported(method: Transition) -> Transition:
    """A transition whose exceptions are logged before rclpy turns them into an error state."""

    @wraps(method)
    def transition(node: Any, state: LifecycleState) -> TransitionCallbackReturn:
        try:
            return method(node, state)
        except Exception as error:  # noqa: BLE001
            node.get_logger().error(f'{method.__name__} failed: {type(error).__name__}: {error}')
            return TransitionCallbackReturn.ERROR

    return transition
