"""A flat world of differential-drive robots: motion, contact and ground truth, without ROS."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.hazards.hazards import Arena, Circle
from vcp_cbf_safety.motion.unicycle import RobotState, Twist2D
from vcp_cbf_safety.sim.base import TIME_STEP, Base, BaseModel, Pose, measured
from vcp_cbf_safety.sim.clearance import WALLS, Contacts, clearances
from vcp_cbf_safety.sim.lidar import Lidar, walls_of_box
from vcp_cbf_safety.sim.polygon import near_discs, near_polygon, near_walls, outline, sides

# A contact is over once the bodies are this far apart [m]; bodies that tremble at each other
# count as one collision.
RELEASE_DISTANCE = 0.02


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


class AnyWorld(Protocol):
    """What the nodes need of a world, whatever moves its robots; `World` says what each does."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the robots."""

    @property
    def obstacles(self) -> tuple[Circle, ...]:
        """Circles that stand."""

    @property
    def time(self) -> float:
        """Since the world began [s]."""

    def collisions(self, name: str) -> tuple[Collision, ...]:
        """Contacts of a robot so far."""

    def worst_clearance(self, name: str) -> float:
        """Smallest distance so far from a robot's body to anything [m]."""

    def odometry(self, name: str) -> RobotState:
        """What a robot believes."""

    def scan(self, name: str, lidar: Lidar) -> NDArray[np.float64]:
        """Ranges of a robot's scanner [m]."""

    def command(self, name: str, twist: Twist2D) -> None:
        """Tell a robot what to do from now on."""

    def step(self, duration: float) -> None:
        """Let time pass [s]."""


@dataclass(slots=True)
class _Robot:
    """Everything the world knows about one robot."""

    base: Base
    worst_clearance: float = math.inf
    collisions: list[Collision] = field(default_factory=list)
    contacts: Contacts = field(default_factory=lambda: Contacts(RELEASE_DISTANCE))


