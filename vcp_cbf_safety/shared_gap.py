"""Robots that share the work: how much of the gap between two of them is this robot's part."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.hazards import Peer
from vcp_cbf_safety.scene import Scene

Vector = NDArray[np.float64]

# A peer's own stop is followed at this many times.
_STOP_POINTS = 16


def parts_of(
    config: FilterConfig,
    peers: Sequence[Peer],
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
        peers: as last seen.
        scene: the n hazards when the command takes effect; its discs end with the peers.
        barriers: (n,) body barriers at that time [m].
        normals: (n, 2) unit normals, from hazard to robot.
        heading: of the robot at that time [rad].
        speeds: of the robot since the peers were seen, among them the fastest either way [m/s].

    Returns:
        (n,) distances along the normals; inf for everything that does not share the work.
    """
    parts = np.full(len(barriers), math.inf)
    shared = np.flatnonzero(scene.responsibility < 1.0)
    if not len(shared):
        return parts
    first = len(scene.radii) - len(peers)
    fellows = [peers[index - first] for index in shared.tolist()]
    gap, normal = np.maximum(barriers[shared], 0.0), normals[shared]
    responsibility = scene.responsibility[shared]
    since = np.array([peer.age for peer in fellows]) + config.actuation_delay
    ahead = -(normal @ (math.cos(heading), math.sin(heading)))
    own = np.maximum(ahead * min(speeds), ahead * max(speeds))
    theirs = (normal * scene.velocities[shared]).sum(axis=1)
    moved = since * np.maximum((1.0 - responsibility) * own - responsibility * theirs, 0.0)
    stop = _approach_of_stops(config, fellows, since, normal)
    parts[shared] = np.maximum(np.minimum(responsibility * gap - moved, gap - stop), 0.0)
    return parts


def _approach_of_stops(
    config: FilterConfig, peers: list[Peer], since: Vector, normals: Vector
) -> Vector:
    """How far the peers' own stops still lead them along the normals (m,), towards the robot [m].

    They go on for a reaction time, and then brake and end their turn.
    """
    speed, yaw_rate = np.array([(p.speed, p.yaw_rate) for p in peers]).T[..., None]
    heading = np.array([p.heading for p in peers])[:, None] + yaw_rate * since[:, None]
    reaction = config.hold_time + config.velocity_lag
    braking, yaw_braking = config.peer_min_deceleration, config.max_yaw_acceleration
    fraction = np.linspace(0.0, 1.0, _STOP_POINTS)
    times = (reaction + np.abs(speed) / braking) * fraction
    rolled = _until_standing(speed, braking, reaction, times)
    turned = _until_standing(yaw_rate, yaw_braking, reaction, times)
    middle = heading + 0.5 * (turned[:, 1:] + turned[:, :-1])
    course = normals[:, :1] * np.cos(middle) + normals[:, 1:] * np.sin(middle)
    way = np.cumsum(np.diff(rolled, axis=1) * course, axis=1)
    furthest: Vector = np.maximum(way.max(axis=1), 0.0)
    return furthest


def _until_standing(rate: Vector, limit: float, reaction: float, times: Vector) -> Vector:
    """Integral of a rate that is kept for the reaction time and then goes to zero."""
    braking = np.clip(times - reaction, 0.0, np.abs(rate) / limit)
    kept = np.minimum(times, reaction) + braking
    integral: Vector = rate * kept - np.copysign(0.5 * limit, rate) * braking**2
    return integral
