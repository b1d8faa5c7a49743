"""Where filter steps are timed: scenes, and a robot that does in them what it is told."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from vcp_cbf_safety import (
    Arena,
    Circle,
    FilterConfig,
    Hazards,
    Peer,
    RobotState,
    SafetyFilter,
    Twist2D,
)
from vcp_cbf_safety.hazards.discs import Discs, standing_discs
from vcp_cbf_safety.motion.unicycle import advance

CONFIG = FilterConfig(
    body_radius=0.15,
    vcp_offset=0.10,
    period=0.02,
    min_speed=-0.2,
    max_speed=1.0,
    max_yaw_rate=2.84,
)
ARENA = Arena(-4.0, -4.0, 4.0, 4.0)
NOMINAL_SPEED = 0.9
PEER_SPEED, PEER_YAW_RATE = 0.3, 0.2

# Cycles after which the robot starts anew, and after which it is asked to turn otherwise.
ANEW, TURN = 100, 25
# It starts no further from the middle than this, and no nearer to a circle than this [m].
FARTHEST, FREE = 1.3, 0.6


@dataclass(frozen=True)
class Scene:
    """What is around the robot.

    Attributes:
        name: for tables.
        places: x, y, radius of every circle that stands still [m].
        peers: how many other robots drive near it.
        columns: whether the circles come as points of a scan do, in columns.
    """

    name: str
    places: tuple[tuple[float, float, float], ...]
    peers: int = 0
    columns: bool = False

    @property
    def rows(self) -> int:
        """Rows of its program: two of every hazard, walls included."""
        return 2 * (len(self.places) + self.peers + 4)


def ring(count: int) -> tuple[tuple[float, float, float], ...]:
    """Circles on a ring around the middle of the arena; many of them overlap, like a scan."""
    angles = 2.0 * math.pi * np.arange(count) / count
    return tuple((2.5 * math.cos(a), 2.5 * math.sin(a), 0.3) for a in angles.tolist())


def clutter(count: int) -> tuple[tuple[float, float, float], ...]:
    """Thin posts all over the arena."""
    xy = np.random.default_rng(5).uniform(-4.0, 4.0, size=(count, 2)).tolist()
    return tuple((x, y, 0.05) for x, y in xy)


STATIC = (
    *(Scene(f'{n} circles', ring(n)) for n in (4, 8, 16, 64)),
    *(Scene(f'{n} points', ring(n), columns=True) for n in (360, 720, 1440)),
)
EIGHT = STATIC[1]
TWO_PEERS = Scene('8 circles, 2 peers', ring(8), 2)
NEAR_PEERS = Scene('8 circles, 3 near peers', ring(8), 3)
CLUTTER = Scene('100 posts', clutter(100))
SCENES = tuple(sorted((*STATIC, TWO_PEERS, NEAR_PEERS, CLUTTER), key=lambda each: each.rows))


class Cycle(NamedTuple):
    """What a filter is told: the arguments of `SafetyFilter.step`."""

    nominal: Twist2D
    robot: RobotState
    hazards: Hazards
    elapsed: float = CONFIG.period


class Course:
    """A robot in a scene, asked to drive on and turn at random, put elsewhere every two seconds.

    Robots with the same seed are asked the same and put in the same places, whatever is around.
    """

    def __init__(self, scene: Scene, seed: int = 1) -> None:
        self._scene = scene
        self._points = [_points(scene)] if scene.columns else []
        self._rng = np.random.default_rng(seed)
        self._cycles = 0
        self._omega = 0.0
        self._robot = RobotState(0.0, 0.0, 0.0)
        self._around: list[tuple[float, float, float]] = []
        self._change()

    def cycle(self) -> Cycle:
        """What the filter sees now; hazards are made anew each time, as from messages.

        Columns are made once: a scan holds for several cycles.
        """
        listed = () if self._scene.columns else self._scene.places
        circles = [Circle(x, y, radius) for x, y, radius in listed]
        peers = [
            Peer(
                *pose,
                speed=PEER_SPEED,
                yaw_rate=PEER_YAW_RATE,
                radius=0.15,
                responsibility=0.5 if self._scene is TWO_PEERS and index == 0 else 1.0,
                name=f'robot{index + 2}',
                age=0.02,
            )
            for index, pose in enumerate(self._around[: self._scene.peers])
        ]
        return Cycle(
            Twist2D(NOMINAL_SPEED, self._omega),
            self._robot,
            Hazards(ARENA, circles, peers, self._points),
        )

    def move(self, told: Twist2D) -> None:
        """Let one period pass: the base follows with its lag and within its accelerations."""
        now, share = self._robot, 1.0 - math.exp(-CONFIG.period / CONFIG.velocity_lag)
        v = now.speed + _within(share * (told.v - now.speed), CONFIG.max_acceleration)
        omega = now.yaw_rate + _within(
            share * (told.omega - now.yaw_rate), CONFIG.max_yaw_acceleration
        )
        pose = advance((now.x, now.y, now.heading), v, omega, CONFIG.period)
        self._robot = RobotState(*pose, speed=v, yaw_rate=omega)
        self._around = [
            advance(each, PEER_SPEED, PEER_YAW_RATE, CONFIG.period) for each in self._around
        ]
        self._cycles += 1
        self._change()

    def _change(self) -> None:
        if self._cycles % ANEW == 0:
            self._place(*self._free_place())
        if self._cycles % TURN == 0:
            self._omega = float(self._rng.normal(0.0, 0.8))

    def _free_place(self) -> tuple[float, float]:
        while True:
            distance, bearing = self._rng.uniform((0.0, -math.pi), (FARTHEST, math.pi)).tolist()
            x, y = distance * math.cos(bearing), distance * math.sin(bearing)
            if all(math.hypot(x - a, y - b) > FREE + r for a, b, r in self._scene.places):
                return x, y

    def _place(self, x: float, y: float) -> None:
        heading = float(self._rng.uniform(-math.pi, math.pi))
        now = self._robot
        self._robot = RobotState(x, y, heading, speed=now.speed, yaw_rate=now.yaw_rate)
        low, high = (0.6, -math.pi, -math.pi), (1.5, math.pi, math.pi)
        polar = self._rng.uniform(low, high, (3, 3)).tolist()
        self._around = [
            (x + away * math.cos(bearing), y + away * math.sin(bearing), facing)
            for away, bearing, facing in polar
        ]


def drive(steps: int, scene: Scene = TWO_PEERS) -> Iterator[Cycle]:
    """What a filter sees while another one of the same kind drives the robot."""
    course, driver = Course(scene), SafetyFilter(CONFIG)
    for _ in range(steps):
        cycle = course.cycle()
        yield cycle
        command = driver.step(*cycle)
        course.move(Twist2D(command.v, command.omega))


def _points(scene: Scene) -> Discs:
    x, y, radius = np.array(scene.places).T
    return standing_discs([f'scan[{index}]' for index in range(len(x))], x, y, radius)


def _within(change: float, acceleration: float) -> float:
    most = acceleration * CONFIG.period
    return min(max(change, -most), most)
