"""A peer that counts its odometry from another origin: it seems to be where the robot is."""

import math

import numpy as np
import pytest

from vcp_cbf_safety import FilterConfig, Hazards, Outcome, Peer, SafetyFilter, Twist2D
from vcp_cbf_safety.sim.base import TIME_STEP, Base, BaseModel

CONFIG = FilterConfig(
    body_radius=0.2,
    vcp_offset=0.1,
    period=0.05,
    min_speed=-0.2,
    max_speed=1.0,
    max_yaw_rate=2.0,
    max_acceleration=1.0,
    max_deceleration=1.0,
)
MODEL = BaseModel(
    body_radius=0.2, min_speed=-0.2, max_speed=1.0, max_yaw_rate=2.0, acceleration=1.0,
    deceleration=1.0, yaw_acceleration=6.0, lag=0.1, delay=0.05, slip=0.0, position_noise=0.002,
    heading_noise=0.002, odometry_delay=0.02,
)  # fmt: skip
# Where it really is; it stands.
PEER = (2.0, 0.0)


@pytest.mark.parametrize('responsibility', [0.5, 1.0])
@pytest.mark.parametrize('elsewhere', [(0.0, 0.0), (0.08, -0.05)])
def test_robot_stands_from_the_first_cycle_while_a_peer_seems_to_be_inside_its_body(
    responsibility: float, elsewhere: tuple[float, float]
) -> None:
    base = Base(MODEL, (0.0, 0.0, 0.0), np.random.default_rng(0))
    safety_filter = SafetyFilter(CONFIG)
    seen = Peer(*elsewhere, 0.0, 0.0, 0.0, 0.2, responsibility, name='ann')
    nearest = math.inf
    for step in range(round(5.0 / TIME_STEP)):
        now = step * TIME_STEP
        if step % 10 == 0:
            command = safety_filter.step(Twist2D(1.0, 0.5), base.odometry(), Hazards(peers=[seen]))
            assert (command.v, command.omega, command.outcome) == (0.0, 0.0, Outcome.STOPPED)
            assert command.reason.startswith('peer ann is inside the body')
            assert 'different origins' in command.reason
            base.command(now, Twist2D(command.v, command.omega))
        base.advance(now)
        nearest = min(nearest, math.dist(base.pose[:2], PEER) - 0.4)
    assert nearest == pytest.approx(1.6)


def test_robot_drives_on_when_the_peer_is_seen_where_it_is() -> None:
    safety_filter = SafetyFilter(CONFIG)
    base = Base(MODEL, (0.0, 0.0, 0.0), np.random.default_rng(0))
    inside = Hazards(peers=[Peer(0.0, 0.0, 0.0, 0.0, 0.0, 0.2, name='ann')])
    ahead = Hazards(peers=[Peer(*PEER, 0.0, 0.0, 0.0, 0.2, name='ann')])
    assert safety_filter.step(Twist2D(0.2, 0.0), base.odometry(), inside).v == 0.0
    assert safety_filter.step(Twist2D(0.2, 0.0), base.odometry(), ahead).v > 0.0
