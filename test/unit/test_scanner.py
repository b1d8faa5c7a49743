"""What a scanner shows of the world, and what it refuses."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scan_bench import LIDAR, POST, driving, scan_of, scanner

from vcp_cbf_safety import FilterConfig, Hazards, RobotState, SafetyFilter, Twist2D
from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.hazards.discs import AGE, ERROR, MOTION, Motion
from vcp_cbf_safety.reason_code import ReasonCode
from vcp_cbf_safety.sensing.laser_scan import LaserScan
from vcp_cbf_safety.sensing.scanner import Scanner, ScannerConfig


@given(
    st.lists(
        st.tuples(st.floats(-3.0, 3.0), st.floats(-3.0, 3.0), st.floats(0.05, 0.4)),
        min_size=1,
        max_size=6,
    ),
    st.floats(-1.0, 1.0),
    st.floats(-2.5, 2.5),
    st.sampled_from((0.0, 1e-3)),
)
def test_every_point_is_on_the_edge_of_something_also_while_the_robot_turns(
    discs: list[tuple[float, float, float]], v: float, omega: float, time_increment: float
) -> None:
    history = driving((0.5, -0.3, 1.0), v, omega)
    scan = scan_of(LIDAR, np.array(discs), history, 0.5, time_increment)
    subject = scanner(allow_empty=True)
    subject.take(scan, history)
    points = subject.discs(0.9).centers
    away = np.abs(
        np.hypot(*(points[:, None] - np.array(discs)[:, :2]).T).T - np.array(discs)[:, 2]
    )
    assert len(points) + subject.own == int(np.isfinite(scan.ranges).sum()) - int(
        (scan.ranges == 0.0).sum()
    )
    assert away.min(axis=1, initial=math.inf).max(initial=0.0) < 1e-9


def test_what_the_definition_of_the_message_calls_nothing_is_nothing() -> None:
    ranges = np.array([1.0, math.inf, math.nan, 0.0, 0.05, 9.0, -1.0, -math.inf])
    scan = LaserScan(ranges, -0.4, 0.1, 0.12, 3.5)
    subject = Scanner(ScannerConfig(), 'scan')
    subject.take(scan, driving((0.0, 0.0, 0.0), 0.0, 0.0))
    found = np.hypot(*subject.discs(0.0).centers.T).tolist()
    # -inf is something nearer than can be measured.
    assert found == pytest.approx([1.0, 0.12])


def test_points_of_known_robots_are_theirs_and_nobody_elses() -> None:
    history = driving((0.0, 0.0, 0.0), 0.0, 0.0)
    subject = scanner()
    peer = np.array([[1.0, 0.0, 0.21]])
    scan = scan_of(LIDAR, np.array([[1.0, 0.0, 0.2], [1.0, 1.0, 0.2]]), history)
    subject.take(scan, history, peer)
    found = subject.discs(0.5).centers
    assert len(found) > 0
    assert np.hypot(*(found - (1.0, 0.0)).T).min() > 0.21


def test_what_may_move_is_an_obstacle_of_unknown_velocity() -> None:
    history = driving((0.0, 0.0, 0.0), 0.0, 0.0)
    subject = scanner(speed_bound=1.5)
    subject.take(scan_of(LIDAR, POST, history, 0.5), history)
    discs = subject.discs(0.7)
    assert set(discs.table[:, MOTION].tolist()) == {float(Motion.VELOCITY)}
    assert discs.table[:, AGE] == pytest.approx(0.2)
    assert discs.table[:, ERROR] == pytest.approx(1.5)


def test_a_stride_keeps_the_nearest_of_neighbours() -> None:
    ranges = np.array([2.0, 1.0, 3.0, math.inf, math.inf, math.inf, 0.5, math.nan])
    subject = Scanner(ScannerConfig(stride=3), 'scan')
    subject.take(LaserScan(ranges, -0.4, 0.1, 0.1, 3.5), driving((0.0, 0.0, 0.0), 0.0, 0.0))
    assert np.hypot(*subject.discs(0.0).centers.T).tolist() == pytest.approx([1.0, 0.5])


def test_a_beam_must_hit_often_enough_where_that_is_asked_for() -> None:
    history = driving((0.0, 0.0, 0.0), 0.0, 0.0)
    subject = Scanner(ScannerConfig(min_hits=2, memory=0.0), 'scan')
    speck = LaserScan(np.array([3.0, 1.0, 3.0]), -0.1, 0.1, 0.1, 3.5, 0.1)
    clear = replace(speck, ranges=np.array([3.0, math.inf, 3.0]), stamp=0.2)
    subject.take(speck, history)
    assert subject.points == 3
    subject.take(clear, history)
    assert subject.points == 2
    subject.take(replace(speck, stamp=0.3), history)
    assert subject.points == 2


@pytest.mark.parametrize(
    ('changes', 'words'),
    [
        ({'angle_increment': 0.0}, 'scan has angle_increment 0; its beams would all point'),
        ({'angle_increment': math.nan}, 'scan has angle_increment nan; it must be a finite'),
        ({'angle_increment': 1.0}, 'scan turns by 8.00 rad from first to last beam'),
        ({'ranges': np.zeros(0)}, 'scan has no ranges'),
        ({'ranges': np.full(9, math.nan)}, 'scan measured nothing with any of its 9 beams'),
        ({'ranges': np.zeros(9)}, 'scan measured nothing with any of its 9 beams'),
        ({'range_max': 0.05}, 'scan has range_min 0.1 m and range_max 0.05 m'),
        ({'time_increment': -0.1}, 'scan has time_increment -0.1 s, which is negative'),
        ({'stamp': 9.0}, 'scan cannot be placed: it is 8.00 s newer than the newest odometry'),
        ({'stamp': -3.0}, 'scan cannot be placed: it is 3.00 s older than the oldest odometry'),
    ],
)
def test_a_scan_that_is_none_is_refused_and_changes_nothing(
    changes: dict[str, object], words: str
) -> None:
    history = driving((0.0, 0.0, 0.0), 0.0, 0.0)
    scan = LaserScan(np.full(9, 1.0), -0.4, 0.1, 0.1, 3.5, 0.5)
    subject = Scanner(ScannerConfig(), 'scan')
    subject.take(scan, history)
    with pytest.raises(InputError) as error:
        subject.take(replace(scan, **changes), history)
    assert str(error.value).startswith(words)
    assert subject.points == 9


def test_an_open_field_is_no_fault() -> None:
    history = driving((0.0, 0.0, 0.0), 0.0, 0.0)
    subject = scanner()
    subject.take(LaserScan(np.full(9, math.inf), -0.4, 0.1, 0.1, 3.5, 0.5), history)
    assert subject.points == 0


def test_what_is_nearer_than_the_robots_own_parts_is_left_out_and_counted() -> None:
    history = driving((0.0, 0.0, 0.0), 0.0, 0.0)
    subject = Scanner(ScannerConfig(self_radius=0.3), 'scan')
    subject.take(LaserScan(np.array([0.2, 0.25, 0.5]), -0.1, 0.1, 0.1, 3.5, 0.5), history)
    assert (subject.points, subject.own) == (1, 2)


def test_a_wall_inside_the_body_stops_the_robot_instead_of_being_taken_for_the_robot() -> None:
    """Whatever pushes the robot into a wall, it does not drive on."""
    config = FilterConfig(
        body_radius=0.3, vcp_offset=0.1, period=0.05, min_speed=-0.2, max_speed=1.0,
        max_yaw_rate=2.0,
    )  # fmt: skip
    history = driving((0.0, 0.0, 0.0), 0.0, 0.0)
    subject = Scanner(ScannerConfig(), 'scan')
    subject.take(LaserScan(np.full(9, 0.25), -0.4, 0.1, 0.1, 3.5, 0.5), history)
    command = SafetyFilter(config).step(
        Twist2D(0.5, 0.0), RobotState(0.0, 0.0, 0.0), Hazards(discs=[subject.discs(0.5)])
    )
    assert (command.v, command.code) == (0.0, ReasonCode.INSIDE_BODY)


def test_an_empty_scan_from_a_time_that_is_not_known_is_refused_by_its_name() -> None:
    history = driving((0.0, 0.0, 0.0), 0.0, 0.0)
    subject = Scanner(ScannerConfig(), 'scan')
    with pytest.raises(InputError, match=r'scan cannot be placed: it is 8\.00 s newer'):
        subject.take(LaserScan(np.full(3, math.inf), -0.1, 0.1, 0.1, 3.5, 9.0), history)


def test_points_that_may_move_grow_older_between_two_scans() -> None:
    history = driving((0.0, 0.0, 0.0), 0.0, 0.0)
    subject = scanner(speed_bound=1.0)
    subject.take(scan_of(LIDAR, POST, history, 0.5), history)
    first, second = subject.discs(0.6), subject.discs(0.8)
    assert first.names == second.names
    assert (second.table[:, AGE] - first.table[:, AGE]).tolist() == pytest.approx(
        [0.2] * len(first.names)
    )
