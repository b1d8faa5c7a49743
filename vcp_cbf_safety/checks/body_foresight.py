"""What moves by itself, looked at from every disc of a long body."""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.body.disc import BodyDisc
from vcp_cbf_safety.checks.foresight import FILLED, DynamicObstacles, dynamic_obstacles_of
from vcp_cbf_safety.checks.reachability import Reach
from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.hazards.discs import Discs
from vcp_cbf_safety.hazards.scene import Scene
from vcp_cbf_safety.motion.body_ways import offsets_of
from vcp_cbf_safety.motion.prediction import Ahead
from vcp_cbf_safety.motion.response import StopMotion
from vcp_cbf_safety.motion.stopping_trajectory import StoppingTrajectory

Vector = NDArray[np.float64]
Indices = NDArray[np.int64]

# Where the direction of travel changes by more than this on a piece [rad], it is taken to be
# anything; all of the disc is its front then. Half of that is the most that `foresight` can do.
_ANYTHING = 0.5 * math.pi - 0.05
# Such a course is no multiple of the angles that hazards are looked at from [rad]: abeam of it a
# rounding would seem to tell them apart.
_ASKEW = 0.1
# A speed at which all of a disc is its front [m/s].
_ALL_AROUND = 1e9
# No velocity, but for rounding [m/s].
_NONE = 1e-9


def obstacles_of_body(
    config: FilterConfig,
    seen: Discs,
    scene: Scene,
    barriers: Vector,
    kept: Sequence[BodyDisc],
    stop: tuple[Sequence[float], float],
    starts: Sequence[Ahead],
) -> tuple[DynamicObstacles | None, Indices]:
    """What can reach the discs of a body, and which disc each of these is looked at from.

    Args:
        config: the body, and what peers can do.
        seen: discs as last seen.
        scene: the same discs when the command takes effect, and walls: n hazards.
        barriers: (m, n) of the m discs at that time [m].
        kept: the discs with all their margins.
        stop: longest way of each until the robot stands [m], and how long that takes [s].
        starts: states in which the robot may be when the command takes effect.
    """
    ways, duration = stop
    found, which = [], []
    for index, (disc, alone) in enumerate(zip(config.discs, _alone(config), strict=True)):
        obstacles = dynamic_obstacles_of(
            alone,
            seen,
            scene,
            barriers[index],
            kept[index].radius,
            (ways[index], duration),
            [_moved(start, disc) for start in starts],
        )
        if obstacles is not None:
            # Of the body no more is sure to be there than the centre of the disc.
            touching = obstacles.touching - FILLED * disc.radius
            found.append(obstacles._replace(touching=touching))
            which.append(np.full(len(touching), index))
    if not found:
        return None, np.zeros(0, np.int64)
    return _together(found), np.concatenate(which)


@lru_cache(maxsize=64)
def _alone(config: FilterConfig) -> tuple[FilterConfig, ...]:
    """Each disc as if it were the whole of a round body."""
    return tuple(replace(config, body_radius=disc.radius, body_discs=()) for disc in config.discs)


def _moved(start: Ahead, disc: BodyDisc) -> Ahead:
    """A state, with the centre of a disc for the axle centre."""
    state = start.state
    cosine, sine = math.cos(state.heading), math.sin(state.heading)
    x, y = disc.place(state.x, state.y, cosine, sine)
    return start._replace(state=replace(state, x=x, y=y))


def _together(parts: Sequence[DynamicObstacles]) -> DynamicObstacles:
    reaches = [part.reach for part in parts]
    return DynamicObstacles(
        np.concatenate([part.places for part in parts]),
        Reach(
            np.concatenate([reach.headings for reach in reaches]),
            np.concatenate([reach.directions for reach in reaches]),
            np.concatenate([reach.step for reach in reaches]),
            np.concatenate([reach.supports for reach in reaches], axis=1),
        ),
        np.concatenate([part.contacts for part in parts]),
        np.concatenate([part.touching for part in parts]),
        max(part.error for part in parts),
        parts[0].contact_speed,
    )


def ways_of_discs(
    discs: Sequence[BodyDisc], ways: StoppingTrajectory, states: Vector, motion: StopMotion
) -> StoppingTrajectory:
    """Ways of all discs of a body side by side: those of the first, then those of the next.

    A disc at (x, y) travels with the velocity v e + omega (x t - y e). On a piece v and omega are
    between their values at its ends, so the velocity, seen from the robot, is between those at
    the four corners. How far the direction of travel is from the middle of these, and by how much
    the robot turns, is said as a turn; the speed is the highest of the corners. A piece of no
    duration comes first, with the direction in which the disc sets out.

    Args:
        discs: of the body.
        ways: w ways of the axle centre.
        states: (w, 5) in which they begin.
        motion: of the bases.
    """
    headings = states[:, 2] + motion.angles
    each = [_way_of(disc, ways, headings, motion.speeds, motion.yaw_rates) for disc in discs]
    return StoppingTrajectory(
        *(np.concatenate(column, axis=1) for column in zip(*each, strict=True))
    )


def _way_of(
    disc: BodyDisc,
    ways: StoppingTrajectory,
    headings: Vector,
    speeds: Vector,
    yaw_rates: Vector,
) -> StoppingTrajectory:
    points = ways.points + offsets_of(disc, headings)
    # Velocities at the corners of each piece, seen from the robot: (4, k, w).
    omega = np.stack((yaw_rates[:-1], yaw_rates[1:]))[[0, 1, 0, 1]]
    ahead = np.stack((speeds[:-1], speeds[1:]))[[0, 0, 1, 1]] - omega * disc.y
    aside = omega * disc.x
    x, y = ahead.mean(axis=0), aside.mean(axis=0)
    along, across = x * ahead + y * aside, x * aside - y * ahead
    angles = np.arctan2(across, along)
    low, high = angles.min(axis=0), angles.max(axis=0)
    bend = 0.5 * (high - low) + 0.5 * np.abs(ways.turns)
    unsure = (along < 0.0).any(axis=0) | (np.hypot(x, y) < _NONE) | (bend > _ANYTHING)
    fastest = np.hypot(ahead, aside).max(axis=0)
    courses = np.arctan2(y, x) + 0.5 * (low + high) + 0.5 * (headings[1:] + headings[:-1])
    courses += _ASKEW * unsure
    moving = fastest > _NONE
    first = np.arctan2(aside[0, 0], ahead[0, 0]) + headings[0]
    began = np.hypot(ahead[0, 0], aside[0, 0])
    courses = np.concatenate((first[None], courses))
    turns = np.concatenate((np.zeros_like(first)[None], 2.0 * bend))
    fastest = np.concatenate((began[None], np.where(unsure & moving, _ALL_AROUND, fastest)))
    turns[np.concatenate(((began < _NONE)[None], unsure))] = math.pi
    return StoppingTrajectory(
        np.concatenate((points[:1], points)),
        np.stack((np.cos(courses), np.sin(courses)), axis=-1),
        fastest,
        np.concatenate((np.zeros_like(first)[None], ways.times)),
        turns,
    )
