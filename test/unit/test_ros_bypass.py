"""What the graph says: who drives around the filter, who cannot be heard or cannot hear."""

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from geometry_msgs.msg import Twist, TwistStamped
from nav_msgs.msg import Odometry
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rclpy.topic_endpoint_info import TopicEndpointInfo

from vcp_cbf_safety.ros.bypass import Ends, GraphIssues, Wire, judge_graph

OWN = '/robot1/safety_filter'
RELIABLE = QoSProfile(depth=10, reliability=ReliabilityPolicy.RELIABLE)
BEST_EFFORT = QoSProfile(depth=10, reliability=ReliabilityPolicy.BEST_EFFORT)
ODOM = Wire('/robot1/odom', Odometry)
OBSTACLES = Wire('/robot1/obstacles', Odometry, single=False)
COMMAND = Wire('/robot1/cmd_vel', Twist)


def end(name=OWN, qos=RELIABLE, kind='nav_msgs/msg/Odometry'):
    namespace, _, node = name.rpartition('/')
    return TopicEndpointInfo(
        node_name=node, node_namespace=namespace or '/', topic_type=kind, qos_profile=qos
    )


def base(name='/robot1/base', qos=RELIABLE, kind='geometry_msgs/msg/Twist'):
    return end(name, qos, kind)


def hears(*publishers, wire=ODOM, ours=RELIABLE):
    """Issues of an input with these publishers."""
    return judge_graph(OWN, [Ends(wire, publishers, [end(qos=ours)])], Ends(COMMAND, [], []))


def commands(*publishers, subscribers=()):
    """Issues of the output with these others on it."""
    own = base(OWN)
    return judge_graph(OWN, [], Ends(COMMAND, [own, *publishers], subscribers))


def test_a_graph_with_one_of_each_is_fine():
    inputs = [Ends(ODOM, [end('/robot1/base')], [end()])]
    output = Ends(COMMAND, [base(OWN)], [base()])
    assert judge_graph(OWN, inputs, output) == GraphIssues()


def test_whoever_else_commands_the_base_is_named():
    found = commands(base('/joy'), base('/robot1/nav'))
    assert found.bypasses == (
        '/joy publishes on /robot1/cmd_vel too and drives around the filter; let it '
        'publish on cmd_vel_nom instead',
        '/robot1/nav publishes on /robot1/cmd_vel too and drives around the filter; let it '
        'publish on cmd_vel_nom instead',
    )
    assert found.mismatches == ()


def test_a_second_filter_of_the_same_name_is_named():
    (sentence,) = commands(base(OWN)).bypasses
    assert sentence.startswith(f'another node called {OWN} publishes on')
    assert sentence.endswith('stop one of them')


def test_an_inactive_filter_sees_who_commands_the_base_too():
    found = judge_graph(OWN, [], Ends(COMMAND, [base('/joy')], [base()]))
    assert len(found.bypasses) == 1
    assert found.mismatches == ()


def test_two_sources_where_one_must_be_are_named():
    found = hears(end('/b'), end('/a'))
    assert found.bypasses == (
        '/robot1/odom must have one publisher and has /a and /b; stop or remap all but one',
    )


def test_obstacles_may_have_many_sources():
    assert hears(end('/a'), end('/b'), wire=OBSTACLES) == GraphIssues()


def test_a_publisher_of_another_type_cannot_be_heard():
    (sentence,) = hears(end('/base', kind='geometry_msgs/msg/Pose')).mismatches
    assert sentence == (
        '/base publishes on /robot1/odom as geometry_msgs/msg/Pose; the filter uses '
        'nav_msgs/msg/Odometry'
    )


def test_a_publisher_with_less_than_is_asked_for_cannot_be_heard():
    (sentence,) = hears(end('/base', BEST_EFFORT)).mismatches
    assert sentence == (
        '/base publishes on /robot1/odom with a QoS that does not match: Best effort publisher '
        'and reliable subscription; use reliable and volatile there'
    )
    assert hears(end('/base', BEST_EFFORT), ours=BEST_EFFORT) == GraphIssues()
    assert hears(end('/base', RELIABLE), ours=BEST_EFFORT) == GraphIssues()


def test_one_subscription_of_two_that_hears_is_enough():
    ends = Ends(ODOM, [end('/base', BEST_EFFORT)], [end(qos=RELIABLE), end(qos=BEST_EFFORT)])
    assert judge_graph(OWN, [ends], Ends(COMMAND, [], [])) == GraphIssues()


def test_what_others_ask_for_on_an_input_is_not_our_business():
    ends = Ends(ODOM, [end('/base', BEST_EFFORT)], [end('/rviz', RELIABLE)])
    assert judge_graph(OWN, [ends], Ends(COMMAND, [], [])) == GraphIssues()


def test_a_base_that_wants_another_type_cannot_hear():
    stamped = Wire('', TwistStamped).type_name
    (sentence,) = commands(subscribers=[base(kind=stamped)]).mismatches
    assert sentence == (
        '/robot1/base subscribes to /robot1/cmd_vel as geometry_msgs/msg/TwistStamped; the filter '
        'uses geometry_msgs/msg/Twist; set enable_stamped_cmd_vel to true if all use TwistStamped'
    )
