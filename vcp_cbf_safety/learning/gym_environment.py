"""The environment for learners that speak gymnasium: one robot, or many as a vector."""

from dataclasses import replace
from typing import Any

import gymnasium
import numpy as np
import torch
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray
from torch import Tensor

from vcp_cbf_safety.learning.barriernet import (
    ACTIONS,
    BarrierNet,
    BarrierNetConfig,
    corrected_command,
)
from vcp_cbf_safety.learning.contacts import EpisodeEnd
from vcp_cbf_safety.learning.environment import Environment
from vcp_cbf_safety.learning.observation import HAZARD_FEATURES, OWN_FEATURES, Observation
from vcp_cbf_safety.learning.worlds import EnvironmentConfig

Arrays = dict[str, NDArray[Any]]

# Beyond any number in an observation.
_LARGE = 100.0


def observation_space(nearest: int) -> spaces.Dict:
    """Space of what one robot sees, the fields of `Observation` that are numbers."""

    def box(*shape: int) -> spaces.Box:
        return spaces.Box(-_LARGE, _LARGE, shape, np.float32)

    return spaces.Dict(
        {
            'hazards': box(nearest, len(HAZARD_FEATURES)),
            'mask': spaces.MultiBinary(nearest),
            'own': box(len(OWN_FEATURES)),
            'nominal': box(2),
        }
    )


def action_space() -> spaces.Box:
    """Corrections of v and of omega, each as a share of its interval, in [-1, 1]."""
    return spaces.Box(-1.0, 1.0, (ACTIONS,), np.float32)


class SafeDrivingVectorEnv(VectorEnv):
    """Many robots. Episodes that are over begin anew with `reset(options={'reset_mask': ...})`.

    Args:
        config: of worlds and robots.
        network: whose intervals actions are shares of.
        seed: of the first worlds.
    """

    metadata: dict[str, Any] = {  # noqa: RUF012
        'render_modes': [],
        'autoreset_mode': AutoresetMode.DISABLED,
    }

    def __init__(
        self,
        config: EnvironmentConfig | None = None,
        network: BarrierNetConfig | None = None,
        seed: int = 0,
    ) -> None:
        config = EnvironmentConfig() if config is None else config
        self._net = BarrierNet(network)
        nearest = self._net.config.nearest
        self._worlds = Environment(config, seed, nearest=nearest, autoreset=False)
        self.num_envs = self._worlds.robots
        self.single_observation_space = observation_space(nearest)
        self.single_action_space = action_space()
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Arrays, dict[str, Any]]:
        """Begin new episodes, of all robots or of those in `options['reset_mask']`."""
        if options and 'reset_mask' in options:
            which = torch.as_tensor(np.asarray(options['reset_mask'], bool))
            return _arrays(self._worlds.restart(which)), {}
        return _arrays(self._worlds.reset(seed)), {}

    def step(
        self, actions: NDArray[Any]
    ) -> tuple[Arrays, NDArray[Any], NDArray[Any], NDArray[Any], dict[str, Any]]:
        """One control period; the info tells how episodes ended and what the filter changed."""
        seen = self._worlds.observation
        shares = torch.as_tensor(np.asarray(actions, np.float32)).clamp(-1.0, 1.0)
        result = self._worlds.step(corrected_command(seen, self._net.scale(shares, seen)))
        outcome = result.outcome
        late = outcome == EpisodeEnd.TIMEOUT
        info = {
            'outcome': outcome.numpy(),
            'intervened': result.intervened.numpy(),
            'command': result.command.numpy(),
        }
        ended = result.done & ~late
        return (
            _arrays(result.observation),
            result.reward.double().numpy(),
            ended.numpy(),
            late.numpy(),
            info,
        )


class SafeDrivingEnv(gymnasium.Env):
    """One robot.

    Args:
        config: of world and robot; `robots` does not count.
        network: whose intervals actions are shares of.
        seed: of the first world.
    """

    metadata: dict[str, Any] = {'render_modes': []}  # noqa: RUF012

    def __init__(
        self,
        config: EnvironmentConfig | None = None,
        network: BarrierNetConfig | None = None,
        seed: int = 0,
    ) -> None:
        config = EnvironmentConfig() if config is None else config
        self._vector = SafeDrivingVectorEnv(replace(config, robots=1), network, seed)
        self.observation_space = self._vector.single_observation_space
        self.action_space = self._vector.single_action_space

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Arrays, dict[str, Any]]:
        """Begin a new episode."""
        super().reset(seed=seed)
        observation, info = self._vector.reset(seed=seed)
        return _first(observation), info

    def step(self, action: NDArray[Any]) -> tuple[Arrays, float, bool, bool, dict[str, Any]]:
        """One control period."""
        seen, reward, ended, late, info = self._vector.step(np.asarray(action)[None])
        return (
            _first(seen),
            float(reward[0]),
            bool(ended[0]),
            bool(late[0]),
            _first(info),
        )


def _arrays(observation: Observation) -> Arrays:
    def numbers(tensor: Tensor) -> NDArray[Any]:
        return tensor.float().clamp(-_LARGE, _LARGE).numpy().copy()

    return {
        'hazards': numbers(observation.hazards),
        'mask': observation.mask.to(torch.int8).numpy(),
        'own': numbers(observation.own),
        'nominal': numbers(observation.nominal),
    }


def _first(rows: dict[str, Any]) -> dict[str, Any]:
    return {name: column[0] for name, column in rows.items()}
