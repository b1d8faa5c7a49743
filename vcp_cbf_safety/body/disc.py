"""The robot's body as a set of discs, in the frame of its base."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from vcp_cbf_safety.errors import ConfigurationError

# Each disc has rows and ways of its own.
MOST_DISCS = 6

# Legal sizes [m]: those of body_radius, and how far from the axle centre a disc may be.
_SMALLEST, _LARGEST = 0.01, 5.0


class BodyDisc(NamedTuple):
    """A disc that is part of the body, in base_link: x ahead, y to the left (REP-103).

    Attributes:
        x, y: its centre, seen from the axle centre [m].
        radius: its radius [m].
    """

    x: float
    y: float
    radius: float

    @property
    def distance(self) -> float:
        """Of its centre from the axle centre [m]: how far a turn by one radian moves it."""
        return math.hypot(self.x, self.y)

    def place(self, x: float, y: float, cosine: float, sine: float) -> tuple[float, float]:
        """Its centre in the world [m], from the axle centre and the direction of the robot."""
        return x + self.x * cosine - self.y * sine, y + self.x * sine + self.y * cosine


def checked_discs(discs: Sequence[Any]) -> tuple[BodyDisc, ...]:
    """The discs of a body.

    Args:
        discs: x, y and radius of each.

    Raises:
        ConfigurationError: if there are too many, or one is none; the message names it.
    """
    if len(discs) > MOST_DISCS:
        raise ConfigurationError(
            f'body_discs holds {len(discs)} discs; there must be at most {MOST_DISCS}'
        )
    return tuple(_checked(f'body_discs[{index}]', disc) for index, disc in enumerate(discs))


def _checked(name: str, disc: Any) -> BodyDisc:
    try:
        numbers = [float(number) for number in disc]
    except (TypeError, ValueError):
        numbers = []
    if len(numbers) != len(BodyDisc._fields):
        raise ConfigurationError(f'{name} is {disc!r}; it must be x, y and radius [m]')
    for field, number in zip(BodyDisc._fields, numbers, strict=True):
        low = _SMALLEST if field == 'radius' else -_LARGEST
        if not low <= number <= _LARGEST:
            raise ConfigurationError(
                f'{name}.{field} is {number} m; it must be between {low:g} and {_LARGEST:g} m'
            )
    return BodyDisc(*numbers)


def containing_radius(discs: Sequence[BodyDisc]) -> float:
    """Radius of the disc around the axle centre that contains all of them [m]."""
    return max(disc.distance + disc.radius for disc in discs)
