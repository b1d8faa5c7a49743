"""What every family of episodes starts from: a robot, its filter, a source of randomness."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.hazards.hazards import Arena, Circle
from vcp_cbf_safety.qp.assembly import total_inflation
from vcp_cbf_safety.sim.base import BaseModel
from vcp_cbf_safety.studies.campaign.drivers import Driver, bang_bang, go_to, ram, recorded, wander
from vcp_cbf_safety.studies.campaign.episode import Episode, Robot

# Length of an episode without a goal [s].
_DURATION = 20.0


def nominal(
    model: BaseModel, goal: tuple[float, float], random: np.random.Generator
) -> tuple[str, Driver]:
    """Any of the drivers, with its name."""
    kind = str(random.choice(('goal', 'random', 'ram', 'ram_reverse', 'bang_bang', 'recorded')))
    drivers: dict[str, Callable[[], Driver]] = {
        'goal': lambda: go_to(goal, model),
        'random': lambda: wander(model, random),
        'ram': lambda: ram(model, reverse=False),
        'ram_reverse': lambda: ram(model, reverse=True),
        'bang_bang': lambda: bang_bang(model, random),
        'recorded': lambda: recorded(model, random, _DURATION),
    }
    return kind, drivers[kind]()


def heading(random: np.random.Generator) -> float:
    """Any direction [rad]."""
    return float(random.uniform(-math.pi, math.pi))


@dataclass(frozen=True, slots=True)
class Draw:
    """What every family starts from: one robot, its filter, and a source of randomness."""

    seed: int
    random: np.random.Generator
    model: BaseModel
    config: FilterConfig
    jitter: float
    overrides: dict[str, float]

    @property
    def keep_out(self) -> float:
        """Free radius around the axle centre that the filter insists on [m]."""
        return total_inflation(self.config)

    def uniform(self, low: float, high: float) -> float:
        """A number between low and high."""
        return float(self.random.uniform(low, high))


def alone(
    draw: Draw,
    family: str,
    arena: Arena,
    circles: tuple[Circle, ...],
    start: tuple[float, float, float],
    goal: tuple[float, float],
    kind: str | None = None,
) -> Episode:
    """An episode of one robot, whose driver goes to the goal or, without a kind, is any."""
    driver = go_to(goal, draw.model)
    if kind is None:
        kind, driver = nominal(draw.model, goal, draw.random)
    robot = Robot(
        model=draw.model,
        start=start,
        driver=driver,
        config=draw.config,
        goal=goal if kind == 'goal' else None,
    )
    duration = _DURATION
    if kind == 'goal':
        duration += 4.0 * math.dist(start[:2], goal) / draw.model.max_speed
    return Episode(
        family=family,
        driver=kind,
        robots=(robot,),
        arena=arena,
        circles=circles,
        duration=duration,
        jitter=draw.jitter,
        seed=draw.seed,
    )


def scatter(
    draw: Draw, count: int, half: float, keep_free: tuple[tuple[float, float], ...]
) -> tuple[Circle, ...]:
    """Circles anywhere, but not near some places."""
    circles: list[Circle] = []
    for _ in range(20 * count):
        if len(circles) == count:
            break
        radius = draw.uniform(0.1, 0.4)
        x, y = draw.uniform(-half, half), draw.uniform(-half, half)
        clear = radius + 2.0 * draw.keep_out
        if all(math.dist((x, y), point) > clear for point in keep_free):
            circles.append(Circle(x, y, radius))
    return tuple(circles)
