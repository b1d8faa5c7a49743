"""What a cycle saw and did, as shapes to draw; needs no ROS."""

import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from vcp_cbf_safety.checks.reach_outline import reach_outlines
from vcp_cbf_safety.colors import OUTCOME_COLORS, rgb
from vcp_cbf_safety.command import SafeCommand
from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.hazards.hazards import Arena
from vcp_cbf_safety.motion.stop_fan import stopping_trajectory
from vcp_cbf_safety.motion.unicycle import RobotState, Twist2D, advance
from vcp_cbf_safety.qp.assembly import Assembly
from vcp_cbf_safety.record import Record
from vcp_cbf_safety.ros.marker_shapes import (
    Color,
    Shape,
    arrow,
    disc,
    line,
    segments,
    spheres,
    text,
)

# Namespace of the arena, which may be in a frame of its own.
ARENA = 'arena'
# Discs from this radius on [m] are drawn one by one, the nearest of them.
_LARGE, _MOST_LARGE = 0.05, 100
# How long a command is followed in the picture [s], in so many pieces.
_AHEAD, _PIECES = 1.0, 12
# Rows that leave less room than this [m/s] are drawn, at most so many.
_MUCH_SLACK, _MOST_ROWS = 0.2, 20
# The reach of so many hazards is drawn.
_MOST_REACHES = 20


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
        made.append(line(ARENA, corners, (0.2, 0.2, 0.2), 0.03))
    if robot is None:
        return made
    color = rgb(OUTCOME_COLORS['circulating' if command.circulating else command.outcome.value])
    for x, y, radius in _placed(robot, config.discs):
        made.append(disc('body', x, y, radius, color, 0.9 if len(config.discs) == 1 else 0.5))
    if outline:
        corners = [place[:2] for place in _placed(robot, [(x, y, 0.0) for x, y in outline])]
        made.append(line('footprint', [*corners, corners[0]], (0.1, 0.1, 0.1), 0.02))
    words = str(command.outcome) + (f': {command.reason}' if command.reason else '')
    made.append(text('reason', robot.x, robot.y, words, color))
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
        yield disc('margin', x, y, radius, (0.5, 0.5, 0.5), 0.25)
    offset = math.copysign(config.vcp_offset, record.nominal.v)
    x = robot.x + offset * math.cos(robot.heading)
    y = robot.y + offset * math.sin(robot.heading)
    yield disc('control_point', x, y, 0.02, (0.1, 0.1, 0.8), 1.0)
    yield from _hazards(record)
    safe = Twist2D(command.v, command.omega)
    yield from _course('nominal', robot, record.nominal, (0.3, 0.4, 0.9), 0.015)
    yield from _course('safe', robot, safe, (0.1, 0.7, 0.2), 0.025)
    ahead = record.prediction.ahead
    way = stopping_trajectory(config, ahead, safe)
    yield line('stop', way.points.tolist(), (0.8, 0.1, 0.1), 0.01)
    for outline in reach_outlines(config, record, safe, _MOST_REACHES):
        yield line('reach', [*outline, outline[0]], (0.9, 0.5, 0.1), 0.01)
    yield from _rows(record.assembly, ahead, safe)
    names = record.assembly.names
    if command.binding in names:
        index = names.index(command.binding)
        yield line('binding', _to_edge(record.assembly, ahead, index), (0.9, 0.1, 0.6), 0.02)


def _to_edge(
    assembly: Assembly, robot: RobotState, index: int
) -> tuple[tuple[float, float], tuple[float, float]]:
    """From the disc of the body that is nearest to a hazard to the edge of the hazard."""
    nearest = int(assembly.barriers[:, index].argmin())
    ((x, y, radius),) = _placed(robot, assembly.kept.discs[nearest : nearest + 1])
    reach = max(float(assembly.barriers[nearest, index]) + radius, 0.0)
    toward_x, toward_y = (-reach * assembly.normals[nearest, index]).tolist()
    return (x, y), (x + toward_x, y + toward_y)


def _rows(assembly: Assembly, robot: RobotState, command: Twist2D) -> Iterator[Shape]:
    """Lines to the hazards whose rows leave little room: red without any, green with much."""
    slack = assembly.slack(command)
    near = np.flatnonzero(slack < _MUCH_SLACK)
    near = near[np.argsort(slack[near], kind='stable')[:_MOST_ROWS]]
    if len(near):
        left = (slack[near] / _MUCH_SLACK).clip(0.0, 1.0).tolist()
        colors = [(min(2.0 - 2.0 * part, 1.0), min(2.0 * part, 1.0), 0.0) for part in left]
        pairs = [_to_edge(assembly, robot, index) for index in near.tolist()]
        yield segments('rows', pairs, colors)


def _course(
    name: str, robot: RobotState, command: Twist2D, color: Color, width: float
) -> Iterator[Shape]:
    """Where a command leads within a second, and at its end where it drives or turns to."""
    pose = (robot.x, robot.y, robot.heading)
    times = (_AHEAD * k / _PIECES for k in range(_PIECES + 1))
    places = [advance(pose, command.v, command.omega, time) for time in times]
    yield line(name, [place[:2] for place in places], color, width)
    if command.v or command.omega:
        x, y, heading = places[-1]
        yield arrow(name, x, y, heading if command.v >= 0.0 else heading + math.pi, color)


def _hazards(record: Record) -> Iterator[Shape]:
    """Large discs one by one, the nearest hundred; all small ones as one list of spheres."""
    seen, robot = record.prediction.seen, record.prediction.robot
    large = np.flatnonzero(seen.radii >= _LARGE)
    away = np.hypot(*(seen.centers[large] - (robot.x, robot.y)).T) - seen.radii[large]
    for index in large[np.argsort(away)[:_MOST_LARGE]].tolist():
        x, y = seen.centers[index].tolist()
        color = (0.8, 0.4, 0.2) if seen.moving[index] else (0.35, 0.4, 0.5)
        yield disc('hazards', x, y, float(seen.radii[index]), color, 0.6)
    small = seen.radii < _LARGE
    if small.any():
        width = 2.0 * max(float(seen.radii[small].max()), 0.01)
        yield spheres('points', seen.centers[small], width, (0.8, 0.2, 0.2))
