"""Circles in motion: they drift, bounce off walls, and turn back where they meet a robot."""

from collections.abc import Sequence

import numpy as np

from vcp_cbf_safety.campaign.plant import TIME_STEP, Base
from vcp_cbf_safety.hazards import Arena, Circle

# What moves by itself is stopped, or turned back, this deep inside a robot's body [m]: deep enough
# for the contact to be seen.
DENT = 0.002


class MovingDiscs:
    """Ground truth of the circles: position and velocity (n, 2), radius (n,).

    Args:
        circles: at the start; those with a velocity bounce off the walls.
        arena: the walls.
    """

    def __init__(self, circles: Sequence[Circle], arena: Arena) -> None:
        self.position = np.array([(c.x, c.y) for c in circles], float).reshape(-1, 2)
        self.velocity = np.array([(c.vx, c.vy) for c in circles], float).reshape(-1, 2)
        self.radius = np.array([c.radius for c in circles], float)
        self._moving = bool(self.velocity.any())
        low = np.array((arena.x_min, arena.y_min)) + self.radius[:, None]
        high = np.array((arena.x_max, arena.y_max)) - self.radius[:, None]
        self._limits = low, high

    def advance(self) -> None:
        """Move by one time step."""
        if not self._moving:
            return
        self.position += self.velocity * TIME_STEP
        low, high = self._limits
        self.velocity[self.position < low] = np.abs(self.velocity[self.position < low])
        self.velocity[self.position > high] = -np.abs(self.velocity[self.position > high])

    def bounce_off(self, base: Base) -> None:
        """Turn moving discs back that have run into a robot."""
        if not self._moving:
            return
        delta = self.position - np.array(base.pose[:2])
        distance = np.maximum(np.hypot(delta[:, 0], delta[:, 1]), 1e-9)
        away = (self.velocity * delta).sum(axis=1)
        hit = (distance < self.radius + base.model.body_radius - DENT) & (away < 0.0)
        self.velocity[hit] *= -1.0

    def circles(self) -> list[Circle]:
        """The circles as they are now."""
        return [
            Circle(x, y, radius, vx, vy)
            for (x, y), (vx, vy), radius in zip(
                self.position.tolist(), self.velocity.tolist(), self.radius.tolist(), strict=True
            )
        ]