class World:
    """N robots among walls, circles and each other, with ground truth.

    A body that touches something does not pass through it and is not put elsewhere: as long as
    it touches, a motion that would bring the two closer does not happen and the speed is zero, as
    of a robot whose wheels stall against a post. It may still back away, and a disc turn on the
    spot.
    Contact is found at the end of a step, so bodies overlap by at most what they moved in one.
    """

    def __init__(
        self,
        starts: Mapping[str, Pose],
        *,
        base: BaseModel | None = None,
        arena: Arena | None = None,
        obstacles: Sequence[Circle] = (),
        seed: int = 0,
    ) -> None:
        """Place robots at rest.

        Args:
            starts: (x, y, heading) of each robot by name [m, m, rad].
            base: how the robots' bases behave, which are all alike.
            arena: box that the bodies must stay in, or None for an open world.
            obstacles: circles that stand still; their velocities are not used.
            seed: of the odometry noise.
        """
        self.base = base or BaseModel()
        self.arena = arena
        self.obstacles = tuple(obstacles)
        self.time = 0.0
        self._random = np.random.default_rng(seed)
        self._robots = {
            name: _Robot(Base(self.base, pose, self._random)) for name, pose in starts.items()
        }
        obstacle_names = (
            each.name or f'obstacle{index}' for index, each in enumerate(self.obstacles)
        )
        # Of everything that a body can touch, in the order of its distances.
        self._surfaces = (*obstacle_names, *starts, *(WALLS if arena else ()))
        self._clearances = self._observe()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the robots, in the order in which they were given."""
        return tuple(self._robots)

    def state(self, name: str) -> RobotState:
        """True pose and twist of a robot."""
        return self._robots[name].base.state

    def collisions(self, name: str) -> tuple[Collision, ...]:
        """Contacts of a robot so far; a contact of two robots is listed with both."""
        return tuple(self._robots[name].collisions)

    def worst_clearance(self, name: str) -> float:
        """Smallest distance so far from a robot's body to the nearest surface [m]."""
        return self._robots[name].worst_clearance

    def odometry(self, name: str) -> RobotState:
        """Noisy measurement of a robot's state; draws new noise every time."""
        return measured(self.state(name), self.base, self._random)

    def scan(self, name: str, lidar: Lidar) -> NDArray[np.float64]:
        """Ranges of a scanner in the middle of a robot: walls, obstacles and the other robots."""
        discs = [(each.x, each.y, each.radius) for each in self.obstacles]
        walls = [walls_of_box(self.arena)]
        for key, other in self._robots.items():
            if key == name:
                continue
            if self.base.footprint:
                walls.append(sides(outline(self.base.footprint, other.base.pose)))
            else:
                discs.append((*other.base.pose[:2], self.base.body_radius))
        pose = np.array(self._robots[name].base.pose)
        table = np.array(discs).reshape(-1, 3)
        return lidar.scan(pose, table, np.concatenate(walls), self._random)

    def command(self, name: str, twist: Twist2D) -> None:
        """Tell a robot what to do from now on; it takes effect after the base's delay.

        A command that is not finite is refused by the base, as real motor drivers do.
        """
        if math.isfinite(twist.v) and math.isfinite(twist.omega):
            self._robots[name].base.command(self.time, twist)

    def step(self, duration: float) -> None:
        """Let time pass [s]."""
        count = max(1, math.ceil(duration / TIME_STEP - 1e-9))
        for _ in range(count):
            self._substep(duration / count)

    def _substep(self, duration: float) -> None:
        before, stood = [robot.base.pose for robot in self._robots.values()], self._poses()
        for robot in self._robots.values():
            robot.base.advance(self.time, duration)
        after = self._distances(self._poses(), stood)
        pushes = (self._clearances < 0.0) & (after < self._clearances)
        for robot, pose, pushing in zip(self._robots.values(), before, pushes, strict=True):
            if pushing.any():
                robot.base.stall(pose)
        self.time += duration
        self._clearances = self._observe()

    def _poses(self) -> NDArray[np.float64]:
        return np.array([robot.base.pose for robot in self._robots.values()]).reshape(-1, 3)

    def _observe(self) -> NDArray[np.float64]:
        """Ground truth of this moment: clearances, the worst so far, contacts begun and ended."""
        poses = self._poses()
        found = self._distances(poses, poses)
        for robot, row in zip(self._robots.values(), found, strict=True):
            robot.worst_clearance = min(robot.worst_clearance, float(row.min(initial=np.inf)))
            for index in robot.contacts.begun(row):
                x, y, _ = robot.base.pose
                robot.collisions.append(Collision(self.time, x, y, self._surfaces[index]))
        return found

    def _distances(
        self, bodies: NDArray[np.float64], robots: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Distances (n, m) from bodies to every surface [m]; inf from a robot to itself.

        Args:
            bodies: (n, 3) poses of the robots, where they are to be judged [m, m, rad].
            robots: (n, 3) poses of the same robots, where they stand for each other [m, m, rad].
        """
        circles = np.array([(each.x, each.y) for each in self.obstacles]).reshape(-1, 2)
        radii = [each.radius for each in self.obstacles]
        if self.base.footprint:
            found = self._distances_of_polygons(bodies, robots, circles, radii)
        else:
            found, _ = clearances(
                bodies[:, :2],
                self.base.body_radius,
                np.concatenate((circles, robots[:, :2])),
                radii + [self.base.body_radius] * len(robots),
                self.arena,
            )
        own = np.arange(len(robots))
        found[own, len(circles) + own] = np.inf
        return found

    def _distances_of_polygons(
        self,
        bodies: NDArray[np.float64],
        robots: NDArray[np.float64],
        circles: NDArray[np.float64],
        radii: list[float],
    ) -> NDArray[np.float64]:
        outlines = [outline(self.base.footprint, pose) for pose in robots]
        rows = []
        for body in (outline(self.base.footprint, pose) for pose in bodies):
            to_robots = [near_polygon(body, other).free for other in outlines]
            to_circles, to_walls = near_discs(body, circles, radii), near_walls(body, self.arena)
            rows.append(np.concatenate((to_circles.free, *to_robots, to_walls.free)))
        return np.array(rows)
