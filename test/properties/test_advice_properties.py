"""Whatever an advisor says, the body touches nothing while the command holds."""

import math
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vcp_cbf_safety import (
    Arena,
    Circle,
    FilterConfig,
    Hazards,
    RobotState,
    SafeCommand,
    SafetyFilter,
    Twist2D,
)
from vcp_cbf_safety.motion.unicycle import advance

CONFIG = FilterConfig(
    body_radius=0.2,
    vcp_offset=0.1,
    period=0.1,
    min_speed=-0.5,
    max_speed=1.5,
    max_yaw_rate=3.0,
    max_acceleration=50.0,
    max_deceleration=50.0,
    max_yaw_acceleration=200.0,
    actuation_delay=0.0,
    velocity_lag=0.0,
    position_uncertainty=0.0,
    period_jitter=0.0,
    margin=0.0,
)
ANGLES = st.floats(-math.pi, math.pi)
COMMANDS = st.builds(Twist2D, st.floats(-3.0, 3.0), st.floats(-6.0, 6.0))
LEGAL = st.builds(Twist2D, st.floats(-9.0, 9.0), st.floats(-9.0, 9.0))
# Any number at all, and many of them illegal.
NUMBERS = st.floats(width=64)
ANY = st.builds(Twist2D, NUMBERS, NUMBERS)


@st.composite
def situations(draw: Any) -> Hazards:
    """Walls and circles that a body at the origin does not touch, some at no distance at all."""
    circles = []
    for _ in range(draw(st.integers(0, 5))):
        size, angle = draw(st.floats(0.0, 1.0)), draw(ANGLES)
        away = CONFIG.body_radius + size + draw(st.floats(0.0, 1.0))
        circles.append(Circle(away * math.cos(angle), away * math.sin(angle), size))
    walls = [CONFIG.body_radius + draw(st.floats(0.0, 1.0)) for _ in range(4)]
    arena = Arena(-walls[0], -walls[1], walls[2], walls[3]) if draw(st.booleans()) else None
    return Hazards(arena, circles)


class Says:
    """An advisor with one answer."""

    def __init__(self, advice: Twist2D) -> None:
        self._advice = advice

    def advise(self, nominal: Twist2D, robot: RobotState, scene: Any) -> Twist2D:
        return self._advice


def step(advice: Twist2D | None, *cycle: Any) -> SafeCommand:
    return SafetyFilter(CONFIG, advisor=None if advice is None else Says(advice)).step(*cycle)


def clearance(command: SafeCommand, heading: float, hazards: Hazards) -> float:
    """Least distance of the body to a hazard while the command holds; written independently."""
    least = math.inf
    for share in np.linspace(0.0, 1.0, 21).tolist():
        x, y, _ = advance((0.0, 0.0, heading), command.v, command.omega, share * CONFIG.period)
        least = min(least, *(math.hypot(x - c.x, y - c.y) - c.radius for c in hazards.circles), 9)
        if hazards.arena is not None:
            box = hazards.arena
            least = min(least, x - box.x_min, box.x_max - x, y - box.y_min, box.y_max - y)
    return least - CONFIG.body_radius


@given(LEGAL | ANY, COMMANDS, ANGLES, situations())
def test_the_body_touches_nothing(
    advice: Twist2D, nominal: Twist2D, heading: float, hazards: Hazards
) -> None:
    command = step(advice, nominal, RobotState(0.0, 0.0, heading), hazards)
    assert clearance(command, heading, hazards) >= -1e-6
    assert CONFIG.min_speed <= command.v <= CONFIG.max_speed
    assert abs(command.omega) <= CONFIG.max_yaw_rate


@given(ANY, COMMANDS, ANGLES, situations())
def test_advice_that_is_not_used_changes_nothing(
    advice: Twist2D, nominal: Twist2D, heading: float, hazards: Hazards
) -> None:
    robot = RobotState(0.0, 0.0, heading)
    command, plain = step(advice, nominal, robot, hazards), step(None, nominal, robot, hazards)
    if command.advice_replaced:
        assert (command.v, command.omega) == (plain.v, plain.omega)
        assert (command.outcome, command.reason) == (plain.outcome, plain.reason)
    else:
        assert math.isfinite(advice.v)
        assert math.isfinite(advice.omega)


@given(LEGAL, ANGLES, situations())
def test_a_robot_that_is_asked_to_stand_stands(
    advice: Twist2D, heading: float, hazards: Hazards
) -> None:
    command = step(advice, Twist2D(0.0, 0.0), RobotState(0.0, 0.0, heading), hazards)
    assert (command.v, command.omega) == (0.0, 0.0)
