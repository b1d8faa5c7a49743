"""Where hazards that move by themselves could be while the robot stops, at worst."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.hazards import Hazards
from vcp_cbf_safety.scene import Scene
from vcp_cbf_safety.stopping_trajectory import StoppingTrajectory
from vcp_cbf_safety.unicycle import STANDING

Vector = NDArray[np.float64]


class DynamicObstacles(NamedTuple):
    """What m hazards can do that move by themselves and need not give way.

    Docs/theory.md, eq. 20: a hazard's centre is within `fastest` t of where it was, and within
    (drift + acceleration t / 2) t of where its velocity takes it.

    Attributes:
        names: (m) what they are called.
        centers: (m, 2) when the command takes effect, in the world frame [m].
        velocities: (m, 2) as measured [m/s].
        contacts: (m,) distance between the centres at which the bodies touch [m].
        fastest: (m,) highest speed [m/s].
        drift: (m,) how wrong the measured velocity may be by then [m/s].
        acceleration: highest acceleration, turns included [m/s^2].
    """

    names: tuple[str, ...]
    centers: Vector
    velocities: Vector
    contacts: Vector
    fastest: Vector
    drift: Vector
    acceleration: float


def dynamic_obstacles_of(
    config: FilterConfig,
    hazards: Hazards,
    scene: Scene,
    barriers: Vector,
    inflation: float,
    stop: tuple[float, float],
) -> DynamicObstacles | None:
    """Hazards that move by themselves, leave all of the distance to this robot, and can reach it.

    Args:
        config: peer_max_speed, peer_max_acceleration and actuation_delay.
        hazards: hazards as last seen, with their ages.
        scene: the same n hazards when the command takes effect.
        barriers: (n,) body barriers at that time [m].
        inflation: body radius plus all margins [m]. The configured margin is left out of the
            distance of contact: a hazard that does the worst it can may use it up.
        stop: longest way of the robot until it stands [m], and how long that takes [s].

    Returns:
        None when there is no such hazard.
    """
    moving = scene.moving & (scene.responsibility >= 1.0)
    if not moving.any():
        return None
    drift, bend = _unknown(config, hazards)
    discs = len(drift)  # walls come after the discs
    velocities = scene.velocities[:discs]
    speeds = (velocities[:, 0] * velocities[:, 0] + velocities[:, 1] * velocities[:, 1]) ** 0.5
    fastest = np.maximum(speeds, config.peer_max_speed)
    way, duration = stop
    free = barriers[:discs] + (config.margin - way) - bend
    near = np.flatnonzero(moving[:discs] & (free <= fastest * duration))
    if not len(near):
        return None
    return DynamicObstacles(
        tuple(scene.names[index] for index in near.tolist()),
        scene.centers[near],
        velocities[near],
        scene.radii[near] + bend[near] + (inflation - config.margin),
        fastest[near],
        drift[near],
        config.peer_max_acceleration,
    )


def _unknown(config: FilterConfig, hazards: Hazards) -> tuple[Vector, Vector]:
    """How wrong the velocities of circles and peers may be when the command takes effect [m/s].

    Also by how much more than their growth peers may be elsewhere [m]: they are predicted along
    their arc, whose bend is an acceleration that they need not go on with.
    """
    drift, bend = [], []
    for circle in hazards.circles:
        unseen = circle.age + config.actuation_delay
        drift.append(circle.velocity_uncertainty + config.peer_max_acceleration * unseen)
        bend.append(0.0)
    for peer in hazards.peers:
        unseen, turning = peer.age + config.actuation_delay, abs(peer.speed * peer.yaw_rate)
        change = (config.peer_max_acceleration + turning) * unseen
        drift.append(change if peer.twist_known else config.peer_max_speed)
        bend.append(0.5 * turning * unseen**2)
    return np.array(drift), np.array(bend)


def first_collision(obstacles: DynamicObstacles, way: StoppingTrajectory) -> str | None:
    """Name of a hazard that can be met in front of the robot while the robot is moving, or None.

    In front is the half of the body towards which it travels. What reaches the other half, or a
    robot that stands, has run into the robot. Each piece of the way is looked at as a whole: what
    its half disc sweeps, and what the hazard can do until its end.

    Args:
        obstacles: what the hazards can do.
        way: how the robot moves.
    """
    rolling = way.speeds > STANDING.v
    if not rolling.any():
        return None
    points, directions, times = way.points[:-1], way.directions[rolling], way.times[rolling]
    lengths = np.hypot(*(way.points[1:] - points).T)[rolling]
    time: Vector = times[:, None]
    from_robot: Vector = obstacles.centers - points[rolling][:, None, :]
    by_speed = (
        _ahead(from_robot, directions, lengths, obstacles.contacts) - obstacles.fastest * time
    )
    if float(by_speed.min()) >= 0.0:
        return None
    moved: Vector = from_robot + obstacles.velocities * time[:, :, None]
    growth = (obstacles.drift + 0.5 * obstacles.acceleration * time) * time
    by_acceleration = _ahead(moved, directions, lengths, obstacles.contacts) - growth
    least = np.maximum(by_speed, by_acceleration).min(axis=0)
    worst = int(least.argmin())
    return obstacles.names[worst] if least[worst] < 0.0 else None


def _ahead(delta: Vector, directions: Vector, lengths: Vector, contacts: Vector) -> Vector:
    """Distance (k, m) of centres from what the half discs of contact sweep on k pieces.

    Args:
        delta: (k, m, 2) centres, seen from the starts of the pieces [m].
        directions: (k, 2) of the pieces.
        lengths: (k,) of the pieces [m].
        contacts: (m,) radii of the half discs [m].
    """
    along = delta[..., 0] * directions[:, None, 0] + delta[..., 1] * directions[:, None, 1]
    across = delta[..., 1] * directions[:, None, 0] - delta[..., 0] * directions[:, None, 1]
    behind = np.hypot(along, np.maximum(np.abs(across) - contacts, 0.0))
    beyond = np.maximum(along - lengths[:, None], 0.0)
    return np.where(along >= 0.0, np.hypot(beyond, across) - contacts, behind)
