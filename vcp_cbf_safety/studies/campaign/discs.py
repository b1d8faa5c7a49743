"""Circles in motion: they drift, turn back at walls, and bounce off a robot that they meet."""

import math
from collections.abc import Sequence

import numpy as np

from vcp_cbf_safety.hazards.hazards import Arena, Circle
from vcp_cbf_safety.sim.base import TIME_STEP, Base
from vcp_cbf_safety.sim.polygon import near, outline

# What moves by itself is stopped, or turned back, this deep inside a robot's body [m]: deep enough
# for the contact to be seen.
DENT = 0.002

# How fast circles turn back at walls [m/s^2].
ACCELERATION = 1.0


class MovingDiscs:
    """Ground truth of the circles: position and velocity (n, 2), radius (n,).

    Args:
        circles: at the start; those with a velocity turn back at the walls.
        arena: the walls.
    """

    def __init__(self, circles: Sequence[Circle], arena: Arena) -> None:
        self.position = np.array([(c.x, c.y) for c in circles], float).reshape(-1, 2)
        self.velocity = np.array([(c.vx, c.vy) for c in circles], float).reshape(-1, 2)
        self.radius = np.array([c.radius for c in circles], float)
        self._moving = bool(self.velocity.any())
        self._at_rest = list(circles)
        # Component by component, so that the acceleration of both together stays below the limit.
        self._change = ACCELERATION * TIME_STEP / math.sqrt(2.0)
        self._pace = np.abs(self.velocity)
        # Where they must turn to be back at the walls with no speed left.
        room = self.radius[:, None] + self._pace**2 * math.sqrt(0.5) / ACCELERATION
        self._limits = (
            np.array((arena.x_min, arena.y_min)) + room,
            np.array((arena.x_max, arena.y_max)) - room,
        )
        self._wanted = self.velocity.copy()

    @property
    def fastest(self) -> float:
        """Highest speed of any disc [m/s]."""
        return float(np.hypot(*self._pace.T).max(initial=0.0))

    def advance(self) -> None:
        """Move by one time step."""
        if not self._moving:
            return
        self.position += self.velocity * TIME_STEP
        low, high = self._limits
        self._wanted = np.where(self.position < low, self._pace, self._wanted)
        self._wanted = np.where(self.position > high, -self._pace, self._wanted)
        self.velocity += np.clip(self._wanted - self.velocity, -self._change, self._change)

    def bounce_off(self, base: Base) -> None:
        """Turn moving discs back that have run into a robot."""
        if not self._moving:
            return
        model, place = base.model, base.pose[:2]
        body = outline(model.footprint, base.pose) if model.footprint else model.body_radius
        around = near(body, place, self.position, self.radius, None)
        hit = (around.free < -DENT) & ((self.velocity * around.toward).sum(axis=1) < 0.0)
        self.velocity[hit] *= -1.0
        self._wanted[hit] = np.copysign(self._pace[hit], self.velocity[hit])

    def circles(self) -> list[Circle]:
        """The circles as they are now."""
        if not self._moving:
            return self._at_rest
        return [
            Circle(x, y, radius, vx, vy)
            for (x, y), (vx, vy), radius in zip(
                self.position.tolist(), self.velocity.tolist(), self.radius.tolist(), strict=True
            )
        ]
