"""Model files: what was saved comes back, and what is damaged is refused in one sentence."""

import hashlib

import pytest

torch = pytest.importorskip('torch', reason='the extra `learning` is not installed')

import yaml  # noqa: E402
from safetensors.torch import save  # noqa: E402

from vcp_cbf_safety.errors import ConfigurationError  # noqa: E402
from vcp_cbf_safety.learning.barriernet import BarrierNet, BarrierNetConfig  # noqa: E402
from vcp_cbf_safety.learning.model_file import load_model, save_model  # noqa: E402


@pytest.fixture
def path(tmp_path):
    """A model as training writes it."""
    return save_model(tmp_path, BarrierNet(BarrierNetConfig(width=16)), {'task': 'goal'})


def describe(path, **changes):
    """Change the YAML file; None removes a name."""
    file = path.with_name(f'{path.name}.yaml')
    header = yaml.safe_load(file.read_text()) | changes
    file.write_text(yaml.safe_dump({k: v for k, v in header.items() if v is not None}))


def rewrite(path, change):
    """Change the tensors, and the YAML so that it describes just them."""
    tensors = {
        k: v.clone() for k, v in BarrierNet(BarrierNetConfig(width=16)).state_dict().items()
    }
    change(tensors)
    path.write_bytes(save(tensors))
    describe(path, sha256=hashlib.sha256(path.read_bytes()).hexdigest())


def refusal(path) -> str:
    """The sentence that a model is refused with."""
    with pytest.raises(ConfigurationError) as caught:
        load_model(path)
    assert '\n' not in str(caught.value)
    return str(caught.value)


def test_a_model_comes_back_as_it_was_saved(tmp_path):
    net = BarrierNet(BarrierNetConfig(width=16, nearest=3, speed_correction=1.0))
    for parameter in net.parameters():
        parameter.data.normal_()
    loaded = load_model(save_model(tmp_path, net, {}))
    assert loaded.config == net.config
    for name, value in net.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], value)
    assert not any(parameter.requires_grad for parameter in loaded.parameters())


def test_both_files_may_have_another_name(path):
    for name in (path.name, f'{path.name}.yaml'):
        path.with_name(name).rename(path.with_name(name.replace(path.stem, 'goal')))
    assert load_model(path.with_stem('goal')).config.width == 16


@pytest.mark.parametrize('ending', ['', '.yaml'])
def test_a_missing_file_is_named(path, ending):
    missing = path.with_name(path.name + ending)
    missing.unlink()
    assert refusal(path) == f'{missing} cannot be read: No such file or directory'


def test_a_folder_is_no_model(path):
    path.unlink()
    path.mkdir()
    assert 'cannot be read: Is a directory' in refusal(path)


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('a: [1, 2', 'cannot be read as YAML'),
        ('!!python/object/apply:os.system ["true"]', 'cannot be read as YAML'),
        ('', 'holds no sections'),
        ('- 1', 'holds no sections'),
        ('schema_version: 2', 'has hazard_features None'),
    ],
)
def test_a_damaged_description_is_refused(path, text, expected):
    path.with_name(f'{path.name}.yaml').write_text(text)
    assert expected in refusal(path)


def test_a_description_in_no_encoding_is_refused(path):
    path.with_name(f'{path.name}.yaml').write_bytes(b'\xff\xfe\x00\x81')
    assert 'cannot be read as YAML' in refusal(path)


@pytest.mark.parametrize('place', [3, 500, -1])
def test_a_single_flipped_bit_is_noticed(path, place):
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    assert 'its SHA-256 is another one' in refusal(path)


@pytest.mark.parametrize(
    ('changes', 'expected'),
    [
        ({'schema_version': 1}, 'has schema_version 1; this version reads 2'),
        ({'schema_version': None}, 'has schema_version None; this version reads 2'),
        ({'hazard_features': ['free distance']}, "has hazard_features ['free distance']"),
        ({'own_features': ['speed', 'mood']}, "has own_features ['speed', 'mood']"),
        ({'sha256': None}, 'has no sha256'),
        ({'barriernet': None}, 'has no barriernet'),
        ({'barriernet': 3}, 'barriernet is 3; it must be a section'),
        ({'barriernet': {'depth': 3}}, "barriernet has no parameter 'depth'"),
        ({'barriernet': {'speed_correction': -1.0}}, 'speed_correction is -1.0; it must be'),
        (
            {'barriernet': {'speed_correction': float('nan')}},
            'barriernet.speed_correction is nan; it must be a finite number',
        ),
        (
            {'barriernet': {'log_std': 'wide'}},
            "barriernet.log_std is 'wide'; it must be a finite number",
        ),
        ({'barriernet': {'width': 10**9}}, 'width is 1000000000; it must be 1 to 1024'),
        ({'barriernet': {'width': 32}}, 'needs torch.float32 of shape (32, '),
    ],
)
def test_a_description_of_something_else_is_refused(path, changes, expected):
    describe(path, **changes)
    assert expected in refusal(path)


def test_what_is_no_safetensors_file_is_refused(path):
    path.write_bytes(b'\x80\x04K\x01.')  # a pickle
    describe(path, sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    assert 'is no safetensors file' in refusal(path)


NAME = 'backbone.hazard.0.bias'


@pytest.mark.parametrize(
    ('change', 'expected'),
    [
        (lambda t: t.pop(NAME), f'lacks the tensor {NAME}'),
        (lambda t: t.update(more=torch.zeros(1)), 'has an unknown tensor more'),
        (lambda t: t.update({NAME: torch.zeros(1)}), f'{NAME} is torch.float32 of shape (1,)'),
        (lambda t: t.update({NAME: t[NAME].double()}), f'{NAME} is torch.float64'),
        (lambda t: t[NAME].fill_(float('nan')), f'{NAME} holds a number that is not finite'),
        (lambda t: t['log_std'].fill_(float('inf')), 'log_std holds a number that is not'),
    ],
)
def test_tensors_of_something_else_are_refused(path, change, expected):
    rewrite(path, change)
    assert expected in refusal(path)
