"""Ground truth: how far bodies are from everything, when they touch, and whose doing it was.

Written without the filter's formulas on purpose: the judge shares none with the judged.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcp_cbf_safety.hazards.hazards import Arena

Array = NDArray[np.float64]

# The walls of an arena, in the order in which their distances come.
WALLS = ('arena.x_min', 'arena.x_max', 'arena.y_min', 'arena.y_max')

# A robot that closes in slower than this [m/s] on what it touches stands or gives way, for all
# that it can do.
STANDING_SPEED = 0.02

_TO_WALLS = np.array(((-1.0, 0.0), (1.0, 0.0), (0.0, -1.0), (0.0, 1.0)))


def clearances(
    places: ArrayLike,
    body_radius: float,
    centers: Array,
    radii: ArrayLike,
    arena: Arena | None,
) -> tuple[Array, Array]:
    """Distances from body discs to all discs around them, then to the walls, if there are any.

    Args:
        places: (..., 2) centres of the bodies [m].
        body_radius: of all of them [m].
        centers: (m, 2) centres of the discs, or (..., m, 2) where each body has its own [m].
        radii: (m,) of the discs [m].
        arena: the walls, or None.

    Returns:
        (..., m) or (..., m + 4) distances from surface to surface [m], negative where bodies
        overlap, and (..., m, 2) or (..., m + 4, 2) unit vectors from the bodies to the surfaces.
    """
    places = np.asarray(places)
    delta = centers - places[..., None, :]
    distance = np.maximum(np.hypot(delta[..., 0], delta[..., 1]), 1e-9)
    free, toward = distance - radii, delta / distance[..., None]
    if arena is not None:
        x, y = places[..., 0], places[..., 1]
        walls = (x - arena.x_min, arena.x_max - x, y - arena.y_min, arena.y_max - y)
        free = np.concatenate((free, np.stack(walls, -1)), -1)
        to_walls = np.broadcast_to(_TO_WALLS, (*places.shape[:-1], 4, 2))
        toward = np.concatenate((toward, to_walls), -2)
    return free - body_radius, toward


def closing_speed(speed: Any, cosine: Any, sine: Any, x: Any, y: Any) -> Any:
    """How fast a robot itself drives towards something, times the length of (x, y) [m/s].

    Args:
        speed: of the robot [m/s]; a number, an array or a tensor, as all of these.
        cosine, sine: of its heading.
        x, y: from the robot to what it drives at, of length one or any other.
    """
    return speed * (cosine * x + sine * y)


class Contacts:
    """What a body touches, so that one that trembles at something counts as one contact.

    Args:
        release: distance from surface to surface beyond which a contact is over [m].
    """

    def __init__(self, release: float) -> None:
        self._release = release
        self._touching: set[int] = set()

    def __bool__(self) -> bool:
        return bool(self._touching)

    def begun(self, clearance: Array) -> list[int]:
        """Take distances (m,) to everything [m]: which contacts begin."""
        new = [i for i in np.flatnonzero(clearance < 0.0).tolist() if i not in self._touching]
        self._touching.update(new)
        self._touching = {i for i in self._touching if clearance[i] <= self._release}
        return new
