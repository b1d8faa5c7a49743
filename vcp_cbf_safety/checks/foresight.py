"""Which hazards that move by themselves could be driven into while the robot stops, at worst."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.checks.clear_line import is_plainly_clear
from vcp_cbf_safety.checks.near_hazards import near_hazards
from vcp_cbf_safety.checks.reachability import Reach, motions_of, reach_of
from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.hazards.discs import Discs
from vcp_cbf_safety.hazards.scene import Scene
from vcp_cbf_safety.motion.prediction import Ahead
from vcp_cbf_safety.motion.stopping_trajectory import StoppingTrajectory
from vcp_cbf_safety.motion.unicycle import Twist2D

Vector = NDArray[np.float64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.int64]

# Bodies are inside their discs, and fill at least this part of them from side to side: a square.
FILLED = 0.7


class DynamicObstacles(NamedTuple):
    """What m hazards can do that move by themselves and need not give way.

    Attributes:
        places: (m,) where they are among all hazards.
        reach: where their centres can be.
        contacts: (m,) distance of the centres at which the bodies may touch, at most [m].
        touching: (m,) distance at which they surely touch [m].
        error: how wrong a distance may be [m].
        contact_speed: with which the robot may itself close in at a contact [m/s].
    """

    places: Indices
    reach: Reach
    contacts: Vector
    touching: Vector
    error: float
    contact_speed: float

    def of(self, which: Flags | Indices) -> 'DynamicObstacles':
        """The same of some of the m hazards."""
        return self._replace(
            places=self.places[which],
            reach=self.reach.of(which),
            contacts=self.contacts[which],
            touching=self.touching[which],
        )

    def between(self) -> 'DynamicObstacles':
        """The same along the direction between the centres alone."""
        return self._replace(reach=self.reach.between())


_NOTHING = DynamicObstacles(
    np.zeros(0, np.int64),
    Reach(np.zeros(0), np.zeros((0, 1, 2)), np.zeros(0), np.zeros((1, 0, 1))),
    np.zeros(0),
    np.zeros(0),
    error=0.0,
    contact_speed=0.0,
)


def dynamic_obstacles_of(
    config: FilterConfig,
    seen: Discs,
    scene: Scene,
    barriers: Vector,
    inflation: float,
    stop: tuple[float, float],
    starts: Sequence[Ahead],
    command: Twist2D | None = None,
    scale: float = 1.0,
) -> DynamicObstacles | None:
    """Hazards that move by themselves, leave all of the distance to this robot, and can reach it.

    Args:
        config: a round body, actuation_delay and what peers can do.
        seen: discs as last seen, with their ages.
        scene: the same discs when the command takes effect, and walls: n hazards.
        barriers: (n,) body barriers at that time [m].
        inflation: body radius plus all margins [m]. The configured margin is left out of the
            distance of contact: a hazard that does the worst it can may use it up.
        stop: longest way of the robot until it stands [m], and how long that takes [s].
        starts: states in which the robot may be when the command takes effect.
        command: when it is told, nothing is to be looked at where the command is plainly clear
            of all of them.
        scale: how much of the command would go out then.

    Returns:
        None when there is no such hazard, or the whole command is plainly clear of all; no
        obstacles where that is so of a part of it.
    """
    near = near_hazards(config, seen, scene, barriers, stop)
    inflation -= config.margin
    if not near:
        return None
    way, duration = stop
    plain = command and is_plainly_clear(config, command, scale, starts, near, inflation, duration)
    if plain and scale == 1.0:
        return None
    contacts = np.array([each.radius + inflation for each in near])
    state = starts[0].state
    pose = np.array((state.x, state.y, state.heading))
    reach = reach_of(motions_of([each.bounds for each in near]), pose, duration)
    places = np.array([(start.state.x, start.state.y) for start in starts])
    close = reach.within(way + contacts, (reach.directions @ places.T).min(axis=2))
    if not close.any():
        return None
    if plain:
        return _NOTHING
    solid = np.array([each.radius if each.solid else 0.0 for each in near])
    return DynamicObstacles(
        np.array([each.place for each in near])[close],
        reach.of(close),
        contacts[close],
        FILLED * (solid + config.outer_radius)[close],
        inflation - config.outer_radius,
        config.contact_speed,
    )


def depths(
    obstacles: DynamicObstacles, ways: StoppingTrajectory, pairs: tuple[Indices, Indices]
) -> Vector:
    """How deep robots can drive into hazards while they are moving, (p,) at most zero [m].

    A robot drives into what it touches in front: where it closes in itself, faster than the
    contact speed. What reaches the rest of the body has run into the robot. Each piece of the way
    is looked at as a whole: what the front sweeps, and where the hazard can be until its end. The
    piece is clear when a direction tells the two apart, or when the hazard is behind the robot and
    could not have come around it.

    Args:
        obstacles: what m hazards can do.
        ways: how robots move, w side by side.
        pairs: (p,) each, of a hazard and a way.
    """
    hazards, robots = pairs
    rolling = ways.speeds > obstacles.contact_speed
    ever: Flags = np.logical_or.reduce(rolling, axis=1)
    if not ever.any():
        return np.zeros(len(hazards))
    ways = ways.first(len(ever) - int(ever[::-1].argmax()))
    every = np.arange(len(ways.times))[:, None]
    # Most pieces are told apart by the direction between the centres.
    between = _separation(obstacles.between(), ways, hazards, (every, robots))
    found = np.minimum(between.gap[:, :, 0], 0.0)
    found[~rolling[: len(found), robots]] = 0.0
    doubtful = found.nonzero()
    if not len(doubtful[0]):
        return np.zeros(len(hazards))
    piece, pair = doubtful
    apart = _separation(obstacles, ways, hazards[pair], (piece, robots[pair]))
    found[doubtful] = np.minimum(apart.gap.max(axis=1), 0.0)
    met = np.flatnonzero(np.logical_or.reduce(found, axis=0))
    met = met[behind(obstacles.of(hazards[met]), ways.of(robots[met]))]
    if len(met):
        hazards, robots = hazards[met], robots[met]
        kept = _cannot_pass(
            obstacles.of(hazards), _separation(obstacles, ways, hazards, (every, robots))
        )
        # Where it turns back, behind becomes in front.
        courses = ways.directions[:, robots]
        kept[1:] &= (courses[1:] * courses[:-1]).sum(axis=2) >= 0.0
        found[:, met] = np.where(np.logical_and.accumulate(kept, axis=0), 0.0, found[:, met])
    depths: Vector = found.min(axis=0)
    return depths


class _Separation(NamedTuple):
    """How d directions tell hazards from the robot on pieces of its way; arrays are (..., d).

    Attributes:
        apart: how far the set ends before the robot's centre, along each direction [m].
        cosine, sine: of the directions, seen from the robot's course.
        bend: (..., 1) how far its heading is from the course at most [rad].
        gap: how far the set ends before the front of the robot [m].
    """

    apart: Vector
    cosine: Vector
    sine: Vector
    bend: Vector
    gap: Vector


def _separation(
    obstacles: DynamicObstacles,
    ways: StoppingTrajectory,
    hazards: Indices,
    pieces: tuple[Indices, Indices],
) -> _Separation:
    """How directions tell hazards (p,) from the robot on pieces of ways, (p,) or (k, p)."""
    (piece, way), reach, slow = pieces, obstacles.reach, obstacles.contact_speed
    ex: Vector = reach.directions[hazards, :, 0]
    ey: Vector = reach.directions[hazards, :, 1]
    begin, end = ways.points[piece, way], ways.points[piece + 1, way]
    nearest = np.minimum(
        begin[..., :1] * ex + begin[..., 1:] * ey, end[..., :1] * ex + end[..., 1:] * ey
    )
    # Convex in time, the supports are largest at the ends of a piece.
    times = np.concatenate((np.zeros_like(ways.times[:1]), ways.times))
    apart = nearest - np.maximum(
        reach.until(times[piece, way], hazards), reach.until(times[piece + 1, way], hazards)
    )
    course: Vector = ways.directions[piece, way]
    speed: Vector = ways.speeds[piece, way]
    cx: Vector = course[..., :1]
    cy: Vector = course[..., 1:]
    cosine: Vector = ex * cx + ey * cy
    sine: Vector = ey * cx - ex * cy
    bend = 0.5 * np.abs(ways.turns[piece, way])
    front = (np.arccos(slow / np.maximum(speed, slow)) + bend)[..., None]
    edge = np.cos(front)
    sector = np.where(cosine <= -edge, 1.0, abs(sine) * np.sin(front) - cosine * edge)
    gap = apart - obstacles.contacts[hazards, None] * np.maximum(sector, 0.0)
    return _Separation(apart, cosine, sine, bend[..., None], gap)


def behind(obstacles: DynamicObstacles, ways: StoppingTrajectory) -> Flags:
    """Which hazards (m,) are surely behind the robot when it sets out."""
    x, y = ways.directions[0, :, 0], ways.directions[0, :, 1]
    directions, supports = obstacles.reach.at_once(np.arctan2(y, x) - 0.5 * ways.turns[0])
    along = (directions.sum(axis=1) * ways.points[0]).sum(axis=1)
    behind: Flags = supports - along < -obstacles.error
    return behind


def _cannot_pass(obstacles: DynamicObstacles, found: _Separation) -> Flags:
    """Which hazards (k, m) cannot get from behind to the front on a piece.

    One that does is abeam at some time, on one side or the other, further from the centre than
    where the bodies surely touch. Neither of these two half-lines can it reach if a direction
    tells them from the set, for every heading on the piece.
    """
    kept = np.ones(found.apart.shape[:2], dtype=bool)
    room, bend = found.apart - obstacles.error, found.bend
    for side in (found.sine, -found.sine):
        beyond = side * np.cos(bend) - abs(found.cosine) * np.sin(bend)
        tells = (beyond >= 0.0) & (beyond * obstacles.touching[:, None] + room > 0.0)
        kept &= tells.any(axis=2)
    return kept
