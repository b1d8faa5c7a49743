"""Cycles that come sooner than a period after the last one change the command by less."""

import math

from hypothesis import given
from hypothesis import strategies as st

from vcp_cbf_safety import FilterConfig, Hazards, Peer, RobotState, SafetyFilter, Twist2D

CONFIG = FilterConfig(
    body_radius=0.2,
    vcp_offset=0.1,
    period=0.05,
    min_speed=-0.5,
    max_speed=1.0,
    max_yaw_rate=2.0,
    max_acceleration=1.5,
    max_deceleration=1.5,
    max_yaw_acceleration=8.0,
    actuation_delay=0.0,
    velocity_lag=0.0,
)
ROUNDING = 1e-9


@given(
    share=st.floats(0.05, 2.0),
    away=st.floats(0.45, 0.8),
    bearing=st.floats(-0.5, 0.5),
    closing=st.floats(0.2, 1.0),
)
def test_a_robot_that_gives_way_speeds_up_by_what_its_base_can_in_the_time_that_has_passed(
    share: float, away: float, bearing: float, closing: float
) -> None:
    elapsed = share * CONFIG.period
    x, y = away * math.cos(bearing), away * math.sin(bearing)
    ram = Peer(x, y, bearing + math.pi, closing, 0.0, 0.2)
    subject = SafetyFilter(CONFIG)
    subject.note_sent(Twist2D(0.0, 0.0), CONFIG.period)
    command = subject.step(
        Twist2D(0.0, 0.0), RobotState(0.0, 0.0, 0.0), Hazards(peers=[ram]), elapsed
    )
    window = min(elapsed, CONFIG.period)
    assert abs(command.v) <= CONFIG.max_acceleration * window + ROUNDING
    assert abs(command.omega) <= CONFIG.max_yaw_acceleration * window + ROUNDING
    assert command.v <= 0.0


def test_it_does_give_way() -> None:
    ram = Peer(0.5, 0.0, math.pi, 1.0, 0.0, 0.2)
    for share, least in ((0.25, 0.01), (1.0, 0.04)):
        subject = SafetyFilter(CONFIG)
        subject.note_sent(Twist2D(0.0, 0.0), CONFIG.period)
        command = subject.step(
            Twist2D(0.0, 0.0),
            RobotState(0.0, 0.0, 0.0),
            Hazards(peers=[ram]),
            share * CONFIG.period,
        )
        assert command.v < -least
