"""Last check before a command goes out: follow it, and the stop after it, to the end."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.checks.look_ahead import FREE, RAMP, LookAhead
from vcp_cbf_safety.checks.plain_way import is_plainly_safe
from vcp_cbf_safety.checks.scale_search import COARSE, largest_scale
from vcp_cbf_safety.checks.surroundings import ROUNDING, Surroundings, within_way
from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.hazards.scene import Scene
from vcp_cbf_safety.motion.body_ways import PointFan, creeping, fans_of_disc, longest_ways
from vcp_cbf_safety.motion.prediction import Ahead
from vcp_cbf_safety.motion.stop_fan import Fan, fans_of, grid_of
from vcp_cbf_safety.motion.stopping_trajectory import limits_in, longest_stop, states_of
from vcp_cbf_safety.motion.unicycle import Twist2D

Vector = NDArray[np.float64]

# Name of a hazard, and what a smaller scale is good for.
Wrong = tuple[str, str]

# Why a command that would pass is slowed all the same, after one that did not.
_SPEEDS_UP = 'because it speeds up again no faster than its base does'


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
    window: float,
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
        window: time in which the speed may change by what the base reaches [s].

    Returns:
        Scale 1 when the command is fine as it is; 0 when no scale that was tried is.
    """
    still = _Still(config, command, starts, around)
    scale, why = 1.0, None
    ahead = _look_ahead(config, command, starts, around, nominal, last, before, window)
    if ahead is not None:
        allowed = ahead.allowed()
        scale = float(allowed.scales[0])
        why = _why(int(allowed.reasons[0]), around, before)
    if still.plain or scale == 0.0:
        return Checked(scale, *(why or ()))
    most = scale
    scale, near = largest_scale(still.too_near, most)
    if ahead is not None and 0.0 < scale < most:
        tried = scale * np.array(COARSE)
        safe = tried[ahead.safe(tried)].tolist()
        scale = next((s for s in safe if s == scale or still.too_near(s) is None), 0.0)
    return Checked(scale, *(near or why or ()))


def _look_ahead(
    config: FilterConfig,
    command: Twist2D,
    starts: Sequence[Ahead],
    around: Surroundings,
    nominal: Twist2D,
    last: Twist2D,
    before: Checked,
    window: float,
) -> LookAhead | None:
    """The look at what moves by itself; None where nothing does."""
    obstacles = around.dynamic_obstacles
    if obstacles is None:
        return None
    return LookAhead(
        config,
        window,
        np.array(((command.v, command.omega),)),
        np.array(((nominal.v, nominal.omega),)),
        np.array(((last.v, last.omega),)),
        np.array((before.scale,)),
        states_of(starts)[None],
        limits_in(config, starts)[None],
        np.zeros(len(obstacles.places), np.int64),
        obstacles,
        around.seen_from,
    )


def _why(reason: int, around: Surroundings, before: Checked) -> Wrong | None:
    """Why the look at what moves by itself lets out no more."""
    obstacles = around.dynamic_obstacles
    if reason == FREE or obstacles is None:
        return None
    if reason == RAMP:
        return before.hazard or '', _SPEEDS_UP
    name = around.scene.names[obstacles.places[reason]]
    return name, f'to be able to stop before {name} can come in its way'


class _Still:
    """What stands still, or is held still, that scales of one command come too near to."""

    def __init__(
        self,
        config: FilterConfig,
        command: Twist2D,
        starts: Sequence[Ahead],
        around: Surroundings,
    ) -> None:
        self._config, self._command, self._starts = config, command, starts
        self.plain = command == around.plain or is_plainly_safe(config, command, starts, around)
        if not self.plain:
            way, _ = longest_stop(config, starts, command)
            around = within_way(around, longest_ways(config, starts, command, way))
        self._around = around

    def too_near(self, scale: float) -> Wrong | None:
        """What it is, and what a smaller scale is good for; None when all is clear."""
        tried = Twist2D(scale * self._command.v, scale * self._command.omega)
        grid = grid_of(self._config, self._starts, tried)
        fans = fans_of(self._config, self._starts, tried, grid)
        headings = [start.state.heading for start in self._starts]
        return _too_near(fans, headings, self._around, creeping(self._config))


def _too_near(
    fans: Sequence[Fan], headings: Sequence[float], around: Surroundings, creep: Sequence[float]
) -> Wrong | None:
    """What the ways come too near to, and why one must stop sooner; None when all are clear.

    Odometry of a robot that stands may say that it creeps; then already a stop that begins at once
    leads on by a little. What that loses, up to `creep` [m] for each disc, any way may lose.
    """
    names, worst = around.scene.names, np.zeros(len(around.scene.names))
    for disc, most in zip(around.kept, creep, strict=True):
        fans_here = fans_of_disc(fans, headings, disc)
        worst = np.minimum(worst, _lost(fans_here, around.scene, disc.radius, most))
    # Peers that share the work have a rule of their own.
    worst[np.isfinite(around.parts)] = 0.0
    index = int(worst.argmin())
    if worst[index] < -ROUNDING:
        return names[index], 'to be able to stop on this curve'
    for fan in fans:
        crowded = _crowded(fan, fans[0][-1].points[0], around, min(creep))
        if crowded is not None:
            return names[crowded], f'to keep to its part of the gap to {names[crowded]}'
    return None


def _lost(fans: Sequence[PointFan], scene: Scene, inflation: float, creep: float) -> Vector:
    """By how much a disc comes nearer to each hazard than it may: (n,), below zero [m].

    Looked at are the ways themselves and the sheets between them: between stops that begin
    sooner and later, and between the ways of bases that answer differently.
    """
    starts = np.array([fan[0][0] for fan in fans])
    floor = np.minimum(scene.least_barriers(starts, starts, inflation).min(axis=0), 0.0)
    sheets = [pair for fan in fans for pair in pairwise(fan)]
    sheets += [(fans[0][-1], fan[-1]) for fan in fans[1:]]
    at_once = [fan[0] for fan in fans]
    ways = [way for fan in fans for way in fan[1:]]
    # Nothing that is done now can better a stop that begins at once.
    inevitable = np.minimum(floor, _least(at_once, scene, inflation))
    worst: Vector = _least(ways, scene, inflation) - np.maximum(inevitable, floor - creep)
    floor = inevitable
    rungs = [np.concatenate(pair, axis=1) for pair in sheets]
    first, second = np.split(np.concatenate(rungs), 2, axis=1)
    worst = np.minimum(worst, scene.least_barriers(first, second, inflation).min(axis=0) - floor)
    if float(np.abs(second - first).max()) > inflation:
        corners = np.concatenate([_triangles(*pair) for pair in sheets])
        worst = np.where(scene.enclosed(corners), -math.inf, worst)
    return worst


def _least(ways: Sequence[Vector], scene: Scene, inflation: float) -> Vector:
    """Least barrier of every hazard on ways through points (k + 1, 2): (n,) [m]."""
    starts = np.concatenate([points[:-1] for points in ways])
    ends = np.concatenate([points[1:] for points in ways])
    least: Vector = scene.least_barriers(starts, ends, inflation).min(axis=0)
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
    normals, part = around.normals[0, shared].T, around.parts[shared]
    approach = ((expected - fan[-1].points) @ normals).max(axis=0)
    at_once = ((expected - fan[0].points) @ normals).max(axis=0)
    already = (expected - fan[0].points[0]) @ normals
    part = np.maximum(part, already)
    beyond = approach - np.maximum(part, np.minimum(at_once, part + creep))
    worst = int(beyond.argmax())
    return int(shared[worst]) if beyond[worst] > ROUNDING else None
