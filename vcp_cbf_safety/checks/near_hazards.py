"""Hazards that move by themselves and are not too far away, and what they can do."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.checks.reachability import MotionBounds
from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.hazards.discs import (
    AGE,
    ERROR,
    HEADING,
    MOTION,
    RADIUS,
    VX,
    VY,
    YAW_RATE,
    Discs,
    Motion,
    X,
    Y,
)
from vcp_cbf_safety.hazards.scene import Scene

Vector = NDArray[np.float64]


class NearHazard(NamedTuple):
    """A hazard that moves by itself, need not give way, and can reach the robot.

    Attributes:
        place: where it is among all hazards.
        bounds: what it can do.
        radius: its own [m].
        solid: whether it fills that; else it is somewhere in there.
    """

    place: int
    bounds: MotionBounds
    radius: float
    solid: bool


def near_hazards(
    config: FilterConfig,
    seen: Discs,
    scene: Scene,
    barriers: Vector,
    stop: tuple[float, float],
) -> list[NearHazard]:
    """Hazards that leave all of the distance to this robot, and are not too far away.

    Args:
        config: actuation_delay and what peers can do.
        seen: discs as last seen, with their ages.
        scene: the same discs when the command takes effect, and walls: n hazards.
        barriers: (n,) body barriers at that time [m].
        stop: longest way of the robot until it stands [m], and how long that takes [s].
    """
    (way, duration), delay = stop, config.actuation_delay
    moving = np.flatnonzero(seen.moving & (seen.responsibility >= 1.0))
    near = []
    for place, row, (x, y), (vx, vy), barrier in zip(
        moving.tolist(),
        seen.table[moving].tolist(),
        scene.centers[moving].tolist(),
        scene.velocities[moving].tolist(),
        barriers[moving].tolist(),
        strict=True,
    ):
        fastest = max(math.sqrt(vx * vx + vy * vy), config.peer_max_speed)
        time = max(row[AGE], 0.0) + delay
        # Since it was seen it may have done, and undone, what it can.
        if barrier + (config.margin - way) > fastest * (duration + 2.0 * time):
            continue
        bounds = _bounds(config, row, (x, y, vx, vy), fastest, time)
        # The disc of what has gone quiet is all the places where it may be.
        known = row[MOTION] == Motion.VELOCITY and row[ERROR] < config.peer_max_speed
        solid = known or row[MOTION] == Motion.TWIST
        near.append(NearHazard(place, bounds, row[RADIUS], solid))
    return near


def _bounds(
    config: FilterConfig,
    seen: list[float],
    then: tuple[float, float, float, float],
    fastest: float,
    time: float,
) -> MotionBounds:
    """What a hazard can do.

    Args:
        config: what peers can do.
        seen: its row of the table, as last seen.
        then: its centre and velocity when the command takes effect [m, m/s].
        fastest: its top speed [m/s].
        time: how long ago it was seen by then [s].
    """
    limit = config.peer_max_acceleration
    if seen[MOTION] == Motion.TWIST:
        turning = max(config.peer_max_yaw_rate, abs(seen[YAW_RATE]))
        x, y, vx, vy, heading = seen[X], seen[Y], seen[VX], seen[VY], seen[HEADING]
        return MotionBounds(x, y, 0.0, time, vx, vy, 0.0, fastest, heading, turning, limit)
    spread = 0.5 * limit * time * time + seen[ERROR] * time
    # A velocity that is known may be wrong by its error, and by what it has changed since.
    unknown = seen[MOTION] == Motion.LAST_TWIST
    wrong = config.peer_max_speed if unknown else seen[ERROR] + limit * time
    x, y, vx, vy = then
    return MotionBounds(x, y, spread, 0.0, vx, vy, wrong, fastest, math.nan, 0.0, limit)
