"""Whether the way to standing is too short, or leads too far aside, to reach anything."""

import math
from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import TYPE_CHECKING

import numpy as np

from vcp_cbf_safety.body.disc import BodyDisc
from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.motion.body_ways import longest_ways
from vcp_cbf_safety.motion.braking import stopping_distance, stopping_turn
from vcp_cbf_safety.motion.prediction import Ahead
from vcp_cbf_safety.motion.unicycle import Twist2D

if TYPE_CHECKING:
    from vcp_cbf_safety.checks.surroundings import Surroundings


def is_plainly_safe(
    config: FilterConfig, command: Twist2D, starts: Sequence[Ahead], around: 'Surroundings'
) -> bool:
    """Whether no disc of the body can reach anything. Spares most cycles the roll-out.

    A distance to a convex hazard is convex, h(p + d) >= h(p) + n . d, and on a way of length S on
    which the robot turns by at most D, n . d >= -S (max(0, -n . e) + D), with e the direction in
    which it sets out. What a turn adds is in `_swings`. Towards peers that share the work the same
    bound must stay within this robot's part.

    Args:
        config: the filter's parameters.
        command: what the robot is told for a hold time before it stops.
        starts: states in which it may be when the command takes effect.
        around: what to keep clear of.
    """
    if not around.barriers.size:
        return True
    speeds = [command.v, *(start.state.speed for start in starts)]
    way = stopping_distance(config, max(map(abs, speeds)))
    # A barrier may be below zero only because it is the bound for all states in which the robot
    # may be; a robot that is really inside the margin may go on, if it goes no deeper.
    reach = np.maximum(around.barriers, 0.0) if len(starts) == 1 else around.barriers
    rooms = np.minimum(reach, around.parts).tolist()
    if config.is_round:
        out_of_reach = min(rooms[0]) > way
    else:
        furthest = longest_ways(config, starts, command, way)
        out_of_reach = all(min(room) > most for room, most in zip(rooms, furthest, strict=True))
    if out_of_reach:
        return True
    if min(speeds) < 0.0 < max(speeds):
        return False  # it sets out in one direction and goes on in the other
    state = starts[0].state
    turn = stopping_turn(config, max(abs(command.omega), abs(state.yaw_rate)))
    x, y = math.cos(state.heading), math.sin(state.heading)
    forward = math.copysign(1.0, sum(speeds))
    return all(
        free >= way * max(turn - forward * (nx * x + ny * y), 0.0) + swing
        for disc, room, normals in zip(around.kept, rooms, around.normals.tolist(), strict=True)
        for free, (nx, ny), swing in zip(
            room, normals, _swings(disc, turn, (x, y), normals), strict=True
        )
    )


def _swings(
    disc: BodyDisc, turn: float, axis: tuple[float, float], normals: Sequence[Sequence[float]]
) -> Iterable[float]:
    """How far a turn moves a disc at most against each normal [m].

    From (x, y) on the robot it is moved by no more than rho D, rho its distance from the axle
    centre, and along n by no more than |n . (x t - y e)| D + rho D^2 / 2.
    """
    if disc.distance == 0.0:
        return repeat(0.0, len(normals))
    cosine, sine = axis
    # The direction x t - y e in which a turn moves it.
    dx, dy = -disc.x * sine - disc.y * cosine, disc.x * cosine - disc.y * sine
    bend, most = 0.5 * disc.distance * turn**2, disc.distance * min(turn, 2.0)
    return [min(abs(nx * dx + ny * dy) * turn + bend, most) for nx, ny in normals]
