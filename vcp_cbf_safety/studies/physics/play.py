"""One episode in physics: the campaign's loop, moved and judged by MuJoCo."""

import time
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.sim.base import Pose
from vcp_cbf_safety.sim.clearance import STANDING_SPEED
from vcp_cbf_safety.sim.physics.model import PhysicsModel
from vcp_cbf_safety.sim.physics.plant import PhysicsPlant
from vcp_cbf_safety.sim.physics.scene import PhysicsScene
from vcp_cbf_safety.sim.polygon import speed_of_point
from vcp_cbf_safety.studies.campaign.episode import Episode, EpisodeRecord, RobotRecord
from vcp_cbf_safety.studies.campaign.play import EpisodeRun

# From one pose to the next in the track of an episode [s].
FRAME = 0.1


@dataclass(slots=True)
class PhysicsRecord:
    """What became of an episode in physics.

    Attributes:
        record: as the campaign has it; its contacts are those of the physics engine.
        simulated, taken: length of the episode, and what playing it took of a processor [s].
        touched: of every contact the time [s], the robot, what it touched, and the speed with
            which the robot itself closed in [m/s].
        track: poses (frames, robots, 3) of all robots, every `FRAME` [m, m, rad].
        tilt: largest angle between the upward axis of a robot and the vertical [rad].
    """

    record: EpisodeRecord
    simulated: float
    taken: float
    touched: list[tuple[float, int, str, float]]
    track: NDArray[np.float64]
    tilt: float


class PhysicsRun(EpisodeRun):
    """An episode whose bases have wheels, motors, mass and contacts.

    A contact is at fault when the robot itself closed in with `STANDING_SPEED` or more on what it
    touched, or what it touched does not move. A robot that is pushed is judged by what its motors
    are asked for.
    """

    def __init__(self, episode: Episode, model: PhysicsModel) -> None:
        self._robot_model = model
        self.touched: list[tuple[float, int, str, float]] = []
        self.track: list[list[Pose]] = []
        self.tilt = 0.0
        super().__init__(episode, frozenset(), know_goals=False)

    def place(self) -> None:
        """Put the robots into the engine; one without filter may have other limits."""
        episode = self.episode
        limits = [(robot.model.min_speed, robot.model.max_speed) for robot in episode.robots]
        self.plant = PhysicsPlant(
            [replace(self._robot_model, min_speed=low, max_speed=high) for low, high in limits],
            [robot.start for robot in episode.robots],
            PhysicsScene(episode.arena, episode.circles),
            episode.seed,
        )
        self.bases = self.plant.bases

    def advance(self, now: float) -> None:
        """Let the engine make a step, and judge the contacts that began in it."""
        if len(self.track) * FRAME <= now + 1e-9:
            self.track.append([base.pose for base in self.bases])
            self.tilt = max(self.tilt, *(base.tilt for base in self.plant.bases))
        self.plant.advance()
        for first, second in self.plant.begun:
            robots = [(first, second), (second, first)]
            for index, other in robots:
                if index < len(self.bases):
                    self._judge_contact(index, other, now)

    def judge_contacts(self, index: int, now: float, record: RobotRecord) -> None:
        """Distances of poses make no contact here: the engine says what touches."""

    def _judge_contact(self, index: int, other: int, now: float) -> None:
        hazard = self._hazard(index, other)
        pushed = self.plant.pushed(index, but=other)
        record = self.records[index]
        if record is None:
            return
        base = self.plant.bases[index]
        around = self.surroundings(index)
        point, toward = around.at[hazard], around.toward[hazard]
        motions = (base.driven,) if pushed else (base.driven, base.before)
        own = max(
            float(speed_of_point(base.pose, each.speed, each.yaw_rate, point) @ toward)
            for each in motions
        )
        record.contacts.append((now, base.pose[0], base.pose[1]))
        names = (*(f'robot{i}' for i in range(len(self.bases))), *self.plant.scene.names)
        self.touched.append((now, index, names[other], own))
        moves = other < len(self.bases)
        if own < STANDING_SPEED and (moves or pushed):
            record.suffered += 1
        else:
            record.driven += 1

    def _hazard(self, index: int, other: int) -> int:
        """Number in `surroundings` of a body of the plant: cylinders, other robots, walls."""
        robots, discs = len(self.bases), len(self.episode.circles)
        if other < robots:
            return discs + other - (other > index)
        standing = other - robots
        return standing if standing < discs else standing + robots - 1


def play_physics(episode: Episode, model: PhysicsModel) -> PhysicsRecord:
    """Play an episode of robots of one model."""
    run = PhysicsRun(episode, model)
    began = time.process_time()
    record = run.play()
    taken = time.process_time() - began
    return PhysicsRecord(record, run.plant.time, taken, run.touched, np.array(run.track), run.tilt)
