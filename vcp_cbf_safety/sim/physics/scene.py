"""What stands around robots with physics: walls, cylinders, boxes."""

from collections.abc import Sequence
from dataclasses import dataclass

from vcp_cbf_safety.hazards.hazards import Arena, Circle
from vcp_cbf_safety.sim.box import Box
from vcp_cbf_safety.sim.clearance import WALLS


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
