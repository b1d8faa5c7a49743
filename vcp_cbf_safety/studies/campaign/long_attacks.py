"""Attacks on long robots: posts and walls beside them, and commands that are searched for."""

import math

import numpy as np

from vcp_cbf_safety.body.footprint import Point
from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.hazards.hazards import Arena, Circle
from vcp_cbf_safety.qp.assembly import kept_discs
from vcp_cbf_safety.sim.polygon import outline
from vcp_cbf_safety.studies.campaign.attacks import Attack, straight_then_anything
from vcp_cbf_safety.studies.campaign.bases import (
    config_for,
    exactly_known,
    random_base,
    without_noise,
)
from vcp_cbf_safety.studies.campaign.drivers import replay
from vcp_cbf_safety.studies.campaign.episode import Episode, Robot
from vcp_cbf_safety.studies.campaign.long_bodies import rectangle, with_body

# Corners of a body that is round, but not around its axle.
_ROUND = 32
# So many posts stand around the robot, at most so far from what it keeps free [m].
_POSTS, _AWAY = 5, 1.0


def long_attack(overrides: dict[str, float], random: np.random.Generator) -> Attack:
    """A long robot with a margin of a millimetre among thin posts, perhaps beside a wall."""
    measured = random_base(random)
    if random.random() < 0.5:
        measured = without_noise(measured)
    config = config_for(measured, random, {'margin': 0.001} | overrides, 0.0)
    if not measured.position_noise:
        config = exactly_known(config, measured)
    model, config = with_body(measured, config, _corners(random))
    heading = float(random.uniform(-math.pi, math.pi))
    start = (0.0, 0.0, heading)
    episode = Episode(
        family='attacked_long',
        driver='searched',
        robots=(
            Robot(model=model, start=start, driver=replay([]), config=config, first_cycle=0.0),
        ),
        arena=_arena(config, start, random),
        circles=_posts(config, start, random),
        duration=0.0,
        jitter=0.0,
        seed=int(random.integers(2**31)),
    )
    first = float(random.choice((1.0, -1.0)) * random.uniform(0.05, 1.0))
    commands = straight_then_anything(model, random, first)
    more = straight_then_anything(model, random, -first)
    return Attack(episode, (start,), ((*commands, *more),))


def _corners(random: np.random.Generator) -> tuple[Point, ...]:
    """A rectangle, its axle anywhere along it, or a round body ahead of its axle or behind it."""
    if random.random() < 0.3:
        radius = float(random.uniform(0.1, 0.4))
        ahead = radius * float(random.uniform(-0.9, 0.9))
        return tuple(
            (ahead + radius * math.cos(angle), radius * math.sin(angle))
            for angle in (2.0 * math.pi * k / _ROUND for k in range(_ROUND))
        )
    length, width = random.uniform((0.5, 0.2), (1.2, 0.6)).tolist()
    return rectangle(length, width, length * float(random.uniform(0.05, 0.95)))


def _arena(
    config: FilterConfig, start: tuple[float, float, float], random: np.random.Generator
) -> Arena:
    """Walls, some of them near."""
    centers = outline([disc[:2] for disc in config.discs], start)
    radii = np.array([[disc.radius] for disc in kept_discs(config)])
    spare = random.choice((0.01, 0.1, 0.5, 50.0), 4) * random.uniform(0.1, 1.0, 4)
    low = (centers - radii).min(axis=0) - spare[:2]
    high = (centers + radii).max(axis=0) + spare[2:]
    return Arena(*low.tolist(), *high.tolist())


def _posts(
    config: FilterConfig, start: tuple[float, float, float], random: np.random.Generator
) -> tuple[Circle, ...]:
    """Thin posts that what is kept free at the start nearly touches, or nearly enough."""
    discs = kept_discs(config)
    posts = []
    for _ in range(int(random.integers(_POSTS + 1))):
        disc = discs[int(random.integers(len(discs)))]
        angle = float(random.uniform(-math.pi, math.pi))
        radius = float(random.uniform(0.002, 0.05))
        away = disc.radius + radius + _AWAY * float(random.uniform(0.0, 1.0)) ** 3 + 0.002
        (center,) = outline([disc[:2]], start)
        x, y = (center + away * np.array((math.cos(angle), math.sin(angle)))).tolist()
        places = outline([other[:2] for other in discs], start).tolist()
        if all(
            math.dist(place, (x, y)) > other.radius + radius
            for place, other in zip(places, discs, strict=True)
        ):
            posts.append(Circle(x, y, radius))
    return tuple(posts)
