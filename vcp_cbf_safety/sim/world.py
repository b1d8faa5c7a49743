"""A flat world of differential-drive robots: motion, contact and ground truth, without ROS."""

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.hazards import Arena, Circle
from vcp_cbf_safety.sim.clearance import Surroundings
from vcp_cbf_safety.sim.lidar import Lidar, walls_of_box
from vcp_cbf_safety.unicycle import RobotState, Twist2D, advance

# The world is integrated in steps of at most this length [s]: 5 mm of travel at 1 m/s.
LONGEST_STEP = 0.005

# A contact is over once the bodies are this far apart [m]; bodies that tremble at each other
# count as one collision.
RELEASE_DISTANCE = 0.02

Pose = tuple[float, float, float]

_STANDSTILL = Twist2D(0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What the robots' bases can do; all robots of a world are alike.

    Attributes:
        body_radius: radius of the body disc around the axle centre [m].
        lag: time constant of the first-order response of both velocities [s]; 0 obeys at once.
        delay: dead time between a command's arrival and its effect [s].
        max_speed: highest speed that the base follows, either way [m/s].
        max_yaw_rate: highest yaw rate that the base follows, either way [rad/s].
        max_acceleration: limit of linear acceleration and deceleration [m/s^2].
        max_yaw_acceleration: limit of yaw acceleration [rad/s^2].
        command_timeout: a command older than this counts as a command to stop [s].

    Raises:
        ValueError: if a value is not a number in its range.
    """

    body_radius: float = 0.15
    lag: float = 0.1
    delay: float = 0.0
    max_speed: float = math.inf
    max_yaw_rate: float = math.inf
    max_acceleration: float = math.inf
    max_yaw_acceleration: float = math.inf
    command_timeout: float = 0.5

    def __post_init__(self) -> None:
        for name in ('lag', 'delay'):
            if not getattr(self, name) >= 0.0:
                raise ValueError(f'{name} is {getattr(self, name)} s; it must not be negative')
        for name in (
            'body_radius', 'max_speed', 'max_yaw_rate', 'max_acceleration',
            'max_yaw_acceleration', 'command_timeout',
        ):  # fmt: skip
            if not getattr(self, name) > 0.0:
                raise ValueError(f'{name} is {getattr(self, name)}; it must be positive')


@dataclass(frozen=True, slots=True, kw_only=True)
class OdometryNoise:
    """Standard deviations of what odometry adds to the truth, independent in every sample."""

    position: float = 0.0  # each of x and y [m]
    heading: float = 0.0  # [rad]
    speed: float = 0.0  # [m/s]
    yaw_rate: float = 0.0  # [rad/s]


@dataclass(frozen=True, slots=True)
class Collision:
    """A contact between a robot's body and something else.

    Attributes:
        time: when it began [s since the world began].
        x, y: where the robot's axle centre was then [m].
        against: name of the wall, obstacle or robot.
    """

    time: float
    x: float
    y: float
    against: str


@dataclass(slots=True)
class _Robot:
    """Everything the world knows about one robot."""

    state: RobotState
    pending: deque[tuple[float, Twist2D]] = field(default_factory=deque)
    command: Twist2D = _STANDSTILL
    commanded_at: float = -math.inf
    worst_clearance: float = math.inf
    collisions: list[Collision] = field(default_factory=list)
    touching: set[str] = field(default_factory=set)


class World:
    """N robots among walls, circles and each other, with ground truth.

    A body that touches something does not pass through it and is not put elsewhere: as long as
    it touches, a motion that would bring the two closer does not happen and the speed is zero, as
    of a robot whose wheels stall against a post. It may still turn on the spot and back away.
    Contact is found at the end of a step, so bodies overlap by at most what they moved in one.
    """

    def __init__(
        self,
        starts: Mapping[str, Pose],
        *,
        base: Base | None = None,
        arena: Arena | None = None,
        obstacles: Sequence[Circle] = (),
        noise: OdometryNoise | None = None,
        seed: int = 0,
    ) -> None:
        """Place robots at rest.

        Args:
            starts: (x, y, heading) of each robot by name [m, m, rad].
            base: what the robots can do.
            arena: box that the bodies must stay in, or None for an open world.
            obstacles: circles that stand still; their velocities are not used.
            noise: what odometry adds to the truth.
            seed: of the odometry noise.
        """
        self.base = base or Base()
        self.arena = arena
        self.obstacles = tuple(obstacles)
        self.noise = noise or OdometryNoise()
        self.time = 0.0
        self._random = np.random.default_rng(seed)
        self._robots = {name: _Robot(RobotState(*pose)) for name, pose in starts.items()}
        self._surroundings = Surroundings(
            self.base.body_radius, arena, self.obstacles, tuple(starts)
        )
        self._clearances = self._observe()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the robots, in the order in which they were given."""
        return tuple(self._robots)

    def state(self, name: str) -> RobotState:
        """True pose and twist of a robot."""
        return self._robots[name].state

    def collisions(self, name: str) -> tuple[Collision, ...]:
        """Contacts of a robot so far; a contact of two robots is listed with both."""
        return tuple(self._robots[name].collisions)

    def worst_clearance(self, name: str) -> float:
        """Smallest distance so far from a robot's body to the nearest surface [m]."""
        return self._robots[name].worst_clearance

    def odometry(self, name: str) -> RobotState:
        """Noisy measurement of a robot's state; draws new noise every time."""
        true, noise = self._robots[name].state, self.noise
        dx, dy, dheading, dspeed, dyaw_rate = self._random.standard_normal(5)
        return RobotState(
            float(true.x + noise.position * dx),
            float(true.y + noise.position * dy),
            float(true.heading + noise.heading * dheading),
            float(true.speed + noise.speed * dspeed),
            float(true.yaw_rate + noise.yaw_rate * dyaw_rate),
        )

    def scan(self, name: str, lidar: Lidar) -> NDArray[np.float64]:
        """Ranges of a scanner in the middle of a robot: walls, obstacles and the other robots."""
        robot = self._robots[name].state
        radius = self.base.body_radius
        discs = [(each.x, each.y, each.radius) for each in self.obstacles]
        discs += [
            (other.state.x, other.state.y, radius)
            for key, other in self._robots.items()
            if key != name
        ]
        pose = np.array((robot.x, robot.y, robot.heading))
        table = np.array(discs).reshape(-1, 3)
        return lidar.scan(pose, table, walls_of_box(self.arena), self._random)

    def command(self, name: str, twist: Twist2D) -> None:
        """Tell a robot what to do from now on; it takes effect after the base's delay.

        A command that is not finite is refused by the base, as real motor drivers do.
        """
        if math.isfinite(twist.v) and math.isfinite(twist.omega):
            self._robots[name].pending.append((self.time, twist))

    def step(self, duration: float) -> None:
        """Let time pass [s]."""
        count = max(1, math.ceil(duration / LONGEST_STEP - 1e-9))
        for _ in range(count):
            self._substep(duration / count)

    def _substep(self, duration: float) -> None:
        robots = list(self._robots.values())
        proposed = []
        for robot in robots:
            speed, yaw_rate = self._respond(robot.state, self._effective_command(robot), duration)
            pose = (robot.state.x, robot.state.y, robot.state.heading)
            proposed.append(RobotState(*advance(pose, speed, yaw_rate, duration), speed, yaw_rate))
        after = self._surroundings.clearances(_positions(proposed), self._centers())
        pushes = (self._clearances < 0.0) & (after < self._clearances)
        for robot, moved, pushing in zip(robots, proposed, pushes, strict=True):
            robot.state = _stalled(robot.state, moved) if pushing.any() else moved
        self.time += duration
        self._clearances = self._observe()

    def _effective_command(self, robot: _Robot) -> Twist2D:
        while robot.pending and robot.pending[0][0] + self.base.delay <= self.time + 1e-9:
            robot.commanded_at, robot.command = robot.pending.popleft()
        age = self.time - robot.commanded_at
        if age > self.base.delay + self.base.command_timeout:
            return _STANDSTILL
        return robot.command

    def _respond(self, state: RobotState, wanted: Twist2D, duration: float) -> tuple[float, float]:
        """Velocities after a step: exact first-order lag, then the acceleration limits."""
        base = self.base
        share = 1.0 if base.lag == 0.0 else -math.expm1(-duration / base.lag)
        changes = []
        for now, target, top, limit in (
            (state.speed, wanted.v, base.max_speed, base.max_acceleration),
            (state.yaw_rate, wanted.omega, base.max_yaw_rate, base.max_yaw_acceleration),
        ):
            change = share * (_clipped(target, top) - now)
            changes.append(now + _clipped(change, limit * duration))
        return changes[0], changes[1]

    def _centers(self) -> NDArray[np.float64]:
        return _positions([robot.state for robot in self._robots.values()])

    def _observe(self) -> NDArray[np.float64]:
        """Ground truth of this moment: clearances, the worst so far, contacts begun and ended."""
        centers = self._centers()
        found = self._surroundings.clearances(centers, centers)
        names = self._surroundings.names
        for robot, row in zip(self._robots.values(), found, strict=True):
            robot.worst_clearance = min(robot.worst_clearance, float(row.min(initial=np.inf)))
            for index in np.flatnonzero(row < 0.0):
                if names[index] not in robot.touching:
                    robot.touching.add(names[index])
                    x, y = robot.state.x, robot.state.y
                    robot.collisions.append(Collision(self.time, x, y, names[index]))
            robot.touching &= {names[index] for index in np.flatnonzero(row < RELEASE_DISTANCE)}
        return found


def _positions(states: Sequence[RobotState]) -> NDArray[np.float64]:
    return np.array([(state.x, state.y) for state in states]).reshape(-1, 2)


def _clipped(value: float, largest: float) -> float:
    return min(largest, max(-largest, value))


def _stalled(before: RobotState, moved: RobotState) -> RobotState:
    """A step in which the wheels slip: the heading turns, the body stays."""
    return RobotState(before.x, before.y, moved.heading, 0.0, moved.yaw_rate)
