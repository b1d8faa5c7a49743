"""Robots that share the work: how much of the gap between two of them is this robot's part."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.hazards.discs import AGE, MOTION, SHARE, Discs
from vcp_cbf_safety.hazards.scene import Scene
from vcp_cbf_safety.motion.braking import peers_stop, peers_stopping_distance, peers_stopping_time

Vector = NDArray[np.float64]

# A peer's own stop is followed at this many times.
_STOP_POINTS = 16


class _Peer(NamedTuple):
    age: float
    velocity_uncertainty: float
    heading: float
    speed: float
    yaw_rate: float


def parts_of(
    config: FilterConfig,
    seen: Discs,
    scene: Scene,
    barriers: Vector,
    normals: Vector,
    heading: float,
    speeds: Sequence[float],
) -> Vector:
    """How far the robot may move towards each hazard on its way to standing [m].

    Docs/theory.md, eq. 23. Towards a peer that shares the work it is the least of

    - this robot's responsibility for the gap, less what the line between the two may have moved
      since the peer was seen,
    - the gap less what the peer's own stop, from the twist that it was seen with, still needs.

    Args:
        config: the filter's parameters.
        seen: discs as last seen.
        scene: the same discs when the command takes effect, and walls: n hazards.
        barriers: (n,) body barriers at that time [m].
        normals: (n, 2) unit normals, from hazard to robot.
        heading: of the robot at that time [rad].
        speeds: of the robot since the peers were seen, among them the fastest either way [m/s].

    Returns:
        (n,) distances along the normals; inf for everything that does not share the work.
    """
    parts = np.full(len(barriers), math.inf)
    toward, along = (math.cos(heading), math.sin(heading)), (min(speeds), max(speeds))
    for index in np.flatnonzero(seen.responsibility < 1.0).tolist():
        peer = _Peer(*seen.table[index, AGE:MOTION].tolist())
        share = float(seen.table[index, SHARE])
        x, y = normals[index].tolist()
        vx, vy = scene.velocities[index].tolist()
        since = peer.age + config.actuation_delay
        ahead = -(x * toward[0] + y * toward[1])
        own = max(ahead * along[0], ahead * along[1])
        moved = since * max((1.0 - share) * own - share * (x * vx + y * vy), 0.0)
        gap = max(float(barriers[index]), 0.0)
        part = share * gap - moved
        if part > 0.0 and gap - peers_stopping_distance(config, peer.speed) < part:
            part = min(part, gap - _approach_of_stop(config, peer, since, x, y))
        parts[index] = max(part, 0.0)
    return parts


def _approach_of_stop(
    config: FilterConfig, peer: _Peer, since: float, x: float, y: float
) -> float:
    """How far a peer's own stop still leads it along a normal (x, y), towards the robot [m]."""
    speed, yaw_rate = peer.speed, peer.yaw_rate
    heading = peer.heading + yaw_rate * since
    duration = peers_stopping_time(config, speed)
    furthest = way = rolled = turned = 0.0
    for point in range(1, _STOP_POINTS):
        time = duration * point / (_STOP_POINTS - 1)
        further, turn = peers_stop(config, speed, yaw_rate, time)
        middle = heading + 0.5 * (turn + turned)
        way += (further - rolled) * (x * math.cos(middle) + y * math.sin(middle))
        furthest = max(furthest, way)
        rolled, turned = further, turn
    return furthest
