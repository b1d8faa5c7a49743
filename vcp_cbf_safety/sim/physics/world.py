"""Robots with physics as the nodes want them: by name, in any steps of time, with ground truth."""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.hazards.hazards import Circle
from vcp_cbf_safety.motion.unicycle import RobotState, Twist2D
from vcp_cbf_safety.sim.base import TIME_STEP, Pose
from vcp_cbf_safety.sim.lidar import Lidar
from vcp_cbf_safety.sim.physics.model import PhysicsModel
from vcp_cbf_safety.sim.physics.plant import PhysicsPlant
from vcp_cbf_safety.sim.physics.scene import PhysicsScene
from vcp_cbf_safety.sim.polygon import near, near_body, outline
from vcp_cbf_safety.sim.world import Collision

Array = NDArray[np.float64]

# Clearances are looked at every so many steps of time: every 6 mm at 0.3 m/s.
_JUDGE_EVERY = 4


class PhysicsWorld:
    """N robots of one model among things that stand, as `sim.world.World` has them.

    Contacts are those of the engine: a pair of bodies that has not touched for 0.5 s touches anew.
    Clearances are computed from poses and outlines.
    """

    def __init__(
        self,
        starts: Mapping[str, Pose],
        model: PhysicsModel,
        scene: PhysicsScene,
        *,
        seed: int = 0,
        counted: bool = False,
    ) -> None:
        """Place robots at rest.

        Args:
            starts: x, y, heading of each robot by name [m, m, rad].
            model: what they are made of.
            scene: what stands.
            seed: of all noise.
            counted: whether odometry counts wheels, and drifts; else it is a localisation.
        """
        self.names = tuple(starts)
        self.obstacles: tuple[Circle, ...] = tuple(scene.circles)
        self._plant = PhysicsPlant(
            [model] * len(starts), list(starts.values()), scene, seed, counted=counted
        )
        self._model, self._scene = model, scene
        self._bodies = (*starts, *scene.names)
        self._collisions: dict[str, list[Collision]] = {name: [] for name in starts}
        self._worst = dict.fromkeys(starts, math.inf)
        self._random = np.random.default_rng((seed, 1))
        self._steps, self._left = 0, 0.0
        self._corners = np.array([box.corners for box in scene.boxes]).reshape(-1, 4, 2)
        self._observe()

    @property
    def time(self) -> float:
        """Since the world began [s]."""
        return self._plant.time

    def state(self, name: str) -> RobotState:
        """True pose and twist of a robot."""
        return self._plant.truth(self.names.index(name))

    def collisions(self, name: str) -> tuple[Collision, ...]:
        """Contacts of a robot so far; a contact of two robots is listed with both."""
        return tuple(self._collisions[name])

    def worst_clearance(self, name: str) -> float:
        """Smallest distance so far from a robot's outline to the nearest surface [m]."""
        return self._worst[name]

    def odometry(self, name: str) -> RobotState:
        """What a robot believes at this moment."""
        return self._plant.bases[self.names.index(name)].measure(self._steps)

    def scan(self, name: str, lidar: Lidar) -> Array:
        """Ranges of a scanner where the model has it."""
        x, y, yaw = self._model.scan_mount
        return self._plant.scan(self.names.index(name), lidar, (x, y, yaw), self._random)

    def command(self, name: str, twist: Twist2D) -> None:
        """Tell a robot what to do from now on; what is not finite is refused."""
        if math.isfinite(twist.v) and math.isfinite(twist.omega):
            self._plant.command(self.names.index(name), twist)

    def step(self, duration: float) -> None:
        """Let time pass [s], in whole steps of the engine; the rest is kept for the next call."""
        self._left += duration
        while self._left >= TIME_STEP - 1e-9:
            self._left -= TIME_STEP
            self._steps += 1
            self._plant.advance()
            for pair in self._plant.begun:
                self._note(*pair)
            if self._steps % _JUDGE_EVERY == 0 or self._plant.begun:
                self._observe()

    def _note(self, first: int, second: int) -> None:
        for body, other in ((first, second), (second, first)):
            if body < len(self.names):
                x, y, _ = self._plant.bases[body].pose
                self._collisions[self.names[body]].append(
                    Collision(self.time, x, y, self._bodies[other])
                )

    def _observe(self) -> None:
        poses = [base.pose for base in self._plant.bases]
        shapes = [self._shape(pose) for pose in poses]
        centers = np.array([(c.x, c.y) for c in self.obstacles]).reshape(-1, 2)
        radii = [c.radius for c in self.obstacles]
        for index, (name, pose) in enumerate(zip(self.names, poses, strict=True)):
            place = pose[:2]
            found = near(shapes[index], place, centers, radii, self._scene.arena).free
            least = min(self._worst[name], float(found.min(initial=math.inf)))
            for other, shape in enumerate(shapes):
                if other != index:
                    least = min(least, self._between(shapes[index], place, shape, poses[other]))
            for corners in self._near_boxes(place, least):
                least = min(least, float(near_body(shapes[index], place, corners).free[0]))
            self._worst[name] = least

    def _shape(self, pose: Pose) -> Array | float:
        footprint = self._model.footprint
        return outline(footprint, pose) if footprint else self._model.body_radius

    def _between(
        self, body: Array | float, place: tuple[float, float], other: Array | float, there: Pose
    ) -> float:
        """Distance of two robots, negative where they overlap [m]."""
        if isinstance(other, np.ndarray):
            return float(near_body(body, place, other).free[0])
        return math.dist(place, there[:2]) - 2.0 * other

    def _near_boxes(self, place: tuple[float, float], within: float) -> Array:
        """Corners of the boxes that may be nearer than a distance [m]."""
        if not len(self._corners):
            return self._corners
        middle = self._corners.mean(axis=1)
        size = np.hypot(*(self._corners[:, 0] - middle).T)
        away = np.hypot(*(middle - place).T) - size - self._model.radius
        near_ones: Array = self._corners[away < within]
        return near_ones
