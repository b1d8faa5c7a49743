"""Somebody drives around the filter, or cannot be heard: found on the graph and named."""

from contextlib import contextmanager

import pytest
import rclpy
from geometry_msgs.msg import Twist, TwistStamped
from nav_msgs.msg import Odometry
from ros_rig import BEST_EFFORT, LATCHED, RELIABLE
from std_msgs.msg import Bool, String
from visualization_msgs.msg import MarkerArray


@pytest.fixture(scope='module')
def running(module_filters):
    return module_filters.start()


@pytest.fixture
def rig(running):
    running.reset()
    running.drive(0.5)
    running.wait_for_state(faults='')
    return running


@pytest.fixture
def intruder(ros_environment, rig):
    """A node of another participant, as it is in another process."""
    context = rclpy.Context()
    rclpy.init(context=context, domain_id=int(ros_environment['ROS_DOMAIN_ID']))
    node = rclpy.create_node('intruder', context=context, namespace=rig.namespace)
    yield node
    node.destroy_node()
    rclpy.try_shutdown(context=context)
    # The rig's robot stays where it is, which is a fault of its own while it is told to move.
    rig.nominal = (0.0, 0.0)
    rig.wait_for(lambda: rig.states and not rig.states[-1]['faults'])


@contextmanager
def braking_on_bypass(rig):
    assert rig.change(brake_on_bypass=True).successful
    yield
    assert rig.change(brake_on_bypass=False).successful


BYPASSES = [
    (Twist, 'cmd_vel', '/intruder publishes on /{}/cmd_vel too and drives around the filter'),
    (Odometry, 'odom', '/{0}/odom must have one publisher and has /{0}/intruder and /{0}/rig_{0}'),
    (Twist, 'cmd_vel_nom', '/{0}/cmd_vel_nom must have one publisher and has /{0}/intruder and'),
]


@pytest.mark.parametrize(('kind', 'topic', 'sentence'), BYPASSES, ids=lambda value: str(value)[:8])
def test_a_second_publisher_is_named_and_brakes_only_if_told_to(
    rig, intruder, kind, topic, sentence
):
    sentence = sentence.format(rig.namespace)
    publisher = intruder.create_publisher(kind, topic, RELIABLE)
    rig.wait_for_state(faults=sentence, outcome='nominal')
    rig.diagnostics.clear()
    rig.wait_for(lambda: rig.diagnostics and sentence in rig.diagnostics[-1]['message'])
    rig.wait_for_nominal()
    with braking_on_bypass(rig):
        rig.wait_for_zero()
        rig.wait_for_state(outcome='stopped', reason=sentence)
        intruder.destroy_publisher(publisher)
        rig.wait_for_nominal()


def test_a_publisher_of_another_type_is_named(rig, intruder):
    intruder.create_publisher(TwistStamped, 'cmd_vel_nom', RELIABLE)
    rig.wait_for_state(faults='as geometry_msgs/msg/TwistStamped; the filter uses geometry_msgs')


def test_a_publisher_that_is_not_reliable_enough_is_named(rig, intruder):
    intruder.create_publisher(MarkerArray, 'obstacles', BEST_EFFORT)
    rig.wait_for_state(faults='/obstacles with a QoS that does not match')


@pytest.mark.parametrize(
    ('kind', 'qos', 'sentence'),
    [
        (Bool, BEST_EFFORT, '/intruder publishes on /{}/emergency_stop with a QoS that does not'),
        (String, RELIABLE, '/emergency_stop as std_msgs/msg/String; the filter uses std_msgs/msg'),
    ],
)
def test_an_emergency_stop_that_cannot_be_heard_is_named(rig, intruder, kind, qos, sentence):
    sentence = sentence.format(rig.namespace)
    intruder.create_publisher(kind, 'emergency_stop', qos)
    rig.wait_for_state(faults=sentence)
    rig.diagnostics.clear()
    rig.wait_for(lambda: rig.diagnostics and sentence in rig.diagnostics[-1]['message'])


def test_two_emergency_buttons_are_no_mistake(rig, intruder):
    buttons = [intruder.create_publisher(Bool, 'emergency_stop', RELIABLE) for _ in range(2)]
    rig.diagnostics.clear()
    rig.wait_for(lambda: len(rig.diagnostics) >= 3)
    assert buttons
    assert 'emergency_stop' not in rig.states[-1]['faults']


def test_a_subscriber_that_asks_for_more_than_is_offered_is_named(rig, intruder):
    intruder.create_subscription(Twist, 'cmd_vel', lambda message: None, LATCHED)
    rig.wait_for_state(faults=f'/intruder subscribes to /{rig.namespace}/cmd_vel with a QoS')
