"""Of very many discs that stand, those that are near, and the nearest few in any case."""

import math

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vcp_cbf_safety import Circle, RobotState
from vcp_cbf_safety.ros.markers import DiscList
from vcp_cbf_safety.ros.standing_discs import StandingDiscs

ROBOT = RobotState(1.0, -1.0, 0.5)


def field(seed, singles, lists):
    """Discs at random within 20 m, some of them in lists."""
    random = np.random.default_rng(seed)
    circles = [
        Circle(*random.uniform(-20.0, 20.0, 2).tolist(), random.uniform(0.0, 1.0), name=f's/{i}')
        for i in range(singles)
    ]
    clouds = [
        DiscList(f'l/{i}', random.uniform(-20.0, 20.0, (count, 2)), random.uniform(0.0, 1.0))
        for i, count in enumerate(lists)
    ]
    return StandingDiscs(circles, clouds)


def free(circle):
    return math.hypot(circle.x - ROBOT.x, circle.y - ROBOT.y) - circle.radius


@given(
    seed=st.integers(0, 99),
    singles=st.integers(0, 900),
    lists=st.lists(st.integers(0, 900), max_size=3),
    reach=st.floats(0.0, 40.0),
)
def test_all_that_is_within_reach_is_found_and_the_100_nearest(seed, singles, lists, reach):
    discs = field(seed, singles, lists)
    everything = discs.all()
    assert len(discs) == len(everything) == singles + sum(lists)
    found = discs.near(ROBOT, lambda robot: reach)
    assert set(found) <= set(everything)
    assert len(found) >= min(100, len(everything))
    furthest = max(map(free, found), default=0.0)
    missing = set(everything) - set(found)
    assert all(free(circle) >= max(reach, furthest) for circle in missing)
    # No more than both rules ask for.
    assert len(found) <= max(100, sum(free(circle) <= reach for circle in everything))


@pytest.mark.parametrize(('robot', 'reach'), [(None, 1.0), (ROBOT, math.inf)])
def test_without_a_robot_or_a_limit_all_are_found(robot, reach):
    discs = field(1, 400, [300, 0, 200])
    assert discs.near(robot, lambda _: reach) == discs.all()


def test_few_discs_are_all_found_wherever_they_are():
    discs = field(1, 40, [60])
    assert discs.near(ROBOT, lambda robot: 0.0) == discs.all()
