"""Outlines of where hazards that move by themselves may be: nothing legal leaves them."""

import math

import numpy as np
import pytest

from vcp_cbf_safety import Circle, FilterConfig, Hazards, Peer, RobotState, SafetyFilter, Twist2D
from vcp_cbf_safety.checks.reach_outline import reach_outlines
from vcp_cbf_safety.motion.stopping_trajectory import longest_stop

CONFIG = FilterConfig(
    body_radius=0.2, vcp_offset=0.1, period=0.05, min_speed=-0.2, max_speed=1.0, max_yaw_rate=2.0,
    peer_max_speed=1.0, peer_max_acceleration=0.8, peer_max_yaw_rate=1.5,
)  # fmt: skip
ROBOT = RobotState(0.0, 0.0, 0.0, 0.6)
WALKER = Circle(1.5, 0.4, 0.25, vx=-0.3, vy=0.1, name='walker')


def outlines(hazards, most=5):
    command = SafetyFilter(CONFIG).step(Twist2D(0.6, 0.0), ROBOT, hazards)
    safe = Twist2D(command.v, command.omega)
    starts = command.record.prediction.starts
    duration = longest_stop(CONFIG, starts, safe, CONFIG.velocity_lag)[1]
    return reach_outlines(CONFIG, command.record, safe, most), duration


def covers(corners, x, y, radius):
    """Whether a disc is inside an outline of corners that go around counter-clockwise."""
    sides = np.roll(corners, -1, axis=0) - corners
    lengths = np.hypot(*sides.T)
    distances = (sides[:, 0] * (y - corners[:, 1]) - sides[:, 1] * (x - corners[:, 0])) / lengths
    return distances.min() >= radius - 1e-9


def test_what_shares_the_work_or_stands_has_none():
    peer = Peer(1.5, 0.4, math.pi, 0.3, 0.0, 0.2, responsibility=0.5)
    found, _ = outlines(Hazards(circles=[Circle(1.0, 1.0, 0.3)], peers=[peer]))
    assert found == []


@pytest.mark.parametrize('angle', np.linspace(-math.pi, math.pi, 9))
def test_a_walker_that_speeds_up_in_any_direction_stays_inside(angle):
    (corners,), duration = outlines(Hazards(circles=[WALKER]))
    assert covers(corners, WALKER.x, WALKER.y, WALKER.radius)
    x, y, vx, vy = WALKER.x, WALKER.y, WALKER.vx, WALKER.vy
    for _ in range(100):
        vx += CONFIG.peer_max_acceleration * math.cos(angle) * duration / 100
        vy += CONFIG.peer_max_acceleration * math.sin(angle) * duration / 100
        slower = min(1.0, CONFIG.peer_max_speed / math.hypot(vx, vy))
        x, y = x + slower * vx * duration / 100, y + slower * vy * duration / 100
        assert covers(corners, x, y, WALKER.radius)


@pytest.mark.parametrize('turn', [-1.5, 0.0, 1.5])
def test_a_robot_that_drives_as_it_can_stays_inside(turn):
    peer = Peer(1.5, 0.4, math.pi, 0.3, 0.0, 0.2)
    (corners,), duration = outlines(Hazards(peers=[peer]))
    x, y, heading, speed = peer.x, peer.y, peer.heading, peer.speed
    for _ in range(100):
        speed = min(speed + CONFIG.peer_max_acceleration * duration / 100, CONFIG.peer_max_speed)
        x += speed * math.cos(heading) * duration / 100
        y += speed * math.sin(heading) * duration / 100
        heading += turn * duration / 100
        assert covers(corners, x, y, peer.radius)


def test_the_nearest_ones_are_taken():
    far = Circle(1.8, -0.9, 0.25, vx=-0.3, name='far')
    both, _ = outlines(Hazards(circles=[far, WALKER]))
    one, _ = outlines(Hazards(circles=[far, WALKER]), most=1)
    assert (len(both), len(one)) == (2, 1)
    assert covers(one[0], WALKER.x, WALKER.y, WALKER.radius)
