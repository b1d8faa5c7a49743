"""What robots are asked to do: the blind driver, when an episode ends, and what it is worth."""

import torch
from torch import Tensor

from vcp_cbf_safety.learning.contacts import EpisodeEnd
from vcp_cbf_safety.learning.worlds import EnvironmentConfig, Worlds
from vcp_cbf_safety.sim.drivers import HEADING_GAIN, SLOWDOWN_GAIN

# For each metre closer, for arriving, for each second, for a contact of whatever kind.
_PROGRESS, _ARRIVAL, _SECOND, _CONTACT = 0.25, 0.5, -0.03, -2.5

PRIVILEGED = 7


def goal_distance(world: Worlds) -> Tensor:
    """Distance to the goal, or to what is to be caught (N,) [m]."""
    return (world.goal - world.state[:, :2]).norm(dim=1)


def nominal_commands(world: Worlds, states: Tensor) -> Tensor:
    """`sim.drivers.straight_at` of N robots, each at its own goal (N, 2).

    Args:
        world: with goals and speed limits.
        states: (N, 5) of the robots as far as they know.
    """
    way = world.goal - states[:, :2]
    distance = way.norm(dim=1)
    error = torch.atan2(way[:, 1], way[:, 0]) - states[:, 2]
    error = torch.remainder(error + torch.pi, 2.0 * torch.pi) - torch.pi
    fastest, turn = world.limits[:, 0], world.limits[:, 2]
    speed = torch.minimum(fastest, SLOWDOWN_GAIN * distance) * error.cos().clamp(min=0.0)
    return torch.stack((speed, (HEADING_GAIN * error).clamp(-turn, turn)), 1)


def outcome_of(world: Worlds, config: EnvironmentConfig, contact: Tensor) -> Tensor:
    """How episodes end now, `EpisodeEnd` (N,); a contact comes before everything else."""
    radius = config.goal_radius if config.task == 'goal' else config.capture_radius
    late = world.age > config.time_limit - 0.5 * config.filter.period
    other = torch.where(late, int(EpisodeEnd.TIMEOUT), int(EpisodeEnd.RUNNING))
    other = torch.where(goal_distance(world) < radius, int(EpisodeEnd.ARRIVED), other)
    return torch.where(contact > 0, contact, other)


def rewards(progress: Tensor, outcome: Tensor, period: float) -> Tensor:
    """Reward of one step (N,).

    Args:
        progress: (N,) how much closer the goal is [m].
        outcome: (N,) `EpisodeEnd` of episodes that end in this step.
        period: length of the step [s].
    """
    reward = _PROGRESS * progress + _SECOND * period
    reward = reward + _ARRIVAL * (outcome == EpisodeEnd.ARRIVED)
    return reward + _CONTACT * (outcome >= EpisodeEnd.TOUCHED_OBSTACLE)


def privileged_numbers(world: Worlds, config: EnvironmentConfig) -> Tensor:
    """What only the value estimate in training is told, (N, PRIVILEGED), about one in size."""
    way = world.goal - world.state[:, :2]
    heading = world.state[:, 2]
    cosine, sine = heading.cos(), heading.sin()
    columns = (
        way.norm(dim=1) / 4.0,
        (way[:, 0] * cosine + way[:, 1] * sine) / 4.0,
        (way[:, 1] * cosine - way[:, 0] * sine) / 4.0,
        world.age / config.time_limit,
        world.lag * 10.0,
        world.delay * 10.0,
        world.peer_real.sum(1) / 6.0,
    )
    return torch.stack(columns, 1)
