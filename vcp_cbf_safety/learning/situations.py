"""Random situations of one robot: reversing, turned any way, among all kinds of hazards."""

import math
from typing import NamedTuple

import numpy as np

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.hazards.hazards import Arena, Circle, Hazards, Peer
from vcp_cbf_safety.motion.unicycle import RobotState, Twist2D


class Situation(NamedTuple):
    """All that decides the rows of one cycle."""

    nominal: Twist2D
    robot: RobotState
    hazards: Hazards
    last_command: Twist2D


def draw_situation(config: FilterConfig, rng: np.random.Generator) -> Situation:
    """A random situation, safe or not.

    Nominal commands reverse, stand and exceed the limits; hazards are walls or none, circles that
    stand and move, peers that cooperate and that do not, some of them overlapping the robot.

    Args:
        config: whose speed limits the commands are drawn around.
        rng: source of randomness.
    """
    side = float(rng.uniform(2.0, 6.0))
    circles = [
        Circle(*_place(rng, side), float(rng.uniform(0.0, 0.5)), *_velocity(rng))
        for _ in range(int(rng.integers(0, 7)))
    ]
    peers = [
        Peer(
            *_place(rng, side),
            heading=float(rng.uniform(-math.pi, math.pi)),
            speed=float(rng.uniform(-0.5, 0.5)),
            yaw_rate=float(rng.normal()),
            radius=float(rng.uniform(0.05, 0.3)),
            responsibility=float(rng.choice([0.5, 1.0])),
        )
        for _ in range(int(rng.integers(0, 4)))
    ]
    arena = Arena(-side, -side, side, side) if rng.random() < 0.8 else None
    return Situation(
        nominal=_twist(config, rng),
        robot=RobotState(
            *_place(rng, side),
            heading=float(rng.uniform(-2.0 * math.pi, 2.0 * math.pi)),
            speed=float(rng.normal(0.0, 0.5)),
            yaw_rate=float(rng.normal(0.0, 0.5)),
        ),
        hazards=Hazards(arena, circles, peers),
        last_command=_twist(config, rng),
    )


def _place(rng: np.random.Generator, side: float) -> tuple[float, float]:
    return float(rng.uniform(-side, side)), float(rng.uniform(-side, side))


def _velocity(rng: np.random.Generator) -> tuple[float, float]:
    moving = rng.random() < 0.5
    return (float(rng.normal(0.0, 0.4)), float(rng.normal(0.0, 0.4))) if moving else (0.0, 0.0)


def _twist(config: FilterConfig, rng: np.random.Generator) -> Twist2D:
    v = rng.choice([0.0, rng.normal(0.0, 0.01), rng.uniform(-1.0, 1.2) * config.top_speed])
    return Twist2D(float(v), float(rng.uniform(-1.2, 1.2)) * config.max_yaw_rate)
