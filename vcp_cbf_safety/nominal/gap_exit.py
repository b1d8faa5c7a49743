"""Lead a robot out of a gap that is narrower than its body with the margins."""

import math

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.motion.stillness import Stillness
from vcp_cbf_safety.motion.unicycle import RobotState, Twist2D
from vcp_cbf_safety.nominal.narrow_gap import NarrowGap
from vcp_cbf_safety.qp.rows import ABEAM

# A way along which the gap closes by more than this per metre is not tried: what is less may be
# noise.
_CLOSES = 0.05

# The other way is tried when the robot has not moved for this long [s], and for so many time
# constants of its response, in which it turns into the axis.
_PATIENCE, _SETTLING = 4.0, 10.0

# It turns into the axis with this gain [1/s], or half of the error in a hold time, and drives when
# less than this angle is left [rad].
_GAIN = 6.0
_ALIGNED = 0.1

# Rounding of the cosine between a direction and a normal.
_ROUNDING = 1e-9


def are_open(
    angles: NDArray[np.float64],
    closed: NDArray[np.float64],
    normals: NDArray[np.float64],
    tolerance: float = _ROUNDING,
) -> NDArray[np.bool_]:
    """Which directions do not lead into a near hazard.

    Args:
        angles: (k,) directions in the world frame [rad].
        closed: (n,) 1 at a hazard or inside its margin, 0 where it closes no direction.
        normals: (n, 2) unit normals, from hazard to robot.
        tolerance: how far a direction may lead towards a hazard that closes it.
    """
    directions = np.stack((np.cos(angles), np.sin(angles)), axis=1)
    inward: NDArray[np.float64] = directions @ normals.T
    return np.asarray((inward >= closed - 1.0 - tolerance).all(axis=1))


class GapExit:
    """Turns the robot into the axis of a narrow gap and lets it drive (docs/theory.md, eq. 24).

    Args:
        config: limits and response of the robot.
        stillness: for how long it has not moved.
    """

    def __init__(self, config: FilterConfig, stillness: Stillness) -> None:
        self._config = config
        self._still = stillness
        self._patience = _PATIENCE + _SETTLING * config.velocity_lag
        self._backward = False
        self._out: NDArray[np.float64] | None = None

    def forget(self) -> None:
        """Choose the way out anew."""
        self._out = None

    def choose(self, gap: NarrowGap, wanted: float, backward: bool) -> float | None:
        """Direction of the way out [rad]: the wanted one if it is free; None when no way is.

        Args:
            gap: where the robot is.
            wanted: direction in which it is asked to go [rad].
            backward: whether it is asked to reverse.
        """
        if self._out is None or backward != self._backward:
            self._out = np.array((math.cos(wanted), math.sin(wanted)))
        elif self._still.seconds > self._patience:
            self._out, self._still.seconds = -self._out, 0.0
        self._backward = backward
        both = ((gap.axis, gap.closing[0]), (-gap.axis, gap.closing[1]))
        free = [way for way, closing in both if closing <= _CLOSES]
        if not free:
            return None
        self._out = max(free, key=self._out.dot)
        return math.atan2(self._out[1], self._out[0])

    def lead(
        self,
        out: float,
        robot: RobotState,
        pace: float,
        closed: NDArray[np.float64],
        normals: NDArray[np.float64],
    ) -> Twist2D:
        """Turn on the spot, which no row restricts, until the way out is free; then drive.

        Args:
            out: direction of the way out [rad].
            robot: state when the command takes effect.
            pace: speed on the way out [m/s].
            closed, normals: see `are_open`.
        """
        config = self._config
        travel = robot.heading + (math.pi if self._backward else 0.0)
        # Where the turn ends once it is told to: so no lag can make it swing.
        coasting = travel + config.velocity_lag * robot.yaw_rate
        error = math.remainder(out - coasting, 2.0 * math.pi)
        turn = min(_GAIN, 0.5 / config.hold_time) * error
        turn = min(max(turn, -config.max_yaw_rate), config.max_yaw_rate)
        # Past round things a way is free that is free but for rounding; along walls it is not.
        tolerance = ABEAM if self._still.seconds < 0.5 * self._patience else _ROUNDING
        free = are_open(np.array((travel,)), closed, normals, tolerance)[0]
        if abs(error) > _ALIGNED or not free:
            return Twist2D(0.0, turn)
        speed = max(-pace, config.min_speed) if self._backward else min(pace, config.max_speed)
        return Twist2D(speed, turn)
