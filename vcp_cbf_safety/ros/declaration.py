"""Declares the node's parameters with rclpy; what is wrong with a given value is one sentence."""

import difflib
from collections.abc import Iterable
from typing import Any

from rcl_interfaces.msg import FloatingPointRange, ParameterDescriptor, ParameterType
from rclpy.node import Node
from rclpy.parameter import Parameter as RosParameter

from vcp_cbf_safety.errors import ConfigurationError
from vcp_cbf_safety.ros.parameter import Kind, Parameter
from vcp_cbf_safety.ros.parameters import PARAMETERS

_TYPES = {
    Kind.BOOL: ParameterType.PARAMETER_BOOL,
    Kind.DOUBLE: ParameterType.PARAMETER_DOUBLE,
    Kind.STRING: ParameterType.PARAMETER_STRING,
    Kind.DOUBLES: ParameterType.PARAMETER_DOUBLE_ARRAY,
    Kind.STRINGS: ParameterType.PARAMETER_STRING_ARRAY,
}

# Parameters that rclpy itself may read from the command line or a file.
_FOREIGN = ('use_sim_time', 'start_type_description_service', 'qos_overrides')


def descriptor(parameter: Parameter) -> ParameterDescriptor:
    """What `ros2 param describe` shows of a parameter."""
    unit = f' [{parameter.unit}]' if parameter.unit else ''
    ranges = []
    if parameter.low is not None and parameter.high is not None:
        ranges = [FloatingPointRange(from_value=parameter.low, to_value=parameter.high)]
    return ParameterDescriptor(
        name=parameter.name,
        type=_TYPES[parameter.kind],
        description=f'{parameter.description}{unit}',
        additional_constraints=parameter.rule,
        floating_point_range=ranges,
        read_only=parameter.read_only,
        # An empty list carries no type in YAML and the wrong one from `ros2 param set`.
        dynamic_typing=parameter.kind in (Kind.DOUBLES, Kind.STRINGS),
    )


def declare_parameters(node: Node) -> dict[str, Any]:
    """Declare every parameter on a node.

    Returns:
        Values by name, each legal by itself.

    Raises:
        ConfigurationError: if a given value has the wrong type or is out of range; the message
            names parameter, value and rule.
    """
    return {name: _declare(node, parameter) for name, parameter in PARAMETERS.items()}


def unknown_parameters(node: Node) -> list[str]:
    """One sentence for each given parameter that the node does not have, often a typo."""
    # rclpy has no public name for what was given; without it there is nothing to report.
    return unknown_among(getattr(node, '_parameter_overrides', {}))


def unknown_among(given: Iterable[str]) -> list[str]:
    """One sentence for each name that is no parameter of the node."""
    sentences = []
    for name in sorted(given):
        if name in PARAMETERS or name.split('.')[0] in _FOREIGN:
            continue
        close = difflib.get_close_matches(name, PARAMETERS, n=1)
        hint = f'; did you mean {close[0]}?' if close else ''
        sentences.append(f'{name} is not a parameter of the safety filter and does nothing{hint}')
    return sentences


def given_value(parameter: Parameter, value: Any) -> Any:
    """The legal value that was given for a parameter at start.

    Raises:
        ConfigurationError: if it has the wrong type, an integer for a double included, or is out
            of range.
    """
    if parameter.kind is Kind.DOUBLE and type(value) is int:
        raise ConfigurationError(
            f'{parameter.name} is {value}, an integer; it must be a double: {value}.0'
        )
    return parameter.checked(value)


def _declare(node: Node, parameter: Parameter) -> Any:
    # Declared without a type first, so that a wrong one is ours to name and an empty list, which
    # YAML leaves without a type, is legal.
    default = None if parameter.default == [] else parameter.default
    given = node.declare_parameter(
        parameter.name, default, ParameterDescriptor(dynamic_typing=True)
    )
    value = given_value(parameter, given.value)
    type_ = RosParameter.Type(_TYPES[parameter.kind])
    node.set_parameters([RosParameter(parameter.name, type_, value)])
    node.set_descriptor(parameter.name, descriptor(parameter))
    return value
