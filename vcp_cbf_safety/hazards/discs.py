"""Everything round that the body must not touch, as columns: one table, made once a cycle."""

import math
from collections.abc import Sequence
from enum import IntEnum
from itertools import chain, compress
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcp_cbf_safety.errors import HazardError
from vcp_cbf_safety.motion.unicycle import CLOCK_TICK, LARGEST_NUMBER

Vector = NDArray[np.float64]


class Motion(IntEnum):
    """What is known of how a disc moves."""

    STANDS = 0  # and goes on standing
    VELOCITY = 1  # its velocity, up to an error
    TWIST = 2  # a robot with this heading and twist
    LAST_TWIST = 3  # a robot that may by now move otherwise than its twist says


# Columns of the table. Velocities are those in the world frame; speed and yaw rate those of a
# robot in its own.
X, Y, RADIUS, VX, VY, SHARE, AGE, ERROR, HEADING, SPEED, YAW_RATE, MOTION = range(12)
COLUMNS = 12

_FIELDS = {
    HEADING: 'heading', SPEED: 'speed', YAW_RATE: 'yaw_rate', AGE: 'age',
    ERROR: 'velocity_uncertainty',
}  # fmt: skip


class Discs(NamedTuple):
    """Discs of n hazards.

    Attributes:
        names: what the filter calls them.
        table: (n, 12) centre [m], radius [m], velocity [m/s], responsibility, age [s],
            uncertainty of the velocity [m/s], heading [rad], speed [m/s], yaw rate [rad/s] and
            `Motion`. Columns that its motion has no use for are zero.
    """

    names: tuple[str, ...]
    table: Vector

    def of(self, kept: NDArray[np.bool_]) -> 'Discs':
        """Some of them, told by (n,)."""
        return Discs(tuple(compress(self.names, kept.tolist())), self.table[kept])

    @property
    def centers(self) -> Vector:
        """(n, 2) in the world frame [m]."""
        return self.table[:, X : Y + 1]

    @property
    def radii(self) -> Vector:
        """(n,) their own radii, without the robot's [m]."""
        return self.table[:, RADIUS]

    @property
    def velocities(self) -> Vector:
        """(n, 2) in the world frame [m/s]."""
        return self.table[:, VX : VY + 1]

    @property
    def responsibility(self) -> Vector:
        """(n,) how much of keeping apart is this robot's."""
        return self.table[:, SHARE]

    @property
    def moving(self) -> NDArray[np.bool_]:
        """(n,) which are, or may at any time be, in motion by themselves."""
        moving: NDArray[np.bool_] = self.table[:, MOTION] > Motion.STANDS
        return moving


def standing_discs(names: Sequence[str], x: ArrayLike, y: ArrayLike, radius: ArrayLike) -> Discs:
    """Discs that stand still, for example the points of a scan.

    Args:
        names: n of them.
        x, y: (n,) centres in the world frame [m].
        radius: a number, or (n,) [m].
    """
    table = np.zeros((len(names), COLUMNS))
    table[:, X], table[:, Y], table[:, RADIUS], table[:, SHARE] = x, y, radius, 1.0
    return Discs(tuple(names), table)


def together(parts: Sequence[Discs]) -> Discs:
    """All the discs of several sources, in that order."""
    parts = [part for part in parts if part.names] or [*parts[:1]]
    if len(parts) == 1:
        return parts[0]
    names = tuple(chain.from_iterable(part.names for part in parts))
    return Discs(names, np.concatenate([part.table for part in parts]))


def velocity_of(speed: float, heading: float) -> tuple[float, float]:
    """Velocity of a robot in the world frame [m/s]; NaN where its heading is no angle."""
    if not abs(heading) <= LARGEST_NUMBER:
        return math.nan, math.nan
    return speed * math.cos(heading), speed * math.sin(heading)


def check_discs(discs: Discs) -> None:
    """See that all numbers of discs can be those of hazards.

    Raises:
        HazardError: if one is not a finite number of sensible size, or an age is negative; the
            message names the hazard.
    """
    table = discs.table
    if not len(table):
        return
    small = np.abs(table) <= LARGEST_NUMBER
    if not small.all():
        row = int(small.all(axis=1).argmin())
        name = discs.names[row]
        for column, field in _FIELDS.items():
            if not small[row, column]:
                raise HazardError(
                    f'{field} of {name} is {table[row, column]}; it must be a number up to '
                    f'{LARGEST_NUMBER:g}'
                )
        raise HazardError(
            f'{name} has a position, radius or velocity that is not a number up to '
            f'{LARGEST_NUMBER:g}'
        )
    row = int(table[:, AGE].argmin())
    if table[row, AGE] < -CLOCK_TICK:
        raise HazardError(
            f'age of {discs.names[row]} is {table[row, AGE]} s; it must not be negative'
        )
