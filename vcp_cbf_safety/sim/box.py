"""A box that stands in a simulated world."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.sim.polygon import outline


@dataclass(frozen=True, slots=True)
class Box:
    """A box that stands on the floor.

    Attributes:
        x, y, yaw: its middle [m, m, rad].
        length, width: along and across [m].
    """

    x: float
    y: float
    yaw: float
    length: float
    width: float

    @property
    def corners(self) -> NDArray[np.float64]:
        """Corners (4, 2) in the world [m]."""
        half = np.array(((1, 1), (-1, 1), (-1, -1), (1, -1))) * (self.length / 2, self.width / 2)
        return outline(half, (self.x, self.y, self.yaw))
