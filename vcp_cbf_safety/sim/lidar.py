"""A 2-D laser scanner in a simulated world: exact distances, then noise and dropouts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.hazards.hazards import Arena

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Lidar:
    """A scanner: its field, its range and what is wrong with it.

    Attributes:
        beams: how many.
        angle_min: bearing of the first [rad].
        angle_increment: from one to the next [rad].
        range_min, range_max: what it can measure [m].
        noise: standard deviation of a distance [m].
        dropouts: share of beams that measure nothing (0, as many scanners report it).
    """

    beams: int = 360
    angle_min: float = 0.0
    angle_increment: float = 2.0 * np.pi / 360
    range_min: float = 0.12
    range_max: float = 3.5
    noise: float = 0.0
    dropouts: float = 0.0

    def scan(
        self, poses: Vector, discs: Vector, walls: Vector, random: np.random.Generator
    ) -> Vector:
        """Ranges (beams,) [m], inf where nothing is in range.

        Args:
            poses: (beams, 3) or (3,) of the scanner when each beam is sent.
            discs: (k, 3) centres and radii [m], or (beams, k, 3) where they move meanwhile.
            walls: (m, 4) segments from x, y to x, y [m].
            random: source of noise and dropouts.
        """
        x, y, heading = np.broadcast_to(poses, (self.beams, 3)).T
        bearing = heading + self.angle_min + self.angle_increment * np.arange(self.beams)
        ray = np.column_stack((np.cos(bearing), np.sin(bearing)))
        start = np.column_stack((x, y))
        exact = np.minimum(_to_discs(start, ray, discs), _to_walls(start, ray, walls))
        return self.read(exact, random)

    def read(self, exact: Vector, random: np.random.Generator) -> Vector:
        """Ranges (beams,) [m] as the scanner says them of exact distances (beams,) [m]."""
        ranges = exact + self.noise * random.standard_normal(self.beams)
        ranges[(exact < self.range_min) | (random.random(self.beams) < self.dropouts)] = 0.0
        ranges[exact > self.range_max] = np.inf
        return ranges


def walls_of_box(arena: Arena | None) -> Vector:
    """Walls (4, 4) of a box as segments; none without a box."""
    if arena is None:
        return np.zeros((0, 4))
    low, high = (arena.x_min, arena.y_min), (arena.x_max, arena.y_max)
    corners = [low, (high[0], low[1]), high, (low[0], high[1])]
    return np.array([(*a, *b) for a, b in zip(corners, corners[1:] + corners[:1], strict=True)])


def _to_discs(start: Vector, ray: Vector, discs: Vector) -> Vector:
    """Distance along every ray to the first disc; 0 from inside of one, inf without any."""
    if not discs.shape[-2]:
        return np.full(len(start), np.inf)
    away = discs[..., :2] - start[:, None]
    along = (away * ray[:, None]).sum(axis=2)
    room = discs[..., 2] ** 2 - ((away**2).sum(axis=2) - along**2)
    half = np.sqrt(np.maximum(room, 0.0))
    met = (room >= 0.0) & (along + half >= 0.0)
    found: Vector = np.where(met, np.maximum(along - half, 0.0), np.inf).min(axis=1)
    return found


def _to_walls(start: Vector, ray: Vector, walls: Vector) -> Vector:
    """Distance along every ray to the first segment, inf without any."""
    if not len(walls):
        return np.full(len(start), np.inf)
    way = walls[:, 2:] - walls[:, :2]
    from_ray = walls[:, :2] - start[:, None]
    cross = ray[:, :1] * way[:, 1] - ray[:, 1:] * way[:, 0]
    parallel = np.abs(cross) < 1e-12
    divisor = np.where(parallel, 1.0, cross)
    along = (from_ray[..., 0] * way[:, 1] - from_ray[..., 1] * way[:, 0]) / divisor
    share = (from_ray[..., 0] * ray[:, 1:] - from_ray[..., 1] * ray[:, :1]) / divisor
    met = ~parallel & (along >= 0.0) & (share >= 0.0) & (share <= 1.0)
    found: Vector = np.where(met, along, np.inf).min(axis=1)
    return found
