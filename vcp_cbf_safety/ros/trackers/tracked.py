"""One obstacle of a tracker as plain values."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.frames.planar import Planar
from vcp_cbf_safety.hazards.line_cover import LONGEST
from vcp_cbf_safety.motion.unicycle import LARGEST_NUMBER


class Tracked(NamedTuple):
    """An obstacle in the frame of its message.

    Attributes:
        name: unlike that of every other obstacle of the message.
        corners: of its outline, one after the other; one for a disc, two for a line [m].
        radius: by how much it sticks out around that [m].
        velocity: in the same frame; None where the tracker does not know it [m/s].
    """

    name: str
    corners: Sequence[tuple[float, float]]
    radius: float
    velocity: tuple[float, float] | None

    def placed(self, pose: Planar) -> 'Tracked':
        """The same in the frame in which the frame of its message is at a pose."""
        velocity = self.velocity and pose.direction(*self.velocity)
        corners = [pose.place(*corner) for corner in self.corners]
        return self._replace(corners=corners, velocity=velocity)


def check_tracked(obstacle: Tracked, source: str) -> None:
    """See that an obstacle is somewhere, and of some size.

    Raises:
        InputError: if a number is not finite and of sensible size, or it has no corner; the
            message names the obstacle.
    """
    what = f'obstacle {obstacle.name} of {source}'
    if not obstacle.corners:
        raise InputError(f'{what} has neither a place nor a shape')
    for x, y in obstacle.corners:
        if not (abs(x) <= LARGEST_NUMBER and abs(y) <= LARGEST_NUMBER):
            raise InputError(
                f'{what} is at ({x}, {y}); it must be finite, and within {LARGEST_NUMBER:g} m'
            )
    around = sum(map(math.dist, obstacle.corners, [*obstacle.corners[1:], obstacle.corners[0]]))
    if around > LONGEST:
        raise InputError(
            f'{what} has an outline of {around:.0f} m; it must have {LONGEST:.0f} m at most'
        )
    if not 0.0 <= obstacle.radius <= LARGEST_NUMBER:
        raise InputError(f'{what} has radius {obstacle.radius} m; it must not be negative')
    vx, vy = obstacle.velocity or (0.0, 0.0)
    if not math.hypot(vx, vy) <= LARGEST_NUMBER:
        raise InputError(f'{what} has velocity ({vx}, {vy}) m/s; it must be finite')
