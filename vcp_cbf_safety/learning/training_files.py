"""What training reads and writes: YAML, safetensors and JSON lines, nothing that can be run."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from safetensors.torch import load_file, save_file
from torch import Tensor

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.errors import ConfigurationError
from vcp_cbf_safety.learning.barriernet import BarrierNetConfig
from vcp_cbf_safety.learning.model_file import SCHEMA_VERSION, made, plain, save_model
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
    try:
        content = yaml.safe_load(path.read_text(encoding='utf-8'))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigurationError(f'{path} cannot be read: {error}') from error
    if not isinstance(content, dict):
        raise ConfigurationError(f'{path} must hold sections: {", ".join(TrainingConfig._fields)}')
    unknown = set(content) - set(TrainingConfig._fields)
    if unknown:
        raise ConfigurationError(
            f'{path} has the section {sorted(unknown)[0]!r}; '
            f'it may have {", ".join(TrainingConfig._fields)}'
        )
    return training_config(content, task)


def training_config(content: dict[str, Any], task: str | None = None) -> TrainingConfig:
    """Configuration from plain values, as YAML and JSON hold them."""
    world = dict(content.get('environment') or {})
    if task is not None:
        world['task'] = task
    if 'filter' in world:
        world['filter'] = made(FilterConfig, world['filter'], 'environment.filter')
    return TrainingConfig(
        made(EnvironmentConfig, world, 'environment'),
        made(BarrierNetConfig, content.get('barriernet') or {}, 'barriernet'),
        made(PpoConfig, content.get('ppo') or {}, 'ppo'),
    )


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
            raise ConfigurationError(f'{path} is of another configuration; it cannot be resumed')
        if about.get(name) != value:
            raise ConfigurationError(f'{path} has {name} {about.get(name)}; this run has {value}')
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
