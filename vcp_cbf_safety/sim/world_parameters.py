"""Parameters that every simulator node has: robots, where they start, and what stands around."""

from collections.abc import Sequence

from rclpy.node import Node
from rclpy.parameter import Parameter

from vcp_cbf_safety.errors import VcpCbfError
from vcp_cbf_safety.hazards.hazards import Arena, Circle
from vcp_cbf_safety.sim.base import Pose
from vcp_cbf_safety.sim.node_support import ParameterError, declare_list


def declare_starts(node: Node) -> dict[str, Pose]:
    """Where each robot starts, by its name [m, m, rad].

    Raises:
        ParameterError: if names repeat, or there is not one pose for each.
    """
    names = declare_list(
        node, 'robots', Parameter.Type.STRING_ARRAY, 'Names of the robots, which are namespaces'
    )
    poses = _numbers(node, 'poses', 'Start poses x, y, heading of the robots, flat [m, m, rad]', 3)
    if not names or len(set(names)) != len(names):
        raise ParameterError(f'robots is {names}; it must be a list of different names')
    if len(poses) != 3 * len(names):
        raise ParameterError(
            f'poses has {len(poses)} numbers for {len(names)} robots; it must have '
            f'{3 * len(names)}: x, y, heading of each'
        )
    return {name: _triple(poses, index) for index, name in enumerate(names)}


def declare_circles(node: Node) -> tuple[Circle, ...]:
    """Circles that stand.

    Raises:
        ParameterError: if they are no circles.
    """
    flat = _numbers(node, 'obstacles', 'Circles x, y, radius in the world frame, flat [m]', 3)
    try:
        return tuple(Circle(*_triple(flat, i)) for i in range(len(flat) // 3))
    except VcpCbfError as error:
        raise _illegal(node, error) from error


def declare_arena(node: Node) -> Arena | None:
    """Walls around, or None.

    Raises:
        ParameterError: if they are no box.
    """
    flat = _numbers(node, 'arena', 'Box x_min, y_min, x_max, y_max [m]; none when empty', 4)
    if len(flat) not in (0, 4):
        raise ParameterError(f'arena has {len(flat)} numbers; it must have 4 or none')
    try:
        return Arena(flat[0], flat[1], flat[2], flat[3]) if flat else None
    except VcpCbfError as error:
        raise _illegal(node, error) from error


def _numbers(node: Node, name: str, meaning: str, multiple_of: int) -> list[float]:
    return declare_list(node, name, Parameter.Type.DOUBLE_ARRAY, meaning, multiple_of)


def _illegal(node: Node, error: VcpCbfError) -> ParameterError:
    return ParameterError(f'a parameter of {node.get_name()} is illegal: {error}')


def _triple(flat: Sequence[float], index: int) -> tuple[float, float, float]:
    first, second, third = flat[3 * index : 3 * index + 3]
    return first, second, third
