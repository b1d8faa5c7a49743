"""Random episodes in physics by family: clutter, swaps, corridor, door, chase."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import yaml

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.hazards.hazards import Arena, Circle
from vcp_cbf_safety.resources import share_directory
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.sim.base import BaseModel
from vcp_cbf_safety.sim.physics.model import PhysicsModel, read_model
from vcp_cbf_safety.studies.campaign import worlds
from vcp_cbf_safety.studies.campaign.draw import Draw
from vcp_cbf_safety.studies.campaign.drivers import go_to
from vcp_cbf_safety.studies.campaign.episode import Episode, Robot
from vcp_cbf_safety.studies.campaign.long_bodies import along_line
from vcp_cbf_safety.studies.physics.limits import limits_file

# Filters run with 20 Hz, and so late at most [s].
_FREQUENCY, _JITTER = 20.0, 0.005
# Posts of the wall around a door [m], and what a door is wider than the robot's discs with what
# the filter keeps free around them [m].
_POST, _SPARE = 0.05, 0.04


class Robots(NamedTuple):
    """Robots of one model: their physics, their bodies, their filter."""

    physics: PhysicsModel
    base: BaseModel
    config: FilterConfig


def robots_of(
    name: str, measured: bool = True, overrides: Mapping[str, float] | None = None
) -> Robots:
    """A model with the filter of its parameter files: that of the robot, then what was measured.

    Args:
        name: of a model that comes with the package.
        measured: whether the filter knows what was measured.
        overrides: parameters of the filter that are other than in its files.

    Raises:
        VcpCbfError: if there is no such model.
    """
    physics = read_model(name)
    values: dict[str, Any] = {}
    files = [share_directory() / 'config' / f'{name}.yaml']
    for path in files + ([limits_file(name)] if measured else []):
        values |= yaml.safe_load(path.read_text(encoding='utf-8'))['/**']['ros__parameters']
    values |= {'control_frequency': _FREQUENCY, **(overrides or {})}
    config = NodeSettings.from_parameters(values).filter
    config = replace(config, body_radius=physics.radius, period_jitter=_JITTER + 0.005)
    return Robots(physics, physics.base, config)


def draw_physics(robots: Robots, family: str, seed: int, index: int) -> Episode:
    """Episode number `index` of a family.

    Args:
        robots: what takes part.
        family: of `FAMILIES`.
        seed: of all episodes.
        index: number of the episode.
    """
    random = np.random.default_rng((seed, index))
    # Whoever chases is quick as the engine lets it be, and the owner knows that.
    known = {
        'peer_max_acceleration': 1.1 * robots.physics.acceleration,
        'peer_max_yaw_rate': robots.physics.max_yaw_rate,
    }
    overrides = known if family == 'chase' else {}
    draw = Draw(
        int(random.integers(2**31)), random, robots.base, robots.config, _JITTER, overrides
    )
    return replace(FAMILIES[family](draw), family=family)


def _half_width(config: FilterConfig) -> float:
    """From the middle line to the side of what the filter keeps free [m]."""
    side = max(abs(disc.y) + disc.radius for disc in config.discs)
    bend = 0.5 * config.hold_time**2 * config.max_yaw_rate
    bend *= config.top_speed + config.max_yaw_rate * config.outer_radius
    return side + config.margin + config.position_uncertainty + bend


def _door(draw: Draw) -> Episode:
    """A door in a wall of posts, hardly wider than the robot needs; straight ahead, or nearly."""
    side = _half_width(draw.config) + 0.5 * _SPARE + _POST
    reach = draw.config.outer_radius
    end, wall = 3.0 * reach + 0.6, side + 2.0 * reach + 0.5
    posts = tuple(
        Circle(0.0, sign * y, _POST)
        for sign in (-1.0, 1.0)
        for y in np.arange(side, wall, _POST).tolist()
    )
    start = (-end, draw.uniform(-0.1, 0.1), draw.uniform(-0.1, 0.1))
    robot = _with_goal(draw, start, (end, 0.0), cooperates=False)
    robot = replace(robot, driver=along_line(draw.model, (end, 0.0)))
    room = Arena(-end - 2.0 * reach - 0.5, -wall, end + 2.0 * reach + 0.5, wall)
    return _together(draw, (robot,), room, posts)


def _swap(draw: Draw, count: int) -> Episode:
    """As in the campaign; robots with long bodies have room to turn."""
    if draw.model.footprint:
        return worlds.swap(draw, count, room=2.0 * draw.keep_out)
    return worlds.swap(draw, count)


def _corridor(draw: Draw) -> Episode:
    """Two robots towards each other in a corridor where they can just pass each other."""
    half = 2.0 * draw.keep_out + 0.5 * draw.uniform(0.1, 0.6)
    end = 2.0 + 2.0 * draw.keep_out
    aside = half - draw.keep_out - 0.05
    robots = tuple(
        _with_goal(
            draw,
            (-sign * end, draw.uniform(-aside, aside), 0.0 if sign > 0.0 else math.pi),
            (sign * end, draw.uniform(-aside, aside)),
            cooperates=True,
        )
        for sign in (1.0, -1.0)
    )
    length = end + draw.keep_out + 0.5
    return _together(draw, robots, Arena(-length, -half, length, half), ())


def _with_goal(
    draw: Draw, start: tuple[float, float, float], goal: tuple[float, float], cooperates: bool
) -> Robot:
    return Robot(
        model=draw.model, start=start, driver=go_to(goal, draw.model), config=draw.config,
        goal=goal, cooperates=cooperates,
    )  # fmt: skip


def _together(
    draw: Draw, robots: tuple[Robot, ...], arena: Arena, circles: tuple[Circle, ...]
) -> Episode:
    longest = max(math.dist(r.start[:2], r.goal or r.start[:2]) for r in robots)
    return Episode(
        family='', driver='goal', robots=robots, arena=arena, circles=circles,
        duration=30.0 + 4.0 * longest / draw.model.max_speed, jitter=draw.jitter, seed=draw.seed,
    )  # fmt: skip


FAMILIES: dict[str, Callable[[Draw], Episode]] = {
    'clutter': worlds.clutter,
    **{f'swap_{count}': partial(_swap, count=count) for count in (2, 6, 10)},
    'corridor': _corridor,
    'door': _door,
    'chase': worlds.hostile,
}
