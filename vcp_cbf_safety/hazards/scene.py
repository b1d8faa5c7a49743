"""All hazards of one cycle as arrays: one barrier query answers for walls, circles and peers."""

from functools import lru_cache
from itertools import compress
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.errors import HazardError
from vcp_cbf_safety.hazards.discs import Discs
from vcp_cbf_safety.hazards.hazards import (
    Arena,
    Barriers,
    Hazards,
    Walls,
    disc_barriers,
    discs_of,
    wall_barriers,
    walls_of,
)
from vcp_cbf_safety.motion.unicycle import LARGEST_NUMBER
from vcp_cbf_safety.qp.constraints import Level

Vector = NDArray[np.float64]


class Scene(NamedTuple):
    """Discs, then walls: names (n), velocities (n, 2), responsibility (n,).

    row_levels (2 n,): what the n steering rows and then the n body rows protect.
    """

    names: tuple[str, ...]
    centers: Vector
    radii: Vector
    wall_normals: Vector
    wall_offsets: Vector
    velocities: Vector
    responsibility: Vector
    row_levels: NDArray[np.int64]

    @property
    def moving(self) -> NDArray[np.bool_]:
        """(n,) which hazards are peers, or move by themselves."""
        moving: NDArray[np.bool_] = self.row_levels[len(self.names) :] == _MOVING
        return moving

    def without_discs(self, left_out: NDArray[np.bool_]) -> 'Scene':
        """The same hazards without some of the discs, which are told by (discs,)."""
        kept = np.ones(len(self.names), bool)
        kept[: len(left_out)] = ~left_out
        return Scene(
            tuple(compress(self.names, kept.tolist())),
            self.centers[~left_out],
            self.radii[~left_out],
            self.wall_normals,
            self.wall_offsets,
            self.velocities[kept],
            self.responsibility[kept],
            self.row_levels.reshape(2, -1)[:, kept].reshape(-1),
        )

    def barriers(self, points: Vector, inflation: float | Vector) -> Barriers:
        """Distance barriers of every hazard at points (k, 2): h (k, n), normals (k, n, 2).

        Args:
            points: in the world frame [m].
            inflation: radius of the body around the points plus margins, one or (k, 1) [m].
        """
        discs = disc_barriers(points, self.centers, self.radii, inflation)
        if not len(self.wall_offsets):
            return discs
        walls = wall_barriers(points, self.wall_normals, self.wall_offsets, inflation)
        return Barriers(
            np.concatenate((discs.h, walls.h), axis=1),
            np.concatenate((discs.normals, walls.normals), axis=1),
        )

    def least_barriers(self, starts: Vector, ends: Vector, inflation: float) -> Vector:
        """Least barrier of every hazard on each of k straight segments.

        Args:
            starts, ends: (k, 2) in the world frame [m].
            inflation: body radius plus margins [m].

        Returns:
            (k, n) barriers [m].
        """
        x, y = (ends - starts).T[:, :, None]
        dx = self.centers[:, 0] - starts[:, :1]
        dy = self.centers[:, 1] - starts[:, 1:]
        # Where on the segment it is nearest; a segment of no length is a point.
        nearest = (dx * x + dy * y) / np.maximum(x * x + y * y, _TINY)
        nearest = np.minimum(np.maximum(nearest, 0.0), 1.0)
        dx, dy = dx - nearest * x, dy - nearest * y
        discs: Vector = (dx * dx + dy * dy) ** 0.5 - (self.radii + inflation)
        if not len(self.wall_offsets):
            return discs
        walls = np.minimum(starts @ self.wall_normals.T, ends @ self.wall_normals.T)
        return np.concatenate((discs, walls + (self.wall_offsets - inflation)), axis=1)

    def enclosed(self, corners: Vector) -> NDArray[np.bool_]:
        """Which hazards have their centre inside one of k triangles, (k, 3, 2): (n,)."""
        found = np.zeros(len(self.names), bool)
        if len(self.radii):
            sides = np.roll(corners, -1, axis=1) - corners
            delta = self.centers[None, None] - corners[:, :, None]
            turns = sides[:, :, None, 0] * delta[..., 1] - sides[:, :, None, 1] * delta[..., 0]
            inside = (turns > 0.0).all(axis=1) | (turns < 0.0).all(axis=1)
            found[: len(self.radii)] = inside.any(axis=0)
        return found


# Keeps a division by the square of no length defined [m^2].
_TINY = 1e-30

_NO_WALLS = (np.zeros((0, 2)), np.zeros(0))

# What the four walls of an arena add to the columns of a scene.
_STANDING = np.zeros((4, 2))
_WHOLE = np.ones(4)
_STEERING, _MOVING, _OBSTACLE = int(Level.STEERING), int(Level.MOVING), int(Level.OBSTACLE)


def scene_of(hazards: Hazards) -> Scene:
    """Turn hazards into arrays.

    Raises:
        HazardError: if a number is not finite or of no sensible size, or an age is negative; the
            message names the hazard.
    """
    return scene_of_discs(hazards.arena, discs_of(hazards))


def scene_of_discs(arena: Arena | None, discs: Discs) -> Scene:
    """Discs, then the walls of an arena.

    Raises:
        HazardError: if a wall is beyond all maps.
    """
    names, velocities, responsibility = discs.names, discs.velocities, discs.responsibility
    if arena is None:
        levels = _row_levels(discs.moving, len(names))
        return Scene(
            names, discs.centers, discs.radii, *_NO_WALLS, velocities, responsibility, levels
        )
    walls = _walls(arena)
    return Scene(
        names + walls.names,
        discs.centers,
        discs.radii,
        walls.normals,
        walls.offsets,
        np.concatenate((velocities, _STANDING)),
        np.concatenate((responsibility, _WHOLE)),
        _row_levels(discs.moving, len(names) + len(walls.names)),
    )


def _row_levels(moving: NDArray[np.bool_], count: int) -> NDArray[np.int64]:
    """Levels of `count` steering rows and of as many body rows, the first of them of the discs."""
    levels = np.full(2 * count, _OBSTACLE)
    levels[:count] = _STEERING
    levels[count : count + len(moving)][moving] = _MOVING
    return levels


@lru_cache(maxsize=8)
def _walls(arena: Arena) -> Walls:
    """Walls of an arena, remembered: it is the same in every cycle."""
    walls = walls_of(arena)
    for name, offset in zip(walls.names, walls.offsets.tolist(), strict=True):
        if not abs(offset) <= LARGEST_NUMBER:
            raise HazardError(
                f'{name} is at {abs(offset)} m; it must be a number up to {LARGEST_NUMBER:g} m'
            )
    return walls
