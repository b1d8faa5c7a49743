"""Obstacle markers over DDS: who crosses is not driven into, who falls silent is lost, two ids."""

import math

import pytest
from geometry_msgs.msg import Twist
from nav_msgs.msg import Odometry
from ros_rig import RELIABLE
from visualization_msgs.msg import Marker, MarkerArray

from vcp_cbf_safety.ros.node_spec import NodeSpec

SIMULATOR = 'vcp_cbf_safety.sim.arena_sim_node'
RADIUS = 0.15


@pytest.fixture
def rig(module_filters):
    return module_filters.start()


def disc(x, y, number=0):
    marker = Marker(ns='twins', id=number, type=Marker.CYLINDER)
    marker.header.frame_id = 'odom'
    marker.pose.position.x, marker.pose.position.y = x, y
    marker.scale.x = marker.scale.y = 0.4
    return marker


def speed_before_contact(robot, person):
    """Highest speed of the robot while the bodies were about to touch, before they did [m/s].

    Somebody who sees nothing may walk into a robot that stands.
    """
    places = {str(m.header.stamp): m.pose.pose.position for m in person}
    near = []
    for message in robot:
        if there := places.get(str(message.header.stamp)):
            here = message.pose.pose.position
            gap = math.hypot(here.x - there.x, here.y - there.y) - 2.0 * RADIUS
            near.append((gap, abs(message.twist.twist.linear.x)))
            if gap < 0.0:
                break
    assert len(near) > 100
    return max((speed for gap, speed in near if gap < 0.03), default=0.0)


def test_a_person_who_crosses_is_not_driven_into(filters):
    name = filters.launch({'max_speed': 1.0, 'position_uncertainty': 0.02, 'arena': []})
    rig = filters.rig(name)
    # The simulator moves the robot, and the person as a second one.
    rig.pose = None
    spec = NodeSpec(
        executable='arena_sim', name='arena_sim',
        parameters={
            'robots': [name, 'person'], 'poses': [0.0, 0.0, 0.0, 2.0, -2.2, 0.5 * math.pi],
            'body_radius': RADIUS, 'max_acceleration': 5.0, 'max_yaw_acceleration': 20.0,
            'world_frame': 'odom',
        },
    )  # fmt: skip
    filters.processes.start('arena_sim', SIMULATOR, spec.arguments())
    robot, person = [], []
    for topic, odometry in ((f'/{name}/odom', robot), ('/person/odom', person)):
        rig.node.create_subscription(Odometry, topic, odometry.append, RELIABLE)
    legs = rig.node.create_publisher(Twist, '/person/cmd_vel', RELIABLE)
    rig.wait_for(lambda: rig.matched() and robot and person and legs.get_subscription_count())
    rig.wait_for_nominal()
    step = Twist()

    def report():
        legs.publish(step)
        place = person[-1].pose.pose.position
        rig.mark(place.x, place.y, RADIUS)

    rig.node.create_timer(0.1, report)
    rig.wait_for(lambda: int(rig.diagnostics[-1]['obstacles']) == 1 if rig.diagnostics else False)
    rig.nominal, step.linear.x = (1.0, 0.0), 1.0
    rig.wait_for(lambda: any(state['binding'] == 'post/0' for state in rig.states))
    rig.wait_for(lambda: person[-1].pose.pose.position.y > 1.0)
    rig.wait_for_nominal()
    assert speed_before_contact(robot, person) < 0.1


def test_a_marker_that_moved_and_is_not_reported_any_more_stops_the_robot(rig, module_filters):
    assert rig.change(peer_timeout=0.3, peer_lost_timeout=1.0).successful
    rig.drive(0.5)
    steps = [0]

    def walk():
        steps[0] += 1
        rig.mark(3.0, 3.0 + 0.05 * steps[0])

    timer = rig.node.create_timer(0.1, walk)
    rig.wait_for(lambda: steps[0] > 10)
    rig.node.destroy_timer(timer)
    rig.wait_for_state(faults='marker post/0 moves and may be anywhere near where it was')
    rig.wait_for_state(reason='marker post/0 moved when it was last reported, longer ago than')
    rig.wait_for_zero()
    rig.diagnostics.clear()
    rig.wait_for(lambda: rig.diagnostics)
    assert rig.diagnostics[-1]['obstacles_moving'] == '1'
    rig.mark(action=Marker.DELETE)
    rig.wait_for_nominal()
    log = module_filters.processes.output(rig.namespace)
    assert log.count('marker post/0 moved when it was last reported') == 1


def test_two_markers_with_one_id_are_two_obstacles_and_named_in_a_warning(rig, module_filters):
    rig.drive(1.0)
    sender = rig.node.create_publisher(MarkerArray, 'obstacles', RELIABLE)
    rig.wait_for(sender.get_subscription_count)
    twins = MarkerArray(markers=[disc(0.6, 0.0), disc(4.0, 4.0)])
    for _ in range(2):
        sender.publish(twins)
        rig.wait_for_command(lambda v, omega: v < 0.9)
    rig.wait_for_state(binding='twins/0')
    log = module_filters.processes.output(rig.namespace)
    sentence = f"/{rig.namespace}/obstacles has more than one marker with ns 'twins' and id 0"
    assert log.count(sentence) == 1
