"""What a scanner has seen and no longer sees."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scan_bench import LIDAR, MOUNT, NO_WALLS, POST, driving, scan_of, scanner

from vcp_cbf_safety.motion.pose_history import PoseHistory
from vcp_cbf_safety.sensing.laser_scan import LaserScan
from vcp_cbf_safety.sensing.scanner import Scanner, ScannerConfig
from vcp_cbf_safety.sim.lidar import Lidar


class TestMemory:
    def seen(self, memory: float = 1.0, lidar: Lidar = LIDAR) -> tuple[Scanner, PoseHistory]:
        history = driving((0.0, 0.0, 0.0), 0.0, 0.0)
        subject = scanner(memory=memory)
        subject.take(scan_of(lidar, POST, history, 0.1), history)
        assert subject.points > 0
        return subject, history

    def test_what_is_gone_is_forgotten_when_a_beam_passes_through_its_place(self) -> None:
        subject, history = self.seen()
        subject.take(scan_of(LIDAR, np.array([[3.0, 0.0, 0.1]]), history, 0.2), history)
        assert np.hypot(*subject.discs(0.2).centers.T).min() > 2.8

    def test_what_still_stands_is_not_doubled(self) -> None:
        subject, history = self.seen()
        before = subject.points
        subject.take(scan_of(LIDAR, POST, history, 0.2), history)
        assert subject.points == before

    @pytest.mark.parametrize('reading', [0.0, math.nan])
    def test_what_no_beam_measures_stays_known_for_a_while(self, reading: float) -> None:
        subject, history = self.seen()
        before = subject.points
        blind = scan_of(LIDAR, POST, history, 0.6)
        blind.ranges[np.isfinite(blind.ranges)] = reading
        subject.take(blind, history)
        assert len(subject.discs(0.6).names) == before
        blind = replace(blind, stamp=0.6)
        assert len(subject.discs(1.2).names) == 0

    def test_what_is_hidden_behind_something_stays_known(self) -> None:
        subject, history = self.seen()
        before = subject.points
        nearer = scan_of(LIDAR, np.array([[0.5, 0.0, 0.15]]), history, 0.3)
        subject.take(nearer, history)
        found = np.hypot(*(subject.discs(0.3).centers - POST[0, :2]).T)
        assert (np.abs(found - 0.1) < 1e-9).sum() == before

    def test_what_leaves_the_field_of_view_stays_known(self) -> None:
        lidar = Lidar(beams=90, angle_min=-0.8 - MOUNT.yaw, angle_increment=1.6 / 89)
        subject, _ = self.seen(lidar=lidar)
        before = subject.points
        turned = driving((0.0, 0.0, 2.0), 0.0, 0.0)
        away = np.array([[-1.0, 1.5, 0.1]])
        subject.take(scan_of(lidar, away, turned, 0.4), turned)
        found = np.hypot(*(subject.discs(0.4).centers - POST[0, :2]).T)
        assert (found < 0.11).sum() == before

    def test_a_restart_of_the_odometry_forgets_everything(self) -> None:
        subject, _ = self.seen()
        subject.forget()
        assert subject.points == 0


@pytest.mark.parametrize('clockwise', [False, True])
@pytest.mark.parametrize('degrees', [180.0, 360.0])
def test_where_no_beam_looked_because_the_robot_turned_nothing_is_forgotten(
    degrees: float, clockwise: bool
) -> None:
    # The robot turns by 0.57 rad while the scanner turns the other way: that much is missed.
    omega = 2.8 if clockwise else -2.8
    beams, period = 361, 0.2
    field = math.radians(degrees)
    increment = (-field if clockwise else field) / beams
    lidar = Lidar(
        beams=beams, angle_min=-0.5 * field * np.sign(increment), angle_increment=increment
    )
    history = driving((0.0, 0.0, 0.0), 0.0, omega)
    seen = Scanner(ScannerConfig(), 'scan')
    # Ahead of the last beam of the second scan, and behind its first one.
    turned = omega * 2.0 * period
    bearing = turned + lidar.angle_min + field * np.sign(increment) - 0.25 * np.sign(omega)
    post = np.array([[math.cos(bearing), math.sin(bearing), 0.1]])
    known = []
    for stamp in (0.0, period):
        times = stamp + period / beams * np.arange(beams)
        ranges = lidar.scan(history.at(times), post, NO_WALLS, np.random.default_rng(0))
        scan = LaserScan(
            ranges, lidar.angle_min, increment, 0.0, lidar.range_max, stamp, period / beams
        )
        seen.take(scan, history)
        known.append((int(np.isfinite(ranges).sum()), seen.points))
    assert known[0][0] == known[0][1] > 5
    assert known[1][0] < 3
    assert known[1][1] >= known[0][1]
