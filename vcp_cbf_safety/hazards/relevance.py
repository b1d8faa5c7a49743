"""How far away something that stands still can be and yet change a command."""

import numpy as np

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.hazards.discs import MOTION, Discs, Motion
from vcp_cbf_safety.motion.braking import stopping_distance, stopping_turn
from vcp_cbf_safety.motion.unicycle import RobotState
from vcp_cbf_safety.qp.assembly import total_inflation

# Up to so many discs, leaving some out saves no time.
_FEW = 50

# Something free by this much is out of reach of what leads a robot around obstacles [m].
_FOLLOWED = 0.5


def relevant_distance(config: FilterConfig, robot: RobotState) -> float:
    """Distance from the robot beyond which a disc that stands still changes no command [m].

    It is what the robot may move until the command takes effect, and the free distance d from
    which on, at any speed w that a point of the robot can have, speed of turning included,

    - no row of the disc holds any command back: d >= w / gain, and d is enough to stop from w,
    - the way to standing leads nowhere near it, and the plain bound of it says so without a
      roll-out: d >= S (1 + D), with its length S and its turn D.

    Args:
        config: the filter's parameters.
        robot: state as it was seen.

    Returns:
        Distance from the axle centre to the edge of the disc.
    """
    fastest = max(config.top_speed, abs(robot.speed))
    turning = max(config.max_yaw_rate, abs(robot.yaw_rate))
    furthest = max(disc.distance for disc in config.discs)
    point = fastest + max(config.vcp_offset, furthest) * turning
    turn = stopping_turn(config, turning)
    free = max(
        point / min(config.steering_gain, config.body_gain),
        stopping_distance(config, point),
        stopping_distance(config, fastest) * (1.0 + turn) + furthest * turn,
        _FOLLOWED,
    )
    moved = fastest * (max(robot.age, 0.0) + config.actuation_delay)
    return total_inflation(config) + config.vcp_offset + moved + free


def relevant(config: FilterConfig, robot: RobotState, discs: Discs) -> Discs:
    """Discs without those that stand still so far away that they change no command.

    The nearest one stays in any case, so that its barrier is known.
    """
    if len(discs.names) <= _FEW:
        return discs
    x, y = (discs.centers - (robot.x, robot.y)).T
    away = np.sqrt(x * x + y * y) - discs.radii
    kept = (away <= relevant_distance(config, robot)) | (discs.table[:, MOTION] != Motion.STANDS)
    kept[away.argmin()] = True
    return discs.of(kept)
