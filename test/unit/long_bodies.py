"""Long bodies on the simulator's base, and true distances without the filter's formulas."""

import math
from collections.abc import Callable, Sequence

import numpy as np

from vcp_cbf_safety import BodyDisc, FilterConfig, RobotState, SafetyFilter, Twist2D
from vcp_cbf_safety.hazards.hazards import Hazards
from vcp_cbf_safety.sim.base import Base as SimulatedBase
from vcp_cbf_safety.sim.base import BaseModel

Disc = tuple[float, float, float]


def covered(length: float, width: float, middle: float, count: int) -> tuple[BodyDisc, ...]:
    """Discs that cover a rectangle with its middle so far ahead of the axle."""
    step = length / count
    radius = math.hypot(0.5 * step, 0.5 * width)
    first = middle - 0.5 * length + 0.5 * step
    return tuple(BodyDisc(first + step * index, 0.0, radius) for index in range(count))


class Base:
    """The simulator's base, and the discs that a filter takes for its body.

    Args:
        config: its numbers.
        heading: where it looks at first [rad].
        slower: part of max_acceleration that it reaches, up to 1.
        harder: how many times max_deceleration it reaches, from 1.
    """

    step = 0.0025

    def __init__(
        self, config: FilterConfig, heading: float, slower: float = 1.0, harder: float = 1.0
    ) -> None:
        self.config, self.time = config, 0.0
        model = BaseModel(
            acceleration=config.max_acceleration * slower,
            deceleration=config.max_deceleration * harder,
            yaw_acceleration=config.max_yaw_acceleration,
            lag=config.velocity_lag,
            delay=config.actuation_delay,
        )
        self._base = SimulatedBase(model, (0.0, 0.0, heading), np.random.default_rng(0))

    @property
    def state(self) -> RobotState:
        return self._base.state

    def place(self, disc: BodyDisc) -> tuple[float, float]:
        """Centre of a disc."""
        x, y, heading = self._base.pose
        cosine, sine = math.cos(heading), math.sin(heading)
        return x + disc.x * cosine - disc.y * sine, y + disc.x * sine + disc.y * cosine

    def velocity(self, disc: BodyDisc) -> tuple[float, float]:
        """Velocity of the centre of a disc."""
        (x, y, heading), v, omega = self._base.pose, self._base.v, self._base.omega
        px, py = self.place(disc)
        return v * math.cos(heading) - omega * (py - y), v * math.sin(heading) + omega * (px - x)

    def follow(self, command: Twist2D, seen: Callable[[], None]) -> None:
        """One period with a command; `seen` is called after every small step."""
        self._base.command(self.time, command)
        for _ in range(round(self.config.period / self.step)):
            self._base.advance(self.time, self.step)
            self.time += self.step
            seen()


def free_distance(
    base: Base, posts: Sequence[Disc], arena: tuple[float, float, float, float] | None
) -> float:
    """Distance of the nearest disc of the body from the nearest post or wall, truly."""
    least = math.inf
    for disc in base.config.discs:
        x, y = base.place(disc)
        for px, py, radius in posts:
            least = min(least, math.hypot(px - x, py - y) - radius - disc.radius)
        if arena is not None:
            walls = (x - arena[0], y - arena[1], arena[2] - x, arena[3] - y)
            least = min(least, min(walls) - disc.radius)
    return least


def driven(
    base: Base,
    hazards: Callable[[], Hazards],
    nominal: Callable[[int], Twist2D],
    cycles: int,
    seen: Callable[[], None],
) -> list[Twist2D]:
    """What the filter tells the base in so many cycles."""
    filter_, told = SafetyFilter(base.config), []
    for cycle in range(cycles):
        answer = filter_.step(nominal(cycle), base.state, hazards())
        told.append(Twist2D(answer.v, answer.omega))
        base.follow(told[-1], seen)
    return told


LONG = FilterConfig(
    body_radius=0.2, body_discs=covered(0.9, 0.5, 0.1, 4), vcp_offset=0.2, period=0.05,
    min_speed=-0.5, max_speed=1.0, max_yaw_rate=2.0, resolve_deadlock=False,
)  # fmt: skip
