"""Robots that know nothing but their scanner: they touch nothing, and poor scanners show why."""

import math
from dataclasses import replace

import numpy as np
import pytest

from vcp_cbf_safety import Arena, Circle, FilterConfig
from vcp_cbf_safety.motion.unicycle import RobotState
from vcp_cbf_safety.sensing.field_of_view import Unseen
from vcp_cbf_safety.sensing.laser_scan import Mount
from vcp_cbf_safety.sensing.scanner import ScannerConfig
from vcp_cbf_safety.sim.lidar import Lidar
from vcp_cbf_safety.studies.campaign.bases import ideal
from vcp_cbf_safety.studies.campaign.discs import MovingDiscs
from vcp_cbf_safety.studies.campaign.drivers import ram, replay
from vcp_cbf_safety.studies.campaign.episode import Episode, Robot, RobotRecord
from vcp_cbf_safety.studies.campaign.play import run_episode
from vcp_cbf_safety.studies.campaign.scanning import SCANNED, ScannerModel, Scanning
from vcp_cbf_safety.studies.campaign.worlds import draw_episode

MODEL, CONFIG = ideal(
    FilterConfig(
        body_radius=0.2, vcp_offset=0.1, period=0.05, min_speed=-0.5, max_speed=1.0,
        max_yaw_rate=2.0,
    )
)  # fmt: skip
GOOD = ScannerModel(
    lidar=Lidar(beams=360, range_min=0.05, range_max=5.0),
    config=ScannerConfig(mount=Mount(0.1, 0.0, 0.0)),
    period=0.1,
    time_increment=0.1 / 360,
)
HALF = replace(
    GOOD, lidar=replace(GOOD.lidar, angle_min=-0.5 * math.pi, angle_increment=math.pi / 359)
)


def rams(scanner: ScannerModel | None, reverse: bool = False) -> RobotRecord:
    """A robot that is told to drive straight into a post two metres away, in front or behind."""
    start = (0.0, 0.0, math.pi if reverse else 0.0)
    robot = Robot(
        model=MODEL, start=start, driver=ram(MODEL, reverse), config=CONFIG, scanner=scanner
    )
    episode = Episode(
        family='post', driver='ram', robots=(robot,), arena=Arena(-4.0, -4.0, 4.0, 4.0),
        circles=(Circle(2.0, 0.0, 0.1),), duration=8.0, jitter=0.01, seed=1,
    )  # fmt: skip
    (record,) = run_episode(episode).robots
    return record


@pytest.mark.parametrize('reverse', [False, True])
@pytest.mark.parametrize('scanner', [GOOD, HALF])
def test_a_robot_with_a_scanner_does_not_touch_what_it_is_told_to_ram(
    scanner: ScannerModel, reverse: bool
) -> None:
    record = rams(scanner, reverse)
    assert record.driven == 0
    assert record.worst_clearance > 0.0
    if not (reverse and scanner is HALF):  # it does not drive where it does not look
        assert record.worst_clearance < 0.2


def test_a_scanner_that_looks_less_far_than_the_robot_needs_to_stop_lets_it_touch() -> None:
    short = replace(GOOD, lidar=replace(GOOD.lidar, range_max=0.35))
    assert rams(short).driven > 0


def test_a_robot_that_may_drive_where_it_does_not_look_touches() -> None:
    assert rams(replace(HALF, unseen=Unseen.ALLOW), reverse=True).driven > 0


@pytest.mark.parametrize(('memory', 'touches'), [(0.0, True), (60.0, False)])
def test_what_is_too_near_to_be_measured_must_be_remembered(memory: float, touches: bool) -> None:
    far_sighted = replace(
        GOOD,
        lidar=replace(GOOD.lidar, range_min=0.5),
        config=replace(GOOD.config, memory=memory),
    )
    assert (rams(far_sighted).driven > 0) is touches


@pytest.mark.parametrize(('family', 'count'), [('scan', 4), ('scan_people', 1)])
def test_nothing_is_driven_into_that_only_the_scanner_shows(family: str, count: int) -> None:
    for index in range(count):
        episode = replace(draw_episode(5, index, {}, (family,)), duration=8.0)
        (record,) = run_episode(episode).robots
        assert record.cycles > 0
        assert record.driven == 0
        assert family != 'scan' or record.worst_clearance > 0.0


