"""Ways of the discs of a body, from the way of its axle centre and how it turns."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.body.disc import BodyDisc
from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.motion.braking import stopping_distance, stopping_turn, turning_time
from vcp_cbf_safety.motion.prediction import Ahead
from vcp_cbf_safety.motion.stop_fan import Fan
from vcp_cbf_safety.motion.stopping_trajectory import highest_rates
from vcp_cbf_safety.motion.unicycle import STANDING, Twist2D

Vector = NDArray[np.float64]

# Ways of one disc of one base, by when the stop begins: points (k + 1, 2) each.
PointFan = list[Vector]


def longest_turn(
    config: FilterConfig, starts: Sequence[Ahead], command: Twist2D, longer: float = 0.0
) -> float:
    """For how long the robot turns at most until it stands [s].

    Args:
        config: how its base turns.
        starts: states in which the robot may be.
        command: what it is told before it is told to stand.
        longer: for how long after the hold time it is told that [s].
    """
    _, omega = highest_rates(starts, command)
    return config.hold_time + longer + turning_time(config, omega)


def creeping(config: FilterConfig) -> list[float]:
    """How far a stop leads each disc of the body of a robot that stands but for rounding [m]."""
    way = stopping_distance(config, STANDING.v)
    turn = stopping_turn(config, STANDING.omega)
    return [way + disc.distance * turn for disc in config.discs]


def longest_ways(
    config: FilterConfig,
    starts: Sequence[Ahead],
    command: Twist2D,
    way: float,
    longer: float = 0.0,
) -> list[float]:
    """How far each disc of the body gets until the robot stands, from where it is [m].

    Args:
        config: the body, and how its base turns.
        starts: states in which the robot may be.
        command: what it is told before it is told to stand.
        way: how far the axle centre gets [m].
        longer: for how long after the hold time it is told that [s].
    """
    _, omega = highest_rates(starts, command)
    turn = min(stopping_turn(config, omega, longer), 2.0)
    return [way + disc.distance * turn for disc in config.discs]


def fans_of_disc(fans: Sequence[Fan], headings: Sequence[float], disc: BodyDisc) -> list[PointFan]:
    """Where the centre of a disc is, at the times at which the axle centre is on its ways.

    Args:
        fans: ways of the axle centre.
        headings: of the robot when they begin [rad].
        disc: its place on the robot.
    """
    if disc.distance == 0.0:
        return [[way.points for way in fan] for fan in fans]
    found = []
    for fan, heading in zip(fans, headings, strict=True):
        turned = np.cumsum([way.turns for way in fan], axis=1)
        angles = heading + np.concatenate((np.zeros((len(fan), 1)), turned), axis=1)
        offsets = offsets_of(disc, angles)
        found.append([way.points + offset for way, offset in zip(fan, offsets, strict=True)])
    return found


def offsets_of(disc: BodyDisc, headings: Vector) -> Vector:
    """From the axle centre to that of a disc, (..., 2), for headings (...) of the robot."""
    cosine, sine = np.cos(headings), np.sin(headings)
    return np.stack((disc.x * cosine - disc.y * sine, disc.x * sine + disc.y * cosine), axis=-1)
