"""Last check before a command goes out: follow it, and the stop after it, to the end."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.foresight import first_collision, in_front
from vcp_cbf_safety.prediction import Ahead
from vcp_cbf_safety.scale_search import gentle_scale, largest_scale
from vcp_cbf_safety.stopping_trajectory import (
    StoppingTrajectory,
    grid_of,
    longest_stop,
    stopping_distance,
    stopping_trajectories,
)
from vcp_cbf_safety.surroundings import ROUNDING, Surroundings, within_way
from vcp_cbf_safety.unicycle import STANDING, Twist2D

Vector = NDArray[np.float64]

# Ways of one base, by when the stop begins; see `stopping_trajectories`.
Fan = list[StoppingTrajectory]

# Why a command that would pass is slowed all the same, after one that did not.
_RAMP = 'because it speeds up again no faster than its base does'


class Checked(NamedTuple):
    """How much of a command may go out.

    Attributes:
        scale: of speed and yaw rate, 0 to 1.
        hazard: name of what a larger scale would have come too near to, or 'limits'; None at
            scale 1.
        purpose: what a smaller scale is good for, the end of a sentence.
    """

    scale: float
    hazard: str | None = None
    purpose: str = ''


def safe_scale(
    config: FilterConfig,
    command: Twist2D,
    starts: Sequence[Ahead],
    around: Surroundings,
    last: Twist2D,
    before: Checked,
) -> Checked:
    """Largest tried scale of the command after which the robot can stop short of everything.

    On the path of the command and of the stop after it (docs/theory.md, eq. 17, 20 and 23)

    - no body barrier may fall below min(0, now), with hazards held still (their motion is in the
      rows), on the whole of the path and not only at its points,
    - no peer that shares the work may be approached by more than this robot's part of the gap,
    - no hazard that moves by itself may be met in front of the robot while that moves, whatever
      it does.

    Speed and yaw rate shrink together, so the robot stays on the same curve. A robot that could
    stop after the last command can stop now, so the scale 0 keeps the promise.

    Args:
        config: the filter's parameters.
        command: the command to check.
        starts: states in which the robot may be when it takes effect, the expected one first.
        around: what to keep clear of.
        last: the last command.
        before: how much of it was let out.

    Returns:
        Scale 1 when the command is fine as it is; 0 when no scale that was tried is.
    """
    plain = _is_plainly_safe(config, command, starts, around)
    if plain and around.dynamic_obstacles is None:
        return Checked(1.0)
    if not plain:
        around = within_way(around, longest_stop(config, starts, command)[0])
    creep, most, slower = stopping_distance(config, STANDING.v), 1.0, None

    def too_hasty(scale: float) -> tuple[str, str] | None:
        tried = Twist2D(scale * command.v, scale * command.omega)
        grid = grid_of(config, starts[:1], tried, config.velocity_lag)
        grid = grid._replace(stops=grid.stops[-1:])
        fan = stopping_trajectories(config, starts[0], tried, grid)
        front = around.dynamic_obstacles and in_front(around.dynamic_obstacles, fan[0])
        return _met([fan], around._replace(dynamic_obstacles=front))

    def unsafe(scale: float) -> tuple[str, str] | None:
        tried = Twist2D(scale * command.v, scale * command.omega)
        grid = grid_of(config, starts, tried)
        if plain:
            grid = grid._replace(stops=grid.stops[-1:])
        fans = [stopping_trajectories(config, start, tried, grid) for start in starts]
        near = None if plain else _too_near(fans, around, creep)
        return near or _met(fans, around)

    if around.dynamic_obstacles is not None:
        hasty = (before.hazard or '', _RAMP) if before.scale < 1.0 else too_hasty(1.0)
        if hasty is not None:
            most, slower = gentle_scale(config, command, last, too_hasty)
            if slower is None and most < 1.0:
                slower = hasty
    scale, wrong = largest_scale(unsafe, most) if most > 0.0 else (0.0, None)
    return Checked(scale, *(wrong or slower or ()))


def _too_near(fans: Sequence[Fan], around: Surroundings, creep: float) -> tuple[str, str] | None:
    """What the ways come too near to, and why one must stop sooner; None when all are clear.

    Odometry of a robot that stands may say that it creeps; then already a stop that begins at once
    leads on by a little. What that loses, up to `creep` [m], any way may lose.
    """
    names = around.scene.names
    index = _touched(fans, around, creep)
    if index is not None:
        return names[index], 'to be able to stop on this curve'
    for fan in fans:
        index = _crowded(fan, fans[0][-1].points[0], around, creep)
        if index is not None:
            return names[index], f'to keep to its part of the gap to {names[index]}'
    return None


def _met(fans: Sequence[Fan], around: Surroundings) -> tuple[str, str] | None:
    """What could be met in front, and why one must stop sooner; None when nothing could."""
    if around.dynamic_obstacles is None:
        return None
    for fan in fans:
        name = first_collision(around.dynamic_obstacles, fan[-1])
        if name is not None:
            return name, f'to be able to stop before {name} can come in its way'
    return None


def _touched(fans: Sequence[Fan], around: Surroundings, creep: float) -> int | None:
    """Which hazard the body comes nearer to than it may, one that does not share the work.

    Looked at are the ways themselves and the sheets between them: between stops that begin
    sooner and later, and between the ways of bases that answer differently.
    """
    scene, inflation = around.scene, around.inflation
    starts = np.array([fan[0].points[0] for fan in fans])
    floor = np.minimum(scene.least_barriers(starts, starts, inflation).min(axis=0), 0.0)
    sheets = [pair for fan in fans for pair in pairwise(fan)]
    sheets += [(fans[0][-1], fan[-1]) for fan in fans[1:]]
    at_once = [fan[0].points for fan in fans]
    ways = [way.points for fan in fans for way in fan[1:]]
    # Nothing that is done now can better a stop that begins at once.
    inevitable = np.minimum(floor, _least(at_once, around))
    worst = _least(ways, around) - np.maximum(inevitable, floor - creep)
    floor = inevitable
    rungs = [np.concatenate((first.points, second.points), axis=1) for first, second in sheets]
    first, second = np.split(np.concatenate(rungs), 2, axis=1)
    worst = np.minimum(worst, scene.least_barriers(first, second, inflation).min(axis=0) - floor)
    if float(np.abs(second - first).max()) > inflation:
        corners = np.concatenate([_triangles(a.points, b.points) for a, b in sheets])
        worst = np.where(scene.enclosed(corners), -math.inf, worst)
    worst = np.where(np.isinf(around.parts), worst, 0.0)
    index = int(worst.argmin())
    return index if worst[index] < -ROUNDING else None


def _least(ways: Sequence[Vector], around: Surroundings) -> Vector:
    """Least barrier of every hazard on ways through points (k + 1, 2): (n,) [m]."""
    starts = np.concatenate([points[:-1] for points in ways])
    ends = np.concatenate([points[1:] for points in ways])
    least: Vector = around.scene.least_barriers(starts, ends, around.inflation).min(axis=0)
    return least


def _triangles(first: Vector, second: Vector) -> Vector:
    """Triangles (2 k, 3, 2) that fill the sheet between two ways with the same times."""
    return np.concatenate(
        (
            np.stack((first[:-1], first[1:], second[:-1]), axis=1),
            np.stack((second[:-1], first[1:], second[1:]), axis=1),
        )
    )


def _crowded(fan: Fan, expected: Vector, around: Surroundings, creep: float) -> int | None:
    """Which peer that shares the work is approached by more than this robot's part."""
    shared = np.flatnonzero(np.isfinite(around.parts))
    if not len(shared):
        return None
    normals, part = around.normals[shared].T, around.parts[shared]
    approach = ((expected - fan[-1].points) @ normals).max(axis=0)
    at_once = ((expected - fan[0].points) @ normals).max(axis=0)
    already = (expected - fan[0].points[0]) @ normals
    part = np.maximum(part, already)
    beyond = approach - np.maximum(part, np.minimum(at_once, part + creep))
    worst = int(beyond.argmax())
    return int(shared[worst]) if beyond[worst] > ROUNDING else None


