"""Last check before a command goes out: follow its exact arc and look at the body barriers."""

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.scene import Scene
from vcp_cbf_safety.unicycle import RobotState, Twist2D, advance

# Share of the command that is tried in turn; at zero the robot stands and no barrier can fall.
_SHARES = (1.0, 0.75, 0.5, 0.25)

# Points of the arc that are looked at, as shares of the hold time. Between them a barrier can fall
# below both by at most an eighth of the arc's bend, which the sampling margin covers.
_STATIONS = (0.5, 1.0)


def safe_share(
    command: Twist2D,
    robot: RobotState,
    scene: Scene,
    inflation: float,
    hold_time: float,
    barriers_now: NDArray[np.float64],
) -> float:
    """Largest tried share of the command on whose arc no body barrier falls below min(0, now).

    Speed and yaw rate shrink together, so the robot stays on the same curve. Hazards are held
    still: what counts is the robot's own motion, their motion is in the rows
    (docs/theory.md, eq. 17).

    Args:
        command: the command to check.
        robot: state when it takes effect.
        scene: the hazards.
        inflation: body radius plus margins [m].
        hold_time: how long the command may stay in force [s].
        barriers_now: (n,) body barriers at the robot's position [m].

    Returns:
        1 when the command is fine as it is; 0 when not even a quarter of it is.
    """
    if not len(barriers_now) or float(barriers_now.min()) > abs(command.v) * hold_time:
        return 1.0  # nothing is within reach
    floor = np.minimum(barriers_now, 0.0) - 1e-9
    pose = (robot.x, robot.y, robot.heading)
    for share in _SHARES:
        v, omega = share * command.v, share * command.omega
        points = np.array([advance(pose, v, omega, s * hold_time)[:2] for s in _STATIONS])
        if (scene.barriers(points, inflation).h >= floor).all():
            return share
    return 0.0
