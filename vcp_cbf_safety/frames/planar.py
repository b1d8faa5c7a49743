"""Poses on the floor as transforms: composed, inverted, and made of those in space."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from transforms3d.quaternions import quat2mat

from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.motion.unicycle import LARGEST_NUMBER

# What is tilted by more than this [rad] is not flat: a length on it is 0.4 % shorter on the floor.
MOST_TILT = math.radians(5.0)
# A quaternion shorter than this carries no direction; a unit one has length 1.
_SHORTEST_QUATERNION = 1e-3


class Planar(NamedTuple):
    """Where a frame is in another one: x, y [m] and yaw [rad].

    It takes coordinates in the frame to coordinates in the other one.
    """

    x: float = 0.0
    y: float = 0.0
    yaw: float = 0.0

    def after(self, first: 'Planar') -> 'Planar':
        """First one transform, then this one."""
        x, y = self.place(first.x, first.y)
        return Planar(x, y, self.yaw + first.yaw)

    def inverse(self) -> 'Planar':
        """The transform back."""
        cosine, sine = math.cos(self.yaw), math.sin(self.yaw)
        return Planar(-cosine * self.x - sine * self.y, sine * self.x - cosine * self.y, -self.yaw)

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Where a point is [m]."""
        ahead, aside = self.direction(x, y)
        return self.x + ahead, self.y + aside

    def direction(self, x: float, y: float) -> tuple[float, float]:
        """Where a vector points, such as a velocity."""
        cosine, sine = math.cos(self.yaw), math.sin(self.yaw)
        return cosine * x - sine * y, sine * x + cosine * y

    def places(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where (n, 2) points are [m]."""
        cosine, sine = math.cos(self.yaw), math.sin(self.yaw)
        x, y = points[:, 0], points[:, 1]
        return np.column_stack((self.x + cosine * x - sine * y, self.y + sine * x + cosine * y))


# A frame that is the other one.
HERE = Planar()


def planar_of(translation: Sequence[float], rotation: Sequence[float], what: str) -> Planar:
    """The pose on the floor of one in space; its height is left out.

    Args:
        translation: x, y, z [m].
        rotation: quaternion x, y, z, w, not necessarily of length 1.
        what: what to call it in errors.

    Raises:
        InputError: if a number is not finite or beyond all maps, the rotation is none, or it is
            tilted by more than `MOST_TILT`.
    """
    for axis, number in zip('xyz', translation, strict=True):
        if not abs(number) <= LARGEST_NUMBER:
            raise InputError(
                f'{what} has {axis} {number} m; it must be a number up to {LARGEST_NUMBER:g}'
            )
    check_rotation(rotation, what)
    x, y, z, w = rotation
    if x == 0.0 and y == 0.0:  # upright, as nearly all are
        yaw = math.atan2(2.0 * w * z, w * w - z * z)
        return Planar(translation[0], translation[1], yaw)
    matrix = quat2mat((w, x, y, z))
    tilt = math.atan2(math.hypot(matrix[0, 2], matrix[1, 2]), matrix[2, 2])
    if tilt > MOST_TILT:
        raise InputError(
            f'{what} is rolled or pitched by {math.degrees(tilt):.0f} degrees; only what is flat '
            f'within {math.degrees(MOST_TILT):.0f} degrees can be brought to the floor'
        )
    yaw = math.atan2(matrix[1, 0], matrix[0, 0])
    return Planar(translation[0], translation[1], yaw)


def check_rotation(quaternion: Sequence[float], source: str) -> None:
    """Raise InputError unless a quaternion (x, y, z, w) of `source` is a rotation."""
    x, y, z, w = quaternion
    length = math.sqrt(w * w + x * x + y * y + z * z)
    if not _SHORTEST_QUATERNION <= length <= LARGEST_NUMBER:
        raise InputError(
            f'{source} has orientation (x, y, z, w) = ({x}, {y}, {z}, {w}), which is no rotation; '
            'a quaternion has length 1'
        )
