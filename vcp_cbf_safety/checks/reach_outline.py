"""Where hazards that move by themselves may be until the robot stands, as outlines."""

import math

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.checks.near_hazards import near_hazards
from vcp_cbf_safety.checks.reachability import DIRECTIONS, motions_of, reach_of
from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.motion.stopping_trajectory import longest_stop
from vcp_cbf_safety.motion.unicycle import Twist2D
from vcp_cbf_safety.record import Record

Vector = NDArray[np.float64]


def reach_outlines(
    config: FilterConfig, record: Record, command: Twist2D, most: int
) -> list[Vector]:
    """Outlines of what may be covered, whatever these hazards do (docs/theory.md, eq. 20).

    Args:
        config: the filter's parameters.
        record: of the cycle.
        command: what it told the base.
        most: how many hazards at most, the nearest ones.

    Returns:
        Corners (24, 2) each, counter-clockwise in the world frame [m]; of no hazard that the
        robot need not look at, because it cannot come near until then or shares the work.
    """
    prediction, barriers = record.prediction, record.assembly.body_barriers
    stop = longest_stop(config, prediction.starts, command, config.velocity_lag)
    near = near_hazards(config, prediction.seen, prediction.scene, barriers, stop)
    near = sorted(near, key=lambda each: float(barriers[each.place]))[:most]
    if not near:
        return []
    ahead = prediction.ahead
    pose = np.array((ahead.x, ahead.y, ahead.heading))
    reach = reach_of(motions_of([each.bounds for each in near]), pose, stop[1])
    radii = np.array([each.radius for each in near])
    # Convex in time, the supports are largest at the begin or in the end.
    supports = np.maximum(reach.supports[0], reach.supports[-1])[:, :DIRECTIONS] + radii[:, None]
    return list(_corners(reach.directions[:, :DIRECTIONS], supports))


def _corners(directions: Vector, supports: Vector) -> Vector:
    """Where neighbouring supporting lines meet, (m, d, 2); directions are evenly spaced."""
    step = 2.0 * math.pi / DIRECTIONS
    aside = np.stack((-directions[..., 1], directions[..., 0]), axis=2)
    following = np.roll(supports, -1, axis=1)
    along = (following - supports * math.cos(step)) / math.sin(step)
    corners: Vector = supports[..., None] * directions + along[..., None] * aside
    return corners
