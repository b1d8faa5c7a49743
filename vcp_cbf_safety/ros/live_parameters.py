"""The node's parameters while it runs: a change is legal as a whole, or refused as a whole."""

from collections.abc import Callable, Mapping
from typing import Any

from rcl_interfaces.msg import SetParametersResult
from rclpy.node import Node
from rclpy.parameter import Parameter

from vcp_cbf_safety.errors import ConfigurationError
from vcp_cbf_safety.ros.declaration import declare_parameters, unknown_parameters
from vcp_cbf_safety.ros.parameters import PARAMETERS
from vcp_cbf_safety.ros.settings import NodeSettings


class ParameterValues:
    """All values of the parameters, legal as a whole.

    Attributes:
        settings: all of them, as one value.

    Args:
        values: values by name; what is missing has its default.
        own_name: namespace of the node without leading slash.

    Raises:
        ConfigurationError: if they are not legal.
    """

    def __init__(self, values: Mapping[str, Any], own_name: str) -> None:
        self._values = dict(values)
        self._own_name = own_name
        self.settings = self.with_changes({})

    def with_changes(self, changes: Mapping[str, Any]) -> NodeSettings:
        """What the settings would be; parameters that are not the filter's change nothing.

        Raises:
            ConfigurationError: if that would not be legal.
        """
        return NodeSettings.from_parameters(self._values | _own(changes), self._own_name)

    def change(self, changes: Mapping[str, Any]) -> None:
        """Take changes; those that are not legal change nothing.

        Raises:
            ConfigurationError: if they are not legal.
        """
        self.settings = self.with_changes(changes)
        self._values |= _own(changes)


def _own(changes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in changes.items() if name in PARAMETERS}


class LiveParameters:
    """Declares the parameters of a node, keeps their values, and says what the body is.

    Args:
        node: whose parameters they are.
        own_name: namespace of the node without leading slash.
        changed: called after each change.
        check: called with what the settings would be before each change; raises a
            ConfigurationError to refuse it.

    Raises:
        ConfigurationError: if a parameter is illegal at start.
    """

    def __init__(
        self,
        node: Node,
        own_name: str,
        changed: Callable[[], object],
        check: Callable[[NodeSettings], object],
    ) -> None:
        self._changed = changed
        self._check_settings = check
        self._values = ParameterValues(declare_parameters(node), own_name)
        for sentence in unknown_parameters(node):
            node.get_logger().warning(sentence)
        self._tell = node.get_logger().info
        self._tell(self.settings.body.sentence)
        node.add_on_set_parameters_callback(self._check)
        node.add_post_set_parameters_callback(self._apply)

    @property
    def settings(self) -> NodeSettings:
        """All of them, as one value."""
        return self._values.settings

    # Parameter[...] is an error in Jazzy, whose rclpy has no generic parameters.
    def _check(self, parameters: list[Parameter]) -> SetParametersResult:
        try:
            self._check_settings(self._values.with_changes(_by_name(parameters)))
        except ConfigurationError as error:
            return SetParametersResult(successful=False, reason=str(error))
        return SetParametersResult(successful=True)

    def _apply(self, parameters: list[Parameter]) -> None:
        before = self.settings.body
        self._values.change(_by_name(parameters))
        if self.settings.body != before:
            self._tell(self.settings.body.sentence)
        self._changed()


def _by_name(parameters: list[Parameter]) -> dict[str, Any]:
    return {parameter.name: parameter.value for parameter in parameters}
