"""What the way to standing must keep clear of: barriers, gaps, and what moves by itself."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.body.disc import BodyDisc
from vcp_cbf_safety.checks.body_foresight import obstacles_of_body
from vcp_cbf_safety.checks.foresight import DynamicObstacles, dynamic_obstacles_of
from vcp_cbf_safety.checks.plain_way import is_plainly_safe
from vcp_cbf_safety.checks.shared_gap import parts_of
from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.hazards.scene import Scene
from vcp_cbf_safety.motion.body_ways import longest_turn, longest_ways
from vcp_cbf_safety.motion.prediction import Prediction
from vcp_cbf_safety.motion.stopping_trajectory import longest_stop
from vcp_cbf_safety.motion.unicycle import Twist2D
from vcp_cbf_safety.qp.assembly import Assembly

Vector = NDArray[np.float64]
Indices = NDArray[np.int64]

# Rounding that a barrier may lose on the way [m].
ROUNDING = 1e-9

# With more discs than this, those that no way leads to are left out.
_FEW = 50


class Surroundings(NamedTuple):
    """What the way to standing must keep clear of.

    Attributes:
        scene: the n hazards when the command takes effect.
        kept: the m discs of the body, with all margins.
        barriers: (m, n) body barriers of each of them at that time, wherever it may be [m].
        normals: (m, n, 2) unit normals at its predicted position, from hazard to robot.
        parts: (n,) how far the robot may move towards a peer that shares the work, along that
            normal [m]; inf for every other hazard.
        dynamic_obstacles: those that move by themselves and can reach the robot; None when
            none can, or the command is plainly clear of them, empty where a part of it is.
        seen_from: which disc of the body each of these is looked at from; None for a round body.
        plain: the command that is known to lead too near to nothing that stands; None where that
            is not known of any.
    """

    scene: Scene
    kept: tuple[BodyDisc, ...]
    barriers: Vector
    normals: Vector
    parts: Vector
    dynamic_obstacles: DynamicObstacles | None = None
    seen_from: Indices | None = None
    plain: Twist2D | None = None


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
    kept, barriers, normals = assembly.kept.discs, assembly.barriers, assembly.normals
    speeds = (robot.speed, *(start.state.speed for start in starts))
    heading = prediction.ahead.heading
    # Towards a peer that shares the work the barrier is the same for every disc.
    least, its_normals = assembly.body_barriers, assembly.body_normals
    parts = parts_of(config, seen, scene, least, its_normals, heading, speeds)
    around = Surroundings(scene, kept, barriers, normals, parts)
    longer = config.velocity_lag
    stop = longest_stop(config, starts, command, longer)
    if not config.is_round:
        ways = longest_ways(config, starts, command, stop[0], longer)
        duration = max(stop[1], longest_turn(config, starts, command, longer))
        dynamic, seen_from = obstacles_of_body(
            config, seen, scene, barriers, kept, (ways, duration), starts
        )
        return around._replace(dynamic_obstacles=dynamic, seen_from=seen_from)
    # Where nothing else can cut the command, it alone has to be clear of what moves.
    plain = command if is_plainly_safe(config, command, starts, around) else None
    dynamic = dynamic_obstacles_of(
        config, seen, scene, least, kept[0].radius, stop, starts, plain, scale
    )
    return around._replace(dynamic_obstacles=dynamic, plain=plain)


def within_way(around: Surroundings, ways: Sequence[float]) -> Surroundings:
    """The surroundings without the discs that no way leads to.

    A way, and a sheet between two, is nowhere further than its length from where the robot may
    be, and there no barrier is less than the one that is known for all those places.

    Args:
        around: the surroundings.
        ways: how long the way of each disc of the body is at most [m].
    """
    discs, hazards = len(around.scene.radii), around.barriers.shape[1]
    if discs <= _FEW:
        return around
    near = (around.barriers <= np.add(ways, ROUNDING)[:, None]).any(axis=0)
    near |= np.isfinite(around.parts)
    near[discs:hazards] = True
    return around._replace(
        scene=around.scene.without_discs(~near[:discs]),
        barriers=around.barriers[:, near],
        normals=around.normals[:, near],
        parts=around.parts[near],
    )
