"""A judge of long bodies that shares no formula with the filter: bases, and true distances."""

import math
from collections import deque
from collections.abc import Callable, Sequence

from vcp_cbf_safety import BodyDisc, FilterConfig, RobotState, SafetyFilter, Twist2D
from vcp_cbf_safety.hazards import Hazards

Disc = tuple[float, float, float]


def covered(length: float, width: float, middle: float, count: int) -> tuple[BodyDisc, ...]:
    """Discs that cover a rectangle with its middle so far ahead of the axle."""
    step = length / count
    radius = math.hypot(0.5 * step, 0.5 * width)
    first = middle - 0.5 * length + 0.5 * step
    return tuple(BodyDisc(first + step * index, 0.0, radius) for index in range(count))


class Base:
    """A base that follows commands in small steps: lag, limits, dead time.

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
        self.config, self.heading = config, heading
        self.x = self.y = self.v = self.omega = self.time = 0.0
        self._up = config.max_acceleration * slower
        self._down = config.max_deceleration * harder
        self._sent: deque[tuple[float, Twist2D]] = deque()
        self._told = Twist2D(0.0, 0.0)

    @property
    def state(self) -> RobotState:
        return RobotState(self.x, self.y, self.heading, self.v, self.omega)

    def place(self, disc: BodyDisc) -> tuple[float, float]:
        """Centre of a disc."""
        cosine, sine = math.cos(self.heading), math.sin(self.heading)
        return (
            self.x + disc.x * cosine - disc.y * sine,
            self.y + disc.x * sine + disc.y * cosine,
        )

    def velocity(self, disc: BodyDisc) -> tuple[float, float]:
        """Velocity of the centre of a disc."""
        px, py = self.place(disc)
        vx, vy = self.v * math.cos(self.heading), self.v * math.sin(self.heading)
        return vx - self.omega * (py - self.y), vy + self.omega * (px - self.x)

    def follow(self, command: Twist2D, seen: Callable[[], None]) -> None:
        """One period with a command; `seen` is called after every small step."""
        config, dt = self.config, self.step
        self._sent.append((self.time + config.actuation_delay, command))
        for _ in range(round(config.period / dt)):
            while self._sent and self._sent[0][0] <= self.time + 1e-9:
                _, self._told = self._sent.popleft()
            v, omega, turn = self.v, self.omega, config.max_yaw_acceleration
            self.v = self._answer(v, self._told.v, self._up, self._down)
            self.omega = self._answer(omega, self._told.omega, turn, turn)
            mean, turned = 0.5 * (v + self.v), 0.5 * (omega + self.omega) * dt
            self.x += mean * math.cos(self.heading + 0.5 * turned) * dt
            self.y += mean * math.sin(self.heading + 0.5 * turned) * dt
            self.heading += turned
            self.time += dt
            seen()

    def _answer(self, now: float, target: float, up: float, down: float) -> float:
        gap, lag = target - now, self.config.velocity_lag
        change = gap * min(1.0, self.step / lag) if lag > 0.0 else gap
        most = (down if now * gap < 0.0 else up) * self.step
        return now + min(max(change, -most), most)


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
