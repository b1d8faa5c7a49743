"""A scan from its message, and which of its points are robots that are known otherwise."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.hazards.hazards import Peer
from vcp_cbf_safety.motion.unicycle import advance
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.sensing.laser_scan import LaserScan

if TYPE_CHECKING:
    from sensor_msgs.msg import LaserScan as LaserScanMessage


def laser_scan_of(
    message: 'LaserScanMessage', topic: str, stamp: float, settings: NodeSettings
) -> LaserScan:
    """A scan from its message.

    Args:
        message: the message.
        topic: its topic, for errors.
        stamp: time of its first beam [s].
        settings: `scan_range_min` and `scan_range_max` narrow what counts as measured.

    Raises:
        InputError: if it has another number of ranges than its angles make.
    """
    ranges = np.asarray(message.ranges, dtype=np.float64)
    increment = message.angle_increment
    turn = message.angle_max - message.angle_min
    if math.isfinite(turn) and math.isfinite(increment) and increment != 0.0:
        expected = round(turn / increment) + 1
        # Some drivers leave out the last beam of a full turn, or count one too many.
        if abs(len(ranges) - expected) > 1:
            raise InputError(
                f'scan on {topic} has {len(ranges)} ranges where angle_min, angle_max and '
                f'angle_increment make {expected}'
            )
    longest = settings.scan_range_max or math.inf
    return LaserScan(
        ranges,
        message.angle_min,
        increment,
        max(message.range_min, settings.scan_range_min),
        min(message.range_max, longest),
        stamp,
        message.time_increment,
    )


def discs_at(peers: Sequence[Peer], ago: float, inner: float) -> NDArray[np.float64]:
    """Where robots were some time ago [s], by what is known of them now: (k, 3).

    Of a body that is no disc only the part inside of `inner` [m]: what stands beside it is not it.
    """
    table = []
    for peer in peers:
        pose = (peer.x, peer.y, peer.heading)
        x, y, _ = advance(pose, peer.speed, peer.yaw_rate, peer.age - ago)
        table.append((x, y, min(peer.radius, inner) if peer.twist_known else 0.0))
    return np.array(table).reshape(-1, 3)
