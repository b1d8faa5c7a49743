"""What an obstacle marker that moves may have done since it was reported, as with a quiet peer."""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from vcp_cbf_safety.hazards.hazards import Circle
from vcp_cbf_safety.motion.unicycle import RobotState
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.ros.sources.peer_view import grown_radius


class MovingMarkers(NamedTuple):
    """What one cycle makes of the markers that move.

    Attributes:
        circles: the discs to keep away from.
        lost: why the robot must stop for one of them, '' when it need not.
        faults: what else is wrong, one sentence each.
    """

    circles: list[Circle]
    lost: str
    faults: list[str]


def moving_markers(
    reported: Iterable[Circle], robot: RobotState | None, settings: NodeSettings
) -> MovingMarkers:
    """The markers that move, in one cycle.

    Up to `peer_timeout` after it was reported a marker is where its velocity takes it. Then that
    velocity is not trusted any more: it is in the middle of all the room that it could have
    reached at `peer_max_speed`. After `peer_lost_timeout` the robot brakes or takes it to be gone,
    as `peer_lost_action` says: it has moved, so it may be anywhere.

    Args:
        reported: the moving discs as last reported, with their ages.
        robot: where this robot is, as far as known.
        settings: the node's parameters.
    """
    circles, lost, faults = [], '', []
    for circle in reported:
        if circle.age <= settings.peer_timeout:
            circles.append(circle)
            continue
        if circle.age <= settings.peer_lost_timeout:
            circles.append(_grown(circle, robot, settings))
            faults.append(
                f'marker {circle.name} moves and may be anywhere near where it was: its last '
                f'report is older than peer_timeout ({settings.peer_timeout:g} s)'
            )
            continue
        how = (
            f'marker {circle.name} moved when it was last reported, longer ago than '
            f'peer_lost_timeout ({settings.peer_lost_timeout:g} s)'
        )
        if settings.peer_lost_action == 'ignore':
            faults.append(f'{how}; it is taken to be gone')
        else:
            lost = lost or (
                f'{how}; the robot stands until it is reported again, deleted or its lifetime ends'
            )
    return MovingMarkers(circles, lost, faults)


def _grown(circle: Circle, robot: RobotState | None, settings: NodeSettings) -> Circle:
    place, top = (circle.x, circle.y), settings.filter.peer_max_speed
    radius = grown_radius(place, circle.radius, circle.age, robot, settings)
    return replace(circle, vx=0.0, vy=0.0, radius=radius, age=0.0, velocity_uncertainty=top)
