"""Who takes part in an evaluation: no filter, fixed gains, a BarrierNet, and bad ones."""

import math
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import torch

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.hazards.scene import Scene
from vcp_cbf_safety.learning.advisor import NetworkAdvisor
from vcp_cbf_safety.learning.barriernet import BarrierNet, BarrierNetConfig
from vcp_cbf_safety.learning.evaluation import Contestant
from vcp_cbf_safety.learning.model_file import load_model
from vcp_cbf_safety.motion.unicycle import RobotState, Twist2D
from vcp_cbf_safety.nominal.advice import Advisor

NOMINAL, LEARNED, NAN = 'nominal alone', 'BarrierNet', 'not a number'
GAINS = (0.25, 0.5, 0.75, 1.0, 2.0, 4.0)

_RANDOM_SEED = 12345


def field(model: Path) -> list[Contestant]:
    """Everybody.

    Args:
        model: file of the BarrierNet.

    Raises:
        ConfigurationError: if the model cannot be used.
    """
    config = _loaded(model).config
    bad = {'straight ahead': (1.0, 0.0), 'straight astern': (-1.0, 0.0), NAN: (math.nan, math.nan)}
    return [
        Contestant(name=NOMINAL, filtered=False),
        *(Contestant(name=f'fixed gain {gain:g}', gain=gain) for gain in GAINS),
        Contestant(name=LEARNED, advisor=partial(_learned, model)),
        Contestant(name='random BarrierNet', advisor=partial(_random, config)),
        *(
            Contestant(name=f'adversary: {name}', advisor=partial(_constant, config, shares))
            for name, shares in bad.items()
        ),
        Contestant(name='adversary: at the nearest', advisor=_hunter),
    ]


@lru_cache
def _loaded(model: Path) -> BarrierNet:
    return load_model(model)


def _learned(model: Path, config: FilterConfig) -> Advisor:
    return NetworkAdvisor(_loaded(model), config)


def _random(shape: BarrierNetConfig, config: FilterConfig) -> Advisor:
    """A BarrierNet with large random weights: it says something else in every situation."""
    with torch.random.fork_rng():
        torch.manual_seed(_RANDOM_SEED)
        network = BarrierNet(shape)
        torch.nn.init.orthogonal_(network.head.weight, 2.0)
    return NetworkAdvisor(network, config)


@dataclass(frozen=True, slots=True)
class _Constant:
    """The same advice for ever."""

    correction: Twist2D

    def advise(self, nominal: Twist2D, robot: RobotState, scene: Scene) -> Twist2D:
        return self.correction


def _constant(
    shape: BarrierNetConfig, shares: tuple[float, float], config: FilterConfig
) -> Advisor:
    """Ends of the intervals of corrections."""
    v, omega = shares
    correction = Twist2D(
        v * shape.speed_correction * config.max_speed,
        omega * shape.yaw_rate_correction * config.max_yaw_rate,
    )
    return _Constant(correction)


@dataclass(frozen=True, slots=True)
class _Hunter:
    """Whatever it takes to drive into the nearest disc or wall, in reverse when it is behind."""

    config: FilterConfig

    def advise(self, nominal: Twist2D, robot: RobotState, scene: Scene) -> Twist2D:
        barriers = scene.barriers(np.array([[robot.x, robot.y]]), 0.0)
        away = barriers.normals[0, int(barriers.h[0].argmin())]
        bearing = math.atan2(-away[1], -away[0]) - robot.heading
        ahead = math.cos(bearing) >= 0.0
        sine = math.sin(bearing) if ahead else -math.sin(bearing)
        limits = self.config
        return Twist2D(
            (limits.max_speed if ahead else limits.min_speed) - nominal.v,
            limits.max_yaw_rate * sine - nominal.omega,
        )


def _hunter(config: FilterConfig) -> Advisor:
    return _Hunter(config)