def test_who_is_told_the_truth_is_in_the_same_world() -> None:
    for family in ('scan', 'scan_people'):
        blind, told = (draw_episode(3, 0, {}, (name,)) for name in (family, f'{family}_told'))
        assert blind.circles == told.circles
        assert blind.robots[0].config == told.robots[0].config
        assert blind.robots[0].scanner is not None
        assert told.robots[0].scanner is None
        assert any(c.moves for c in blind.circles) is (SCANNED[family][0] > 0)


def test_drawn_scanners_are_in_the_range_that_the_document_gives() -> None:
    for index in range(40):
        (robot,) = draw_episode(4, index, {}, ('scan',)).robots
        assert robot.scanner is not None
        lidar, mount = robot.scanner.lidar, robot.scanner.config.mount
        field = abs(lidar.angle_increment) * (lidar.beams - 1)
        assert math.pi - 1e-9 <= field <= 2.0 * math.pi
        assert 90 <= lidar.beams <= 720
        assert 2.5 <= lidar.range_max <= 10.0
        assert 0.05 <= robot.scanner.period <= 0.2
        assert robot.scanner.time_increment * lidar.beams <= robot.scanner.period
        assert math.hypot(mount.x, mount.y) + lidar.range_min <= robot.model.body_radius


def test_the_robot_stands_until_a_scan_has_come_and_then_sees_where_each_beam_went() -> None:
    arena, circles = Arena(-2.0, -2.0, 2.0, 2.0), [Circle(1.0, 0.0, 0.2)]
    discs = MovingDiscs(circles, arena)
    scanning = Scanning(GOOD, CONFIG, arena, np.random.default_rng(0))
    omega, hazards, counts = 2.0, None, []
    for step in range(80):
        now = 0.005 * step
        scanning.watch(now, (0.0, 0.0, omega * now), discs)
        hazards = scanning.hazards(now, RobotState(0.0, 0.0, omega * now, 0.0, omega))
        counts.append(sum(len(each.names) for each in hazards.discs))
        if not counts[-1]:
            assert hazards.speed_limits[:2] == (0.0, 0.0)
    assert counts[0] == 0
    assert counts[-1] >= GOOD.lidar.beams - 1
    assert hazards is not None
    (seen,) = hazards.discs
    to_disc = np.abs(np.hypot(seen.centers[:, 0] - 1.0, seen.centers[:, 1]) - 0.2)
    to_wall = np.abs(np.abs(seen.centers).max(axis=1) - 2.0)
    assert np.minimum(to_disc, to_wall).max() < 1e-3


@pytest.mark.parametrize(('degrees', 'touches'), [(180.0, True), (257.4, False)])
def test_where_people_walk_a_scanner_in_front_must_also_see_what_is_beside_the_robot(
    degrees: float, touches: bool
) -> None:
    # A person catches up from behind and meets the front of the body, beside the scanner.
    model, config = ideal(replace(CONFIG, body_radius=0.3, margin=0.02, peer_max_speed=0.57))
    field, bearing, speed, meet = math.radians(degrees), math.radians(75.0), 0.1, 3.0
    scanner = ScannerModel(
        lidar=Lidar(
            beams=360, angle_min=-0.5 * field, angle_increment=field / 359, range_min=0.02,
            range_max=9.0,
        ),
        config=ScannerConfig(mount=Mount(0.24, 0.0, 0.0), speed_bound=0.57, stride=3),
        period=0.1,
        time_increment=0.1 / 360,
    )  # fmt: skip
    vx, vy = 0.56 * math.cos(0.25 * math.pi), -0.56 * math.sin(0.25 * math.pi)
    x, y = speed * meet + 0.4 * math.cos(bearing) - vx * meet, 0.4 * math.sin(bearing) - vy * meet
    robot = Robot(
        model=model, start=(0.0, 0.0, 0.0), driver=replay([(0.0, speed, 0.0)]), config=config,
        scanner=scanner,
    )  # fmt: skip
    episode = Episode(
        family='beside', driver='replay', robots=(robot,), arena=Arena(-9.0, -9.0, 9.0, 9.0),
        circles=(Circle(x, y, 0.1, vx, vy),), duration=meet + 1.5, jitter=0.0, seed=1,
    )  # fmt: skip
    (record,) = run_episode(episode).robots
    assert (record.driven > 0) is touches
