"""Attacks of robots without filter, which keep to what the filter was told of them."""

import math
from dataclasses import replace
from typing import Any

import numpy as np

from vcp_cbf_safety.hazards.hazards import Arena
from vcp_cbf_safety.qp.assembly import total_inflation
from vcp_cbf_safety.sim.base import BaseModel
from vcp_cbf_safety.studies.campaign.attacks import Attack, straight_then_anything
from vcp_cbf_safety.studies.campaign.bases import (
    anywhere_in_assumption,
    config_for,
    exactly_known,
    random_base,
    without_noise,
)
from vcp_cbf_safety.studies.campaign.drivers import replay
from vcp_cbf_safety.studies.campaign.episode import Episode, Robot

_NOWHERE = Arena(-100.0, -100.0, 100.0, 100.0)


def hostile_attack(overrides: dict[str, float], random: np.random.Generator) -> Attack:
    """One to three robots without filter drive as they like around one that has a filter.

    They may be a third to twice as fast, and turn more slowly or quickly than it. Half of them
    answer at once. The filter knows their highest speed, acceleration and yaw rate exactly.
    """
    measured = random_base(random)
    jitter = float(random.choice((0.0, random.uniform(0.0, 0.02))))
    config = config_for(measured, random, overrides, jitter)
    if random.random() < 0.5:
        model = without_noise(measured)
        config = exactly_known(config, model)
    else:
        model = anywhere_in_assumption(measured, random)
    count = int(random.integers(1, 4))
    pace = float(random.uniform(0.3, 2.0)) * model.max_speed
    limit = float(random.choice((0.5, 1.0, 2.0))) * config.max_deceleration
    turn = float(random.choice((0.5, 1.0, 2.0))) * model.max_yaw_rate
    hostile = replace(
        measured,
        max_speed=pace,
        min_speed=-pace * float(random.choice((0.2, 1.0))),
        acceleration=limit,
        deceleration=limit,
        max_yaw_rate=turn,
        yaw_acceleration=50.0,
        delay=0.0,
        lag=float(random.choice((0.0, 0.1))),
        slip=0.0,
    )
    known: dict[str, Any] = {
        'peer_max_speed': pace,
        'peer_max_acceleration': limit,
        'peer_max_yaw_rate': turn,
    }
    robot = Robot(
        model=model,
        start=(0.0, 0.0, 0.0),
        driver=replay([]),
        config=replace(config, **(known | overrides)),
        first_cycle=float(random.uniform(0.0, config.period)),
    )
    others = [Robot(model=hostile, start=(0.0, 0.0, 0.0), driver=replay([]), config=None)] * count
    own = straight_then_anything(model, random, _first(random))
    starts, commands = [(0.0, 0.0, 0.0)], [own]
    for _ in range(count):
        start, first = _towards(robot, hostile, own[0], random)
        starts.append(start)
        commands.append(straight_then_anything(hostile, random, first))
    episode = Episode(
        family='attacked_hostile', driver='searched', robots=(robot, *others), arena=_NOWHERE,
        circles=(), duration=0.0, jitter=jitter, seed=int(random.integers(2**31)),
    )  # fmt: skip
    return Attack(episode, tuple(starts), tuple(commands))


def _first(random: np.random.Generator) -> float:
    """How long the robot drives straight ahead, or back where negative [s]."""
    return float(random.uniform(0.5, 2.0)) * float(random.choice((1.0, 1.0, -1.0)))


def _towards(
    robot: Robot, hostile: BaseModel, own: tuple[float, float, float], random: np.random.Generator
) -> tuple[tuple[float, float, float], float]:
    """Start of an attacker that comes to where the robot goes, and how long it takes [s].

    Args:
        robot: who is attacked, from (0, 0, 0) on.
        hostile: the attacker.
        own: what the robot is told first.
        random: source of the rest.
    """
    assert robot.config is not None
    duration, speed, _ = own
    time = duration * float(random.uniform(0.3, 1.0))
    aim = (speed * time, 0.0) + 0.3 * random.normal(size=2)
    heading = float(random.uniform(-math.pi, math.pi))
    way = np.array((math.cos(heading), math.sin(heading))) * hostile.max_speed * time
    place = aim - way
    nearest = total_inflation(robot.config) + hostile.body_radius + 0.01
    away = float(np.hypot(*place))
    if away < nearest:
        place = place * (nearest / max(away, 1e-6))
    return (float(place[0]), float(place[1]), heading), time
