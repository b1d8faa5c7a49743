"""Proximal policy optimisation of a BarrierNet; exploration happens before the program."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vcp_cbf_safety.errors import ConfigurationError
from vcp_cbf_safety.learning.barriernet import (
    BarrierNet,
    BarrierNetConfig,
    corrected_command,
)
from vcp_cbf_safety.learning.environment import Environment
from vcp_cbf_safety.learning.experience import Critic, Experience, RoundSums, gather
from vcp_cbf_safety.learning.parallel import Group

_NOISE_SEED = 7919  # exploration and worlds draw from streams of their own


@dataclass(frozen=True, slots=True, kw_only=True)
class PpoConfig:
    """How a BarrierNet learns.

    Attributes:
        updates: rounds of exploring and learning.
        horizon: steps of every robot in one round.
        epochs, minibatches: how often, and in how many pieces, a round is learned from.
        learning_rate: at the beginning; falls to a tenth of it in a straight line.
        gamma, gae_lambda: discounts of generalised advantage estimation.
        clip: of the probability ratio.
        entropy_weight, value_weight: in the loss.
        intervention_weight: of (u_nom - u_safe)^2, as shares of the limits, through the program.
        intervention_share: of a minibatch that this is taken of.
        max_gradient: norm that gradients are cut to.
        target_kl: a round ends early beyond this divergence.
    """

    updates: int = 500
    horizon: int = 32
    epochs: int = 2
    minibatches: int = 8
    learning_rate: float = 6e-4
    gamma: float = 0.99
    gae_lambda: float = 0.95
    clip: float = 0.2
    entropy_weight: float = 0.001
    value_weight: float = 0.5
    intervention_weight: float = 0.02
    intervention_share: float = 0.1
    max_gradient: float = 1.0
    target_kl: float = 0.03

    def __post_init__(self) -> None:
        for name in ('updates', 'horizon', 'epochs', 'minibatches'):
            if getattr(self, name) < 1:
                raise ConfigurationError(f'{name} is {getattr(self, name)}; it must be positive')
        for name in ('gamma', 'gae_lambda', 'intervention_share'):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ConfigurationError(f'{name} is {getattr(self, name)}; it must be 0 to 1')
        for name in ('learning_rate', 'clip', 'max_gradient'):
            if not getattr(self, name) > 0.0:
                raise ConfigurationError(f'{name} is {getattr(self, name)}; it must be positive')
        for name in ('entropy_weight', 'value_weight', 'intervention_weight', 'target_kl'):
            if not getattr(self, name) >= 0.0:
                raise ConfigurationError(
                    f'{name} is {getattr(self, name)}; it must not be negative'
                )


class Learner:
    """Policy, critic and optimiser, in one process of a group.

    Args:
        environment: this process's share of the robots.
        network: shape of the BarrierNet.
        config: how to learn.
        seed: of first weights and exploration, the same in all processes.
        group: the processes.
    """

    def __init__(
        self,
        environment: Environment,
        network: BarrierNetConfig,
        config: PpoConfig,
        seed: int = 0,
        group: Group | None = None,
    ) -> None:
        self.environment, self.config = environment, config
        self.group = Group() if group is None else group
        device = environment.device
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.policy = BarrierNet(network).to(device)
            self.critic = Critic(network).to(device)
        self.both = nn.ModuleDict({'policy': self.policy, 'critic': self.critic})
        self.optimiser = torch.optim.Adam(self.both.parameters(), config.learning_rate, eps=1e-5)
        self.generator = torch.Generator().manual_seed(seed + _NOISE_SEED)
        self.update = 0

    def round(self) -> dict[str, float]:
        """Explore and learn once; what happened, over all processes."""
        config, group = self.config, self.group
        share = 1.0 - 0.9 * self.update / config.updates
        for each in self.optimiser.param_groups:
            each['lr'] = config.learning_rate * share
        experience, tally = gather(
            self.environment,
            self.policy,
            self.critic,
            config.horizon,
            (config.gamma, config.gae_lambda),
            self._noise(),
        )
        tally = RoundSums(*(group.total(each) for each in tally))
        losses = self._learn(experience)
        self.update += 1
        return tally.figures() | losses

    def state_dict(self) -> dict[str, Tensor]:
        """Everything that the future depends on, but for the environment."""
        tensors = {f'net.{name}': value for name, value in self.both.state_dict().items()}
        for index, state in self.optimiser.state_dict()['state'].items():
            tensors |= {f'adam.{index}.{name}': torch.as_tensor(v) for name, v in state.items()}
        tensors['generator'] = self.generator.get_state()
        return {name: value.detach().clone().contiguous() for name, value in tensors.items()}

    def load_state_dict(self, tensors: dict[str, Tensor], update: int) -> None:
        """Go on from where another learner was after so many rounds."""
        named = {k.removeprefix('net.'): v for k, v in tensors.items() if k.startswith('net.')}
        self.both.load_state_dict(named)
        state: dict[int, dict[str, Tensor]] = {}
        for key, value in tensors.items():
            if key.startswith('adam.'):
                _, index, name = key.split('.')
                state.setdefault(int(index), {})[name] = value
        whole = self.optimiser.state_dict()
        self.optimiser.load_state_dict({'state': state, 'param_groups': whole['param_groups']})
        self.generator.set_state(tensors['generator'].cpu())
        self.update = update

    def _noise(self) -> Tensor:
        """Normal numbers (T, N, 2) of this process's robots."""
        env, config = self.environment, self.config
        shape = (config.horizon, env.config.robots, 2)
        noise = torch.randn(shape, generator=self.generator)
        first = self.group.rank * env.robots
        return noise[:, first : first + env.robots].to(env.device, env.dtype)

    def _learn(self, experience: Experience) -> dict[str, float]:
        config, group = self.config, self.group
        advantage = self._normalised(experience.advantage)
        spent = experience.value.new_zeros(5)
        pieces = 0
        for _ in range(config.epochs):
            divergence = 0.0
            for chunk in self._minibatches():
                rows, every = self._own(chunk)
                some, few = self._own(chunk[: max(1, int(config.intervention_share * every))])
                terms = self._terms(experience, advantage, rows) / every
                penalty = self._penalty(experience, some) / few
                loss = (
                    terms[0]
                    + config.value_weight * terms[1]
                    - config.entropy_weight * terms[2]
                    + config.intervention_weight * penalty
                )
                self.optimiser.zero_grad()
                loss.backward()
                group.add_gradients(self.both)
                nn.utils.clip_grad_norm_(self.both.parameters(), config.max_gradient)
                self.optimiser.step()
                seen = group.total(torch.cat((terms.detach(), penalty.detach()[None])))
                spent += seen
                pieces += 1
                divergence += seen[3].item() / config.minibatches
            if divergence > config.target_kl:
                break
        names = ('policy loss', 'value loss', 'entropy', 'divergence', 'penalty')
        spread = self.policy.log_std.detach().exp().tolist()
        return dict(zip(names, (spent / pieces).tolist(), strict=True)) | {
            f'std.{name}': value for name, value in zip(('v', 'omega'), spread, strict=True)
        }

    def _minibatches(self) -> list[Tensor]:
        """Rows of all processes, in random order, in pieces: the same in every process."""
        count = self.config.horizon * self.environment.config.robots
        order = torch.randperm(count, generator=self.generator)
        return list(order.chunk(self.config.minibatches))

    def _own(self, chunk: Tensor) -> tuple[Tensor, int]:
        """Which rows of this process belong to a piece, and how many belong to it in all."""
        env = self.environment
        step, robot = chunk // env.config.robots, chunk % env.config.robots
        robot = robot - self.group.rank * env.robots
        mine = (robot >= 0) & (robot < env.robots)
        return (step * env.robots + robot)[mine].to(env.device), len(chunk)

    def _normalised(self, advantage: Tensor) -> Tensor:
        sums = torch.stack(
            (advantage.sum(), advantage.square().sum(), advantage.new_tensor(len(advantage)))
        )
        total, squares, count = self.group.total(sums.double()).tolist()
        mean = total / count
        return (advantage - mean) / (max(squares / count - mean**2, 0.0) ** 0.5 + 1e-8)

    def _terms(self, experience: Experience, advantage: Tensor, rows: Tensor) -> Tensor:
        """Sums over some rows: policy loss, value loss, entropy, divergence."""
        clip = self.config.clip
        seen = experience.observation.members(rows)
        normal = self.policy.distribution(seen)
        log_ratio = normal.log_prob(experience.sample[rows]).sum(1) - experience.log_prob[rows]
        ratio, gain = log_ratio.exp(), advantage[rows]
        policy = torch.maximum(-gain * ratio, -gain * ratio.clamp(1.0 - clip, 1.0 + clip))
        value = self.critic(seen, experience.privileged[rows])
        error = 0.5 * (value - experience.returned[rows]).square()
        divergence = (ratio - 1.0 - log_ratio).detach()
        entropy = normal.entropy().sum(1)
        return torch.stack([each.sum() for each in (policy, error, entropy, divergence)])

    def _penalty(self, experience: Experience, rows: Tensor) -> Tensor:
        """How far the program takes what the policy means, through the program."""
        if not len(rows):
            return experience.value.new_zeros(())
        seen, view = experience.observation.members(rows), experience.view.members(rows)
        command = corrected_command(seen, self.policy(seen))
        safe = self.environment.layer(
            command, view.states, view.hazards, last_command=view.last_command
        ).u_safe
        return ((safe - command) / seen.limits[:, 0::2]).square().sum()
