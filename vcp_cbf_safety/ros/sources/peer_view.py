"""What a peer that has gone quiet may have done meanwhile, and when the robot stops for it."""

import math
from dataclasses import replace
from typing import NamedTuple

from vcp_cbf_safety.frames.planar import Planar
from vcp_cbf_safety.hazards.hazards import Peer
from vcp_cbf_safety.motion.unicycle import RobotState
from vcp_cbf_safety.qp.assembly import total_inflation
from vcp_cbf_safety.ros.conversions import peer_of
from vcp_cbf_safety.ros.odometry import OdometryReader
from vcp_cbf_safety.ros.settings import NodeSettings


class Place(NamedTuple):
    """Where the frame of a peer's odometry is in the world frame.

    Attributes:
        pose: there it is or was last; None for the world frame, or where nobody knows.
        error: why it is not known now, '' when it is.
    """

    pose: Planar | None = None
    error: str = ''


class PeerView(NamedTuple):
    """What one cycle makes of a peer.

    Attributes:
        hazard: the disc to keep away from, None when there is none.
        fault: what is wrong with it, '' for nothing.
        brakes: whether the robot must stop for it.
    """

    hazard: Peer | None
    fault: str = ''
    brakes: bool = False


def peer_view(
    name: str,
    reader: OdometryReader,
    place: Place,
    robot: RobotState | None,
    settings: NodeSettings,
    waiting: float,
    now: float,
) -> PeerView:
    """A peer in one cycle.

    Up to `peer_timeout` it is where its last twist takes it. Then that twist is not trusted any
    more: it stands where it was last seen, with all the room around it that it could have reached
    at `peer_max_speed`. After `peer_lost_timeout` the robot brakes or takes it to be gone.

    Args:
        name: its name.
        reader: its odometry.
        place: where the frame of that is.
        robot: where this robot is, as far as known.
        settings: the node's parameters.
        waiting: how long the peer has been expected [s].
        now: monotonic time [s].
    """
    state, age = reader.state(now), reader.age(now)
    if state is not None and place.pose is not None:
        state = _moved(state, place.pose)
    unplaced = state is not None and place.error and age <= settings.peer_lost_timeout
    if unplaced and place.pose is None:
        state = None
    view = _view(name, reader, state, robot, settings, waiting, age)
    if unplaced:
        return PeerView(view.hazard, f'peer {name} cannot be placed: {place.error}', True)
    return view


def _view(
    name: str,
    reader: OdometryReader,
    state: RobotState | None,
    robot: RobotState | None,
    settings: NodeSettings,
    waiting: float,
    age: float,
) -> PeerView:
    """What becomes of a peer with a state in the world frame that is so old [s]."""
    topic = reader.newest.topic
    because = f': {reader.error}' if reader.error else ''
    if state is not None and age <= settings.peer_timeout:
        hazard = peer_of(state, name, settings.peer_radius, settings.peer_responsibility)
        # It is where it was before, or where it is said to be now, and moves as its poses or as
        # its twist say: only standing is right by both.
        brakes = reader.jump or (reader.contradiction if settings.check_odom_twist else '')
        wrong = reader.error or brakes
        return PeerView(hazard, f'peer {name}: {wrong}' if wrong else '', bool(brakes))
    lost = f'older than peer_lost_timeout ({settings.peer_lost_timeout:g} s)'
    ignores = settings.peer_lost_action == 'ignore'
    if state is None:
        if ignores and waiting > settings.peer_lost_timeout:
            return PeerView(
                None, f'peer {name} is taken to be absent: no odometry on {topic}{because}'
            )
        return PeerView(None, f'peer {name} has no odometry on {topic} yet{because}', True)
    if age <= settings.peer_lost_timeout:
        return PeerView(
            _grown(name, state, robot, settings, age),
            f'peer {name} may be anywhere near where it was: odometry on {topic} is older than '
            f'peer_timeout ({settings.peer_timeout:g} s){because}',
        )
    if ignores:
        return PeerView(
            None, f'peer {name} is taken to be gone: odometry on {topic} is {lost}{because}'
        )
    return PeerView(None, f'peer {name} is lost: odometry on {topic} is {lost}{because}', True)


def _moved(state: RobotState, pose: Planar) -> RobotState:
    """A state that is given in a frame with a pose in the world."""
    x, y, heading = pose.after(Planar(state.x, state.y, state.heading))
    return replace(state, x=x, y=y, heading=heading)


def grown_radius(
    place: tuple[float, float],
    radius: float,
    age: float,
    robot: RobotState | None,
    settings: NodeSettings,
) -> float:
    """Radius of all the places where something may be that was last seen at a place [m].

    Up to where the robot is: it does not flee from them.

    Args:
        place: where its centre was [m].
        radius: its own radius [m].
        age: how long ago that was [s].
        robot: where this robot is, as far as known.
        settings: the node's parameters.
    """
    grown = radius + settings.filter.peer_max_speed * age
    if robot is None:
        return grown
    free = math.dist(place, (robot.x, robot.y)) - total_inflation(settings.filter)
    return min(grown, max(free, radius))


def _grown(
    name: str, state: RobotState, robot: RobotState | None, settings: NodeSettings, age: float
) -> Peer:
    radius = grown_radius((state.x, state.y), settings.peer_radius, age, robot, settings)
    # It does not hear either, perhaps: the whole distance is this robot's to keep.
    return Peer(
        state.x, state.y, state.heading, 0.0, 0.0, radius, 1.0, name, twist_known=False
    )  # fmt: skip
