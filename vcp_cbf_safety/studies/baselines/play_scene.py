"""A scene as an episode of the campaign, and what came of it for each rival."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.errors import ConfigurationError
from vcp_cbf_safety.hazards import Arena, Circle
from vcp_cbf_safety.safety_filter import SafetyFilter
from vcp_cbf_safety.sim.base import BaseModel, Pose
from vcp_cbf_safety.sim.drivers import STANDSTILL, straight_at
from vcp_cbf_safety.studies.baselines.rivals import (
    CentralCertificate,
    NoFilter,
    Rival,
    StopZone,
    vcp_only,
)
from vcp_cbf_safety.studies.campaign.ablation import Feature
from vcp_cbf_safety.studies.campaign.drivers import Driver
from vcp_cbf_safety.studies.campaign.episode import Episode, EpisodeRecord, Robot, RobotRecord
from vcp_cbf_safety.studies.campaign.play import EpisodeRun
from vcp_cbf_safety.studies.demo.formation import ScenePlace
from vcp_cbf_safety.studies.demo.scene import DemoScene
from vcp_cbf_safety.studies.demo.scene_parameters import (
    BASE,
    driver_parameters,
    filter_parameters,
)
from vcp_cbf_safety.unicycle import Twist2D

OURS, CENTRAL = 'this filter', "Robotarium's certificate"
# In the order of the table.
RIVALS = ('no filter', 'stop zones', 'VCP rows only', CENTRAL, OURS)

# A robot that has not arrived and has moved less than this in so long at the end is stuck [m, s].
_STUCK, _LONG = 0.05, 10.0
# Changes of a command that follow each other within this are one intervention [s].
_PAUSE = 0.5
# What the Robotarium allows [m/s].
_CENTRAL_SPEED = 0.2


@dataclass(frozen=True, slots=True)
class SceneResult:
    """What came of a scene with a rival.

    Attributes:
        at_fault, suffered: contacts that a robot drove into, and others; one of two robots that
            both drive counts for both.
        arrived, robots: robots that arrived, and all with a filter.
        time: when the last of them arrived; until the end if one did not [s].
        stuck: robots that had not arrived and stood at the end.
        interventions: how often a filter began to change commands, of all robots.
        nearest: least clearance of any body [m].
        step_ms: mean time of a step of one robot [ms].
    """

    at_fault: int
    suffered: int
    arrived: int
    robots: int
    time: float
    stuck: int
    interventions: int
    nearest: float
    step_ms: float


def fits(scene: DemoScene, rival: str) -> bool:
    """Whether a rival can take part in a scene: the certificate knows slow robots alone."""
    if scene.footprint or scene.simulator:
        return False
    slow = filter_parameters(scene)['max_speed'] <= _CENTRAL_SPEED
    return rival != CENTRAL or (slow and not scene.obstacles and not scene.people)


def play_scene(scene: DemoScene, rival: str, seed: int) -> tuple[SceneResult, EpisodeRecord]:
    """Play a scene of discs.

    Args:
        scene: what is played, without footprint and scanners.
        rival: one of `RIVALS`.
        seed: of noise and of what a cycle may be late by.

    Raises:
        ConfigurationError: if the scene's parameters are no filter.
    """
    episode = _episode(scene, seed)
    record = SceneRun(episode, rival).play()
    ends = max((r.arrived_at or episode.duration) for r in record.robots)
    times = [each for r in record.robots for each in r.step_times]
    return SceneResult(
        sum(r.driven for r in record.robots),
        sum(r.suffered for r in record.robots),
        sum(r.arrived_at is not None for r in record.robots),
        len(record.robots),
        ends,
        sum(_stuck(r, _period(scene)) for r in record.robots),
        sum(_interventions(r, _period(scene)) for r in record.robots),
        record.worst_clearance,
        1e3 * float(np.mean(times)),
    ), record


class SceneRun(EpisodeRun):
    """An episode in which a rival stands between drivers and bases.

    Args:
        episode: what is played.
        rival: one of `RIVALS`.
    """

    def __init__(self, episode: Episode, rival: str) -> None:
        self._rival = rival
        super().__init__(episode, frozenset(), know_goals=False)

    def filters_of(self, ablated: frozenset[Feature]) -> list[Any]:
        """The rival of each robot."""
        configs = [robot.config for robot in self.episode.robots]
        if self._rival == CENTRAL:
            (first, *_) = [each for each in configs if each is not None]
            central = CentralCertificate(first, len(configs))
            return [central.of(index) for index in range(len(configs))]
        return [None if each is None else _MAKERS[self._rival](each) for each in configs]


_MAKERS: dict[str, Callable[[FilterConfig], Rival]] = {
    'no filter': lambda _: NoFilter(),
    'stop zones': StopZone,
    'VCP rows only': vcp_only,
    OURS: SafetyFilter,
}


def _episode(scene: DemoScene, seed: int) -> Episode:
    shared = not scene.people
    robots = [_robot(scene, place, shared, filtered=True) for place in scene.robots]
    robots += [_robot(scene, place, shared, filtered=False) for place in scene.people]
    arena = scene.arena or Arena(-50.0, -50.0, 50.0, 50.0)
    circles = tuple(Circle(*each, name=f'obstacle{i}') for i, each in enumerate(scene.obstacles))
    return Episode(
        family=scene.name, driver='goal', robots=tuple(robots), arena=arena, circles=circles,
        duration=scene.duration, jitter=0.0, seed=seed,
    )  # fmt: skip


def _robot(scene: DemoScene, place: ScenePlace, shared: bool, *, filtered: bool) -> Robot:
    wanted, values = driver_parameters(scene, place), filter_parameters(scene)
    base = {**BASE, **{key: value for key, value in scene.simulator.items() if key in BASE}}
    model = BaseModel(
        body_radius=scene.body_radius, min_speed=values['min_speed'],
        max_speed=max(values['max_speed'], wanted['speed']), max_yaw_rate=values['max_yaw_rate'],
        acceleration=base['max_acceleration'], deceleration=base['max_acceleration'],
        yaw_acceleration=base['max_yaw_acceleration'], lag=base['lag'], delay=base['delay'],
        position_noise=base['position_noise'], heading_noise=base['heading_noise'],
        speed_noise=base['speed_noise'], yaw_rate_noise=base['yaw_rate_noise'],
    )  # fmt: skip
    return Robot(
        model=model, start=place.start, driver=_driver(place, wanted),
        config=_config(scene) if filtered else None, goal=place.goal if filtered else None,
        cooperates=shared, responsibility=0.5 if shared else 1.0, first_cycle=0.0,
    )  # fmt: skip


def _driver(place: ScenePlace, wanted: dict[str, Any]) -> Driver:
    def drive(pose: Pose, nearest: tuple[float, float], now: float) -> Twist2D:
        del nearest, now
        if math.dist(place.goal, pose[:2]) < wanted['goal_tolerance']:
            return STANDSTILL
        return straight_at(place.goal, pose, wanted['speed'], wanted['max_yaw_rate'])

    return drive


def _config(scene: DemoScene) -> FilterConfig:
    values = {
        key: value for key, value in filter_parameters(scene).items()
        if key in FilterConfig.quantities()
    }  # fmt: skip
    try:
        return FilterConfig(body_radius=scene.body_radius, period=_period(scene), **values)
    except ConfigurationError as error:
        raise ConfigurationError(f'scene {scene.name}: {error}') from None


def _period(scene: DemoScene) -> float:
    return float(1.0 / filter_parameters(scene)['control_frequency'])


def _stuck(record: RobotRecord, period: float) -> bool:
    if record.arrived_at is not None:
        return False
    path = np.array([point[:2] for point in record.path[-round(_LONG / period) :]])
    return bool(np.hypot(*(path - path[-1]).T).max() < _STUCK)


def _interventions(record: RobotRecord, period: float) -> int:
    count, last = 0, -math.inf
    for index, (*_, outcome) in enumerate(record.path):
        if outcome in ('nominal', 'idle'):
            continue
        count += (index - last) * period > _PAUSE
        last = index
    return count
