"""How smoothly a filter commands near hazards: changes of the command from cycle to cycle."""

import math
from dataclasses import dataclass

from vcp_cbf_safety.motion.unicycle import Twist2D

# Nearer to anything than this, a robot is near a hazard [m].
_NEAR = 1.0
# A yaw rate below this has no direction [rad/s].
_STRAIGHT = 0.01


@dataclass(slots=True)
class Smoothness:
    """Sums over the cycles of a robot near hazards.

    Attributes:
        cycles: how many there were, after one that was near as well.
        speed_change, yaw_rate_change: sums of what the command changed by from cycle to cycle
            [m/s, rad/s].
        reversals: how often the yaw rate has changed its sign.
    """

    cycles: int = 0
    speed_change: float = 0.0
    yaw_rate_change: float = 0.0
    reversals: int = 0

    def add(self, other: 'Smoothness') -> None:
        """Count in what another robot did."""
        self.cycles += other.cycles
        self.speed_change += other.speed_change
        self.yaw_rate_change += other.yaw_rate_change
        self.reversals += other.reversals

    def per_cycle(self) -> dict[str, float]:
        """Mean changes, and sign changes of the yaw rate in a hundred cycles; NaN without any."""
        cycles = self.cycles or math.nan
        return {
            'mean_speed_change_m_s': self.speed_change / cycles,
            'mean_yaw_rate_change_rad_s': self.yaw_rate_change / cycles,
            'yaw_rate_reversals_per_100_cycles': 100.0 * self.reversals / cycles,
        }


class CommandTrace:
    """Follows the commands of one robot.

    Args:
        sums: what to add to.
    """

    def __init__(self, sums: Smoothness) -> None:
        self._sums = sums
        self._before: Twist2D | None = None
        self._side = 0.0

    def add(self, command: Twist2D, clearance: float) -> None:
        """Take the command of a cycle.

        Args:
            command: what went to the base.
            clearance: ground-truth distance of the body to the nearest surface [m].
        """
        if clearance > _NEAR:
            self._before, self._side = None, 0.0
            return
        sums, before = self._sums, self._before
        if before is not None:
            sums.cycles += 1
            sums.speed_change += abs(command.v - before.v)
            sums.yaw_rate_change += abs(command.omega - before.omega)
        if abs(command.omega) > _STRAIGHT:
            side = math.copysign(1.0, command.omega)
            sums.reversals += self._side * side < 0.0
            self._side = side
        self._before = command
