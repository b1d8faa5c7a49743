"""What a cycle saw and did, as shapes to draw; needs no ROS."""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.assembly import Assembly
from vcp_cbf_safety.colors import OUTCOME_COLORS, rgb
from vcp_cbf_safety.command import SafeCommand
from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.hazards import Arena
from vcp_cbf_safety.record import Record
from vcp_cbf_safety.ros.marker_types import MarkerType
from vcp_cbf_safety.stop_fan import stopping_trajectory
from vcp_cbf_safety.unicycle import RobotState, Twist2D, advance

Color = tuple[float, float, float]
Place = tuple[float, float, float]

# Namespace of the arena, which may be in a frame of its own.
ARENA = 'arena'
# Discs from this radius on [m] are drawn one by one, the nearest of them.
_LARGE, _MOST_LARGE = 0.05, 100
# How long a command is followed in the picture [s], in so many pieces.
_AHEAD, _PIECES = 1.0, 12
_HEIGHT = 0.2
_NO_POINTS: NDArray[np.float64] = np.zeros((0, 3))


class Shape(NamedTuple):
    """What one marker shows.

    Attributes:
        namespace: what it is.
        kind: its type.
        color: red, green and blue, from 0 to 1.
        alpha: 0 for nothing, 1 for all of it.
        place: x, y, z [m].
        scale: x, y, z [m].
        points: (n, 3) of a list [m].
        text: of a text.
    """

    namespace: str
    kind: MarkerType
    color: Color
    alpha: float
    place: Place = (0.0, 0.0, 0.0)
    scale: Place = (0.0, 0.0, 0.0)
    points: NDArray[np.float64] = _NO_POINTS
    text: str = ''


def shapes_of_cycle(
    config: FilterConfig,
    arena: Arena | None,
    command: SafeCommand,
    robot: RobotState | None,
    outline: Sequence[tuple[float, float]] = (),
) -> list[Shape]:
    """Everything that a cycle saw and did.

    Args:
        config: the filter's parameters.
        arena: the box to stay in, in its own frame.
        command: what the cycle answered, with its record.
        robot: where the robot was seen last; None when nobody knows.
        outline: corners of its footprint, if it has one [m].
    """
    made: list[Shape] = []
    if arena is not None:
        low, high = (arena.x_min, arena.y_min), (arena.x_max, arena.y_max)
        corners = [low, (high[0], low[1]), high, (low[0], high[1]), low]
        made.append(_line(ARENA, corners, (0.2, 0.2, 0.2), 0.03))
    if robot is None:
        return made
    color = rgb(OUTCOME_COLORS['circulating' if command.circulating else command.outcome.value])
    for x, y, radius in _placed(robot, config.discs):
        made.append(_disc('body', x, y, radius, color, 0.9 if len(config.discs) == 1 else 0.5))
    if outline:
        corners = [place[:2] for place in _placed(robot, [(x, y, 0.0) for x, y in outline])]
        made.append(_line('footprint', [*corners, corners[0]], (0.1, 0.1, 0.1), 0.02))
    text = str(command.outcome) + (f': {command.reason}' if command.reason else '')
    made.append(_text(robot, text, color))
    if command.record is not None:
        made += _of_record(config, command, command.record)
    return made


def _placed(
    robot: RobotState, discs: Iterable[tuple[float, float, float]]
) -> Iterator[tuple[float, float, float]]:
    """Discs of the base frame where the robot is."""
    cosine, sine = math.cos(robot.heading), math.sin(robot.heading)
    for x, y, radius in discs:
        yield robot.x + cosine * x - sine * y, robot.y + sine * x + cosine * y, radius


