"""Wherever a robot that is asked to move is told to stand, it says why."""

import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from vcp_cbf_safety import (
    Arena,
    Circle,
    FilterConfig,
    Hazards,
    Outcome,
    RobotState,
    SafetyFilter,
    Twist2D,
)
from vcp_cbf_safety.motion.unicycle import STANDING, stands

CONFIG = FilterConfig(
    body_radius=0.2, vcp_offset=0.1, period=0.05, min_speed=-0.3, max_speed=0.8, max_yaw_rate=2.0
)


@st.composite
def scenes(draw: Any) -> Hazards:
    """Walls and circles close around a body at the origin, or inside it."""
    circles = []
    for _ in range(draw(st.integers(0, 5))):
        angle, away = draw(st.floats(-math.pi, math.pi)), draw(st.floats(0.2, 0.5))
        circles.append(Circle(away * math.cos(angle), away * math.sin(angle), 0.1))
    walls = [draw(st.floats(0.05, 0.5)) for _ in range(4)]
    arena = Arena(-walls[0], -walls[1], walls[2], walls[3]) if draw(st.booleans()) else None
    return Hazards(arena=arena, circles=circles)


@given(
    hazards=scenes(),
    heading=st.floats(-math.pi, math.pi),
    speed=st.sampled_from([0.0, 0.0, 0.3, -0.2]),
    nominal=st.builds(Twist2D, st.floats(-0.5, 1.0), st.floats(-2.5, 2.5)),
    cycles=st.sampled_from([1, 30]),
)
def test_a_robot_that_is_asked_to_move_and_told_to_stand_says_why(
    hazards: Hazards, heading: float, speed: float, nominal: Twist2D, cycles: int
) -> None:
    safety_filter, robot = SafetyFilter(CONFIG), RobotState(0.0, 0.0, heading, speed=speed)
    for _ in range(cycles):
        command = safety_filter.step(nominal, robot, hazards)
        if command.outcome is Outcome.NOMINAL:
            continue
        stood = stands(command.v, command.omega) and not stands(nominal.v, nominal.omega)
        if stood or abs(command.v) <= STANDING.v < abs(nominal.v):
            assert command.reason
