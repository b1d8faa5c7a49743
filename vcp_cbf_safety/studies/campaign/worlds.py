"""Random episodes by family: walls, corners, gaps, clutter, moving circles, peers."""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from vcp_cbf_safety.hazards.hazards import Arena, Circle
from vcp_cbf_safety.studies.campaign.bases import (
    DRIFT,
    anywhere_in_assumption,
    config_for,
    random_base,
)
from vcp_cbf_safety.studies.campaign.draw import Draw, alone, heading, scatter
from vcp_cbf_safety.studies.campaign.drivers import go_to, ram
from vcp_cbf_safety.studies.campaign.episode import Episode, Robot
from vcp_cbf_safety.studies.campaign.long_bodies import LONG_BODIES
from vcp_cbf_safety.studies.campaign.paths import path_exists
from vcp_cbf_safety.studies.campaign.scanning import SCANNED, random_scanner, with_scanner


def draw_episode(
    seed: int, index: int, overrides: dict[str, float], families: tuple[str, ...] = ()
) -> Episode:
    """Episode number `index` of a campaign; families take turns.

    Args:
        seed: of the whole campaign.
        index: number of the episode.
        overrides: filter parameters that all episodes share.
        families: kinds of world, of `FAMILIES` and `OTHERS`; all of `FAMILIES` when empty.
    """
    random = np.random.default_rng((seed, index))
    measured = random_base(random)
    jitter = float(random.uniform(0.0, 0.02))
    config = config_for(measured, random, overrides, jitter)
    # Apart from the rest, so that it changes no world.
    model = anywhere_in_assumption(measured, np.random.default_rng((seed, index, 1)))
    names = families or tuple(FAMILIES)
    return (FAMILIES | OTHERS)[names[index % len(names)]](
        Draw(int(random.integers(2**31)), random, model, config, jitter, overrides)
    )


def _walls(draw: Draw) -> Episode:
    """An empty room little larger than the robot's needs."""
    half = draw.keep_out + draw.uniform(0.3, 1.5)
    goal = (draw.uniform(-half, half) * 0.5, draw.uniform(-half, half) * 0.5)
    arena = Arena(-half, -half, half, half)
    return alone(draw, 'walls', arena, (), (0.0, 0.0, heading(draw.random)), goal)


def _corner(draw: Draw) -> Episode:
    """A goal deep in the corner of a room, as far in as the filter lets the robot."""
    half = draw.keep_out + 1.0
    deep = half - draw.keep_out - 0.05
    arena = Arena(-half, -half, half, half)
    return alone(draw, 'corner', arena, (), (0.0, 0.0, heading(draw.random)), (deep, deep))


def _gap(draw: Draw) -> Episode:
    """Two posts 2 cm further apart than the robot with its margins; the goal is behind them."""
    radius = draw.uniform(0.1, 0.5)
    aside = radius + draw.keep_out + 0.01
    posts = (Circle(0.0, aside, radius), Circle(0.0, -aside, radius))
    start = (-1.5 - radius, draw.uniform(-0.3, 0.3), draw.uniform(-0.5, 0.5))
    reach = 3.0 + aside
    arena = Arena(-reach, -reach, reach, reach)
    return alone(draw, 'gap', arena, posts, start, (1.5 + radius, 0.0))


def clutter(draw: Draw) -> Episode:
    """Eight to fourteen circles anywhere, a path between start and goal."""
    half = 3.0
    start, goal = (-2.4, -2.4), (2.4, 2.4)
    arena = Arena(-half, -half, half, half)
    while True:
        circles = scatter(draw, int(draw.random.integers(8, 15)), half, (start, goal))
        if path_exists(arena, circles, start, goal, draw.keep_out + 0.01):
            break
    kind = 'goal' if draw.random.random() < 0.6 else None
    return alone(draw, 'clutter', arena, circles, (*start, heading(draw.random)), goal, kind)


def _moving(draw: Draw) -> Episode:
    """Circles that stand and circles that drift through the room and bounce off its walls."""
    half = 3.0
    start, goal = (-2.2, -2.2), (2.2, 2.2)
    still = scatter(draw, 4, half, (start, goal))
    drifting = tuple(
        Circle(c.x, c.y, c.radius, draw.uniform(-DRIFT, DRIFT), draw.uniform(-DRIFT, DRIFT))
        for c in scatter(draw, 3, half, (start, goal))
    )
    arena = Arena(-half, -half, half, half)
    return alone(draw, 'moving', arena, still + drifting, (*start, heading(draw.random)), goal)


