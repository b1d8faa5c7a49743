"""What the way to standing must keep clear of: barriers, gaps, and what moves by itself."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.assembly import Assembly
from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.foresight import DynamicObstacles, dynamic_obstacles_of
from vcp_cbf_safety.prediction import Ahead, Prediction
from vcp_cbf_safety.scene import Scene
from vcp_cbf_safety.shared_gap import parts_of
from vcp_cbf_safety.stopping_trajectory import longest_stop, stopping_distance
from vcp_cbf_safety.unicycle import Twist2D

Vector = NDArray[np.float64]

# Rounding that a barrier may lose on the way [m].
ROUNDING = 1e-9

# With more discs than this, those that no way leads to are left out.
_FEW = 50


class Surroundings(NamedTuple):
    """What the way to standing must keep clear of.

    Attributes:
        scene: the n hazards when the command takes effect.
        inflation: body radius plus margins [m].
        barriers: (n,) body barriers of the robot at that time, wherever it may be [m].
        normals: (n, 2) unit normals at its predicted position, from hazard to robot.
        parts: (n,) how far the robot may move towards a peer that shares the work, along that
            normal [m]; inf for every other hazard.
        dynamic_obstacles: those that move by themselves and can reach the robot; None when
            none can, or the command is plainly clear of them, empty where a part of it is.
    """

    scene: Scene
    inflation: float
    barriers: Vector
    normals: Vector
    parts: Vector
    dynamic_obstacles: DynamicObstacles | None = None


def surroundings_of(
    config: FilterConfig,
    prediction: Prediction,
    assembly: Assembly,
    command: Twist2D,
    scale: float = 1.0,
) -> Surroundings:
    """What the way to standing must keep clear of, after a command.

    Args:
        config: the filter's parameters.
        prediction: robot and hazards.
        assembly: barriers of the hazards.
        command: the command.
        scale: how much of it would go out with nothing in the way.
    """
    robot, seen, starts, scene, _ = prediction
    barriers, normals = assembly.body_barriers, assembly.body_normals
    speeds = (robot.speed, *(start.state.speed for start in starts))
    heading = prediction.ahead.heading
    parts = parts_of(config, seen, scene, barriers, normals, heading, speeds)
    around = Surroundings(scene, assembly.inflation, barriers, normals, parts)
    stop = longest_stop(config, starts, command, config.velocity_lag)
    # Where nothing else can cut the command, it alone has to be clear of what moves.
    told = command if is_plainly_safe(config, command, starts, around) else None
    dynamic = dynamic_obstacles_of(
        config, seen, scene, barriers, around.inflation, stop, starts, told, scale
    )
    return around._replace(dynamic_obstacles=dynamic)


def is_plainly_safe(
    config: FilterConfig, command: Twist2D, starts: Sequence[Ahead], around: Surroundings
) -> bool:
    """Whether the way to the stop is too short, or leads too far aside, to reach anything.

    A distance to a convex hazard is convex, h(p + d) >= h(p) + n . d, and on a way of length S on
    which the robot turns by at most D, n . d >= -S (max(0, -n . e) + D), with e the direction in
    which it sets out. Towards peers that share the work the same bound must stay within this
    robot's part. Spares most cycles the roll-out.
    """
    if not len(around.barriers):
        return True
    speeds = [command.v, *(start.state.speed for start in starts)]
    way = stopping_distance(config, max(map(abs, speeds)))
    # A barrier may be below zero only because it is the bound for all states in which the robot
    # may be; a robot that is really inside the margin may go on, if it goes no deeper.
    reach = np.maximum(around.barriers, 0.0) if len(starts) == 1 else around.barriers
    room = np.minimum(reach, around.parts).tolist()
    if min(room) > way:
        return True
    if min(speeds) < 0.0 < max(speeds):
        return False  # it sets out in one direction and goes on in the other
    state = starts[0].state
    omega = max(abs(command.omega), abs(state.yaw_rate))
    reaction = config.hold_time + config.velocity_lag
    turn = omega * reaction + omega**2 / (2.0 * config.max_yaw_acceleration)
    forward = math.copysign(1.0, sum(speeds))
    x, y = forward * math.cos(state.heading), forward * math.sin(state.heading)
    return all(
        free >= way * max(turn - (nx * x + ny * y), 0.0)
        for free, (nx, ny) in zip(room, around.normals.tolist(), strict=True)
    )


def within_way(around: Surroundings, way: float) -> Surroundings:
    """The surroundings without the discs that no way of a length [m] leads to.

    A way, and a sheet between two, is nowhere further than that from where the robot may be, and
    there no barrier is less than the one that is known for all those places.
    """
    discs, hazards = len(around.scene.radii), len(around.barriers)
    if discs <= _FEW:
        return around
    near = (around.barriers <= way + ROUNDING) | np.isfinite(around.parts)
    near[discs:hazards] = True
    return around._replace(
        scene=around.scene.without_discs(~near[:discs]),
        barriers=around.barriers[near],
        normals=around.normals[near],
        parts=around.parts[near],
    )
