"""The topic goal_pose: what is wrong with a goal is said in the log, and is no fault."""

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
    running.node.destroy_publisher(running.goal)


def goal(x, y, frame='odom'):
    message = PoseStamped()
    message.header.frame_id = frame
    message.pose.position.x, message.pose.position.y = x, y
    return message


def assert_no_fault_names_the_goal(rig):
    """After two looks at the graph; the robot of the rig does not move, which is a fault."""
    rig.states.clear()
    rig.diagnostics.clear()
    rig.wait_for(lambda: rig.states and len(rig.diagnostics) >= 3)
    assert all('goal_pose' not in state['faults'] for state in rig.states)


@pytest.mark.parametrize(
    ('message', 'named'),
    [(goal(3.0, 0.0, 'map'), "frame 'map'"), (goal(math.nan, 0.0), 'is at (nan, 0.0)')],
    ids=['frame', 'nan'],
)
def test_a_goal_that_cannot_be_used_is_named_in_the_log_and_is_no_fault(
    module_filters, rig, message, named
):
    rig.goal.publish(message)
    log = lambda: module_filters.processes.output(rig.namespace)  # noqa: E731
    rig.wait_for(lambda: f'/{rig.namespace}/goal_pose' in log() and named in log())
    rig.wait_for_nominal()
    assert_no_fault_names_the_goal(rig)


def test_without_boundary_following_no_goal_is_looked_at(module_filters, rig):
    assert rig.change(resolve_deadlock=False).successful
    before = module_filters.processes.output(rig.namespace).count('goal_pose')
    rig.goal.publish(goal(3.0, 0.0, 'elsewhere'))
    rig.diagnostics.clear()
    rig.wait_for(lambda: len(rig.diagnostics) >= 2)
    assert module_filters.processes.output(rig.namespace).count('goal_pose') == before
    assert rig.change(resolve_deadlock=True).successful
    rig.wait_for(lambda: 'elsewhere' in module_filters.processes.output(rig.namespace))


def test_a_goal_changes_nothing_while_nothing_is_in_the_way(rig):
    rig.goal.publish(goal(0.0, 5.0))
    rig.wait_for_nominal()


def test_a_second_sender_of_goals_is_no_mistake(rig):
    second = rig.node.create_publisher(PoseStamped, 'goal_pose', RELIABLE)
    second.publish(goal(3.0, 0.0))
    assert_no_fault_names_the_goal(rig)
    rig.node.destroy_publisher(second)
