"""Episodes that are searched for: command sequences, climbed towards the least clearance."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from vcp_cbf_safety.assembly import total_inflation
from vcp_cbf_safety.campaign.bases import (
    anywhere_in_assumption,
    config_for,
    exactly_known,
    ideal,
    random_base,
    without_noise,
)
from vcp_cbf_safety.campaign.drivers import replay
from vcp_cbf_safety.campaign.episode import Episode, Record, Robot
from vcp_cbf_safety.campaign.plant import BaseModel
from vcp_cbf_safety.campaign.play import run_episode
from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.hazards import Arena, Circle
from vcp_cbf_safety.pieces import Piece

# An attack plays this many episodes: the first ones at random, then each a change of the worst.
TRIES, RANDOM_TRIES = 40, 10

# Commands of a robot: (duration [s], v [m/s], omega [rad/s]) in turn, then it is told to stand.
Commands = tuple[tuple[float, float, float], ...]

# A small robot that turns quickly, and a larger one that is fast and brakes gently; both do
# exactly what their filters believe.
NIMBLE = ideal(
    FilterConfig(
        body_radius=0.15, vcp_offset=0.1, period=0.05, min_speed=-0.2, max_speed=1.0,
        max_yaw_rate=2.84,
    )
)  # fmt: skip
FAST = ideal(
    FilterConfig(
        body_radius=0.35, vcp_offset=0.2, period=0.05, min_speed=-0.3, max_speed=1.5,
        max_yaw_rate=1.5, max_acceleration=0.8, max_deceleration=0.8, velocity_lag=0.1,
        actuation_delay=0.1, peer_max_acceleration=3.1, peer_max_speed=1.5, body_gain=2.5,
    )
)  # fmt: skip

# Far enough away to mean nothing.
NOWHERE = Arena(-100.0, -100.0, 100.0, 100.0)


@dataclass(frozen=True, slots=True)
class Attack:
    """What a search may change of an episode: where robots start, and what they are told.

    Attributes:
        episode: what stays as it is; its drivers are not used.
        starts: (x, y, heading) of each robot [m, m, rad].
        commands: of each robot.
    """

    episode: Episode
    starts: tuple[tuple[float, float, float], ...]
    commands: tuple[Commands, ...]

    def as_episode(self) -> Episode:
        """The episode with these starts and commands."""
        robots = tuple(
            replace(robot, start=start, driver=replay(_timed(commands)))
            for robot, start, commands in zip(
                self.episode.robots, self.starts, self.commands, strict=True
            )
        )
        longest = max(sum(c[0] for c in commands) for commands in self.commands)
        stop = max(r.model.max_speed / r.model.deceleration for r in robots)
        return replace(self.episode, robots=robots, duration=longest + stop + _AFTERWARDS)

    def starts_in_the_margin(self) -> bool:
        """Whether something is nearer at the start than the filters' margins."""
        robots, starts, arena = self.episode.robots, self.starts, self.episode.arena
        for i, robot in enumerate(robots):
            assert robot.config is not None
            room = total_inflation(robot.config)
            x, y, _ = starts[i]
            if min(x - arena.x_min, arena.x_max - x, y - arena.y_min, arena.y_max - y) < room:
                return True
            for circle in self.episode.circles:
                if math.dist(starts[i][:2], (circle.x, circle.y)) < circle.radius + room:
                    return True
            for j in range(i):
                other = robots[j].model.body_radius
                if math.dist(starts[i][:2], starts[j][:2]) < room + other:
                    return True
        return False


# How long every episode goes on after the robots could stand [s].
_AFTERWARDS = 1.0

# A margin for nothing but the steps in which the ground truth is integrated [m].
_BARE = {'margin': 0.001}

# So many posts stand near the way of one robot.
_POSTS = 6


def _timed(commands: Commands) -> list[tuple[float, float, float]]:
    timed, now = [], 0.0
    for duration, v, omega in commands:
        timed.append((now, v, omega))
        now += duration
    return [*timed, (now, 0.0, 0.0)]


