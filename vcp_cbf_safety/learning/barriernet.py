"""BarrierNet: what a network may change of the filter, and nothing else."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.distributions import Normal

from vcp_cbf_safety.errors import ConfigurationError
from vcp_cbf_safety.learning.observation import HAZARD_FEATURES, OWN_FEATURES, Observation

# Distances beyond this [m] look the same to the network.
FAR = 4.0

# Numbers of the sample that exploration draws: corrections of v and of omega.
ACTIONS = 2

_OWN_INPUTS = len(OWN_FEATURES) + 4
_HAZARD_INPUTS = len(HAZARD_FEATURES) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class BarrierNetConfig:
    """Shape of a BarrierNet and the interval of everything it says.

    Attributes:
        nearest: hazards that it looks at.
        hazard_width: neurons of the two layers that look at one hazard.
        width: neurons of the two layers that look at all of them together.
        speed_correction: largest correction of v, as a share of the highest speed.
        yaw_rate_correction: largest correction of omega, as a share of the highest yaw rate.
        log_std: logarithm of the standard deviation that exploration begins with.
        log_std_floor: what it never falls below.

    Raises:
        ConfigurationError: if a number is outside its range; the message names it.
    """

    nearest: int = 8
    hazard_width: int = 48
    width: int = 64
    speed_correction: float = 1.6
    yaw_rate_correction: float = 2.0
    log_std: float = -0.8
    log_std_floor: float = -2.0

    def __post_init__(self) -> None:
        for name in ('nearest', 'hazard_width', 'width'):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 1024:
                raise ConfigurationError(f'{name} is {value!r}; it must be 1 to 1024')
        for name, low, high in (
            ('speed_correction', 0.0, 2.0),
            ('yaw_rate_correction', 0.0, 2.0),
            ('log_std', -5.0, 1.0),
            ('log_std_floor', -5.0, self.log_std),
        ):
            number = getattr(self, name)
            if not low <= number <= high:
                raise ConfigurationError(
                    f'{name} is {number}; it must be between {low:g} and {high:g}'
                )


class Backbone(nn.Module):
    """One vector for each robot from any number of hazards in any order.

    Every hazard goes through the same layers together with the robot's own numbers; the largest
    and the mean of what comes out, over the hazards that exist, go through the rest.

    Args:
        config: number of neurons.
        extra: numbers on top of the observation, see `forward`.
    """

    def __init__(self, config: BarrierNetConfig, extra: int = 0) -> None:
        super().__init__()
        each, width = config.hazard_width, config.width
        own = _OWN_INPUTS + extra
        self.hazard = nn.Sequential(
            _linear(_HAZARD_INPUTS + own, each), nn.ReLU(), _linear(each, each), nn.ReLU()
        )
        self.whole = nn.Sequential(
            _linear(2 * each + own, width), nn.ReLU(), _linear(width, width), nn.ReLU()
        )

    def forward(self, observation: Observation, extra: Tensor | None = None) -> Tensor:
        """Features (N, width).

        Args:
            observation: of N robots.
            extra: (N, extra) further numbers, about one in size.
        """
        seen, mask, own = _inputs(observation, next(self.parameters()).dtype)
        if extra is not None:
            own = torch.cat((own, extra.to(own.dtype)), 1)
        around = own.unsqueeze(1).expand(-1, seen.shape[1], -1)
        # no number is negative after the last ReLU: zero says nothing, and is the least
        each = self.hazard(torch.cat((seen, around), 2)) * mask.unsqueeze(2)
        mean = each.sum(1) / mask.sum(1, keepdim=True).clamp(min=1)
        return self.whole(torch.cat((each.amax(1), mean, own), 1))


class BarrierNet(nn.Module):
    """Correction of the nominal command, from what the robot sees.

    Rows, bounds and braking law are out of its reach: the corrected command goes through the
    filter's program. Untrained it leaves the nominal command nearly as it is.

    Args:
        config: its shape and the interval of its answers.
    """

    def __init__(self, config: BarrierNetConfig | None = None) -> None:
        super().__init__()
        self.config = config = BarrierNetConfig() if config is None else config
        self.backbone = Backbone(config)
        self.head = _linear(config.width, ACTIONS, 0.01)
        self.log_std = nn.Parameter(torch.full((ACTIONS,), float(config.log_std)))

    def forward(self, observation: Observation) -> Tensor:
        """Corrections (N, 2) of v and omega, without exploration [m/s, rad/s]."""
        return self.squash(self.mean(observation), observation)

    def mean(self, observation: Observation) -> Tensor:
        """Mean (N, 2) of the numbers that `squash` turns into corrections."""
        mean: Tensor = self.head(self.backbone(observation))
        return mean

    def distribution(self, observation: Observation) -> Normal:
        """Distribution of the numbers (N, 2) that exploration draws, before `squash`."""
        mean = self.mean(observation)
        floor = self.config.log_std_floor
        return Normal(
            mean, self.log_std.clamp(floor, 1.0).exp().expand_as(mean), validate_args=False
        )

    def squash(self, sample: Tensor, observation: Observation) -> Tensor:
        """Corrections inside the configured intervals from any numbers (N, 2)."""
        return self.scale(sample.tanh(), observation)

    def scale(self, shares: Tensor, observation: Observation) -> Tensor:
        """Corrections from shares (N, 2) of the configured intervals, in [-1, 1]."""
        config = self.config
        limits = observation.limits[:, 0::2]
        most = limits.new_tensor((config.speed_correction, config.yaw_rate_correction))
        return shares.to(limits.dtype) * most * limits


def corrected_command(observation: Observation, correction: Tensor) -> Tensor:
    """Nominal commands (N, 2) with their correction, inside the limits of the robots."""
    fastest, slowest, turn = observation.limits.unbind(1)
    v, omega = (observation.nominal + correction).unbind(1)
    return torch.stack((v.clamp(slowest, fastest), omega.clamp(-turn, turn)), 1)


def _inputs(observation: Observation, dtype: torch.dtype) -> tuple[Tensor, Tensor, Tensor]:
    """Numbers of about one in size: of hazards (N, K, .), their mask, and of the robot (N, .).

    A hazard with a number that is not finite is left out; such a number of the robot counts as 0.
    """
    features = observation.hazards.to(dtype)
    mask = observation.mask & features.isfinite().all(2)
    features = features.masked_fill(~mask.unsqueeze(2), 0.0)
    distance = features[..., :1].clamp(-1.0, FAR)
    shape = (distance / FAR, (-2.0 * distance).exp().clamp(max=2.0), features[..., 1:3])
    seen = torch.cat((*shape, features[..., 3:].clamp(-2.0, 2.0)), 2)
    own = observation.own.to(dtype).nan_to_num(0.0, 0.0, 0.0).clamp(-10.0, 10.0)
    nominal = observation.nominal.to(dtype).nan_to_num(0.0, 0.0, 0.0).clamp(-10.0, 10.0)
    fastest, turn = own[:, 2:3].clamp(min=1e-3), own[:, 4:5].clamp(min=1e-3)
    shares = (own[:, :1] / fastest, own[:, 1:2] / turn, nominal[:, :1] / fastest)
    relative = torch.cat((*shares, nominal[:, 1:2] / turn), 1).clamp(-2.0, 2.0)
    return seen, mask, torch.cat((own, relative), 1)


def _linear(inputs: int, outputs: int, gain: float = math.sqrt(2.0)) -> nn.Linear:
    layer = nn.Linear(inputs, outputs)
    nn.init.orthogonal_(layer.weight, gain)
    nn.init.zeros_(layer.bias)
    return layer