def _of_record(config: FilterConfig, command: SafeCommand, record: Record) -> Iterator[Shape]:
    robot = record.prediction.robot
    for x, y, radius in _placed(robot, record.assembly.kept.discs):
        yield _disc('margin', x, y, radius, (0.5, 0.5, 0.5), 0.25)
    offset = math.copysign(config.vcp_offset, record.nominal.v)
    x = robot.x + offset * math.cos(robot.heading)
    y = robot.y + offset * math.sin(robot.heading)
    yield _disc('control_point', x, y, 0.02, (0.1, 0.1, 0.8), 1.0)
    yield from _hazards(record)
    safe = Twist2D(command.v, command.omega)
    yield _line('nominal', _arc(robot, record.nominal), (0.3, 0.4, 0.9), 0.015)
    yield _line('safe', _arc(robot, safe), (0.1, 0.7, 0.2), 0.025)
    ahead = record.prediction.ahead
    way = stopping_trajectory(config, ahead, safe)
    yield _line('stop', way.points.tolist(), (0.8, 0.1, 0.1), 0.01)
    names = record.assembly.names
    if command.binding in names:
        index = names.index(command.binding)
        yield _line('binding', _to_edge(record.assembly, ahead, index), (0.9, 0.1, 0.6), 0.02)


def _to_edge(
    assembly: Assembly, robot: RobotState, index: int
) -> tuple[tuple[float, float], tuple[float, float]]:
    """From the disc of the body that is nearest to a hazard to the edge of the hazard."""
    disc = int(assembly.barriers[:, index].argmin())
    ((x, y, radius),) = _placed(robot, assembly.kept.discs[disc : disc + 1])
    reach = max(float(assembly.barriers[disc, index]) + radius, 0.0)
    toward_x, toward_y = (-reach * assembly.normals[disc, index]).tolist()
    return (x, y), (x + toward_x, y + toward_y)


def _hazards(record: Record) -> Iterator[Shape]:
    """Large discs one by one, the nearest hundred; all small ones as one list of spheres."""
    seen, robot = record.prediction.seen, record.prediction.robot
    large = np.flatnonzero(seen.radii >= _LARGE)
    away = np.hypot(*(seen.centers[large] - (robot.x, robot.y)).T) - seen.radii[large]
    for index in large[np.argsort(away)[:_MOST_LARGE]].tolist():
        x, y = seen.centers[index].tolist()
        color = (0.8, 0.4, 0.2) if seen.moving[index] else (0.35, 0.4, 0.5)
        yield _disc('hazards', x, y, float(seen.radii[index]), color, 0.6)
    small = seen.radii < _LARGE
    if small.any():
        width = 2.0 * max(float(seen.radii[small].max()), 0.01)
        places = np.zeros((int(small.sum()), 3))
        places[:, :2] = seen.centers[small]
        kind, color = MarkerType.SPHERE_LIST, (0.8, 0.2, 0.2)
        yield Shape('points', kind, color, 1.0, scale=(width, width, width), points=places)


def _arc(robot: RobotState, command: Twist2D) -> list[tuple[float, float]]:
    """Where a command leads within a second."""
    pose = (robot.x, robot.y, robot.heading)
    times = (_AHEAD * k / _PIECES for k in range(_PIECES + 1))
    return [advance(pose, command.v, command.omega, time)[:2] for time in times]


def _disc(name: str, x: float, y: float, radius: float, color: Color, alpha: float) -> Shape:
    place, scale = (x, y, 0.5 * _HEIGHT), (2.0 * radius, 2.0 * radius, _HEIGHT)
    return Shape(name, MarkerType.CYLINDER, color, alpha, place, scale)


def _line(name: str, places: Any, color: Color, width: float) -> Shape:
    points = np.full((len(places), 3), _HEIGHT)
    points[:, :2] = places
    kind, scale = MarkerType.LINE_STRIP, (width, 0.0, 0.0)
    return Shape(name, kind, color, 1.0, scale=scale, points=points)


def _text(robot: RobotState, text: str, color: Color) -> Shape:
    place, scale = (robot.x, robot.y, 0.5), (0.0, 0.0, 0.12)
    return Shape('reason', MarkerType.TEXT_VIEW_FACING, color, 1.0, place, scale, text=text)