def search(
    draw: Callable[[np.random.Generator], Attack],
    random: np.random.Generator,
    without: frozenset[Piece] = frozenset(),
    tries: int = TRIES,
) -> Record:
    """Play random attacks, then climb from the worst; ends early at a contact.

    Args:
        draw: makes a random attack.
        random: source of everything random.
        without: pieces of the filter to leave out.
        tries: how many episodes to play at most.

    Returns:
        The record of the episode with the least clearance.
    """
    worst: tuple[float, Attack, Record] | None = None
    for count in range(1, tries + 1):
        if worst is None or count <= min(RANDOM_TRIES, tries // 2 + 1):
            attack = draw(random)
        else:
            attack = changed(worst[1], random)
        if attack.starts_in_the_margin():
            continue
        record = run_episode(attack.as_episode(), without)
        clearance = record.worst_clearance
        if worst is None or clearance < worst[0]:
            worst = (clearance, attack, record)
        worst[2].tries = count
        if clearance < 0.0:
            break
    assert worst is not None
    return worst[2]


def changed(attack: Attack, random: np.random.Generator) -> Attack:
    """The attack with a few random changes of one robot: its start or some of its commands."""
    who = int(random.integers(len(attack.starts)))
    start, commands = attack.starts[who], list(attack.commands[who])
    model = attack.episode.robots[who].model
    size = float(random.choice((0.02, 0.1, 0.4)))
    if random.random() < 0.3:
        x, y, heading = (np.array(start) + size * random.normal(size=3)).tolist()
        start = (x, y, heading)
    for _ in range(int(random.integers(1, 3))):
        index = int(random.integers(len(commands)))
        duration, v, omega = commands[index]
        kind = int(random.integers(3))
        if kind == 0:
            duration = max(0.05, duration * math.exp(size * float(random.normal())))
        elif kind == 1:
            v = _within(v + 2.0 * size * float(random.normal()), model.min_speed, model.max_speed)
        else:
            turn = model.max_yaw_rate
            omega = _within(omega + 4.0 * size * float(random.normal()), -turn, turn)
        commands[index] = (duration, v, omega)
    return replace(
        attack,
        starts=(*attack.starts[:who], start, *attack.starts[who + 1 :]),
        commands=(*attack.commands[:who], tuple(commands), *attack.commands[who + 1 :]),
    )


def _within(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


def _commands(model: BaseModel, random: np.random.Generator, first: float) -> Commands:
    """A drive straight ahead (or back) first, then two to four pieces of anything."""
    speed = model.max_speed if first >= 0.0 else model.min_speed
    pieces = [(abs(first), speed, 0.0)]
    for _ in range(int(random.integers(2, 5))):
        v = float(random.choice((0.0, 0.0, 1.0, 1.0, random.random())))
        v *= model.max_speed if random.random() < 0.8 else model.min_speed
        omega = float(random.choice((-1.0, 1.0, 0.0, random.uniform(-1.0, 1.0))))
        pieces.append((float(random.uniform(0.1, 1.0)), v, omega * model.max_yaw_rate))
    return tuple(pieces)


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
        'peer_max_acceleration': max(
            math.hypot(max(m.acceleration, m.deceleration), m.max_speed * m.max_yaw_rate)
            for m in models
        ),
        'peer_min_deceleration': min(c.max_deceleration for c in configs),
    }


def _mirrored(commands: Commands, model: BaseModel) -> Commands:
    """The same drive as seen in a mirror, as far as the base can."""
    turn = model.max_yaw_rate
    return tuple(
        (duration, _within(v, model.min_speed, model.max_speed), _within(-omega, -turn, turn))
        for duration, v, omega in commands
    )


def _to_meet(
    robot: Robot, bearing: float, away: float, approach: float, random: np.random.Generator
) -> tuple[tuple[float, float, float], Commands]:
    """Start and commands of a robot that gets near the origin along a direction.

    Args:
        robot: who.
        bearing: direction of its travel there [rad].
        away: how far to the left of the origin it passes [m].
        approach: how long it drives straight first [s]; negative when it reverses.
        random: source of the rest.
    """
    speed = robot.model.max_speed if approach >= 0.0 else -robot.model.min_speed
    limit = robot.model.acceleration
    ramp = min(abs(approach), speed / limit)
    way = 0.5 * limit * ramp**2 + speed * (abs(approach) - ramp)
    cosine, sine = math.cos(bearing), math.sin(bearing)
    heading = bearing if approach >= 0.0 else bearing + math.pi
    start = (-way * cosine - away * sine, -way * sine + away * cosine, heading)
    return start, _commands(robot.model, random, approach)


def _crowd(count: int, overrides: dict[str, float], random: np.random.Generator) -> Attack:
    """Robots that cooperate and are driven at each other, each as it would drive alone."""
    robots, jitter = _robots(count, random, overrides)
    scene = str(random.choice(('beside', 'head_on', 'overtaking', 'crossing', 'reversing')))
    room = sum(r.model.body_radius for r in robots) / count * 2.0
    gap = float(random.uniform(0.05, 1.0))
    starts: list[tuple[float, float, float]] = []
    commands: list[Commands] = []
    mirrored = random.random() < 0.5
    for index, robot in enumerate(robots):
        side = (index - (count - 1) / 2.0) * (room + gap)
        approach = float(random.uniform(0.5, 3.0))
        bearing, away = 0.0, side
        if scene == 'head_on':
            bearing, away = index * 2.0 * math.pi / count, float(random.uniform(-0.3, 0.3))
        elif scene == 'overtaking':
            approach = approach * (1.0 + 0.5 * index)
        elif scene == 'crossing':
            bearing, away = index * math.pi / 2.0, float(random.uniform(-0.3, 0.3))
        elif scene == 'reversing' and index == 0:
            bearing, away, approach = math.pi, 0.0, -approach
        start, told = _to_meet(robot, bearing, away, approach, random)
        if mirrored and commands:
            told = _mirrored(commands[0], robot.model)
        starts.append(start)
        commands.append(told)
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
    start, _ = _to_meet(robot, 0.0, 0.0, model.max_speed / model.acceleration + 0.2, random)
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


ATTACKS: dict[str, Callable[[dict[str, float], np.random.Generator], Attack]] = {
    'attacked_2': partial(_crowd, 2),
    'attacked_3': partial(_crowd, 3),
    'attacked_posts': _post,
    'attacked_walls': _walls,
}


def attacked(
    family: str, seed: int, index: int, overrides: dict[str, float], without: frozenset[Piece]
) -> Record:
    """Attack number `index` of a campaign: the worst episode that the search has found."""
    random = np.random.default_rng((seed, index, 2))
    return search(partial(ATTACKS[family], overrides), random, without)
