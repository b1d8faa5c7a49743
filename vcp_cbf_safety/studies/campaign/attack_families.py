"""What is attacked: robots that share the work or are long, posts, bases unlike their filter."""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.hazards.hazards import Arena, Circle
from vcp_cbf_safety.qp.assembly import total_inflation
from vcp_cbf_safety.sim.base import BaseModel
from vcp_cbf_safety.studies.campaign.ablation import Feature
from vcp_cbf_safety.studies.campaign.attacks import (
    Attack,
    Commands,
    search,
    straight_then_anything,
    within,
)
from vcp_cbf_safety.studies.campaign.bases import (
    FAST,
    NIMBLE,
    anywhere_in_assumption,
    config_for,
    exactly_known,
    random_base,
    without_noise,
)
from vcp_cbf_safety.studies.campaign.drivers import replay
from vcp_cbf_safety.studies.campaign.episode import Episode, EpisodeRecord, Robot
from vcp_cbf_safety.studies.campaign.hostile_attacks import hostile_attack
from vcp_cbf_safety.studies.campaign.long_attacks import long_attack

# Far enough away to mean nothing.
NOWHERE = Arena(-100.0, -100.0, 100.0, 100.0)


# So many posts stand near the way of one robot.
_POSTS = 6

# A margin for nothing but the steps in which the ground truth is integrated [m].
_BARE = {'margin': 0.001}


def _robots(
    count: int, random: np.random.Generator, overrides: dict[str, float]
) -> tuple[tuple[Robot, ...], float]:
    """Robots that cooperate, alike or of different kinds, and their jitter."""
    jitter = float(random.choice((0.0, random.uniform(0.0, 0.02))))
    alike = random.random() < 0.4
    made: list[tuple[BaseModel, FilterConfig]] = []
    for _ in range(count):
        made.append(made[0] if made and alike else _owned(random, overrides, jitter))
    fleet = _known_of([model for model, _ in made], [config for _, config in made])
    # Parts of two robots sum to one; among three, halves do for every pair.
    part = float(random.uniform(0.2, 0.8)) if count == 2 and random.random() < 0.4 else 0.5
    robots = []
    for index, (model, config) in enumerate(made):
        robots.append(
            Robot(
                model=model,
                start=(0.0, 0.0, 0.0),
                driver=replay([]),
                config=replace(config, **(fleet | overrides)),
                cooperates=True,
                responsibility=part if index == 0 else 1.0 - part,
                first_cycle=float(random.uniform(0.0, config.period)),
            )
        )
    return tuple(robots), jitter


def _owned(
    random: np.random.Generator, overrides: dict[str, float], jitter: float
) -> tuple[BaseModel, FilterConfig]:
    """A base and its filter: one of two well-known kinds, or anything at all."""
    kind = random.random()
    if kind < 0.5:
        model, config = NIMBLE if kind < 0.25 else FAST
        known: dict[str, Any] = {'period_jitter': jitter + 0.005, **overrides}
        return model, replace(config, **known)
    measured = random_base(random)
    margin = {'margin': float(random.choice((0.0, 0.02, 0.05)))}
    config = config_for(measured, random, margin | overrides, jitter)
    if kind < 0.75:
        measured = without_noise(measured)
        return measured, exactly_known(config, measured)
    return anywhere_in_assumption(measured, random), config


def _known_of(models: list[BaseModel], configs: list[FilterConfig]) -> dict[str, Any]:
    """What each robot of a fleet must know of the others."""
    return {
        'peer_max_speed': max(m.max_speed for m in models),
        'peer_max_acceleration': max(max(m.acceleration, m.deceleration) for m in models),
        'peer_max_yaw_rate': max(m.max_yaw_rate for m in models),
        'peer_min_deceleration': min(c.max_deceleration for c in configs),
    }


def _mirrored(commands: Commands, model: BaseModel) -> Commands:
    """The same drive as seen in a mirror, as far as the base can."""
    turn = model.max_yaw_rate
    return tuple(
        (duration, within(v, model.min_speed, model.max_speed), within(-omega, -turn, turn))
        for duration, v, omega in commands
    )


def _to_meet(
    robot: Robot, bearing: float, away: float, approach: float
) -> tuple[float, float, float]:
    """Start of a robot that gets near the origin after driving straight for some time.

    Args:
        robot: who.
        bearing: direction of its travel there [rad].
        away: how far to the left of the origin it passes [m].
        approach: how long it drives straight [s]; negative when it reverses.
    """
    speed = robot.model.max_speed if approach >= 0.0 else -robot.model.min_speed
    limit = robot.model.acceleration
    ramp = min(abs(approach), speed / limit)
    way = 0.5 * limit * ramp**2 + speed * (abs(approach) - ramp)
    cosine, sine = math.cos(bearing), math.sin(bearing)
    heading = bearing if approach >= 0.0 else bearing + math.pi
    return (-way * cosine - away * sine, -way * sine + away * cosine, heading)


