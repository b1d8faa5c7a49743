"""Where no scanner looks, the robot does not drive, or creeps, and says so."""

import math

import numpy as np
import pytest

from vcp_cbf_safety import (
    FilterConfig,
    Hazards,
    Outcome,
    RobotState,
    SafetyFilter,
    SpeedLimits,
    Twist2D,
)
from vcp_cbf_safety.reason_code import ReasonCode
from vcp_cbf_safety.sensing.field_of_view import CREEP, Unseen, field_of, limits_where
from vcp_cbf_safety.sensing.laser_scan import LaserScan, Mount

CONFIG = FilterConfig(
    body_radius=0.2, vcp_offset=0.1, period=0.05, min_speed=-0.5, max_speed=1.0, max_yaw_rate=2.0
)
FRONT = Mount(0.15, 0.0, 0.0)


def scan(degrees: float, beams: int = 181) -> LaserScan:
    turn = math.radians(degrees)
    return LaserScan(np.ones(beams), -0.5 * turn, turn / (beams - 1), 0.1, 5.0)


def limits(unseen: Unseen, *scanners: tuple[float, Mount]) -> SpeedLimits:
    fields = tuple(field_of(scan(degrees), mount) for degrees, mount in scanners)
    return limits_where(CONFIG, fields, unseen)


def test_a_scanner_all_around_sees_everything_even_without_its_last_beam() -> None:
    around = LaserScan(np.ones(360), 0.0, 2.0 * math.pi / 360, 0.1, 5.0)
    assert limits_where(CONFIG, (field_of(around, FRONT),), Unseen.STOP) == SpeedLimits()


@pytest.mark.parametrize(
    ('unseen', 'lowest'), [(Unseen.STOP, 0.0), (Unseen.SLOW, -CREEP), (Unseen.ALLOW, -math.inf)]
)
def test_a_scanner_in_front_sees_nothing_behind(unseen: Unseen, lowest: float) -> None:
    found = limits(unseen, (240.0, FRONT))
    assert (found.lowest, found.highest) == (lowest, math.inf)
    assert ('backwards' in found.reason) is (unseen is not Unseen.ALLOW)


def test_a_second_scanner_at_the_back_opens_the_way_back() -> None:
    back = Mount(-0.15, 0.0, math.pi)
    assert limits(Unseen.STOP, (240.0, FRONT), (120.0, back)) == SpeedLimits()


def test_a_field_that_is_too_narrow_for_the_body_sees_nothing() -> None:
    assert limits(Unseen.STOP, (10.0, FRONT)).highest == 0.0


def test_no_scanner_at_all_sees_nothing() -> None:
    found = limits(Unseen.STOP)
    assert (found.lowest, found.highest) == (0.0, 0.0)


def test_a_robot_is_not_driven_where_nobody_looks_and_says_so() -> None:
    hazards = Hazards(speed_limits=limits(Unseen.STOP, (240.0, FRONT)))
    robot = RobotState(0.0, 0.0, 0.0)
    back = SafetyFilter(CONFIG).step(Twist2D(-0.4, 0.5), robot, hazards)
    assert back.v == pytest.approx(0.0, abs=1e-9)
    assert (back.outcome, back.code) == (Outcome.FILTERED, ReasonCode.SPEED_LIMIT)
    assert back.reason == 'no scanner looks where the robot drives backwards: it may not'
    assert SafetyFilter(CONFIG).step(Twist2D(0.05, 0.1), robot, hazards).outcome is Outcome.NOMINAL


def test_a_robot_that_rolls_where_nobody_looks_is_stopped() -> None:
    hazards = Hazards(speed_limits=SpeedLimits(0.0, math.inf, 'nobody looks'))
    rolling = RobotState(0.0, 0.0, 0.0, speed=-0.4)
    safety_filter = SafetyFilter(CONFIG)
    safety_filter.note_sent(Twist2D(-0.4, 0.0))
    assert safety_filter.step(Twist2D(-0.4, 0.0), rolling, hazards).v == pytest.approx(0.0)
