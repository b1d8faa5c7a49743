"""Declares the node's parameters with rclpy; what is wrong with a given one is one sentence."""

import difflib
from collections.abc import Iterable
from typing import Any

from rcl_interfaces.msg import (
    FloatingPointRange,
    IntegerRange,
    ParameterDescriptor,
    ParameterType,
    SetParametersResult,
)
from rclpy.node import Node
from rclpy.parameter import Parameter as RosParameter

from vcp_cbf_safety.errors import ConfigurationError
from vcp_cbf_safety.ros.parameter import Kind, Parameter, typed
from vcp_cbf_safety.ros.parameters import PARAMETERS

_TYPES = {
    Kind.BOOL: ParameterType.PARAMETER_BOOL,
    Kind.DOUBLE: ParameterType.PARAMETER_DOUBLE,
    Kind.INT: ParameterType.PARAMETER_INTEGER,
    Kind.STRING: ParameterType.PARAMETER_STRING,
    Kind.DOUBLES: ParameterType.PARAMETER_DOUBLE_ARRAY,
    Kind.STRINGS: ParameterType.PARAMETER_STRING_ARRAY,
}

# Parameters that rclpy itself may read from the command line or a file.
_FOREIGN = ('use_sim_time', 'start_type_description_service', 'qos_overrides')


def descriptor(parameter: Parameter) -> ParameterDescriptor:
    """What `ros2 param describe` shows of a parameter."""
    unit = f' [{parameter.unit}]' if parameter.unit else ''
    low, high = parameter.low, parameter.high
    numbers, integers = [], []
    if parameter.kind is Kind.INT and low is not None and high is not None:
        integers = [IntegerRange(from_value=int(low), to_value=int(high), step=1)]
    elif low is not None and high is not None:
        numbers = [FloatingPointRange(from_value=low, to_value=high)]
    return ParameterDescriptor(
        name=parameter.name,
        type=_TYPES[parameter.kind],
        description=f'{parameter.description}{unit}',
        additional_constraints=parameter.rule,
        floating_point_range=numbers,
        integer_range=integers,
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
    return [
        f'{name} is not a parameter of the safety filter and does nothing{_meant(name)}'
        for name in sorted(given)
        if not _is_known(name)
    ]


def refusal(parameters: Iterable[RosParameter]) -> str:
    """What is wrong with changes of parameters one by one, '' when nothing is."""
    return next(filter(None, map(_refused, parameters)), '')


class PlainRefusals(Node):
    """A node that says by itself what is wrong with a change that rclpy would refuse.

    Both parameter services change parameters by this method. rclpy judges names, types and ranges
    before it calls back, in words that tell nobody how to do it right.
    """

    def set_parameters_atomically(self, parameter_list: list[RosParameter]) -> SetParametersResult:
        """Set parameters all together, or none of them."""
        reason = refusal(parameter_list)
        if reason:
            return SetParametersResult(successful=False, reason=reason)
        return super().set_parameters_atomically(parameter_list)


def given_value(parameter: Parameter, value: Any) -> Any:
    """The legal value that was given for a parameter.

    Raises:
        ConfigurationError: if it has the wrong type, an integer for a double included, or is out
            of range.
    """
    if parameter.kind is Kind.DOUBLE and type(value) is int:
        raise ConfigurationError(
            f'{parameter.name} is {typed(value)}; it must be a double: {value}.0'
        )
    return parameter.checked(value)


def _refused(change: RosParameter) -> str:
    parameter = PARAMETERS.get(change.name)
    if parameter is None:
        if _is_known(change.name):
            return ''
        return f'{change.name} is not a parameter of the safety filter{_meant(change.name)}'
    if parameter.read_only:
        return (
            f'{change.name} can be set only at start, in the parameter file or with '
            f'-p {change.name}:=...'
        )
    if change.type_ == RosParameter.Type.NOT_SET:
        return f'{change.name} is to be deleted; it can only be set'
    try:
        given_value(parameter, change.value)
    except ConfigurationError as error:
        return str(error)
    return ''


def _is_known(name: str) -> bool:
    return name in PARAMETERS or name.split('.')[0] in _FOREIGN


def _meant(name: str) -> str:
    close = difflib.get_close_matches(name, PARAMETERS, n=1)
    return f'; did you mean {close[0]}?' if close else ''


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
