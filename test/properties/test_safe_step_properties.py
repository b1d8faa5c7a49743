"""Ground truth: no body touches a hazard while a command holds, on the exact arc."""

import math
from typing import Any

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vcp_cbf_safety import (
    Arena,
    Circle,
    FilterConfig,
    Hazards,
    Outcome,
    Peer,
    RobotState,
    SafetyFilter,
    Twist2D,
)
from vcp_cbf_safety.motion.unicycle import advance

ANGLES = st.floats(-math.pi, math.pi)
CLEARANCES = st.floats(0.0, 1.5)
FULL_SPEED = st.just(Twist2D(3.0, 0.0))
COMMANDS = st.one_of(FULL_SPEED, st.builds(Twist2D, st.floats(-3.0, 3.0), st.floats(-6.0, 6.0)))
# Turned away from straight at the other: often not at all.
ASKEW = st.one_of(st.just(0.0), ANGLES)
UNTOUCHED = (Outcome.NOMINAL, Outcome.FILTERED)


@st.composite
def configurations(draw: Any) -> FilterConfig:
    """Robots that follow commands at once, with any size, speed, gain and period."""
    period, jitter = (
        draw(st.sampled_from([0.02, 0.05, 0.1, 0.2])),
        draw(st.sampled_from([0.0, 0.01])),
    )
    # Up to the steepest gain that sampled time admits: all the way to the hazard in one period.
    steepest = 0.999 / (period + jitter)
    return FilterConfig(
        body_radius=draw(st.floats(0.05, 0.5)),
        vcp_offset=draw(st.floats(0.02, 0.4)),
        period=period,
        period_jitter=jitter,
        min_speed=draw(st.sampled_from([0.0, -0.2, -1.0])),
        max_speed=draw(st.floats(0.1, 2.0)),
        max_yaw_rate=draw(st.floats(0.2, 6.0)),
        steering_gain=min(draw(st.floats(0.02, 1.0)) * steepest, 50.0),
        body_gain=draw(st.floats(0.02, 1.0)) * steepest,
        margin=draw(st.sampled_from([0.0, 0.05])),
        max_acceleration=50.0,
        max_deceleration=draw(st.sampled_from([0.5, 50.0])),
        max_yaw_acceleration=200.0,
        actuation_delay=0.0,
        velocity_lag=0.0,
        position_uncertainty=0.0,
    )


@st.composite
def static_hazards(draw: Any, radius: float, most: int = 6) -> Hazards:
    """Walls and circles that a body at the origin does not touch, some at no distance at all."""
    circles = []
    for _ in range(draw(st.integers(0, most))):
        size, angle = draw(st.floats(0.0, 1.0)), draw(ANGLES)
        away = radius + size + draw(CLEARANCES)
        circles.append(Circle(away * math.cos(angle), away * math.sin(angle), size))
    walls = [radius + draw(CLEARANCES) for _ in range(4)]
    arena = Arena(-walls[0], -walls[1], walls[2], walls[3]) if draw(st.booleans()) else None
    return Hazards(arena=arena, circles=circles)


def clearance(config: FilterConfig, points: np.ndarray, hazards: Hazards, at: Any = 0.0) -> float:
    """Least distance between body disc and hazards at points (k, 2); written independently."""
    x, y = points[:, 0], points[:, 1]
    found = [np.full(len(points), np.inf)]
    for c in hazards.circles:
        found.append(np.hypot(x - c.x - c.vx * at, y - c.y - c.vy * at) - c.radius)
    if hazards.arena is not None:
        a = hazards.arena
        found += [x - a.x_min, a.x_max - x, y - a.y_min, a.y_max - y]
    return float(np.min(found)) - config.body_radius


def arc(pose: tuple[float, float, float], v: float, omega: float, duration: float) -> np.ndarray:
    """Sixty points of the arc, both ends included."""
    return np.array([advance(pose, v, omega, t)[:2] for t in np.linspace(0.0, duration, 60)])


@given(data=st.data(), config=configurations(), nominal=COMMANDS, heading=ANGLES)
@settings(max_examples=300)
def test_body_never_touches_while_a_command_holds(
    data: st.DataObject, config: FilterConfig, nominal: Twist2D, heading: float
) -> None:
    hazards = data.draw(static_hazards(config.body_radius))
    command = SafetyFilter(config).step(nominal, RobotState(0.0, 0.0, heading), hazards)
    way = arc((0.0, 0.0, heading), command.v, command.omega, config.hold_time)
    start = clearance(config, way[:1], hazards)
    assert start >= -1e-9
    assert command.outcome in UNTOUCHED
    assert clearance(config, way, hazards) >= min(start, config.margin) - 1e-7


