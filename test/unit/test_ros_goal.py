"""GoalReader: which goals count, and for how long."""

import math

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from geometry_msgs.msg import PoseStamped

from vcp_cbf_safety.ros.goal import GoalReader
from vcp_cbf_safety.ros.inputs import Newest
from vcp_cbf_safety.ros.watch import Log


def goal(x: float, y: float, frame: str = 'odom') -> PoseStamped:
    message = PoseStamped()
    message.header.frame_id = frame
    message.pose.position.x, message.pose.position.y = x, y
    return message


class Reading:
    """A reader, and what it has logged."""

    def __init__(self) -> None:
        self.newest, self.lines = Newest('/goal_pose'), []
        self.reader = GoalReader(self.newest, Log(self.lines.append, self.lines.append))

    def hear(self, message: PoseStamped) -> GoalReader:
        self.newest.store(message, 0.0, 0.0)
        self.reader.read('odom')
        return self.reader


def test_before_the_first_goal_there_is_none() -> None:
    reading = Reading()
    reading.reader.read('odom')
    assert reading.reader.place is None


def test_a_goal_counts_until_the_next_one() -> None:
    reading = Reading()
    for _ in range(3):
        reading.reader.read('odom')
    assert reading.hear(goal(1.0, 2.0)).place == (1.0, 2.0)
    reading.reader.read('odom')
    assert reading.reader.place == (1.0, 2.0)
    assert reading.hear(goal(-1.0, 0.0)).place == (-1.0, 0.0)


@pytest.mark.parametrize(
    ('message', 'named'),
    [
        (goal(1.0, 2.0, 'map'), "frame 'map'; it must be in world_frame, 'odom'"),
        (goal(math.nan, 2.0), 'is at (nan, 2.0); both must be numbers up to 1e+06'),
        (goal(1.0, 1e300), 'is at (1.0, 1e+300); both must be numbers up to 1e+06'),
    ],
    ids=['frame', 'nan', 'huge'],
)
def test_one_that_cannot_be_used_is_named_once_and_the_one_before_is_over(
    message: PoseStamped, named: str
) -> None:
    reading = Reading()
    reading.hear(goal(1.0, 2.0))
    reader = reading.hear(message)
    for _ in range(3):
        reader.read('odom')
    assert reader.place is None
    (line,) = reading.lines
    assert '/goal_pose' in line
    assert named in line
    assert reading.hear(goal(1.0, 2.0)).place == (1.0, 2.0)