def swap(draw: Draw, count: int, room: float = 0.15) -> Episode:
    """Robots on a circle that change places with the one opposite; all run the filter.

    Args:
        draw: the base and its filter.
        count: how many robots.
        room: beside each of them on the circle, on top of what its filter keeps free [m].
    """
    ring = max(1.5, count * (draw.keep_out + room) / math.pi)
    robots = []
    for k in range(count):
        angle = 2.0 * math.pi * k / count
        goal = (-ring * math.cos(angle), -ring * math.sin(angle))
        robots.append(
            Robot(
                model=draw.model,
                start=(-goal[0], -goal[1], angle + math.pi),
                driver=go_to(goal, draw.model),
                config=draw.config,
                goal=goal,
                cooperates=True,
            )
        )
    half = ring + draw.keep_out + 1.0
    return Episode(
        family=f'swap_{count}',
        driver='goal',
        robots=tuple(robots),
        arena=Arena(-half, -half, half, half),
        circles=(),
        duration=30.0 + 8.0 * ring / draw.model.max_speed,
        jitter=draw.jitter,
        seed=draw.seed,
    )


def _cooperating(draw: Draw) -> Episode:
    return swap(draw, int(draw.random.choice((2, 3, 4))))


def _rammed(draw: Draw, family: str, pace: float) -> Episode:
    half = 3.0
    single = alone(
        draw, family, Arena(-half, -half, half, half), (), (-2.0, -2.0, 0.8), (2.0, 2.0)
    )
    limit = draw.config.max_deceleration
    hostile_model = replace(
        draw.model, max_speed=pace, min_speed=-0.2 * pace, acceleration=limit, deceleration=limit
    )
    # Its owner knows how fast they are, speed up and turn, unless told otherwise.
    known: dict[str, Any] = {
        'peer_max_speed': pace,
        'peer_max_acceleration': limit,
        'peer_max_yaw_rate': hostile_model.max_yaw_rate,
    }
    robot = replace(single.robots[0], config=replace(draw.config, **(known | draw.overrides)))
    rammers = tuple(
        Robot(
            model=hostile_model,
            start=(draw.uniform(0.0, 2.0), draw.uniform(-2.0, 2.0), heading(draw.random)),
            driver=ram(hostile_model, reverse=False),
            config=None,
        )
        for _ in range(int(draw.random.integers(1, 3)))
    )
    return replace(single, robots=(robot, *rammers))


def hostile(draw: Draw) -> Episode:
    """One or two peers without filter that ram the robot, at half its speed up to its speed."""
    return _rammed(draw, 'hostile', draw.uniform(0.5, 1.0) * draw.model.max_speed)


def _hostile_fast(draw: Draw) -> Episode:
    """The same, faster than the robot, at up to twice its speed."""
    return _rammed(draw, 'hostile_fast', draw.uniform(1.0, 2.0) * draw.model.max_speed)


def _scanned(draw: Draw, family: str) -> Episode:
    """Clutter and people, of which the filter knows what its scanner shows, or is told all."""
    people, told = SCANNED[family]
    scanner = random_scanner(draw.random, draw.config, people > 0)
    config = with_scanner(draw.config, draw.model, scanner, draw.overrides)
    episode = clutter(replace(draw, config=config))
    robot = replace(episode.robots[0], scanner=None if told else scanner)
    walking = tuple(
        replace(c, vx=draw.uniform(-DRIFT, DRIFT), vy=draw.uniform(-DRIFT, DRIFT))
        for c in scatter(draw, people, 3.0, (robot.start[:2], (2.4, 2.4)))
    )
    circles = episode.circles + walking
    return replace(episode, family=family, robots=(robot,), circles=circles)


FAMILIES: dict[str, Callable[[Draw], Episode]] = {
    'walls': _walls,
    'corner': _corner,
    'gap': _gap,
    'clutter': clutter,
    'moving': _moving,
    'cooperating': _cooperating,
    'hostile': hostile,
    'hostile_fast': _hostile_fast,
}

# For whoever asks by name: more of the robots that change places, robots with a scanner, and
# long ones.
OTHERS: dict[str, Callable[[Draw], Episode]] = {
    **{f'swap_{count}': partial(swap, count=count) for count in (2, 6, 10)},
    **{name: partial(_scanned, family=name) for name in SCANNED},
    **LONG_BODIES,
}