def _crowd(count: int, overrides: dict[str, float], random: np.random.Generator) -> Attack:
    """Robots that share the work and come to one place at one time, each as if it were alone."""
    robots, jitter = _robots(count, random, overrides)
    scene = str(
        random.choice(('beside', 'beside', 'head_on', 'overtaking', 'crossing', 'reversing'))
    )
    room = sum(r.model.body_radius for r in robots) / count * 2.0
    gap, together = float(random.uniform(0.05, 0.9)), float(random.uniform(0.5, 3.5))
    mirrored = random.random() < 0.5
    starts: list[tuple[float, float, float]] = []
    commands: list[Commands] = []
    for index, robot in enumerate(robots):
        bearing, away = 0.0, (index - (count - 1) / 2.0) * (room + gap)
        approach, inward = together, -away
        if scene == 'head_on':
            bearing, away = index * 2.0 * math.pi / count, float(random.uniform(-0.3, 0.3))
        elif scene == 'overtaking':
            approach = together * (1.0 + 0.5 * index)
        elif scene == 'crossing':
            bearing, away = index * math.pi / 2.0, float(random.uniform(-0.3, 0.3))
        elif scene == 'reversing' and index == 0:
            bearing, away, approach = math.pi, 0.0, -together
        starts.append(_to_meet(robot, bearing, away, approach))
        if mirrored and commands:
            commands.append(_mirrored(commands[0], robot.model))
        else:
            commands.append(straight_then_anything(robot.model, random, approach, inward))
    episode = Episode(
        family=f'attacked_{count}',
        driver='searched',
        robots=robots,
        arena=NOWHERE,
        circles=(),
        duration=0.0,
        jitter=jitter,
        seed=int(random.integers(2**31)),
    )
    return Attack(episode, tuple(starts), tuple(commands))


def _post(overrides: dict[str, float], random: np.random.Generator) -> Attack:
    """A small, fast robot that needs long to stop turns towards a few thin posts."""
    model = replace(
        without_noise(random_base(random)),
        body_radius=float(random.uniform(0.03, 0.1)),
        max_speed=float(random.uniform(1.0, 3.0)),
        max_yaw_rate=2.0,
        acceleration=3.0,
        deceleration=float(random.uniform(0.3, 0.8)),
        yaw_acceleration=20.0,
        lag=float(random.choice((0.0, 0.1))),
        delay=float(random.choice((0.0, 0.1))),
    )
    config = exactly_known(config_for(model, random, _BARE | overrides, 0.0), model)
    robot = Robot(
        model=model, start=(0.0, 0.0, 0.0), driver=replay([]), config=config, first_cycle=0.0
    )
    start = _to_meet(robot, 0.0, 0.0, model.max_speed / model.acceleration + 0.2)
    turning, side = float(random.uniform(0.1, 0.5)), float(random.choice((-1.0, 1.0)))
    commands = (
        (model.max_speed / model.acceleration + 0.2, model.max_speed, 0.0),
        (turning, float(random.choice((0.0, model.max_speed))), side * model.max_yaw_rate),
        (0.5, 0.0, 0.0),
    )
    reach = model.max_speed**2 / (2.0 * model.deceleration)
    away = random.uniform(0.2, 0.9, _POSTS) * reach
    angles = side * model.max_yaw_rate * turning * random.uniform(0.7, 1.3, _POSTS)
    posts = tuple(
        Circle(x, y, float(random.uniform(0.002, 0.02)))
        for x, y in zip(
            (away * np.cos(angles)).tolist(), (away * np.sin(angles)).tolist(), strict=True
        )
    )
    episode = Episode(
        family='attacked_posts', driver='searched', robots=(robot,), arena=NOWHERE,
        circles=posts, duration=0.0, jitter=0.0, seed=int(random.integers(2**31)),
    )  # fmt: skip
    return Attack(episode, (start,), (commands,))


def _walls(overrides: dict[str, float], random: np.random.Generator) -> Attack:
    """A base nothing like its configuration, though inside assumption A5, is driven at walls."""
    measured = replace(
        random_base(random),
        min_speed=-1.0,
        max_speed=1.0,
        max_yaw_rate=float(random.choice((0.1, 2.0))),
        delay=float(random.uniform(0.1, 0.4)),
        lag=float(random.choice((0.0, 0.1))),
    )
    measured = without_noise(measured)
    model = replace(
        measured,
        acceleration=measured.acceleration * float(random.choice((0.1, 0.5, 1.0))),
        deceleration=measured.deceleration * float(random.choice((1.0, 3.0, 8.0))),
    )
    config = config_for(measured, random, _BARE | overrides, 0.0)
    robot = Robot(
        model=model, start=(0.0, 0.0, 0.0), driver=replay([]),
        config=exactly_known(config, measured), first_cycle=0.0,
    )  # fmt: skip
    start = (0.0, 0.0, float(random.choice((0.0, random.uniform(-math.pi, math.pi)))))
    turns = (0.0, 0.0, model.max_yaw_rate, -model.max_yaw_rate)
    commands = tuple(
        (
            float(random.uniform(0.1, 1.2)),
            model.max_speed if k % 2 == 0 else model.min_speed,
            float(random.choice(turns)),
        )
        for k in range(8)
    )
    near = total_inflation(config) + random.uniform(0.0, 0.2, 2)
    episode = Episode(
        family='attacked_walls', driver='searched', robots=(robot,),
        arena=Arena(-float(near[0]), -float(near[1]), 3.0, 3.0),
        circles=(), duration=0.0, jitter=0.0, seed=int(random.integers(2**31)),
    )  # fmt: skip
    return Attack(episode, (start,), (commands,))


HOSTILE = 'attacked_hostile'

ATTACKS: dict[str, Callable[[dict[str, float], np.random.Generator], Attack]] = {
    'attacked_2': partial(_crowd, 2),
    'attacked_3': partial(_crowd, 3),
    'attacked_posts': _post,
    'attacked_walls': _walls,
    'attacked_long': long_attack,
    HOSTILE: hostile_attack,
}


def attacked(
    family: str, seed: int, index: int, overrides: dict[str, float], ablated: frozenset[Feature]
) -> EpisodeRecord:
    """Attack number `index` of a campaign: the worst episode that the search has found."""
    random = np.random.default_rng((seed, index, 2))
    draw = partial(ATTACKS[family], overrides)
    if family == HOSTILE:  # these may run into the robot; it must not drive into them
        return search(draw, random, ablated, score=lambda record: record.time_left)
    return search(draw, random, ablated)
