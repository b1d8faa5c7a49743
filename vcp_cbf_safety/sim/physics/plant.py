"""Robots with physics in steps of time: commands in, poses, odometry, scans and contacts out."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.motion.unicycle import RobotState, Twist2D
from vcp_cbf_safety.sim.base import TIME_STEP, Pose
from vcp_cbf_safety.sim.lidar import Lidar
from vcp_cbf_safety.sim.physics.controller import WheelControllers
from vcp_cbf_safety.sim.physics.engine import engine
from vcp_cbf_safety.sim.physics.mjcf import BODY, HEIGHT, STANDING, write_mjcf
from vcp_cbf_safety.sim.physics.model import PhysicsModel
from vcp_cbf_safety.sim.physics.odometer import Odometer
from vcp_cbf_safety.sim.physics.scene import PhysicsScene
from vcp_cbf_safety.sim.physics.touches import Pair, Touches

Array = NDArray[np.float64]

# Weight settles on the wheels before the first command [s].
_SETTLING = 0.2


class PhysicsPlant:
    """Robots among things that stand, moved by MuJoCo in steps of `TIME_STEP`.

    The same arguments and commands give the same motion to the last bit, with one version of
    MuJoCo.

    Attributes:
        scene: what stands.
        time: since the start [s].
        bases: the robots.
        begun: pairs of bodies whose contact began in the last step. Robots have the numbers from
            0, what stands those after them, in the order of `PhysicsScene.names`.

    Args:
        models: one for each robot.
        poses: where they stand at the start [m, m, rad].
        scene: what stands.
        seed: of all noise.
        counted: whether odometry counts wheels, and drifts; else it is a localisation.
    """

    def __init__(
        self,
        models: Sequence[PhysicsModel],
        poses: Sequence[Pose],
        scene: PhysicsScene,
        seed: int = 0,
        *,
        counted: bool = False,
    ) -> None:
        self._mujoco = engine()
        self.scene = scene
        self._models = tuple(models)
        self.time = 0.0
        self.begun: list[Pair] = []
        self._tick = 0
        self._model = self._mujoco.MjModel.from_xml_string(write_mjcf(models, poses, scene))
        self._data = self._mujoco.MjData(self._model)
        self._wheels = WheelControllers(models)
        self._touches = Touches()
        self._random = np.random.default_rng(seed)
        self._index(len(models))
        for _ in range(round(_SETTLING / TIME_STEP)):
            self._mujoco.mj_step(self._model, self._data)
        self._at_rest = self._data.qpos[self._hinges].copy()
        self._remember()
        self.bases = tuple(
            PhysicsBase(self, index, model, Odometer(model, pose, self._random, counted))
            for index, (model, pose) in enumerate(zip(models, poses, strict=True))
        )

    def command(self, index: int, twist: Twist2D) -> None:
        """Command a robot from now on; it acts after the dead time."""
        self._wheels.put(index, self.time, twist)

    def advance(self) -> None:
        """Let one step of time pass."""
        self._remember()
        self._data.ctrl[:] = self._wheels.wanted(self.time, TIME_STEP).ravel()
        self._mujoco.mj_step(self._model, self._data)
        self._tick += 1
        self.time = self._tick * TIME_STEP
        self.begun = self._touches.begun(self.time, self._touching())
        for base in self.bases:
            base.tick(self._tick)

    def pushed(self, index: int, but: int = -1) -> bool:
        """Whether a robot other than `but` touches a robot, or has done so shortly before."""
        partners = self._touches.partners(index, self.time)
        return any(each < len(self.bases) and each != but for each in partners)

    def truth(self, index: int, before: bool = False) -> RobotState:
        """True pose and twist of a robot, now or before the last step."""
        qpos, qvel = self._before if before else (self._data.qpos, self._data.qvel)
        x, y, _, w, i, j, k = qpos[self._places[index]].tolist()
        heading = math.atan2(2.0 * (w * k + i * j), 1.0 - 2.0 * (j * j + k * k))
        vx, vy, _, _, _, omega = qvel[self._speeds[index]].tolist()
        return RobotState(x, y, heading, vx * math.cos(heading) + vy * math.sin(heading), omega)

    def tilt(self, index: int) -> float:
        """Angle between the upward axis of a robot and the vertical [rad]."""
        _, i, j, _ = self._data.qpos[self._places[index, 3:]].tolist()
        return 2.0 * math.asin(min(1.0, math.hypot(i, j)))

    def driven(self, index: int) -> RobotState:
        """True pose of a robot, and the twist that its motors are asked for at this moment."""
        state, model = self.truth(index), self._models[index]
        wanted = np.where(
            self._filters[index] < 0,
            self._data.ctrl[2 * index : 2 * index + 2],
            self._data.act[self._filters[index]] if self._data.act.size else 0.0,
        )
        left, right = (model.wheel_radius * wanted).tolist()
        turn = (right - left) / model.track
        return RobotState(state.x, state.y, state.heading, 0.5 * (left + right), turn)

    def angles(self, index: int) -> tuple[float, float]:
        """How far the left and right wheel of a robot have turned [rad]."""
        left, right = (self._data.qpos[self._hinges[index]] - self._at_rest[index]).tolist()
        return left, right

    def scan(self, index: int, lidar: Lidar, mount: Pose, random: np.random.Generator) -> Array:
        """Ranges (beams,) [m] of a scanner, by casting rays; inf where nothing is in range.

        Args:
            index: robot that carries it.
            lidar: its beams.
            mount: x, y, yaw of it on the robot [m, m, rad].
            random: source of noise and dropouts.
        """
        base = self.truth(index)
        cosine, sine = math.cos(base.heading), math.sin(base.heading)
        start = np.array((
            base.x + cosine * mount[0] - sine * mount[1],
            base.y + sine * mount[0] + cosine * mount[1],
            HEIGHT,
        ))  # fmt: skip
        steps = np.arange(lidar.beams)
        bearing = base.heading + mount[2] + lidar.angle_min + lidar.angle_increment * steps
        rays = np.column_stack((np.cos(bearing), np.sin(bearing), np.zeros(lidar.beams)))
        groups = np.zeros(6, np.uint8)
        groups[[STANDING, BODY]] = 1
        met, exact = np.zeros(lidar.beams, np.int32), np.zeros(lidar.beams)
        self._mujoco.mj_multiRay(
            self._model, self._data, start, rays.ravel(), groups, True, self._bodies[index], met,
            exact, None, lidar.beams, lidar.range_max,
        )  # fmt: skip
        return lidar.read(np.where(met < 0, np.inf, exact), random)

    def _index(self, count: int) -> None:
        """Where the robots are in the arrays of MuJoCo, and whose geom is whose."""
        model = self._model
        robots = [model.body(f'robot{i}') for i in range(count)]
        joints = [model.joint(f'robot{i}') for i in range(count)]
        self._bodies = [body.id for body in robots]
        self._places = np.array([j.qposadr[0] + np.arange(7) for j in joints]).reshape(-1, 7)
        self._speeds = np.array([j.dofadr[0] + np.arange(6) for j in joints]).reshape(-1, 6)
        hinges = [model.joint(f'{s}{i}') for i in range(count) for s in ('left', 'right')]
        self._hinges = np.array([j.qposadr[0] for j in hinges]).reshape(-1, 2)
        self._filters = model.actuator_actadr.reshape(-1, 2)
        owners = np.full(model.ngeom, -1)
        for geom in range(model.ngeom):
            name = model.geom(geom).name
            if name.startswith('standing'):
                owners[geom] = count + int(name.removeprefix('standing'))
            elif '.hull' in name:
                owners[geom] = int(name.partition('.')[0].removeprefix('robot'))
        self._owners = owners

    def _remember(self) -> None:
        self._before = (self._data.qpos.copy(), self._data.qvel.copy())

    def _touching(self) -> list[Pair]:
        if not self._data.ncon:
            return []
        owners = self._owners[self._data.contact.geom]
        solid = (owners >= 0).all(axis=1) & (self._data.contact.dist < 0.0)
        return [(a, b) for a, b in owners[solid].tolist()]


class PhysicsBase:
    """One robot of a plant, as `sim.base.Base` is one of the flat world.

    Attributes:
        model: its body and limits.
    """

    def __init__(
        self, plant: PhysicsPlant, index: int, model: PhysicsModel, odometer: Odometer
    ) -> None:
        self.model = model.base
        self._plant, self._number, self._odometer = plant, index, odometer
        self._measured_at = 0

    @property
    def state(self) -> RobotState:
        """True pose and twist."""
        return self._plant.truth(self._number)

    @property
    def pose(self) -> Pose:
        """True x, y, heading [m, m, rad]."""
        state = self.state
        return state.x, state.y, state.heading

    @property
    def v(self) -> float:
        """True speed along the heading [m/s]."""
        return self.state.speed

    @property
    def omega(self) -> float:
        """True yaw rate [rad/s]."""
        return self.state.yaw_rate

    @property
    def before(self) -> RobotState:
        """True pose and twist before the last step: how fast it was when a contact began."""
        return self._plant.truth(self._number, before=True)

    @property
    def tilt(self) -> float:
        """Angle between its upward axis and the vertical [rad]."""
        return self._plant.tilt(self._number)

    @property
    def driven(self) -> RobotState:
        """True pose, and the twist that the motors are asked for at this moment."""
        return self._plant.driven(self._number)

    def command(self, now: float, command: Twist2D) -> None:
        """Accept a command now [s]; it acts after the dead time."""
        del now  # the plant has its own time
        self._plant.command(self._number, command)

    def tick(self, tick: int) -> None:
        """Measure where it is time to."""
        if self._odometer.due(tick):
            self._odometer.send(self._plant.time, self.measure(tick))

    def measure(self, tick: int) -> RobotState:
        """What the robot believes at a step of time, without the period and delay of odometry."""
        elapsed = (tick - self._measured_at) * TIME_STEP
        self._measured_at = tick
        return self._odometer.measure(self.state, self._plant.angles(self._number), elapsed)

    def odometry(self) -> RobotState:
        """What the robot has been told of itself, with its age."""
        return self._odometer.newest(self._plant.time)
