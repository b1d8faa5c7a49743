"""Episodes of robots that are rectangles: narrow rooms, and a door."""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.body.cover import cover_of
from vcp_cbf_safety.body.footprint import Point
from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.hazards.hazards import Arena, Circle
from vcp_cbf_safety.motion.unicycle import Twist2D, advance
from vcp_cbf_safety.sim.base import BaseModel, Pose
from vcp_cbf_safety.sim.drivers import straight_at
from vcp_cbf_safety.sim.polygon import near, outline
from vcp_cbf_safety.studies.campaign.bases import DRIFT, ideal
from vcp_cbf_safety.studies.campaign.draw import Draw, alone, heading, nominal
from vcp_cbf_safety.studies.campaign.drivers import Driver, ram
from vcp_cbf_safety.studies.campaign.episode import Episode, Robot

Corners = NDArray[np.float64]

# How far ahead a driver that follows a line looks [m].
_LOOK_AHEAD = 0.6
# Length of an episode in a narrow room [s].
_DURATION = 10.0
# For how long a driver that swings thinks ahead [s].
_SWING = 0.3
# A door in a wall of posts [m], and the robot that is to pass it.
_DOOR, _POST, _WALL = 0.7, 0.05, 2.0
_TRY = {'aside': 0.1, 'turned': 0.1}


def rectangle(length: float, width: float, rear: float) -> tuple[Point, ...]:
    """Corners of a rectangle, anticlockwise, whose rear is so far behind the axle [m]."""
    front, side = length - rear, 0.5 * width
    return ((front, side), (-rear, side), (-rear, -side), (front, -side))


def with_body(
    model: BaseModel, config: FilterConfig, corners: tuple[Point, ...]
) -> tuple[BaseModel, FilterConfig]:
    """A base with this body, and a filter that has it covered by discs."""
    radius = max(math.hypot(*corner) for corner in corners)
    return (
        replace(model, footprint=corners, body_radius=radius),
        replace(config, body_radius=radius, body_discs=cover_of(corners).discs),
    )


def swing(model: BaseModel) -> Driver:
    """Whatever brings some part of the body nearest to the nearest hazard soonest."""
    table = [
        Twist2D(v, omega)
        for v in (model.max_speed, model.min_speed, 0.0)
        for omega in (model.max_yaw_rate, -model.max_yaw_rate, 0.0)
    ]

    def drive(pose: Pose, nearest: tuple[float, float], now: float) -> Twist2D:
        del now
        hazard = np.array([(pose[0] + nearest[0], pose[1] + nearest[1])])

        def free(twist: Twist2D) -> float:
            then = advance(pose, twist.v, twist.omega, _SWING)
            body = outline(model.footprint, then)
            return float(near(body, then[:2], hazard, 0.0, None).free[0])

        return min(table, key=free)

    return drive


def spin(model: BaseModel, random: np.random.Generator) -> Driver:
    """On the spot, now to the left and now to the right, with a little to and fro."""
    hold, speed = float(random.uniform(1.0, 6.0)), 0.2 * model.max_speed

    def drive(pose: Pose, nearest: tuple[float, float], now: float) -> Twist2D:
        del pose, nearest
        turn = int(now / hold)
        return Twist2D(
            (0.0, speed, -speed)[turn % 3], model.max_yaw_rate * (1.0 if turn % 2 else -1.0)
        )

    return drive


def along_line(model: BaseModel, goal: tuple[float, float]) -> Driver:
    """Along the x-axis to a goal on it, and no further."""

    def drive(pose: Pose, nearest: tuple[float, float], now: float) -> Twist2D:
        del nearest, now
        if pose[0] >= goal[0]:
            return Twist2D(0.0, 0.0)
        return straight_at((pose[0] + _LOOK_AHEAD, 0.0), pose, model.max_speed, model.max_yaw_rate)

    return drive


def _driver(draw: Draw, model: BaseModel, goal: tuple[float, float]) -> tuple[str, Driver]:
    kind = str(draw.random.choice(('any', 'any', 'swing', 'spin', 'back')))
    if kind == 'swing':
        return kind, swing(model)
    if kind == 'spin':
        return kind, spin(model, draw.random)
    if kind == 'back':
        return kind, ram(model, reverse=True)
    return nominal(model, goal, draw.random)


