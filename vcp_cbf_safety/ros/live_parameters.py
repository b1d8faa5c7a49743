"""The node's parameters while it runs: a change is legal as a whole, or refused as a whole."""

from collections.abc import Callable
from typing import Any

from rcl_interfaces.msg import SetParametersResult
from rclpy.node import Node
from rclpy.parameter import Parameter

from vcp_cbf_safety.errors import ConfigurationError
from vcp_cbf_safety.ros.declaration import declare_parameters, unknown_parameters
from vcp_cbf_safety.ros.parameters import PARAMETERS
from vcp_cbf_safety.ros.settings import NodeSettings


class LiveParameters:
    """Declares the parameters of a node and keeps their values.

    Attributes:
        settings: all of them, as one value.

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
        self._own_name = own_name
        self._changed = changed
        self._check_settings = check
        self._values = declare_parameters(node)
        self.settings = NodeSettings.from_parameters(self._values, own_name)
        for sentence in unknown_parameters(node):
            node.get_logger().warning(sentence)
        node.add_on_set_parameters_callback(self._check)
        node.add_post_set_parameters_callback(self._apply)

    def _check(self, parameters: list[Parameter[Any]]) -> SetParametersResult:
        try:
            self._check_settings(self._with(parameters))
        except ConfigurationError as error:
            return SetParametersResult(successful=False, reason=str(error))
        return SetParametersResult(successful=True)

    def _apply(self, parameters: list[Parameter[Any]]) -> None:
        self.settings = self._with(parameters)
        self._values |= {p.name: p.value for p in parameters if p.name in PARAMETERS}
        self._changed()

    def _with(self, parameters: list[Parameter[Any]]) -> NodeSettings:
        changes = {p.name: p.value for p in parameters if p.name in PARAMETERS}
        return NodeSettings.from_parameters(self._values | changes, self._own_name)
