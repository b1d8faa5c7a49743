"""The part of a gap, in numbers, from directions in which no coordinate is zero."""

import math

import numpy as np
import pytest

from vcp_cbf_safety import FilterConfig, Hazards, Peer
from vcp_cbf_safety.checks.shared_gap import parts_of
from vcp_cbf_safety.hazards.hazards import discs_of
from vcp_cbf_safety.hazards.scene import Scene, scene_of_discs
from vcp_cbf_safety.motion.unicycle import advance

CONFIG = FilterConfig(
    body_radius=0.15, vcp_offset=0.1, period=0.05, min_speed=-1.0, max_speed=1.0,
    max_yaw_rate=2.0, actuation_delay=0.1, velocity_lag=0.1, peer_min_deceleration=0.5,
)  # fmt: skip
REACTION = CONFIG.hold_time + CONFIG.velocity_lag
SHARE = 0.3


def part(
    peer: Peer, gap: float, bearing: float, heading: float, speeds: tuple[float, ...]
) -> float:
    """Part of a robot in a direction from a peer."""
    seen = discs_of(Hazards(peers=[peer]))
    scene: Scene = scene_of_discs(None, seen)
    normal = np.array([[math.cos(bearing), math.sin(bearing)]])
    [found] = parts_of(CONFIG, seen, scene, np.array([gap]), normal, heading, speeds)
    return float(found)


@pytest.mark.parametrize('heading', [0.5, 2.9, -1.2])
@pytest.mark.parametrize('speeds', [(0.8, 0.4), (-0.7, 0.1), (-0.2, -0.6)])
def test_what_the_line_may_have_moved_is_of_the_fastest_approach_of_the_robot(
    heading: float, speeds: tuple[float, ...]
) -> None:
    bearing, age, coming = 0.8, 0.2, 0.3
    fellow = Peer(0.0, 0.0, 2.0, coming, 0.0, 0.15, SHARE, age=age)
    own = max(-speed * math.cos(heading - bearing) for speed in speeds)
    others = coming * math.cos(2.0 - bearing)
    moved = (age + CONFIG.actuation_delay) * max((1.0 - SHARE) * own - SHARE * others, 0.0)
    # A gap so wide that nobody's stop needs it.
    assert part(fellow, 9.0, bearing, heading, speeds) == pytest.approx(SHARE * 9.0 - moved)


def furthest(peer: Peer, bearing: float) -> float:
    """How far a peer's stop takes it towards a bearing, in steps of a tenth of a millisecond."""
    pose = (0.0, 0.0, peer.heading + peer.yaw_rate * (peer.age + CONFIG.actuation_delay))
    v, omega, step, now, most = peer.speed, peer.yaw_rate, 1e-4, 0.0, 0.0
    while v:
        if now >= REACTION:
            v = math.copysign(max(abs(v) - CONFIG.peer_min_deceleration * step, 0.0), v)
            left = max(abs(omega) - CONFIG.max_yaw_acceleration * step, 0.0)
            omega = math.copysign(left, omega)
        pose = advance(pose, v, omega, step)
        now += step
        most = max(most, pose[0] * math.cos(bearing) + pose[1] * math.sin(bearing))
    return most


@pytest.mark.parametrize('heading', [0.4, 1.3, 0.9])
@pytest.mark.parametrize('speed', [0.9, -0.9])
@pytest.mark.parametrize('yaw_rate', [0.0, 1.5, -1.5])
def test_a_peer_keeps_what_its_own_stop_needs(
    heading: float, speed: float, yaw_rate: float
) -> None:
    bearing = 0.9 if speed > 0.0 else 0.9 + math.pi
    fellow = Peer(0.0, 0.0, heading, speed, yaw_rate, 0.15, 0.9, age=0.1)
    stop = furthest(fellow, bearing)
    gap = 1.2
    assert stop > (1.0 - 0.9) * gap
    assert part(fellow, gap, bearing, bearing, (0.0,)) == pytest.approx(gap - stop, abs=2e-3)


def test_a_stop_that_needs_hardly_more_than_the_other_part_is_counted() -> None:
    """A straight stop towards the robot is the longest there is: this one needs 1 cm more."""
    stop = 0.9 * REACTION + 0.9**2 / (2.0 * CONFIG.peer_min_deceleration)
    gap = 2.0 * (stop - 0.01)
    fellow = Peer(0.0, 0.0, 0.7, 0.9, 0.0, 0.15, 0.5)
    assert part(fellow, gap, 0.7, 0.7, (0.0,)) == pytest.approx(gap - stop, abs=1e-4)
