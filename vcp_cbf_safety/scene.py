"""All hazards of one cycle as arrays: one barrier query answers for walls, circles and peers."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.constraints import Level
from vcp_cbf_safety.errors import HazardError
from vcp_cbf_safety.hazards import (
    Arena,
    Barriers,
    Hazards,
    Walls,
    disc_barriers,
    discs_of,
    wall_barriers,
    walls_of,
)
from vcp_cbf_safety.unicycle import LARGEST_NUMBER

Vector = NDArray[np.float64]


class Scene(NamedTuple):
    """Discs, then walls: names (n), velocities (n, 2), responsibility (n,), level (n,)."""

    names: tuple[str, ...]
    centers: Vector
    radii: Vector
    wall_normals: Vector
    wall_offsets: Vector
    velocities: Vector
    responsibility: Vector
    level: NDArray[np.int64]

    def barriers(self, points: Vector, inflation: float) -> Barriers:
        """Distance barriers of every hazard at points (k, 2): h (k, n), normals (k, n, 2)."""
        discs = disc_barriers(points, self.centers, self.radii, inflation)
        if not len(self.wall_offsets):
            return discs
        walls = wall_barriers(points, self.wall_normals, self.wall_offsets, inflation)
        return Barriers(
            np.concatenate((discs.h, walls.h), axis=1),
            np.concatenate((discs.normals, walls.normals), axis=1),
        )


_NO_WALLS = (np.zeros((0, 2)), np.zeros(0))

# What the four walls of an arena add to the columns of a scene.
_STANDING = np.zeros((4, 2))
_WHOLE = np.ones(4)
_MOVING, _OBSTACLE = int(Level.MOVING), int(Level.OBSTACLE)
_FIXED = np.full(4, _OBSTACLE)


def scene_of(hazards: Hazards) -> Scene:
    """Turn hazards into arrays.

    Raises:
        HazardError: if a position, radius or velocity is not a finite number of sensible size;
            the message names the hazard.
    """
    discs = discs_of(hazards.circles, hazards.peers)
    names, velocities, responsibility = discs.names, discs.velocities, discs.responsibility
    level = np.where(discs.moving, _MOVING, _OBSTACLE)
    if hazards.arena is None:
        return Scene(
            names, discs.centers, discs.radii, *_NO_WALLS, velocities, responsibility, level
        )
    walls = _walls(hazards.arena)
    return Scene(
        names + walls.names,
        discs.centers,
        discs.radii,
        walls.normals,
        walls.offsets,
        np.concatenate((velocities, _STANDING)),
        np.concatenate((responsibility, _WHOLE)),
        np.concatenate((level, _FIXED)),
    )


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
