"""What stands around robots with physics: walls, cylinders, boxes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.hazards import Arena, Circle
from vcp_cbf_safety.sim.clearance import WALLS
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


@dataclass(frozen=True, slots=True)
class PhysicsScene:
    """Everything that does not move.

    Attributes:
        arena: walls around, or None for an open floor.
        circles: cylinders.
        boxes: boxes, those of a map among them.
    """

    arena: Arena | None = None
    circles: Sequence[Circle] = ()
    boxes: Sequence[Box] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of what can be touched: cylinders, boxes, walls."""
        return (
            *(each.name or f'obstacle{index}' for index, each in enumerate(self.circles)),
            *(f'box{index}' for index in range(len(self.boxes))),
            *(WALLS if self.arena else ()),
        )
