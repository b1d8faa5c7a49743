"""Closed-loop episodes of one contestant: true worlds, the robot's own filter, ground truth."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.hazards.hazards import Arena, Circle, Hazards, Peer
from vcp_cbf_safety.learning.contacts import EpisodeEnd, clearances
from vcp_cbf_safety.learning.environment import Environment
from vcp_cbf_safety.learning.worlds import EnvironmentConfig
from vcp_cbf_safety.motion.unicycle import RobotState, Twist2D
from vcp_cbf_safety.nominal.advice import Advisor
from vcp_cbf_safety.safety_filter import SafetyFilter

Table = NDArray[np.float64]

# A command changed by more than this counts as an intervention [m/s, rad/s].
_CHANGED = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """Who stands between the nominal commands and the bases.

    Attributes:
        name: for tables and pictures.
        filtered: False to let nominal commands through.
        gain: fixed steering gain [1/s]; None for that of the configuration.
        advisor: makes the advisor of a robot from its configuration; None for nobody.
    """

    name: str
    filtered: bool = True
    gain: float | None = None
    advisor: Callable[[FilterConfig], Advisor] | None = None

    def filter_of(self, config: FilterConfig) -> SafetyFilter:
        """The filter of one robot."""
        if self.gain is not None:
            config = replace(config, steering_gain=self.gain)
        return SafetyFilter(config, advisor=None if self.advisor is None else self.advisor(config))


@dataclass(frozen=True, slots=True)
class Episodes:
    """What became of N episodes.

    Attributes:
        outcome: (N,) `EpisodeEnd`.
        duration: (N,) until it ended [s].
        clearance: (N, 2) smallest true distance of the body to what stands still, and to peers
            [m].
        changed: share of the cycles in which the command was not the nominal one.
        relaxed: share of the cycles in which rows contradicted each other.
        replaced: cycles that did without advice, because it could not be used.
        robots: (T, K, 3) true poses of the first K robots, nan after their end.
        peers: (T, K, P, 2) true places of their peers.
    """

    outcome: NDArray[np.int64]
    duration: Table
    clearance: Table
    changed: float
    relaxed: float
    replaced: int
    robots: Table
    peers: Table


def play(
    contestant: Contestant,
    config: EnvironmentConfig,
    seed: int,
    *,
    traced: int = 0,
    progress: Callable[[int], None] | None = None,
) -> Episodes:
    """Let one contestant drive `config.robots` robots to the end of their episodes.

    The environment is the plant and the judge only: its bases get what `SafetyFilter.step`, the
    code that runs on robots, makes of measured states and of the nearest hazards.

    Args:
        contestant: who drives.
        config: of worlds and robots.
        seed: of the worlds; every contestant gets the same.
        traced: of how many robots the way is kept.
        progress: told after each step how many episodes are over.
    """
    environment = Environment(config, seed, autoreset=False)
    run = _ClosedLoop(contestant, environment, traced)
    while not environment.over.all():
        run.step()
        if progress is not None:
            progress(int(environment.over.sum()))
    return run.result()


class _ClosedLoop:
    def __init__(self, contestant: Contestant, environment: Environment, traced: int) -> None:
        self.environment, self.filtered = environment, contestant.filtered
        world, believed = environment.world, environment.config.filter
        self.extra = world.extra.double().numpy()
        self.radius = world.extra + believed.body_radius
        self.filters = [
            contestant.filter_of(
                replace(
                    believed,
                    body_radius=believed.body_radius + extra,
                    max_speed=fastest,
                    min_speed=slowest,
                    max_yaw_rate=turn,
                )
            )
            for extra, (fastest, slowest, turn) in zip(
                self.extra.tolist(), world.limits.double().tolist(), strict=True
            )
        ]
        self.outcome = np.zeros(environment.robots, np.int64)
        self.duration = np.zeros(environment.robots)
        self.clearance = np.full((environment.robots, 2), np.inf)
        self.cycles = self.changed = self.relaxed = self.replaced = 0
        self.traced = traced
        self.robots: list[Table] = []
        self.peers: list[Table] = []

    def step(self) -> None:
        environment = self.environment
        alive = ~environment.over.numpy()
        nominal = environment.observation.nominal.double().numpy()
        told = nominal.copy()
        if self.filtered:
            surroundings = _Surroundings(environment)
            for index in np.flatnonzero(alive).tolist():
                told[index] = self._command(index, nominal[index], surroundings)
        self.cycles += int(alive.sum())
        self.changed += int((np.abs(told - nominal) > _CHANGED).any(1)[alive].sum())
        poses = environment.world.state[: self.traced, :3].double().numpy().copy()
        poses[~alive[: self.traced]] = np.nan
        self.robots.append(poses)
        self.peers.append(environment.world.peers[: self.traced].double().numpy().copy())
        ended = environment.step(torch.from_numpy(told), filtered=False)
        outcome = ended.outcome.numpy()
        self.outcome = np.where(outcome > 0, outcome, self.outcome)
        self.duration = np.where(outcome > 0, ended.duration.double().numpy(), self.duration)
        free = clearances(environment.world, self.radius).double().numpy()
        self.clearance[alive] = np.minimum(self.clearance, free)[alive]

    def _command(self, index: int, nominal: Table, around: '_Surroundings') -> Table:
        x, y, heading, speed, yaw_rate = around.states[index].tolist()
        command = self.filters[index].step(
            Twist2D(*nominal.tolist()),
            RobotState(x, y, heading, speed=speed, yaw_rate=yaw_rate),
            around.hazards(index),
        )
        self.relaxed += command.outcome.value == 'relaxed'
        self.replaced += command.advice_replaced
        return np.array((command.v, command.omega))

    def result(self) -> Episodes:
        return Episodes(
            self.outcome,
            self.duration,
            self.clearance,
            self.changed / self.cycles,
            self.relaxed / self.cycles,
            self.replaced,
            np.stack(self.robots),
            np.stack(self.peers),
        )


class _Surroundings:
    """What the robots' perception reports in one cycle: the nearest discs, and the arena."""

    def __init__(self, environment: Environment) -> None:
        world, measured = environment.world, environment.measured
        self.states = measured.states.double().numpy()
        self._arena = world.arena.double().numpy()
        self._circles = world.circles.double().numpy()
        self._circle_radii = world.circle_radii.double().numpy()
        self._peers = measured.peers.double().numpy()
        self._peer_radii = world.peer_radii.double().numpy()
        self._peer_headings = measured.peer_headings.double().numpy()
        self._peer_twists = measured.peer_twists.double().numpy()
        centers = np.concatenate((self._circles, self._peers), 1)
        radii = np.concatenate((self._circle_radii, self._peer_radii), 1)
        real = torch.cat((world.circle_real, world.peer_real), 1).numpy()
        free = np.linalg.norm(centers - self.states[:, None, :2], axis=2) - radii
        free[~real] = np.inf
        nearest = np.argsort(free, axis=1)[:, : environment.config.discs]
        near = np.isfinite(np.take_along_axis(free, nearest, 1))
        self._nearest = [row[keep].tolist() for row, keep in zip(nearest, near, strict=True)]

    def hazards(self, index: int) -> Hazards:
        """Hazards of one robot."""
        many = self._circles.shape[1]
        circles, peers = [], []
        for disc in self._nearest[index]:
            if disc < many:
                x, y = self._circles[index, disc].tolist()
                circles.append(Circle(x, y, float(self._circle_radii[index, disc])))
                continue
            peer = disc - many
            x, y = self._peers[index, peer].tolist()
            heading = float(self._peer_headings[index, peer])
            speed, yaw_rate = self._peer_twists[index, peer].tolist()
            radius = float(self._peer_radii[index, peer])
            peers.append(Peer(x, y, heading, speed, yaw_rate, radius))
        half_x, half_y = self._arena[index].tolist()
        return Hazards(Arena(-half_x, -half_y, half_x, half_y), circles, peers)


