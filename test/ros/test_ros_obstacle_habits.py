"""Obstacle senders of every habit over DDS: labels, faults that do not end, broken bytes."""

import pytest
from rclpy.serialization import serialize_message
from ros_rig import RELIABLE
from visualization_msgs.msg import Marker, MarkerArray


@pytest.fixture
def rig(filters):
    made = filters.start()
    made.drive(0.3)
    made.sender = made.node.create_publisher(MarkerArray, 'obstacles', RELIABLE)
    made.wait_for(made.sender.get_subscription_count)
    return made


def marker(kind, x=4.0, number=0):
    made = Marker(ns='world', id=number, type=kind)
    made.header.frame_id = 'odom'
    made.pose.position.x = x
    made.scale.x = made.scale.y = made.scale.z = 0.4
    return made


def snapshot(*markers):
    return MarkerArray(markers=[Marker(action=Marker.DELETEALL), *markers])


def repeat(rig, message, times=20):
    """Send a message again and again, and wait until the last has been read."""
    for _ in range(times):
        rig.sender.publish(message)
        rig.wait_for_command(lambda *command: True, repeats=2)
    rig.diagnostics.clear()
    rig.wait_for(
        lambda: rig.diagnostics and rig.diagnostics[-1]['obstacle_messages_waiting'] == '0'
    )


def test_text_and_arrows_beside_the_obstacles_do_not_stop_the_robot(rig, filters):
    labels = [marker(Marker.TEXT_VIEW_FACING, number=1), marker(Marker.ARROW, number=2)]
    repeat(rig, snapshot(marker(Marker.CUBE), *labels))
    assert rig.diagnostics[-1]['obstacles'] == '1'
    assert rig.states[-1]['faults'] == ''
    rig.wait_for_nominal()
    log = filters.processes.output(rig.namespace)
    assert log.count('are no obstacles and are ignored') == 1
    assert 'refused' not in log


def test_a_marker_that_is_refused_in_every_message_is_one_line_in_the_log(rig, filters):
    repeat(rig, snapshot(marker(Marker.CUBE), marker(Marker.MESH_RESOURCE, number=1)))
    state = rig.wait_for_state(outcome='stopped', reason='marker world/1 has type MESH_RESOURCE')
    assert 'SPHERE_LIST, CUBE_LIST, POINTS, LINE_STRIP or LINE_LIST' in state['reason']
    assert (
        filters.processes.output(rig.namespace).count('marker world/1 has type MESH_RESOURCE') == 1
    )
    rig.sender.publish(snapshot(marker(Marker.CUBE)))
    rig.wait_for_nominal()


def test_a_message_that_cannot_be_read_stops_the_robot_until_a_good_one_comes(rig):
    rig.sender.publish(MarkerArray(markers=[marker(Marker.CUBE)]))
    raw = serialize_message(MarkerArray(markers=[marker(Marker.SPHERE, number=1)]))
    rig.sender.publish(raw[: len(raw) // 2])
    rig.wait_for_state(outcome='stopped', reason='/obstacles cannot be read')
    rig.wait_for_zero()
    rig.sender.publish(raw)
    rig.wait_for_nominal()
    rig.diagnostics.clear()
    rig.wait_for(lambda: rig.diagnostics and rig.diagnostics[-1]['obstacles'] == '2')