def _is_plainly_safe(
    config: FilterConfig, command: Twist2D, starts: Sequence[Ahead], around: Surroundings
) -> bool:
    """Whether the way to the stop is too short, or leads too far aside, to reach anything.

    A distance to a convex hazard is convex, h(p + d) >= h(p) + n . d, and on a way of length S on
    which the robot turns by at most D, n . d >= -S (max(0, -n . e) + D), with e the direction in
    which it sets out. Towards peers that share the work the same bound must stay within this
    robot's part. Spares most cycles the roll-out.
    """
    if not len(around.barriers):
        return True
    speeds = [command.v, *(start.state.speed for start in starts)]
    way = stopping_distance(config, max(map(abs, speeds)))
    # A barrier may be below zero only because it is the bound for all states in which the robot
    # may be; a robot that is really inside the margin may go on, if it goes no deeper.
    reach = np.maximum(around.barriers, 0.0) if len(starts) == 1 else around.barriers
    room = np.minimum(reach, around.parts)
    if float(room.min()) > way:
        return True
    if min(speeds) < 0.0 < max(speeds):
        return False  # it sets out in one direction and goes on in the other
    state = starts[0].state
    omega = max(abs(command.omega), abs(state.yaw_rate))
    reaction = config.hold_time + config.velocity_lag
    turn = omega * reaction + omega**2 / (2.0 * config.max_yaw_acceleration)
    forward = math.copysign(1.0, sum(speeds))
    direction = np.array((forward * math.cos(state.heading), forward * math.sin(state.heading)))
    approach = np.maximum(turn - around.normals @ direction, 0.0)
    return bool((room >= way * approach).all())
