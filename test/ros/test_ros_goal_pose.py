"""The topic goal_pose: what is wrong with a goal is named, and never stops the robot."""

import math

import pytest
from geometry_msgs.msg import PoseStamped
from ros_rig import RELIABLE


@pytest.fixture(scope='module')
def running(module_filters):
    return module_filters.start()


@pytest.fixture
def rig(running):
    running.reset()
    running.goal = running.node.create_publisher(PoseStamped, 'goal_pose', RELIABLE)
    running.wait_for(lambda: running.goal.get_subscription_count() == 1)
    running.drive(0.3)
    yield running
    running.goal.publish(goal(9.0, 0.0))
    running.wait_for_state(faults='')
    running.node.destroy_publisher(running.goal)


def goal(x, y, frame='odom'):
    message = PoseStamped()
    message.header.frame_id = frame
    message.pose.position.x, message.pose.position.y = x, y
    return message


@pytest.mark.parametrize(
    ('message', 'named'),
    [(goal(3.0, 0.0, 'map'), "frame 'map'"), (goal(math.nan, 0.0), 'must be finite')],
    ids=['frame', 'nan'],
)
def test_a_goal_that_cannot_be_used_is_named_and_the_robot_drives_on(rig, message, named):
    rig.goal.publish(message)
    faults = rig.wait_for_state(faults=named)['faults']
    assert f'/{rig.namespace}/goal_pose' in faults
    rig.wait_for_nominal()
    rig.goal.publish(goal(3.0, 0.0))
    rig.wait_for_state(faults='')


def test_a_goal_changes_nothing_while_nothing_is_in_the_way(rig):
    rig.goal.publish(goal(0.0, 5.0))
    rig.wait_for_nominal()


def test_a_second_sender_of_goals_is_no_mistake(rig):
    second = rig.node.create_publisher(PoseStamped, 'goal_pose', RELIABLE)
    second.publish(goal(3.0, 0.0))
    rig.diagnostics.clear()
    rig.wait_for(lambda: len(rig.diagnostics) >= 3)
    assert rig.states[-1]['faults'] == ''
    rig.node.destroy_publisher(second)