def _long_body(draw: Draw, family: str, moving: int, hostile: int) -> Episode:
    """A rectangle in a narrow room with posts, its axle anywhere along it.

    Args:
        draw: the base and its filter.
        family: name, for the report.
        moving: how many circles drift.
        hostile: how many robots without filter ram the robot.
    """
    length, width = draw.uniform(0.6, 1.2), draw.uniform(0.35, 0.65)
    rear = length * float(
        draw.random.choice((0.5, draw.uniform(0.05, 0.3), draw.uniform(0.7, 0.95)))
    )
    corners = rectangle(length, width, rear)
    model, config = with_body(draw.model, draw.config, corners)
    start = (0.0, 0.0, heading(draw.random))
    body, clear = outline(corners, start), _clear(config, corners)
    low, high = body.min(axis=0) - clear, body.max(axis=0) + clear
    spare = draw.random.uniform(0.02, draw.random.choice((0.1, 0.5, 2.0)), 4)
    arena = Arena(*(low - spare[:2]).tolist(), *(high + spare[2:]).tolist())
    circles = _posts(draw, arena, body, clear, int(draw.random.integers(0, 7)) + moving)
    circles = tuple(
        replace(c, vx=draw.uniform(-DRIFT, DRIFT), vy=draw.uniform(-DRIFT, DRIFT))
        if number < moving
        else c
        for number, c in enumerate(circles)
    )
    goal = (draw.uniform(arena.x_min, arena.x_max), draw.uniform(arena.y_min, arena.y_max))
    kind, driver = _driver(draw, model, goal)
    single = alone(
        replace(draw, model=model, config=config), family, arena, circles, start, goal, kind
    )
    robot = replace(single.robots[0], driver=driver, goal=None)
    rammers = _rammers(draw, arena, body, clear, hostile)
    return replace(single, robots=(robot, *rammers), duration=_DURATION)


def _clear(config: FilterConfig, corners: tuple[Point, ...]) -> float:
    """What must be free around a body at the start [m]."""
    bend = 0.5 * config.hold_time**2 * config.max_yaw_rate
    bend *= config.top_speed + config.max_yaw_rate * config.outer_radius
    return cover_of(corners).excess + config.margin + config.position_uncertainty + bend + 0.02


def _posts(
    draw: Draw, arena: Arena, body: Corners, clear: float, count: int
) -> tuple[Circle, ...]:
    posts: list[Circle] = []
    for _ in range(50 * count):
        if len(posts) == count:
            break
        x, y = draw.uniform(arena.x_min, arena.x_max), draw.uniform(arena.y_min, arena.y_max)
        radius = draw.uniform(0.02, 0.3)
        if near(body, (0.0, 0.0), np.array([(x, y)]), radius, None).free[0] > clear:
            posts.append(Circle(x, y, radius))
    return tuple(posts)


def _rammers(
    draw: Draw, arena: Arena, body: Corners, clear: float, count: int
) -> tuple[Robot, ...]:
    pace = draw.config.peer_max_speed
    model = replace(
        draw.model, max_speed=pace, min_speed=-0.2 * pace,
        acceleration=draw.config.peer_max_acceleration,
        deceleration=draw.config.peer_max_acceleration,
    )  # fmt: skip
    places = _posts(draw, arena, body, clear + model.body_radius, count)
    return tuple(
        Robot(
            model=model, start=(c.x, c.y, heading(draw.random)), driver=ram(model, reverse=False),
            config=None,
        )
        for c in places
    )  # fmt: skip


WAREHOUSE = FilterConfig(
    body_radius=0.515, vcp_offset=0.2, period=0.05, min_speed=-0.3, max_speed=0.6,
    max_yaw_rate=1.0, margin=0.03, velocity_lag=0.1, actuation_delay=0.05,
)  # fmt: skip


def _door(draw: Draw, family: str, covered: bool) -> Episode:
    """A robot of 0.9 x 0.5 m before a door of 0.7 m, hardly aside and hardly turned."""
    model, config = ideal(WAREHOUSE)
    noisy = replace(model, position_noise=0.002, heading_noise=0.003, slip=0.02)
    model, long = with_body(noisy, config, rectangle(0.9, 0.5, 0.45))
    side = 0.5 * _DOOR + _POST
    posts = tuple(
        Circle(0.0, sign * y, _POST)
        for sign in (-1.0, 1.0)
        for y in np.arange(side, _WALL, _POST).tolist()
    )
    start = (
        -1.8, draw.uniform(-_TRY['aside'], _TRY['aside']),
        draw.uniform(-_TRY['turned'], _TRY['turned']),
    )  # fmt: skip
    goal = (1.8, 0.0)
    robot = Robot(
        model=model, start=start, driver=along_line(model, goal), goal=goal,
        config=long if covered else config,
    )  # fmt: skip
    return Episode(
        family=family, driver='along_line', robots=(robot,),
        arena=Arena(-3.0, -_WALL, 3.0, _WALL), circles=posts, duration=60.0, jitter=0.005,
        seed=draw.seed,
    )  # fmt: skip


LONG_BODIES: dict[str, Callable[[Draw], Episode]] = {
    'long_body': partial(_long_body, family='long_body', moving=0, hostile=0),
    'long_body_moving': partial(_long_body, family='long_body_moving', moving=2, hostile=0),
    'long_body_hostile': partial(_long_body, family='long_body_hostile', moving=0, hostile=1),
    'door': partial(_door, family='door', covered=True),
    'door_disc': partial(_door, family='door_disc', covered=False),
}
