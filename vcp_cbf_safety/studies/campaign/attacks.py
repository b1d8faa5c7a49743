"""Episodes that are searched for: command sequences, climbed towards what is most dangerous."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from vcp_cbf_safety.qp.assembly import kept_discs
from vcp_cbf_safety.sim.base import BaseModel
from vcp_cbf_safety.sim.clearance import clearances
from vcp_cbf_safety.sim.polygon import outline
from vcp_cbf_safety.studies.campaign.ablation import Feature
from vcp_cbf_safety.studies.campaign.drivers import Driver, ram, replay
from vcp_cbf_safety.studies.campaign.episode import Episode, EpisodeRecord, Robot
from vcp_cbf_safety.studies.campaign.play import run_episode

# An attack plays this many episodes: the first ones at random, then each a change of the worst.
TRIES, RANDOM_TRIES = 40, 10

# Commands of a robot: (duration [s], v [m/s], omega [rad/s]) in turn. Then one with a filter is
# told to stand, one without chases the others.
Commands = tuple[tuple[float, float, float], ...]


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
            replace(robot, start=start, driver=_driver(robot, commands))
            for robot, start, commands in zip(
                self.episode.robots, self.starts, self.commands, strict=True
            )
        )
        longest = max(sum(c[0] for c in commands) for commands in self.commands)
        stop = max(r.model.max_speed / r.model.deceleration for r in robots)
        return replace(self.episode, robots=robots, duration=longest + stop + _AFTERWARDS)

    def starts_in_the_margin(self) -> bool:
        """Whether something is nearer at the start than the filters' margins."""
        robots, circles = self.episode.robots, self.episode.circles
        for i, robot in enumerate(robots):
            if robot.config is None:
                continue
            others = [j for j in range(len(robots)) if j != i]
            centers = [(c.x, c.y) for c in circles] + [self.starts[j][:2] for j in others]
            radii = [c.radius for c in circles] + [robots[j].model.body_radius for j in others]
            for disc in kept_discs(robot.config):
                (place,) = outline([disc[:2]], self.starts[i])
                free, _ = clearances(
                    place, disc.radius, np.reshape(centers, (-1, 2)), radii, self.episode.arena
                )
                if free.min() < 0.0:
                    return True
        return False


# How long every episode goes on after the robots could stand [s].
_AFTERWARDS = 1.0


def _driver(robot: Robot, commands: Commands) -> Driver:
    """Who gives the commands; a robot without filter chases the others after the last one."""
    first = replay(_timed(commands))
    if robot.config is not None:
        return first
    chase, begins = ram(robot.model, reverse=False), sum(c[0] for c in commands)
    return lambda pose, nearest, now: (first if now < begins else chase)(pose, nearest, now)


def _timed(commands: Commands) -> list[tuple[float, float, float]]:
    timed, now = [], 0.0
    for duration, v, omega in commands:
        timed.append((now, v, omega))
        now += duration
    return [*timed, (now, 0.0, 0.0)]


def search(
    draw: Callable[[np.random.Generator], Attack],
    random: np.random.Generator,
    ablated: frozenset[Feature] = frozenset(),
    tries: int = TRIES,
    score: Callable[[EpisodeRecord], float] = lambda record: record.worst_clearance,
) -> EpisodeRecord:
    """Play random attacks, then climb from the worst; ends early when one succeeds.

    Args:
        draw: makes a random attack.
        random: source of everything random.
        ablated: features of the filter to take away.
        tries: how many episodes to play at most.
        score: of an episode; the least is the worst, and below zero an attack has succeeded.

    Returns:
        The record of the worst episode.
    """
    worst: tuple[float, Attack, EpisodeRecord] | None = None
    for count in range(1, tries + 1):
        if worst is None or count <= min(RANDOM_TRIES, tries // 2 + 1):
            attack = draw(random)
        else:
            attack = changed(worst[1], random)
        if attack.starts_in_the_margin():
            continue
        record = run_episode(attack.as_episode(), ablated)
        value = score(record)
        if worst is None or value < worst[0]:
            worst = (value, attack, record)
        worst[2].tries = count
        if value < 0.0:
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
            v = within(v + 2.0 * size * float(random.normal()), model.min_speed, model.max_speed)
        else:
            turn = model.max_yaw_rate
            omega = within(omega + 4.0 * size * float(random.normal()), -turn, turn)
        commands[index] = (duration, v, omega)
    return replace(
        attack,
        starts=(*attack.starts[:who], start, *attack.starts[who + 1 :]),
        commands=(*attack.commands[:who], tuple(commands), *attack.commands[who + 1 :]),
    )


def within(value: float, low: float, high: float) -> float:
    """The value, or the nearest limit beyond which it is."""
    return min(max(value, low), high)


def straight_then_anything(
    model: BaseModel, random: np.random.Generator, first: float, inward: float = 0.0
) -> Commands:
    """A drive straight ahead first, then some pieces of anything.

    Args:
        model: whose commands.
        random: source of them.
        first: how long it drives straight [s], back when negative.
        inward: sign of a turn towards the others, 0 when they may be anywhere; half of the
            drives end with such a turn.
    """
    speed = model.max_speed if first >= 0.0 else model.min_speed
    pieces = [(abs(first), speed, 0.0)]
    if inward and random.random() < 0.5:
        v = float(random.choice((0.0, 0.0, 1.0, random.random()))) * speed
        turn = math.copysign(model.max_yaw_rate, inward)
        return (*pieces, (float(random.uniform(0.1, 0.9)), v, turn), (1.0, 0.0, 0.0))
    for _ in range(int(random.integers(2, 5))):
        v = float(random.choice((0.0, 0.0, 1.0, 1.0, random.random())))
        v *= model.max_speed if random.random() < 0.8 else model.min_speed
        omega = float(random.choice((-1.0, 1.0, 0.0, random.uniform(-1.0, 1.0))))
        pieces.append((float(random.uniform(0.1, 1.0)), v, omega * model.max_yaw_rate))
    return tuple(pieces)