@dataclass(frozen=True, slots=True)
class Figures:
    """One line of the table.

    Attributes:
        name: of the contestant.
        episodes: how many.
        success: share that arrived, or caught what they were after.
        failures: how many did not.
        timeouts: how many ran out of time.
        touched: contacts that the robot drove into.
        hit: contacts with a peer while the robot stood or gave way.
        seconds: mean time to the goal of those that arrived [s].
        worst_still, worst_peer: smallest true distance to what stands still, and to peers [m].
        changed, relaxed: shares of cycles, see `Episodes`.
        replaced: cycles.
    """

    name: str
    episodes: int
    success: float
    failures: int
    timeouts: int
    touched: int
    hit: int
    seconds: float
    worst_still: float
    worst_peer: float
    changed: float
    relaxed: float
    replaced: int


def figures(name: str, episodes: Episodes) -> Figures:
    """Figures of one contestant."""
    outcome = episodes.outcome
    arrived = outcome == EpisodeEnd.ARRIVED
    still, peer = episodes.clearance.min(0).tolist()
    return Figures(
        name=name,
        episodes=len(outcome),
        success=float(arrived.mean()),
        failures=int((~arrived).sum()),
        timeouts=int((outcome == EpisodeEnd.TIMEOUT).sum()),
        touched=int(
            ((outcome == EpisodeEnd.TOUCHED_OBSTACLE) | (outcome == EpisodeEnd.TOUCHED_PEER)).sum()
        ),
        hit=int((outcome == EpisodeEnd.HIT).sum()),
        seconds=float(episodes.duration[arrived].mean()) if arrived.any() else math.nan,
        worst_still=still,
        worst_peer=peer,
        changed=episodes.changed,
        relaxed=episodes.relaxed,
        replaced=episodes.replaced,
    )
