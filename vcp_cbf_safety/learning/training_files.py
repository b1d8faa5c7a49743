"""What training reads and writes: YAML, safetensors and JSON lines, nothing that can be run."""

import dataclasses
import json
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.errors import ConfigurationError
from vcp_cbf_safety.learning.barriernet import BarrierNetConfig
from vcp_cbf_safety.learning.model_file import (
    SCHEMA_VERSION,
    description_of,
    made,
    plain,
    read_yaml,
    save_model,
)
from vcp_cbf_safety.learning.ppo import Learner, PpoConfig
from vcp_cbf_safety.learning.worlds import EnvironmentConfig

__all__ = [
    'TrainingConfig',
    'load_checkpoint',
    'plain',
    'read_config',
    'save_checkpoint',
    'save_model',
    'training_config',
    'training_environment',
]


class TrainingConfig(NamedTuple):
    """All that a training run is configured by: sections of one YAML file."""

    environment: EnvironmentConfig
    barriernet: BarrierNetConfig
    ppo: PpoConfig


def read_config(path: Path, task: str | None = None) -> TrainingConfig:
    """Configuration from a YAML file with the sections of `TrainingConfig`.

    Args:
        path: of the file.
        task: replaces the one in the file.

    Raises:
        ConfigurationError: if the file cannot be read, or a name or value in it is illegal.
    """
    content = read_yaml(path)
    unknown = set(content) - set(TrainingConfig._fields)
    if unknown:
        raise ConfigurationError(
            f'{path} has the section {sorted(unknown)[0]!r}; '
            f'it may have {", ".join(TrainingConfig._fields)}'
        )
    return training_config(content, task)


def training_config(content: dict[str, Any], task: str | None = None) -> TrainingConfig:
    """Configuration from plain values, as YAML and JSON hold them."""
    environment = _environment(content.get('environment') or {}, 'environment')
    if task is not None:
        environment = dataclasses.replace(environment, task=task)
    network = made(BarrierNetConfig, content.get('barriernet') or {}, 'barriernet')
    return TrainingConfig(
        environment,
        network,
        made(PpoConfig, content.get('ppo') or {}, 'ppo'),
    )


def _environment(values: Any, where: str) -> EnvironmentConfig:
    if isinstance(values, dict) and 'filter' in values:
        values = values | {'filter': made(FilterConfig, values['filter'], f'{where}.filter')}
    environment: EnvironmentConfig = made(EnvironmentConfig, values, where)
    robot = environment.filter
    if robot.max_deceleration != robot.max_acceleration:
        raise ConfigurationError(
            f'{where}.filter.max_deceleration is {robot.max_deceleration} m/s^2; bases brake here '
            f'as they speed up: it must be max_acceleration, {robot.max_acceleration} m/s^2'
        )
    return environment


def training_environment(model: Path) -> EnvironmentConfig:
    """What a model was trained in, as the file beside it says.

    Raises:
        ConfigurationError: if it says nothing of that, or nothing legal.
    """
    about = description_of(model)
    return _environment(read_yaml(about).get('environment') or {}, f'{about}: environment')


def save_checkpoint(folder: Path, learner: Learner, config: TrainingConfig, seed: int) -> None:
    """Write what is needed to go on; a run that is stopped meanwhile keeps the last one."""
    folder.mkdir(parents=True, exist_ok=True)
    group = learner.group
    tensors = {f'learner.{k}': v for k, v in learner.state_dict().items()}
    tensors |= {f'environment.{k}': v for k, v in learner.environment.state_dict().items()}
    about = {
        'schema_version': SCHEMA_VERSION,
        'update': learner.update,
        'seed': seed,
        'processes': group.size,
        'config': plain(config),
    }
    fresh = folder / f'checkpoint.{group.rank}.safetensors.new'
    save_file(tensors, fresh, {'about': json.dumps(about)})
    fresh.replace(folder / f'checkpoint.{group.rank}.safetensors')


def _difference(old: Any, new: Any, where: str = '') -> str:
    """The first parameter that differs, in words."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in new:
            if old.get(name) != new[name]:
                return _difference(old.get(name), new[name], f'{where}.{name}'.lstrip('.'))
    return f'{where} was {old!r} and is {new!r}'


def load_checkpoint(folder: Path, learner: Learner, config: TrainingConfig, seed: int) -> None:
    """Go on from a checkpoint.

    Raises:
        ConfigurationError: if there is none, or it is of another configuration.
    """
    group = learner.group
    path = folder / f'checkpoint.{group.rank}.safetensors'
    if not path.is_file():
        raise ConfigurationError(f'{path} does not exist; there is nothing to resume')
    about = _about(path)
    same = {'schema_version': SCHEMA_VERSION, 'seed': seed, 'processes': group.size}
    same['config'] = json.loads(json.dumps(plain(config)))
    for name, value in same.items():
        if name == 'config' and about.get(name) != value:
            raise ConfigurationError(
                f'{path} is of another configuration, {_difference(about.get(name), value)}; '
                'it cannot be resumed'
            )
        if about.get(name) != value:
            raise ConfigurationError(f'{path} has {name} {about.get(name)}; this run has {value}')
    update = int(about['update'])
    rounds = torch.tensor([update, update**2], device=learner.environment.device)
    total, squares = group.total(rounds).tolist()
    if squares * group.size != total**2:
        raise ConfigurationError(
            f'{path} is of round {update}, those of other processes are not: they were stopped '
            'while they wrote; begin anew'
        )
    tensors = load_file(path)
    learner.load_state_dict(_section(tensors, 'learner.'), about['update'])
    learner.environment.load_state_dict(_section(tensors, 'environment.'))


def _about(path: Path) -> dict[str, Any]:
    with path.open('rb') as file:
        size = int.from_bytes(file.read(8), 'little')
        header = json.loads(file.read(min(size, 1 << 20)))
    about: dict[str, Any] = json.loads(header['__metadata__']['about'])
    return about


def _section(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
