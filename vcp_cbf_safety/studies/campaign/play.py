"""Play one closed-loop episode: bases, filters and hazards in time, judged by ground truth."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.hazards import Hazards, Peer
from vcp_cbf_safety.sim.base import TIME_STEP, AnyBase, Base
from vcp_cbf_safety.sim.clearance import STANDING_SPEED, Contacts
from vcp_cbf_safety.sim.polygon import Near, near, near_body, outline, speed_of_point
from vcp_cbf_safety.studies.campaign.ablation import Feature, filter_without
from vcp_cbf_safety.studies.campaign.discs import DENT, MovingDiscs
from vcp_cbf_safety.studies.campaign.episode import Episode, EpisodeRecord, Robot, RobotRecord
from vcp_cbf_safety.studies.campaign.scanning import Scanning
from vcp_cbf_safety.studies.campaign.smoothness import CommandTrace
from vcp_cbf_safety.unicycle import RobotState, Twist2D

# Ground truth is judged every so many time steps: every centimetre at 1 m/s.
_JUDGE_EVERY = 2

# A contact ends when the bodies are this far apart again [m]; until then it is the same contact.
_CONTACT_HYSTERESIS = 0.01

# Distance to the goal at which it counts as reached [m].
GOAL_TOLERANCE = 0.15


def _body(base: AnyBase) -> NDArray[np.float64] | float:
    """Corners in the world of a body that is a polygon, else its radius [m]."""
    model = base.model
    return outline(model.footprint, base.pose) if model.footprint else model.body_radius


def _fastest(base: AnyBase) -> float:
    """Highest speed of any part of a body, from its centre or its corners outwards [m/s]."""
    turning = base.model.max_yaw_rate * base.model.body_radius if base.model.footprint else 0.0
    return base.model.max_speed + turning


class EpisodeRun:
    """One episode while it is played, in the flat world; `studies.physics` has another one."""

    bases: Sequence[AnyBase]

    def __init__(self, episode: Episode, ablated: frozenset[Feature], know_goals: bool) -> None:
        self.episode = episode
        self.know_goals = know_goals
        random = np.random.default_rng(episode.seed)
        self.random = random
        self.place()
        self.discs = MovingDiscs(episode.circles, episode.arena)
        self.filters = self.filters_of(ablated)
        self.scanners = [self._scanning(i) for i in range(len(episode.robots))]
        self.records = [
            RobotRecord(has_goal=r.goal is not None) if r.config is not None else None
            for r in episode.robots
        ]
        self.traces = [
            None if record is None else CommandTrace(record.smoothness) for record in self.records
        ]
        self.contacts = [Contacts(_CONTACT_HYSTERESIS) for _ in episode.robots]
        self.due = [
            float(random.uniform(0.0, 0.02)) if r.first_cycle is None else r.first_cycle
            for r in episode.robots
        ]
        self.last = [0.0 for _ in episode.robots]
        # Until then nothing can be nearer than it has been: nothing closes in faster [m/s].
        self.quiet_until = [0.0 for _ in episode.robots]
        self.closing = 2.0 * max(_fastest(b) for b in self.bases) + self.discs.fastest
        self.was_circulating = [False for _ in episode.robots]
        self.hostile = any(each is None for each in self.filters)

    def filters_of(self, ablated: frozenset[Feature]) -> list[Any]:
        """What stands between driver and base of each robot; None for one without parameters."""
        return [
            None if each.config is None else filter_without(each.config, ablated)
            for each in self.episode.robots
        ]

    def place(self) -> None:
        """Make the bases."""
        self._flat = [Base(r.model, r.start, self.random) for r in self.episode.robots]
        self.bases = self._flat

    def surroundings(self, index: int) -> Near:
        """Ground truth around a robot: n distances, directions and points of its body.

        Discs first, then the other robots, then four walls.
        """
        base = self.bases[index]
        place, body = base.pose[:2], _body(base)
        others = [b for b in self.bases if b is not base]
        centers, radii = self.discs.position, self.discs.radius
        if others:
            centers = np.concatenate((centers, [b.pose[:2] for b in others]))
            radii = np.concatenate((radii, [b.model.body_radius for b in others]))
        found = near(body, place, centers, radii, self.episode.arena)
        for number, other in enumerate(others, len(self.discs.radius)):
            shape = _body(other)
            if isinstance(shape, np.ndarray):
                exact = near_body(body, place, shape)
                for all_of_them, single in zip(found, exact, strict=True):
                    all_of_them[number] = single[0]
        return found

    def moves(self, index: int, hazard: int) -> bool:
        """Whether a hazard of `surroundings` moves by itself, as robots without filter do."""
        discs = len(self.discs.radius)
        if hazard < discs:
            return bool(self.discs.velocity[hazard].any())
        others = [i for i in range(len(self.bases)) if i != index]
        if hazard - discs >= len(others):
            return False
        other = others[hazard - discs]
        return self.filters[other] is None or self.bases[other].v != 0.0

    def cycle(self, index: int, now: float) -> None:
        """Let driver and filter of a robot command it."""
        robot, base = self.episode.robots[index], self.bases[index]
        around = self.surroundings(index)
        clearance = around.free
        if robot.config is None:  # a hostile peer is after robots, not after walls
            clearance[: len(self.discs.radius)] = clearance[-4:] = np.inf
        nearest = int(clearance.argmin())
        way = around.at[nearest] + clearance[nearest] * around.toward[nearest] - base.pose[:2]
        believed = base.odometry()
        nominal = robot.driver(
            (believed.x, believed.y, believed.heading), (float(way[0]), float(way[1])), now
        )
        safety_filter, record = self.filters[index], self.records[index]
        trace = self.traces[index]
        if safety_filter is None or record is None or trace is None:
            base.command(now, nominal)
            return
        command = safety_filter.step(
            nominal, believed, self._hazards(index, now, believed), now - self.last[index],
            robot.goal if self.know_goals else None,
        )  # fmt: skip
        self.last[index] = now
        base.command(now, Twist2D(command.v, command.omega))
        trace.add(Twist2D(command.v, command.omega), float(clearance[nearest]))
        record.cycles += 1
        record.outcomes[command.outcome.value] += 1
        record.circulating += command.circulating
        record.deadlocks += command.circulating and not self.was_circulating[index]
        self.was_circulating[index] = command.circulating
        record.step_times.append(command.timing.total)
        outcome = 'circulating' if command.circulating else command.outcome.value
        record.path.append((*base.pose, outcome))

    def _scanning(self, index: int) -> Scanning | None:
        robot = self.episode.robots[index]
        if robot.scanner is None or robot.config is None:
            return None
        random = np.random.default_rng((self.episode.seed, index))
        return Scanning(robot.scanner, robot.config, self.episode.arena, random)

    def _hazards(self, index: int, now: float, believed: RobotState) -> Hazards:
        scanner = self.scanners[index]
        if scanner is not None:
            return scanner.hazards(now, believed)
        robot = self.episode.robots[index]
        peers = [self._peer(i, robot) for i in range(len(self.bases)) if i != index]
        return Hazards(self.episode.arena, self.discs.circles(), peers)

    def advance(self, now: float) -> None:
        """Move everything by one time step; what moves by itself does not move through a robot."""
        for base, scanner in zip(self.bases, self.scanners, strict=True):
            if scanner is not None:
                scanner.watch(now, base.pose, self.discs)
        for index, flat in enumerate(self._flat):
            before = flat.pose
            flat.advance(now)
            if self.filters[index] is None and self._touches_robot(index):
                flat.stall(before)
        self.discs.advance()
        for flat, record in zip(self._flat, self.records, strict=True):
            if record is not None:
                self.discs.bounce_off(flat)

    def _touches_robot(self, index: int) -> bool:
        """Whether a robot has run into another one."""
        base = self.bases[index]
        discs, others = len(self.discs.radius), [b for b in self.bases if b is not base]
        if not any(
            math.dist(base.pose[:2], other.pose[:2])
            < base.model.body_radius + other.model.body_radius - DENT
            for other in others
        ):
            return False
        free = self.surroundings(index).free[discs : discs + len(others)]
        return bool((free < -DENT).any())

    def _peer(self, index: int, observer: Robot) -> Peer:
        robot, seen = self.episode.robots[index], self.bases[index].odometry()
        # A peer with a long body is the disc that its own filter keeps apart from others.
        own = robot.config.outer_radius if robot.config and robot.model.footprint else 0.0
        return Peer(
            seen.x, seen.y, seen.heading, seen.speed, seen.yaw_rate,
            max(robot.model.body_radius, own), age=seen.age,
            responsibility=observer.responsibility if robot.cooperates else 1.0,
        )  # fmt: skip

    def judge(self, index: int, now: float) -> None:
        """Ground truth of a robot at a time [s]: clearance, contacts, arrival."""
        record = self.records[index]
        if record is None:
            return
        if self.hostile:
            record.time_left = min(record.time_left, self._time_left(index))
        if now >= self.quiet_until[index]:
            least = float(self.surroundings(index).free.min())
            record.worst_clearance = min(record.worst_clearance, least)
            if least < _CONTACT_HYSTERESIS or self.contacts[index]:
                self.judge_contacts(index, now, record)
            else:
                news = max(record.worst_clearance, _CONTACT_HYSTERESIS)
                self.quiet_until[index] = now + (least - news) / self.closing
        base, robot = self.bases[index], self.episode.robots[index]
        if robot.goal is not None and record.arrived_at is None:
            away = math.hypot(base.pose[0] - robot.goal[0], base.pose[1] - robot.goal[1])
            if away < GOAL_TOLERANCE:
                record.arrived_at = now

    def _time_left(self, index: int) -> float:
        """In what time a robot would drive into another one if only it moved [s]."""
        around, least = self.surroundings(index), math.inf
        discs = len(self.discs.radius)
        for hazard in range(discs, discs + len(self.bases) - 1):
            closing, free = self._closing(index, around, hazard), float(around.free[hazard])
            if closing >= STANDING_SPEED and free >= 0.0:
                least = min(least, free / closing)
        return least

    def _closing(self, index: int, around: Near, hazard: int) -> float:
        """How fast a robot itself closes in on a hazard, where it is nearest [m/s]."""
        base = self.bases[index]
        own = speed_of_point(base.pose, base.v, base.omega, around.at[hazard])
        return float(own @ around.toward[hazard])

    def judge_contacts(self, index: int, now: float, record: RobotRecord) -> None:
        """Contacts that begin now."""
        base, around = self.bases[index], self.surroundings(index)
        for hazard in self.contacts[index].begun(around.free):
            record.contacts.append((now, base.pose[0], base.pose[1]))
            own = self._closing(index, around, hazard)
            if self.moves(index, hazard) and own < STANDING_SPEED:
                record.suffered += 1
            else:
                record.driven += 1

    def finished(self) -> bool:
        """Whether every filtered robot with a goal has arrived (never without goals)."""
        goals = [r for r in self.records if r is not None and r.has_goal]
        return bool(goals) and all(r.arrived_at is not None for r in goals)

    def play(self) -> EpisodeRecord:
        """Play to the end, or until every robot with a goal has arrived."""
        episode = self.episode
        for step in range(round(episode.duration / TIME_STEP)):
            now = step * TIME_STEP
            for index, robot in enumerate(episode.robots):
                if now >= self.due[index]:
                    self.cycle(index, now)
                    period = robot.config.period if robot.config else 0.05
                    self.due[index] += period + float(self.random.uniform(0.0, episode.jitter))
            self.advance(now)
            if step % _JUDGE_EVERY == 0:
                for index in range(len(episode.robots)):
                    self.judge(index, now)
                if self.finished():
                    break
        return EpisodeRecord(episode, [r for r in self.records if r is not None])


def run_episode(
    episode: Episode, ablated: frozenset[Feature] = frozenset(), know_goals: bool = False
) -> EpisodeRecord:
    """Play an episode to its end, or until every robot with a goal has arrived.

    Args:
        episode: what to play.
        ablated: features of the filter to take away.
        know_goals: whether the filters are told where their robots are to go.

    Returns:
        Ground-truth record of every filtered robot.
    """
    return EpisodeRun(episode, ablated, know_goals).play()
