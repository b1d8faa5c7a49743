"""One hazard in one cycle of a replay: where it is, and how far from the body."""

import math
from typing import NamedTuple

from vcp_cbf_safety.motion.unicycle import RobotState
from vcp_cbf_safety.record import Record
from vcp_cbf_safety.ros.settings import NodeSettings


class NearestThing(NamedTuple):
    """One hazard in one cycle.

    Attributes:
        name: what the filter calls it.
        place: its centre, or the nearest point of a wall [m].
        free: free distance of the body to it, without margins [m].
    """

    name: str = ''
    place: tuple[float, float] | None = None
    free: float = math.nan


NOTHING = NearestThing()


def near_of(record: Record, index: int, robot: RobotState, settings: NodeSettings) -> NearestThing:
    """One of the hazards of a cycle, discs first, then walls."""
    seen, scene, name = record.prediction.seen, record.prediction.scene, record.assembly.names
    cosine, sine = math.cos(robot.heading), math.sin(robot.heading)
    bodies = [
        (*disc.place(robot.x, robot.y, cosine, sine), disc.radius)
        for disc in settings.filter.discs
    ]
    if index < len(seen.names):
        x, y = seen.centers[index].tolist()
        free = min(math.hypot(x - bx, y - by) - radius for bx, by, radius in bodies)
        return NearestThing(name[index], (x, y), free - float(seen.radii[index]))
    wall = index - len(seen.names)
    nx, ny = scene.wall_normals[wall].tolist()
    offset = float(scene.wall_offsets[wall])
    away = nx * robot.x + ny * robot.y + offset
    free = min(nx * bx + ny * by + offset - radius for bx, by, radius in bodies)
    return NearestThing(name[index], (robot.x - nx * away, robot.y - ny * away), free)
