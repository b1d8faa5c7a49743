"""Refuses lifecycle transitions that the state of the node does not allow, with a sentence."""

from collections.abc import Iterator
from typing import Any

from lifecycle_msgs.msg import State, Transition
from lifecycle_msgs.srv import ChangeState, GetAvailableTransitions, GetState
from rclpy.lifecycle import LifecycleNode
from rclpy.service import Service


def refuse_impossible_transitions(node: LifecycleNode) -> None:
    """Let `~/change_state` answer such a request with success false and a warning in the log.

    rclpy of Kilted refuses it too, but rclpy of Jazzy raises out of spin, which ends the process.

    Args:
        node: its services are there already.
    """
    (change,) = _services(node, ChangeState)
    (get_state,) = _services(node, GetState)
    graph = [
        description
        for service in _services(node, GetAvailableTransitions)
        for description in _answer(service).available_transitions
    ]
    proceed = change.callback

    def answer(
        request: ChangeState.Request, response: ChangeState.Response
    ) -> ChangeState.Response:
        state: State = _answer(get_state).current_state
        possible = {
            each.transition.id: each.transition.label
            for each in graph
            if each.start_state.id == state.id
        }
        wanted: Transition = request.transition
        # rclpy goes by the label where there is one.
        if wanted.label in possible.values() or (not wanted.label and wanted.id in possible):
            return proceed(request, response)
        labels = {each.transition.id: each.transition.label for each in graph}
        offered = ', '.join(f'{label} ({number})' for number, label in possible.items())
        node.get_logger().warning(
            f'refused the transition {_name(wanted, labels)}: the node is {state.label}, where '
            f'{offered or "none"} can be asked for'
        )
        response.success = False
        return response

    change.callback = answer


def _services(node: LifecycleNode, kind: Any) -> Iterator[Service]:
    return (service for service in node.services if service.srv_type is kind)


def _answer(service: Service) -> Any:
    """What a service without arguments answers now."""
    kind: Any = service.srv_type
    return service.callback(kind.Request(), kind.Response())


def _name(transition: Transition, labels: dict[int, str]) -> str:
    if transition.label:
        return f"'{transition.label}'"
    label = labels.get(transition.id)
    return f'{label} ({transition.id})' if label else f'{transition.id}, which does not exist'
