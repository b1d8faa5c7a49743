"""A BarrierNet as files: weights in safetensors, and YAML beside them that explains them."""

import dataclasses
import hashlib
import math
from pathlib import Path
from typing import Any

import yaml
from safetensors import SafetensorError
from safetensors.torch import load, save_file
from torch import Tensor

from vcp_cbf_safety.errors import ConfigurationError
from vcp_cbf_safety.learning.barriernet import BarrierNet, BarrierNetConfig
from vcp_cbf_safety.learning.observation import HAZARD_FEATURES, OWN_FEATURES

# Raised when files of before can no longer be read.
SCHEMA_VERSION = 2


def save_model(folder: Path, model: BarrierNet, about: dict[str, Any]) -> Path:
    """Write model.safetensors, and beside it all that is needed to make a model of it.

    Args:
        folder: to write to.
        model: trained.
        about: what else to say in the YAML: task, seed, configuration, figures.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / 'model.safetensors'
    tensors = {name: value.cpu().contiguous() for name, value in model.state_dict().items()}
    save_file(tensors, path)
    header = {
        'schema_version': SCHEMA_VERSION,
        'sha256': hashlib.sha256(path.read_bytes()).hexdigest(),
        'barriernet': plain(model.config),
        'hazard_features': list(HAZARD_FEATURES),
        'own_features': list(OWN_FEATURES),
    }
    text = yaml.safe_dump(header | about, sort_keys=False)
    description_of(path).write_text(text, encoding='utf-8')
    return path


def description_of(path: Path) -> Path:
    """The YAML file beside weights, `X.safetensors.yaml` for `X.safetensors`."""
    return path.with_name(f'{path.name}.yaml')


def load_model(path: Path) -> BarrierNet:
    """A BarrierNet from its two files; nothing in them is executed.

    Args:
        path: of the weights, `X.safetensors`; `X.safetensors.yaml` lies beside them.

    Raises:
        ConfigurationError: if a file is missing, damaged, of another version of this package, or
            holds a number that is no weight; the message names the file and what is wrong.
    """
    header = _header(description_of(path))
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f'{path} cannot be read: {error.strerror}') from None
    if hashlib.sha256(content).hexdigest() != header['sha256']:
        raise ConfigurationError(
            f'{path} is not the file that {description_of(path).name} describes: '
            'its SHA-256 is another one'
        )
    try:
        tensors = load(content)
    except SafetensorError as error:
        raise ConfigurationError(f'{path} is no safetensors file: {error}') from None
    model = BarrierNet(made(BarrierNetConfig, header['barriernet'], 'barriernet'))
    _check_tensors(path, tensors, model.state_dict())
    model.load_state_dict(tensors)
    return model.eval().requires_grad_(False)


def plain(value: Any) -> Any:
    """A configuration, or a named tuple of them, as YAML and JSON hold it."""
    if hasattr(value, '_asdict'):
        return {name: plain(part) for name, part in value._asdict().items()}
    if dataclasses.is_dataclass(value):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    return list(value) if isinstance(value, tuple) else value


def made(kind: Any, values: Any, where: str) -> Any:
    """A configuration of a kind from plain values.

    Raises:
        ConfigurationError: if a name or value in it is illegal; the message says where.
    """
    if not isinstance(values, dict):
        raise ConfigurationError(f'{where} is {values!r}; it must be a section')
    known = {f.name: f for f in dataclasses.fields(kind)}
    for name in values:
        if name not in known:
            raise ConfigurationError(f'{where} has no parameter {name!r}')
    for name, each in known.items():
        if name in values and not dataclasses.is_dataclass(values[name]):
            _check_kind(values[name], each.default, f'{where}.{name}')
        elif name not in values and each.default is each.default_factory is dataclasses.MISSING:
            raise ConfigurationError(f'{where} lacks {name}, which has no default')
    return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})


def _check_kind(value: Any, default: Any, where: str) -> None:
    """Refuse what is of another kind than the default, where the default tells."""
    if isinstance(default, tuple):
        if not isinstance(value, (list, tuple)) or len(value) != len(default):
            raise ConfigurationError(f'{where} is {value!r}; it must be {len(default)} numbers')
        for part in value:
            _check_kind(part, default[0], where)
    elif isinstance(default, (bool, str)):
        if type(value) is not type(default):
            raise ConfigurationError(f'{where} is {value!r}; it must be like {default!r}')
    elif isinstance(default, int) and type(value) is int:
        return
    elif isinstance(default, int):
        raise ConfigurationError(f'{where} is {value!r}; it must be a whole number')
    elif type(value) not in (int, float) or not math.isfinite(value):
        raise ConfigurationError(
            f'{where} is {value!r}; it must be a finite number, such as 0.5 or 6.0e-4'
        )


def read_yaml(path: Path) -> dict[str, Any]:
    """Names and values of a YAML file.

    Raises:
        ConfigurationError: if it cannot be read or holds anything else.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding='utf-8'))
    except OSError as error:
        raise ConfigurationError(f'{path} cannot be read: {error.strerror}') from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # ValueError: bytes that are no text, numbers and dates that are none
        words = ' '.join(str(error).split())
        raise ConfigurationError(f'{path} cannot be read as YAML: {words}') from None
    if not isinstance(content, dict):
        raise ConfigurationError(f'{path} holds no sections; it must be names and values')
    return content


def _header(path: Path) -> dict[str, Any]:
    """Content of the YAML file, of this version and for what this version sees."""
    header = read_yaml(path)
    expected = {
        'schema_version': SCHEMA_VERSION,
        'hazard_features': list(HAZARD_FEATURES),
        'own_features': list(OWN_FEATURES),
    }
    for name, value in expected.items():
        if header.get(name) != value:
            raise ConfigurationError(
                f'{path} has {name} {header.get(name)!r}; this version reads {value!r}'
            )
    for name in ('sha256', 'barriernet'):
        if name not in header:
            raise ConfigurationError(f'{path} has no {name}; it must describe a model')
    return header


def _check_tensors(path: Path, tensors: dict[str, Tensor], like: dict[str, Tensor]) -> None:
    """Raise ConfigurationError unless names, types and shapes are as wanted, and all finite."""
    for name in sorted(tensors.keys() ^ like.keys()):
        problem = 'lacks the' if name in like else 'has an unknown'
        raise ConfigurationError(f'{path} {problem} tensor {name}')
    for name, wanted in like.items():
        tensor = tensors[name]
        if (tensor.shape, tensor.dtype) != (wanted.shape, wanted.dtype):
            raise ConfigurationError(
                f'{path}: {name} is {tensor.dtype} of shape {tuple(tensor.shape)}; the '
                f'configuration beside it needs {wanted.dtype} of shape {tuple(wanted.shape)}'
            )
        if not tensor.isfinite().all():
            raise ConfigurationError(f'{path}: {name} holds a number that is not finite')