@given(data=st.data(), config=configurations(), heading=ANGLES, seed=st.integers(0, 10**6))
@settings(max_examples=40)
def test_body_never_touches_in_a_long_run_of_hostile_commands(
    data: st.DataObject, config: FilterConfig, heading: float, seed: int
) -> None:
    hazards = data.draw(static_hazards(config.body_radius))
    rng = np.random.default_rng(seed)
    safety_filter, pose, last = SafetyFilter(config), (0.0, 0.0, heading), (0.0, 0.0)
    lowest = min(clearance(config, np.array([pose[:2]]), hazards), config.margin)
    v, omega = 1.0, 0.0
    for _ in range(40):
        if rng.random() < 0.3:
            v, omega = rng.choice([-2.0, -0.01, 0.0, 0.5, 2.0]), rng.uniform(-6.0, 6.0)
        robot = RobotState(*pose, speed=last[0], yaw_rate=last[1])
        command = safety_filter.step(
            Twist2D(float(v), float(omega)), robot, hazards, config.hold_time
        )
        assert command.outcome in UNTOUCHED
        way = arc(pose, command.v, command.omega, config.hold_time)
        # Each step may use up rounding: 1e-9 m of the final check.
        assert clearance(config, way, hazards) >= lowest - 1e-6
        pose = advance(pose, command.v, command.omega, config.hold_time)
        last = (command.v, command.omega)


@given(
    config=configurations(),
    nominal=COMMANDS,
    angle=ANGLES,
    turned=st.tuples(ASKEW, ASKEW),
    speed=st.floats(0.0, 1.0),
    gap=st.floats(0.0, 0.6),
)
@settings(max_examples=300)
# It came from the side, faster than the robot could give way, and no row said so.
@example(
    config=FilterConfig(
        body_radius=0.5, vcp_offset=0.25, period=0.05, min_speed=-1.0, max_speed=1.0,
        max_yaw_rate=1.0, max_acceleration=50.0, max_deceleration=0.5, max_yaw_acceleration=200.0,
        actuation_delay=0.0, velocity_lag=0.0, steering_gain=19.98, body_gain=19.98, margin=0.0,
        position_uncertainty=0.0, period_jitter=0.0,
    ),
    nominal=Twist2D(3.0, 0.0), angle=0.0, turned=(1.0, 0.0), speed=1.0, gap=0.03125,
)  # fmt: skip
def test_body_never_touches_what_moves_unless_it_says_so(
    config: FilterConfig,
    nominal: Twist2D,
    angle: float,
    turned: tuple[float, float],
    speed: float,
    gap: float,
) -> None:
    heading, course = angle + turned[0], angle + math.pi + turned[1]
    velocity = (speed * math.cos(course), speed * math.sin(course))
    away = config.body_radius + 0.2 + gap
    circle = Circle(away * math.cos(angle), away * math.sin(angle), 0.2, *velocity)
    command = SafetyFilter(config).step(
        nominal, RobotState(0.0, 0.0, heading), Hazards(circles=[circle])
    )
    way = arc((0.0, 0.0, heading), command.v, command.omega, config.hold_time)
    times = np.linspace(0.0, config.hold_time, 60)
    if command.outcome in UNTOUCHED and command.min_barrier >= 0.0:
        assert clearance(config, way, Hazards(circles=[circle]), times) >= config.margin - 1e-7
    else:  # passive: the robot's own motion does not bring it closer than it was
        alone = Hazards(circles=[Circle(circle.x, circle.y, circle.radius)])
        start = clearance(config, way[:1], alone)
        if command.outcome in (Outcome.RELAXED, Outcome.STOPPED):
            assert clearance(config, way, alone) >= min(start, config.margin) - 1e-6


@given(
    config=configurations(),
    nominals=st.tuples(COMMANDS, COMMANDS),
    turned=st.tuples(ASKEW, ASKEW),
    gap=st.floats(0.0, 0.5),
    share=st.sampled_from([0.5, 0.3]),
)
@example(
    config=FilterConfig(
        body_radius=0.2,
        vcp_offset=0.02,
        period=0.1,
        period_jitter=0.0,
        min_speed=0.0,
        max_speed=2.0,
        max_yaw_rate=0.2,
        steering_gain=9.9,
        body_gain=9.9,
        margin=0.0,
        max_acceleration=50.0,
        max_deceleration=50.0,
        actuation_delay=0.0,
        velocity_lag=0.0,
        position_uncertainty=0.0,
    ),
    nominals=(Twist2D(3.0, 0.0), Twist2D(3.0, 0.0)),
    turned=(0.0, 0.0),
    gap=0.15,
    share=0.5,
)
@settings(max_examples=150)
def test_two_cooperating_robots_never_touch_whatever_each_is_told(
    config: FilterConfig,
    nominals: tuple[Twist2D, Twist2D],
    turned: tuple[float, float],
    gap: float,
    share: float,
) -> None:
    # Each robot's margin holds the bend of its own arc.
    poses = [
        (0.0, 0.0, turned[0]),
        (2.0 * (config.body_radius + config.margin) + gap, 0.0, math.pi + turned[1]),
    ]
    ways = []
    for own, other, part in ((0, 1, share), (1, 0, 1.0 - share)):
        x, y, heading = poses[other]
        peer = Peer(x, y, heading, 0.0, 0.0, config.body_radius, responsibility=part)
        command = SafetyFilter(config).step(
            nominals[own], RobotState(*poses[own]), Hazards(peers=[peer])
        )
        ways.append(arc(poses[own], command.v, command.omega, config.hold_time))
    distance = np.hypot(*(ways[0] - ways[1]).T)
    bend = 0.5 * config.top_speed * config.max_yaw_rate * config.hold_time**2
    assert distance.min() - 2.0 * config.body_radius >= config.margin - bend - 1e-7
