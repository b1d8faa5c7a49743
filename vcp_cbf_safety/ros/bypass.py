"""What the ROS graph says about the filter's topics: who drives around it, who cannot be heard."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from rclpy.node import Node
from rclpy.qos import QoSCompatibility, qos_check_compatible

_TWIST, _TWIST_STAMPED = 'geometry_msgs/msg/Twist', 'geometry_msgs/msg/TwistStamped'
# What to do about another's type where the filter has this one.
_STAMPED = {
    (_TWIST_STAMPED, _TWIST): '; set enable_stamped_cmd_vel to true if all use TwistStamped',
    (_TWIST, _TWIST_STAMPED): '; set enable_stamped_cmd_vel to false if all use Twist',
}


class Wire(NamedTuple):
    """A topic of the filter.

    Attributes:
        topic: resolved name.
        kind: message class.
        single: whether a second publisher on it is a mistake.
    """

    topic: str
    kind: type
    single: bool = True

    @property
    def type_name(self) -> str:
        """The message type as the graph calls it."""
        return f'{self.kind.__module__.split(".")[0]}/msg/{self.kind.__name__}'


class GraphIssues(NamedTuple):
    """What is wrong on the graph, one sentence each.

    Attributes:
        bypasses: somebody else commands the base, or two speak where one must.
        mismatches: somebody cannot be heard, or cannot hear.
    """

    bypasses: tuple[str, ...] = ()
    mismatches: tuple[str, ...] = ()


class Ends(NamedTuple):
    """Who is on a topic of the filter, the filter included: rclpy's TopicEndpointInfo each."""

    wire: Wire
    publishers: Sequence[Any]
    subscribers: Sequence[Any]


def inspect_graph(node: Node, inputs: Sequence[Wire], output: Wire) -> GraphIssues:
    """Look at everybody else on the filter's topics."""

    def ends(wire: Wire) -> Ends:
        publishers = node.get_publishers_info_by_topic(wire.topic)
        return Ends(wire, publishers, node.get_subscriptions_info_by_topic(wire.topic))

    own = node.get_fully_qualified_name()
    return judge_graph(own, [ends(wire) for wire in inputs], ends(output))


def judge_graph(own: str, inputs: Sequence[Ends], output: Ends) -> GraphIssues:
    """What is wrong with who is on the filter's topics.

    Args:
        own: fully qualified name of the filter.
        inputs: what it hears.
        output: where it commands the base.
    """
    bypasses = _drivers_around(output.publishers, own, output.wire)
    mismatches = _deaf(output.publishers, output.subscribers, own, output.wire)
    for wire, publishers, subscribers in inputs:
        if wire.single and len(publishers) > 1:
            names = ' and '.join(sorted(_name(each) for each in publishers))
            bypasses.append(
                f'{wire.topic} must have one publisher and has {names}; stop or remap all but one'
            )
        mismatches += _unheard(publishers, subscribers, own, wire)
    return GraphIssues(tuple(bypasses), tuple(mismatches))


def _drivers_around(publishers: Sequence[Any], own: str, wire: Wire) -> list[str]:
    names = sorted(_name(each) for each in publishers)
    if own in names:
        names.remove(own)
    found = []
    for name in names:
        who, remedy = name, 'let it publish on cmd_vel_nom instead'
        if name == own:
            who, remedy = f'another node called {name}', 'stop one of them'
        found.append(f'{who} publishes on {wire.topic} too and drives around the filter; {remedy}')
    return found


def _unheard(
    publishers: Sequence[Any], subscribers: Sequence[Any], own: str, wire: Wire
) -> list[str]:
    """Publishers that the filter cannot hear by any of its subscriptions."""
    ours = [each.qos_profile for each in subscribers if _name(each) == own]
    if not ours:
        return []
    found = []
    for each in publishers:
        who = f'{_name(each)} publishes on {wire.topic}'
        # The subscription that asks for least has the least to say.
        mismatches = (_mismatch(who, each, wire, each.qos_profile, qos) for qos in ours)
        found.append(min(mismatches, key=len))
    return list(filter(None, found))


def _deaf(
    publishers: Sequence[Any], subscribers: Sequence[Any], own: str, wire: Wire
) -> list[str]:
    """Subscribers that cannot hear the filter."""
    ours = next((each for each in publishers if _name(each) == own), None)
    if ours is None:
        return []
    found = []
    for each in subscribers:
        who = f'{_name(each)} subscribes to {wire.topic}'
        found.append(_mismatch(who, each, wire, ours.qos_profile, each.qos_profile))
    return list(filter(None, found))


def _mismatch(who: str, other: Any, wire: Wire, published: Any, subscribed: Any) -> str:
    """Why one cannot hear the other, '' when it can."""
    if other.topic_type != wire.type_name:
        return (
            f'{who} as {other.topic_type}; the filter uses {wire.type_name}'
            f'{_STAMPED.get((other.topic_type, wire.type_name), "")}'
        )
    compatibility, reason = qos_check_compatible(published, subscribed)
    if compatibility == QoSCompatibility.ERROR:
        reasons = reason.replace('ERROR: ', '').strip('; ').replace(';', '; ')
        return f'{who} with a QoS that does not match: {reasons}; use reliable and volatile there'
    return ''


def _name(endpoint: Any) -> str:
    return f'{endpoint.node_namespace.rstrip("/")}/{endpoint.node_name}'
