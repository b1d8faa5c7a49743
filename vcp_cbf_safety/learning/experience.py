"""What robots went through while exploring, and how much better it was than expected."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from vcp_cbf_safety.learning.barriernet import (
    ACTIONS,
    Backbone,
    BarrierNet,
    BarrierNetConfig,
    corrected_command,
)
from vcp_cbf_safety.learning.contacts import EpisodeEnd
from vcp_cbf_safety.learning.environment import Environment, FilterInputs
from vcp_cbf_safety.learning.observation import Observation
from vcp_cbf_safety.learning.scenes import Scenes
from vcp_cbf_safety.learning.tasks import PRIVILEGED


class Critic(nn.Module):
    """Expected return; knows more than the robot does, and stays at home.

    Args:
        config: shape of the network.
    """

    def __init__(self, config: BarrierNetConfig) -> None:
        super().__init__()
        self.backbone = Backbone(config, PRIVILEGED)
        self.head = nn.Linear(config.width, 1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, observation: Observation, privileged: Tensor) -> Tensor:
        """Expected returns (N,)."""
        return self.head(self.backbone(observation, privileged)).squeeze(1)


class Experience(NamedTuple):
    """T steps of N robots, flattened to T N rows, time first.

    Attributes:
        observation, privileged, view: what was seen.
        sample: (T N, 3) what exploration drew before `BarrierNet.squash`.
        log_prob: (T N,) of the sample.
        value, advantage, returned: (T N,).
    """

    observation: Observation
    privileged: Tensor
    view: FilterInputs
    sample: Tensor
    log_prob: Tensor
    value: Tensor
    advantage: Tensor
    returned: Tensor


class RoundSums(NamedTuple):
    """Sums over the steps of one round, for progress bars and curves."""

    steps: Tensor
    reward: Tensor
    interventions: Tensor
    outcomes: Tensor
    seconds: Tensor

    def figures(self) -> dict[str, float]:
        """Shares of episodes and steps, and mean time to the goal [s]."""
        counts = self.outcomes.tolist()
        ended = max(sum(counts), 1.0)
        touched = counts[EpisodeEnd.TOUCHED_OBSTACLE] + counts[EpisodeEnd.TOUCHED_PEER]
        return {
            'episodes': sum(counts),
            'success': counts[EpisodeEnd.ARRIVED] / ended,
            'collisions': touched / ended,
            'hit by peer': counts[EpisodeEnd.HIT] / ended,
            'timeout': counts[EpisodeEnd.TIMEOUT] / ended,
            'time to goal': self.seconds.item() / max(counts[EpisodeEnd.ARRIVED], 1.0),
            'intervention': self.interventions.item() / self.steps.item(),
            'reward': self.reward.item() / self.steps.item(),
        }


@torch.no_grad()
def gather(
    environment: Environment,
    policy: BarrierNet,
    critic: Critic,
    steps: int,
    discounts: tuple[float, float],
    noise: Tensor,
) -> tuple[Experience, RoundSums]:
    """Let the robots explore.

    Args:
        environment: goes on from where it is.
        policy: what to do.
        critic: what to expect.
        steps: T.
        discounts: gamma and lambda of generalised advantage estimation.
        noise: (T, N, 2) normal numbers that exploration is made of.
    """
    rows: list[tuple[Tensor, ...]] = []
    observations, views = [], []
    size = environment.robots
    outcomes = noise.new_zeros(len(EpisodeEnd))
    sums = noise.new_zeros(3)
    for step in range(steps):
        seen, view, privileged = (
            environment.observation,
            environment.view,
            environment.privileged,
        )
        normal = policy.distribution(seen)
        sample = normal.mean + normal.stddev * noise[step]
        command = corrected_command(seen, policy.squash(sample, seen))
        value = critic(seen, privileged)
        result = environment.step(command)
        log_prob = normal.log_prob(sample).sum(1)
        rows.append(
            (privileged, sample, log_prob, value, result.reward, result.done.to(value.dtype))
        )
        observations.append(seen)
        views.append(view)
        outcomes += result.outcome.bincount(minlength=len(EpisodeEnd))
        arrived = result.outcome == EpisodeEnd.ARRIVED
        sums += torch.stack(
            (result.reward.sum(), result.intervened.sum(), (result.duration * arrived).sum())
        )
    outcomes[EpisodeEnd.RUNNING] = 0.0
    last = critic(environment.observation, environment.privileged)
    privileged, sample, log_prob, value, reward, done = (
        torch.stack(column) for column in zip(*rows, strict=True)
    )
    advantage = advantages(reward, value, done, last, *discounts)
    experience = Experience(
        Observation(*(torch.cat(column) for column in zip(*observations, strict=True))),
        privileged.flatten(0, 1),
        _joined(views),
        sample.view(-1, ACTIONS),
        *(each.flatten() for each in (log_prob, value, advantage, advantage + value)),
    )
    total = noise.new_tensor(float(steps * size))
    return experience, RoundSums(total, sums[0], sums[1], outcomes, sums[2])


def advantages(
    reward: Tensor, value: Tensor, done: Tensor, last: Tensor, gamma: float, lam: float
) -> Tensor:
    """Generalised advantage estimates (T, N).

    Args:
        reward, value, done: (T, N); done is 1 where an episode ended in that step.
        last: (N,) value of what came after the last step.
        gamma: discount of one step.
        lam: weight of longer looks ahead.
    """
    result = torch.zeros_like(reward)
    running = torch.zeros_like(last)
    for step in range(len(reward) - 1, -1, -1):
        on = 1.0 - done[step]
        surprise = reward[step] + gamma * on * last - value[step]
        running = surprise + gamma * lam * on * running
        result[step] = running
        last = value[step]
    return result


def _joined(views: list[FilterInputs]) -> FilterInputs:
    normals = views[0].hazards.wall_normals
    fields = [
        normals if name == 'wall_normals' else torch.cat([getattr(v.hazards, name) for v in views])
        for name in Scenes._fields
    ]
    return FilterInputs(
        torch.cat([v.states for v in views]),
        Scenes(*fields),
        torch.cat([v.last_command for v in views]),
    )
