"""Parameters with descriptors, a clock and a QoS for the simulator's nodes."""

from typing import Any

from rcl_interfaces.msg import FloatingPointRange, ParameterDescriptor
from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.exceptions import (
    InvalidParameterTypeException,
    InvalidParameterValueException,
    ParameterUninitializedException,
)
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy

from vcp_cbf_safety.errors import VcpCbfError

# The newest message is kept for whoever subscribes later.
LATCHED = QoSProfile(
    depth=1,
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.TRANSIENT_LOCAL,
)


class ParameterError(VcpCbfError, ValueError):
    """A parameter of a simulator node is illegal; the message names it, its value and the rule."""


def declare(
    node: Node,
    name: str,
    default: Any,
    description: str,
    limits: tuple[float, float] | None = None,
) -> Any:
    """Declare a read-only parameter and return its value.

    Args:
        node: whose parameter it is.
        name: flat name.
        default: value when none is given; a type when there is no sensible default.
        description: one sentence with the unit in brackets.
        limits: lowest and highest legal value of a number.

    Raises:
        ParameterError: if the given value has another type or is out of its limits, or none is
            given where there is no default.
    """
    descriptor = ParameterDescriptor(description=description, read_only=True)
    if limits is not None:
        low, high = limits
        descriptor.floating_point_range = [FloatingPointRange(from_value=low, to_value=high)]
    try:
        return node.declare_parameter(name, default, descriptor).value
    except InvalidParameterTypeException as error:
        raise ParameterError(
            f'{name} of {node.get_name()} has the wrong type: {error}; write numbers with a '
            'decimal point'
        ) from error
    except InvalidParameterValueException as error:
        raise ParameterError(f'{name} of {node.get_name()} is illegal: {error}') from error


def declare_list(
    node: Node, name: str, kind: Parameter.Type, description: str, multiple_of: int = 1
) -> list[Any]:
    """Declare a read-only list that is empty unless given, and return it.

    Raises:
        ParameterError: if the given value is no such list, or its length is no multiple.
    """
    descriptor = ParameterDescriptor(description=description, read_only=True)
    try:
        node.declare_parameter(name, kind, descriptor)
        value = list(node.get_parameter(name).value or ())
    except ParameterUninitializedException:
        value = []
    except InvalidParameterTypeException as error:
        raise ParameterError(
            f'{name} of {node.get_name()} has the wrong type: {error}; write numbers with a '
            'decimal point'
        ) from error
    if len(value) % multiple_of:
        raise ParameterError(
            f'{name} of {node.get_name()} has {len(value)} numbers; it must be a multiple of '
            f'{multiple_of}'
        )
    return value


def steady_clock() -> Clock:
    """A clock for timers that neither stops with /clock nor jumps with the system's time."""
    return Clock(clock_type=ClockType.STEADY_TIME)
