"""GoalReader: which goals count, and for how long."""

import math

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from geometry_msgs.msg import PoseStamped

from vcp_cbf_safety.frames.planar import Planar
from vcp_cbf_safety.ros.frames import Frames
from vcp_cbf_safety.ros.goal import GoalReader
from vcp_cbf_safety.ros.inputs import Newest
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.ros.watch import Log


def goal(x: float, y: float, frame: str = 'odom') -> PoseStamped:
    message = PoseStamped()
    message.header.frame_id = frame
    message.pose.position.x, message.pose.position.y = x, y
    return message


class Reading:
    """A reader, and what it has logged."""

    def __init__(self, **parameters: object) -> None:
        self.newest, self.lines, self.now = Newest('/goal_pose'), [], 10.0
        self.settings = NodeSettings.from_parameters(parameters)
        self.frames = Frames(self.settings, lambda: self.now)
        log = Log(self.lines.append, self.lines.append)
        self.reader = GoalReader(self.newest, self.frames, log)

    def hear(self, message: PoseStamped) -> GoalReader:
        self.newest.store(message, self.now, 0.0)
        return self.read()

    def read(self) -> GoalReader:
        self.now += 0.02
        self.reader.read(self.settings, self.now)
        return self.reader

    def localise(self, *pose: float) -> None:
        """Say where the odometry's origin is in the map."""
        self.frames.tree.add('map', 'odom', Planar(*pose), self.now, self.now)


def test_before_the_first_goal_there_is_none() -> None:
    reading = Reading()
    assert reading.read().place is None


def test_a_goal_counts_until_the_next_one() -> None:
    reading = Reading()
    for _ in range(3):
        reading.read()
    assert reading.hear(goal(1.0, 2.0)).place == (1.0, 2.0)
    assert reading.read().place == (1.0, 2.0)
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
        reading.read()
    assert reader.place is None
    (line,) = reading.lines
    assert '/goal_pose' in line
    assert named in line
    assert reading.hear(goal(1.0, 2.0)).place == (1.0, 2.0)


# In another frame.


@pytest.fixture
def localised() -> Reading:
    reading = Reading(use_tf=True)
    reading.localise(1.0, 0.0, math.pi / 2)
    return reading


def test_a_goal_in_the_map_is_where_the_localisation_says(localised: Reading) -> None:
    assert localised.hear(goal(1.0, 2.0, 'map')).place == pytest.approx((2.0, 0.0))
    assert localised.lines == []


def test_a_goal_stays_where_it_is_in_the_map_when_the_localisation_corrects_itself(
    localised: Reading,
) -> None:
    localised.hear(goal(1.0, 2.0, 'map'))
    localised.localise(1.0, 1.0, math.pi / 2)
    assert localised.read().place == pytest.approx((1.0, 0.0))


def test_small_corrections_are_no_other_goal_and_do_not_add_up(localised: Reading) -> None:
    places = set()
    localised.hear(goal(1.0, 2.0, 'map'))
    for step in range(200):
        localised.localise(1.0, 0.005 * step, math.pi / 2)
        places.add(localised.read().place)
        assert localised.reader.place[0] == pytest.approx(2.0 - 0.005 * step, abs=0.101)
    assert 9 <= len(places) <= 11


def test_without_a_transform_the_goal_is_not_known_until_one_comes() -> None:
    reading = Reading(use_tf=True)
    reading.hear(goal(1.0, 2.0, 'map'))
    for _ in range(3):
        assert reading.read().place is None
    (line,) = reading.lines
    assert line.startswith(
        'the goal on /goal_pose cannot be placed: no transform from map to odom'
    )
    assert line.endswith('; obstacles are followed without knowing the goal')
    reading.localise(0.0, 0.0, 0.0)
    assert reading.read().place == (1.0, 2.0)


def test_with_an_old_transform_the_goal_is_where_it_was(localised: Reading) -> None:
    localised.hear(goal(1.0, 2.0, 'map'))
    localised.now += 5.0
    for _ in range(3):
        assert localised.read().place == pytest.approx((2.0, 0.0))
    (line,) = localised.lines
    assert 'the transform from map to odom is older than transform_timeout (1 s)' in line
    assert line.endswith('; it is taken to be where it was')


def test_a_goal_that_would_move_with_the_robot_does_not_count(localised: Reading) -> None:
    localised.frames.tree.add('odom', 'base_link', Planar(0.0, 0.0, 0.0), 10.0, 10.0)
    assert localised.hear(goal(1.0, 2.0, 'base_link')).place is None
    assert 'base_link moves with the robot' in localised.lines[0]


def test_a_goal_without_a_frame_does_not_count(localised: Reading) -> None:
    assert localised.hear(goal(1.0, 2.0, '')).place is None
    assert "/goal_pose is in frame ''; it must be in world_frame" in localised.lines[0]
