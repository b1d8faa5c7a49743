"""Who takes part in an evaluation: no filter, fixed gains, a BarrierNet, and bad ones."""

import math
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path

import torch

from vcp_cbf_safety.advice import Advice, Advisor
from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.learning.advisor import NetworkAdvisor
from vcp_cbf_safety.learning.barriernet import BarrierNet, BarrierNetConfig
from vcp_cbf_safety.learning.evaluation import Contestant
from vcp_cbf_safety.learning.model_file import load_model
from vcp_cbf_safety.scene import Scene
from vcp_cbf_safety.unicycle import RobotState, Twist2D

NOMINAL, LEARNED = 'nominal alone', 'BarrierNet'
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
    bad = {
        'full ahead': (1.0, 1.0, 1.0),
        'full astern': (-1.0, 1.0, 1.0),
        'late and left': (1.0, 1.0, -1.0),
        'not a number': (math.nan, math.nan, math.nan),
    }
    return [
        Contestant(name=NOMINAL, filtered=False),
        *(Contestant(name=f'fixed gain {gain:g}', gain=gain) for gain in GAINS),
        Contestant(name=LEARNED, advisor=partial(_learned, model)),
        Contestant(name='BarrierNet, fixed gain', advisor=partial(_without_gains, model)),
        Contestant(name='random BarrierNet', advisor=partial(_random, config)),
        *(
            Contestant(name=f'adversary: {name}', advisor=partial(_constant, config, shares))
            for name, shares in bad.items()
        ),
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
        for head in (network.correction_head, network.gain_head):
            torch.nn.init.orthogonal_(head.weight, 2.0)
    return NetworkAdvisor(network, config)


@dataclass(frozen=True, slots=True)
class _FixedGains:
    """The correction of another advisor, with the configured gain."""

    other: Advisor
    gain: float

    def advise(self, nominal: Twist2D, robot: RobotState, scene: Scene) -> Advice:
        advice = self.other.advise(nominal, robot, scene)
        return replace(advice, gain=self.gain, moving_gain=self.gain)


def _without_gains(model: Path, config: FilterConfig) -> Advisor:
    return _FixedGains(_learned(model, config), config.steering_gain)


@dataclass(frozen=True, slots=True)
class _Constant:
    """The same advice for ever."""

    advice: Advice

    def advise(self, nominal: Twist2D, robot: RobotState, scene: Scene) -> Advice:
        return self.advice


def _constant(
    shape: BarrierNetConfig, shares: tuple[float, float, float], config: FilterConfig
) -> Advisor:
    """Advice at the ends of the intervals that a network of this shape can reach."""
    v, omega, gain = shares
    low, high = math.log(shape.gain_low), math.log(shape.gain_high)
    correction = Twist2D(
        v * shape.speed_correction * config.max_speed,
        omega * shape.yaw_rate_correction * config.max_yaw_rate,
    )
    steering = math.exp(0.5 * (low + high) + 0.5 * (high - low) * gain)
    return _Constant(Advice(correction, steering, min(steering, shape.moving_gain_high)))
