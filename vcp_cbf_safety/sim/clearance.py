"""Ground-truth distances between body discs and everything around them.

Written without the filter's barrier functions on purpose: the judge shares no formula with the
judged.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.hazards import Arena, Circle

Array = NDArray[np.float64]


class Surroundings:
    """Walls, obstacles and robots of equal size, and how far bodies are from them.

    Attributes:
        names: of the m surfaces: walls, obstacles (by name or place), then robots.
    """

    def __init__(
        self,
        body_radius: float,
        arena: Arena | None,
        obstacles: Sequence[Circle],
        robots: Sequence[str],
    ) -> None:
        """Collect what stands around.

        Args:
            body_radius: radius of every robot's body disc [m].
            arena: box around the robots, or None.
            obstacles: circles in the world frame.
            robots: names of the n robots.
        """
        self._body_radius = body_radius
        self._arena = arena
        self._centers = np.array([(each.x, each.y) for each in obstacles]).reshape(-1, 2)
        self._radii = np.array([each.radius for each in obstacles])
        self.names = (
            *(('arena.x_min', 'arena.y_min', 'arena.x_max', 'arena.y_max') if arena else ()),
            *(each.name or f'obstacle{index}' for index, each in enumerate(obstacles)),
            *robots,
        )

    def clearances(self, bodies: Array, robots: Array) -> Array:
        """Distances from bodies to every surface.

        Args:
            bodies: (n, 2) centres of the n robots' bodies, where they are to be judged [m].
            robots: (n, 2) centres of the same robots, where they stand for each other [m].

        Returns:
            (n, m) distances from surface to surface [m], negative where bodies overlap; inf from
            a robot to itself.
        """
        columns = []
        if self._arena is not None:
            low = np.array([self._arena.x_min, self._arena.y_min])
            high = np.array([self._arena.x_max, self._arena.y_max])
            columns += [bodies - low - self._body_radius, high - bodies - self._body_radius]
        columns.append(_distances(bodies, self._centers) - self._radii - self._body_radius)
        between = _distances(bodies, robots) - 2.0 * self._body_radius
        np.fill_diagonal(between, np.inf)
        columns.append(between)
        return np.hstack(columns)


def _distances(first: Array, second: Array) -> Array:
    """(n, m) distances between n and m points [m]."""
    delta = first[:, None, :] - second[None, :, :]
    return np.hypot(delta[..., 0], delta[..., 1])
