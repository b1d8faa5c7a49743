"""Everything the body must not touch, as data, and the distance barriers of it.

The barrier functions use plain operators only, so that they run on numpy arrays on the robot and
on torch tensors in training: one formula, one place.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.errors import HazardError
from vcp_cbf_safety.frames.planar import HERE, Planar
from vcp_cbf_safety.hazards.discs import COLUMNS, Discs, Motion, check_discs, together, velocity_of

Array: TypeAlias = Any  # a numpy array or a torch tensor; the formulas are the same
Vector: TypeAlias = NDArray[np.float64]
Row: TypeAlias = tuple[float, ...]

# At a disc's centre the outward direction is undefined. Rounding the cone's tip off over
# the root of this [m^2] makes the normal fade to zero there, with a finite derivative; at a
# millimetre the distance changes by less than 1e-21 m.
TIP_SQUARED = 1e-12**2


@dataclass(frozen=True, slots=True)
class Arena:
    """Box that the body must stay inside of.

    Attributes:
        x_min, y_min, x_max, y_max: its limits along the axes of its own frame [m].
        frame: where that is in the world frame.

    Raises:
        HazardError: if a limit is not a number or the box is empty.
    """

    x_min: float
    y_min: float
    x_max: float
    y_max: float
    frame: Planar = HERE

    def __post_init__(self) -> None:
        if not (self.x_min < self.x_max and self.y_min < self.y_max):
            raise HazardError(
                f'arena is [{self.x_min}, {self.y_min}, {self.x_max}, {self.y_max}]; '
                'x_min must be below x_max and y_min below y_max'
            )


@dataclass(frozen=True, slots=True)
class Circle:
    """A disc-shaped obstacle or person.

    Attributes:
        x, y: centre in the world frame [m].
        radius: its own radius, without the robot's [m].
        vx, vy: its velocity in the world frame [m/s]; zero for what stands still.
        name: what the filter calls it; '' means its place in the list.
        age: time since its position and velocity were measured [s]; of no account for what stands
            still.
        velocity_uncertainty: largest error of the measured velocity [m/s]. With a velocity of
            zero it makes a dynamic obstacle of which only the top speed is known.

    Raises:
        HazardError: if the radius or the velocity's uncertainty is negative or not a number.
    """

    x: float
    y: float
    radius: float
    vx: float = 0.0
    vy: float = 0.0
    name: str = ''
    age: float = 0.0
    velocity_uncertainty: float = 0.0

    @property
    def moves(self) -> bool:
        """Whether it is, or may at any time be, in motion by itself."""
        return bool(self.vx or self.vy or self.velocity_uncertainty)

    def moved(self, pose: Planar) -> 'Circle':
        """The same, given in a frame with a pose in the world."""
        x, y = pose.place(self.x, self.y)
        vx, vy = pose.direction(self.vx, self.vy)
        return replace(self, x=x, y=y, vx=vx, vy=vy)

    def __post_init__(self) -> None:
        if not self.radius >= 0.0:
            raise HazardError(f'circle radius is {self.radius} m; a radius must not be negative')
        if not self.velocity_uncertainty >= 0.0:
            raise HazardError(
                f'circle velocity_uncertainty is {self.velocity_uncertainty} m/s; it must not be '
                'negative'
            )


@dataclass(frozen=True, slots=True)
class Peer:
    """Another robot, seen as a disc that moves with its twist.

    Attributes:
        x, y, heading: its pose in the world frame [m, m, rad].
        speed, yaw_rate: its twist in its own base frame [m/s, rad/s].
        radius: radius of its body [m].
        responsibility: how much of keeping apart is this robot's. 1 means the peer does not
            cooperate; 0.5 means it runs this filter too and each robot takes half.
        name: what the filter calls it; '' means its place in the list.
        age: time since its pose and twist were measured [s].
        twist_known: False when it may move otherwise than its twist says, at up to
            `peer_max_speed`.

    Raises:
        HazardError: if the radius is negative or the responsibility outside (0, 1].
    """

    x: float
    y: float
    heading: float
    speed: float
    yaw_rate: float
    radius: float
    responsibility: float = 1.0
    name: str = ''
    age: float = 0.0
    twist_known: bool = True

    def __post_init__(self) -> None:
        if not self.radius >= 0.0:
            raise HazardError(f'peer radius is {self.radius} m; a radius must not be negative')
        if not 0.0 < self.responsibility <= 1.0:
            raise HazardError(
                f'peer responsibility is {self.responsibility}; it must be in (0, 1], '
                '1 for a peer that does not cooperate and 0.5 for one that does'
            )


class SpeedLimits(NamedTuple):
    """What the robot may drive in a cycle, beside its own limits.

    Attributes:
        lowest: speed, at most zero [m/s].
        highest: speed, at least zero [m/s].
        reason: one sentence that says why.
    """

    lowest: float = -math.inf
    highest: float = math.inf
    reason: str = ''


ANY_SPEED = SpeedLimits()


@dataclass(frozen=True, slots=True)
class Hazards:
    """All that the body must not touch in one cycle.

    Attributes:
        arena: the box to stay in, or None for an open world.
        circles: obstacles and people.
        peers: other robots.
        discs: more obstacles, in columns; for many of them the quicker form.
        speed_limits: where nobody looks where the robot would drive, for example.
    """

    arena: Arena | None = None
    circles: Sequence[Circle] = field(default_factory=tuple)
    peers: Sequence[Peer] = field(default_factory=tuple)
    discs: Sequence[Discs] = field(default_factory=tuple)
    speed_limits: SpeedLimits = ANY_SPEED


class Walls(NamedTuple):
    """Half-planes {p : normals p + offsets >= 0} to stay in: normals (n, 2), offsets (n,)."""

    normals: Array
    offsets: Array
    names: tuple[str, ...] = ()


class Barriers(NamedTuple):
    """Distance barriers: h (..., n) [m] and unit normals (..., n, 2), from hazard to point."""

    h: Array
    normals: Array


def walls_of(arena: Arena) -> Walls:
    """The four walls of an arena in the world frame, their normals pointing inward."""
    normals = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    offsets = np.array([-arena.x_min, arena.x_max, -arena.y_min, arena.y_max])
    if arena.frame != HERE:
        x, y, yaw = arena.frame
        normals = Planar(yaw=yaw).places(normals)
        offsets -= normals @ (x, y)
    return Walls(
        normals=normals,
        offsets=offsets,
        names=('arena.x_min', 'arena.x_max', 'arena.y_min', 'arena.y_max'),
    )


def discs_of(hazards: Hazards) -> Discs:
    """Circles, then what is in columns already, then peers.

    Raises:
        HazardError: if a number is not finite or of no sensible size, or an age is negative; the
            message names the hazard.
    """
    circles = _table([_of_circle(circle) for circle in hazards.circles])
    peers = _table([_of_peer(peer) for peer in hazards.peers])
    names = [c.name or f'circles[{i}]' for i, c in enumerate(hazards.circles)]
    names_of_peers = [p.name or f'peers[{i}]' for i, p in enumerate(hazards.peers)]
    discs = together(
        [Discs(tuple(names), circles), *hazards.discs, Discs(tuple(names_of_peers), peers)]
    )
    check_discs(discs)
    return discs


def _table(rows: list[Row]) -> Vector:
    # In one row, numpy reads numbers in a third of the time.
    numbers = [number for row in rows for number in row]
    return np.array(numbers, dtype=np.float64).reshape(-1, COLUMNS)


def _of_circle(c: Circle) -> Row:
    if not c.moves:
        return (c.x, c.y, c.radius, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, Motion.STANDS)
    return (
        c.x, c.y, c.radius, c.vx, c.vy, 1.0, c.age, c.velocity_uncertainty, 0.0, 0.0, 0.0,
        Motion.VELOCITY,
    )  # fmt: skip


def _of_peer(p: Peer) -> Row:
    vx, vy = velocity_of(p.speed, p.heading)
    motion = Motion.TWIST if p.twist_known else Motion.LAST_TWIST
    return (
        p.x, p.y, p.radius, vx, vy, p.responsibility, p.age, 0.0, p.heading, p.speed, p.yaw_rate,
        motion,
    )  # fmt: skip


def dot(first: Array, second: Array) -> Array:
    """Inner product over the last axis of two (..., 2) arrays."""
    return first[..., 0] * second[..., 0] + first[..., 1] * second[..., 1]


def wall_barriers(points: Array, normals: Array, offsets: Array, inflation: Array) -> Barriers:
    """Distance barrier of walls, seen from points of the robot.

    h = normal . point + offset - inflation  (docs/theory.md, eq. 5)

    Args:
        points: (..., 2) positions in the world frame [m].
        normals: (..., n, 2) unit inward normals of the walls.
        offsets: (..., n) wall offsets [m].
        inflation: body radius plus margin [m], a number or (..., 1).

    Returns:
        Barriers with h (..., n) [m] and normals (..., n, 2).
    """
    from_origin = points[..., None, :]
    h = dot(from_origin, normals) + (offsets - inflation)
    return Barriers(h, normals + 0.0 * from_origin)


def disc_barriers(points: Array, centers: Array, radii: Array, inflation: Array) -> Barriers:
    """Distance barrier of discs, seen from points of the robot.

    h = |point - center| - radius - inflation  (docs/theory.md, eq. 4)

    At the very centre of a disc no direction leads out faster than another; the normal is zero
    there and the row of the program asks for nothing.

    Args:
        points: (..., 2) positions in the world frame [m].
        centers: (..., n, 2) disc centres in the world frame [m].
        radii: (..., n) disc radii [m].
        inflation: body radius plus margin [m], a number or (..., 1).

    Returns:
        Barriers with h (..., n) [m] and normals (..., n, 2), from disc to point.
    """
    delta = points[..., None, :] - centers
    distance = (dot(delta, delta) + TIP_SQUARED) ** 0.5
    return Barriers(distance - radii - inflation, delta / distance[..., None])
