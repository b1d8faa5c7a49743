"""Last check before a command goes out: follow it, and the stop after it, to the end."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.foresight import DynamicObstacles, first_collision, in_front
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

# Name of a hazard, and what a smaller scale is good for.
Wrong = tuple[str, str]

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
    nominal: Twist2D,
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
        nominal: what the robot was asked to do.
        last: the last command.
        before: how much of it was let out.

    Returns:
        Scale 1 when the command is fine as it is; 0 when no scale that was tried is.
    """
    look = _Look(config, command, starts, around)
    if look.plain and around.dynamic_obstacles is None:
        return Checked(1.0)
    most, slower = 1.0, None
    if around.dynamic_obstacles is not None:
        most, slower = _gentle(look, nominal, last, before)
    scale, wrong = largest_scale(look.unsafe, most) if most > 0.0 else (0.0, None)
    return Checked(scale, *(wrong or slower or ()))


class _Look:
    """What is wrong with scales of one command: hazard and purpose of a smaller scale, or None."""

    def __init__(
        self,
        config: FilterConfig,
        command: Twist2D,
        starts: Sequence[Ahead],
        around: Surroundings,
    ) -> None:
        self.config, self.command = config, command
        self.plain = _is_plainly_safe(config, command, starts, around)
        if not self.plain:
            around = within_way(around, longest_stop(config, starts, command)[0])
        self._starts, self._around = starts, around

    def unsafe(self, scale: float) -> Wrong | None:
        """Whether the robot could not stop short of everything."""
        tried = self._scaled(scale)
        grid = grid_of(self.config, self._starts, tried)
        if self.plain:
            grid = grid._replace(stops=grid.stops[-1:])
        fans = [stopping_trajectories(self.config, s, tried, grid) for s in self._starts]
        creep = stopping_distance(self.config, STANDING.v)
        near = None if self.plain else _too_near(fans, self._around, creep)
        return near or _met(fans, self._around.dynamic_obstacles)

    def hasty(self, scale: float, behind: bool = False) -> Wrong | None:
        """Whether the robot, told this for longer, could meet what moves by itself.

        Args:
            scale: of the command.
            behind: whether what is behind the robot now is looked at, too.
        """
        tried, start = self._scaled(scale), self._starts[0]
        grid = grid_of(self.config, [start], tried, self.config.velocity_lag)
        grid = grid._replace(stops=grid.stops[-1:])
        fan = stopping_trajectories(self.config, start, tried, grid)
        obstacles = self._around.dynamic_obstacles
        if obstacles is not None and not behind:
            obstacles = in_front(obstacles, fan[0])
        return _met([fan], obstacles)

    def _scaled(self, scale: float) -> Twist2D:
        return Twist2D(scale * self.command.v, scale * self.command.omega)


def _gentle(
    look: _Look, nominal: Twist2D, last: Twist2D, before: Checked
) -> tuple[float, Wrong | None]:
    """Largest scale that changes the speed gently beside what moves, and why it is no larger.

    Not larger either than what it takes to drive as fast as asked, where the robot flees from
    something at a speed from which it must brake hard in the end.
    """
    most, slower = 1.0, None
    hasty = (before.hazard or '', _RAMP) if before.scale < 1.0 else look.hasty(1.0)
    if hasty is not None:
        most, slower = gentle_scale(look.config, look.command, last, look.hasty)
        if slower is None and most < 1.0:
            slower = hasty
    speed = abs(look.command.v)
    wish = nominal.v * math.copysign(1.0, look.command.v)
    if STANDING.v < wish < most * speed:
        fled = look.hasty(most, behind=True)
        if fled is not None:
            return wish / speed, fled
    return most, slower


def _too_near(fans: Sequence[Fan], around: Surroundings, creep: float) -> Wrong | None:
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


def _met(fans: Sequence[Fan], obstacles: DynamicObstacles | None) -> Wrong | None:
    """What could be met in front, and why one must stop sooner; None when nothing could."""
    if obstacles is None:
        return None
    for fan in fans:
        name = first_collision(obstacles, fan[-1])
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
