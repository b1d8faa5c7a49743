"""Where scanners look, and how fast a robot may drive where none of them does."""

import math
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.hazards.hazards import SpeedLimits
from vcp_cbf_safety.motion.braking import stopping_distance
from vcp_cbf_safety.sensing.laser_scan import LaserScan, Mount

# The front of what the robot drives over is looked at in so many places.
_PLACES = 9
# How fast it may creep where nobody looks and that is allowed [m/s].
CREEP = 0.1
# A field that ends this close [rad] to where a full turn would end is one.
_CLOSED = 0.02


class Unseen(str, Enum):
    """What a robot may do in a direction in which no scanner looks."""

    STOP = 'stop'  # not drive there
    SLOW = 'slow'  # creep there
    ALLOW = 'allow'  # drive as everywhere

    def __str__(self) -> str:
        return self.value


class Field(NamedTuple):
    """What a scanner looks at.

    Attributes:
        mount: where it is on the robot.
        middle: bearing of the middle of its field, in its own frame [rad].
        half: half of its field [rad].
    """

    mount: Mount
    middle: float
    half: float

    def contains(self, x: float, y: float) -> bool:
        """Whether a point of base_link [m] is in the field."""
        bearing = math.atan2(y - self.mount.y, x - self.mount.x) - self.mount.yaw - self.middle
        return abs(math.remainder(bearing, 2.0 * math.pi)) <= self.half


def field_of(scan: LaserScan, mount: Mount) -> Field:
    """The field of a scanner from one of its scans."""
    turn = scan.angle_increment * (len(scan.ranges) - 1)
    half = 0.5 * abs(turn)
    if half + abs(scan.angle_increment) >= math.pi - _CLOSED:
        half = math.pi
    return Field(mount, scan.angle_min + 0.5 * turn, half)


@lru_cache(maxsize=32)
def limits_where(config: FilterConfig, fields: tuple[Field, ...], unseen: Unseen) -> SpeedLimits:
    """Speed limits where no scanner looks, remembered: they are the same in every cycle.

    A direction is seen when some scanner looks at every place that the front of the body passes
    after the way that the robot needs to stop from its top speed.

    Args:
        config: body, top speeds and braking of the robot.
        fields: where its scanners look.
        unseen: what it may do where none does.
    """
    if unseen is Unseen.ALLOW:
        return SpeedLimits()
    speed = CREEP if unseen is Unseen.SLOW else 0.0
    ahead, behind = (
        _is_seen(config, fields, way) for way in (config.max_speed, min(config.min_speed, 0.0))
    )
    blind = [name for name, seen in (('forwards', ahead), ('backwards', behind)) if not seen]
    may = f'it may creep there with {CREEP:g} m/s' if speed else 'it may not'
    return SpeedLimits(
        -math.inf if behind else -speed,
        math.inf if ahead else speed,
        f'no scanner looks where the robot drives {" and ".join(blind)}: {may}' if blind else '',
    )


def _is_seen(config: FilterConfig, fields: tuple[Field, ...], speed: float) -> bool:
    if speed == 0.0:
        return True
    edge = config.outer_radius + stopping_distance(config, abs(speed))
    x = math.copysign(edge, speed)
    sides = [config.outer_radius * (2.0 * k / (_PLACES - 1) - 1.0) for k in range(_PLACES)]
    return all(any(field.contains(x, y) for field in fields) for y in sides)
