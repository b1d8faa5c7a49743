"""Training: the same curve twice, from a checkpoint on, and in two processes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip('torch', reason='the extra `learning` is not installed')
pytest.importorskip('safetensors', reason='the extra `learning` is not installed')
pytest.importorskip('yaml', reason='PyYAML is not installed')

import yaml  # noqa: E402
from safetensors.torch import load_file  # noqa: E402

from vcp_cbf_safety.errors import ConfigurationError  # noqa: E402
from vcp_cbf_safety.learning.experience import advantages  # noqa: E402
from vcp_cbf_safety.learning.train import main, train  # noqa: E402
from vcp_cbf_safety.learning.training_files import read_config, training_config  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]

SMALL = {
    'environment': {'robots': 16, 'circles': [2, 4], 'peers': [0, 2]},
    'barriernet': {'hazard_width': 16, 'width': 16},
    'ppo': {'updates': 3, 'horizon': 6, 'epochs': 2, 'minibatches': 2},
}


def curve(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / 'curve.jsonl').read_text().splitlines()]


def test_advantages_are_sums_of_discounted_surprises():
    reward, value = torch.rand(2, 5, 1).unbind(0)
    done = torch.tensor([0.0, 0.0, 1.0, 0.0, 0.0]).unsqueeze(1)
    last = torch.tensor([0.7])
    got = advantages(reward, value, done, last, 0.9, 0.8)
    following = torch.cat((value[1:], last.unsqueeze(0)))
    surprise = reward + 0.9 * (1.0 - done) * following - value
    # the episode ends with the third step
    expected = sum(0.72**k * surprise[k] for k in range(3))
    assert got[0].item() == pytest.approx(expected.item(), rel=1e-5)
    assert got[3].item() == pytest.approx((surprise[3] + 0.72 * surprise[4]).item(), rel=1e-5)


def test_a_seed_gives_the_same_curve_twice_and_another_one_does_not(tmp_path):
    config = training_config(SMALL)
    for name, seed in (('a', 1), ('b', 1), ('c', 2)):
        train(config, tmp_path / name, seed=seed, quiet=True)
    assert curve(tmp_path / 'a') == curve(tmp_path / 'b')
    assert curve(tmp_path / 'a') != curve(tmp_path / 'c')


def test_a_run_that_is_resumed_ends_as_one_that_was_not_stopped(tmp_path, monkeypatch):
    from vcp_cbf_safety.learning import train as module

    config = training_config(SMALL)
    train(config, tmp_path / 'whole', quiet=True)
    monkeypatch.setattr(module, '_CHECKPOINT_EVERY', 2)
    real, calls = module.Learner.round, []

    def stopped_in_the_third(self):
        calls.append(self)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(self)

    monkeypatch.setattr(module.Learner, 'round', stopped_in_the_third)
    with pytest.raises(KeyboardInterrupt):
        train(config, tmp_path / 'parts', quiet=True)
    monkeypatch.setattr(module.Learner, 'round', real)
    train(config, tmp_path / 'parts', quiet=True, resume=True)
    assert curve(tmp_path / 'whole') == curve(tmp_path / 'parts')
    models = [load_file(tmp_path / name / 'model.safetensors') for name in ('whole', 'parts')]
    assert all(torch.equal(models[0][name], models[1][name]) for name in models[0])


def test_a_checkpoint_of_another_configuration_is_refused(tmp_path):
    train(training_config(SMALL), tmp_path, quiet=True)
    other = training_config(SMALL | {'ppo': SMALL['ppo'] | {'gamma': 0.9}})
    with pytest.raises(
        ConfigurationError, match=r'another configuration, ppo\.gamma was 0\.99 and is 0\.9;'
    ):
        train(other, tmp_path, quiet=True, resume=True)
    with pytest.raises(ConfigurationError, match='nothing to resume'):
        train(other, tmp_path / 'empty', quiet=True, resume=True)


def test_learning_pays(tmp_path):
    """A network that is paid for driving straight earns more than one that does not learn."""

    def earned(rate):
        config = training_config(content | {'ppo': content['ppo'] | {'learning_rate': rate}})
        train(config, tmp_path / str(rate), quiet=True)
        return sum(each['reward'] for each in curve(tmp_path / str(rate))[-5:])

    content = {
        'environment': {'robots': 64, 'circles': [0, 0], 'peers': [0, 0]},
        'barriernet': {'hazard_width': 8, 'width': 32},
        'ppo': {'updates': 16, 'horizon': 16, 'epochs': 3, 'minibatches': 4},
    }
    assert earned(0.005) > earned(1e-12) + 0.01


def test_the_model_file_says_what_it_is_and_matches_its_hash(tmp_path):
    import hashlib

    train(training_config(SMALL), tmp_path, quiet=True)
    about = yaml.safe_load((tmp_path / 'model.safetensors.yaml').read_text())
    weights = (tmp_path / 'model.safetensors').read_bytes()
    assert about['sha256'] == hashlib.sha256(weights).hexdigest()
    assert about['schema_version'] == 2
    assert about['barriernet']['width'] == 16


@pytest.mark.parametrize('task', ['goal', 'pursuit'])
def test_shipped_configurations_can_be_read(task):
    assert read_config(ROOT / 'config' / 'barriernet' / f'{task}.yaml').environment.task == task


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        ('ppo: {speed: 1}', "no parameter 'speed'"),
        ('robots: 3', "section 'robots'"),
        ('- 1', 'sections'),
        ('ppo: [', 'cannot be read'),
        ('day: 2024-02-30', 'cannot be read'),
        ('environment: 3', 'environment is 3; it must be a section'),
        ('environment: {arena: [4.0]}', 'environment.arena is [4.0]; it must be 2 numbers'),
        ('environment: {circles: [1.5, 4]}', 'environment.circles is 1.5; it must be a whole'),
        ('environment: {time_limit: .nan}', 'time_limit is nan; it must be a finite number'),
        ('environment: {yielding: 7}', 'yielding is 7; shares are 0 to 1'),
        ('environment: {filter: {max_speed: 1.0}}', 'environment.filter lacks body_radius'),
        ('barriernet: {speed_correction: 12.0}', 'speed_correction is 12.0; it must be'),
        ('ppo: {learning_rate: 6e-4}', "ppo.learning_rate is '6e-4'; it must be a finite number"),
        ('ppo: {clip: -1.0}', 'clip is -1.0; it must be positive'),
    ],
)
def test_a_bad_file_is_one_clear_sentence(tmp_path, capsys, content, message):
    path = tmp_path / 'bad.yaml'
    path.write_text(content)
    assert main(['--config', str(path)]) == 2
    assert message in capsys.readouterr().err


def test_two_processes_end_with_the_parameters_of_one(tmp_path):
    path = tmp_path / 'small.yaml'
    path.write_text(yaml.safe_dump(SMALL))
    train(training_config(SMALL), tmp_path / 'one', quiet=True)
    command = [
        *(sys.executable, '-m', 'torch.distributed.run', '--standalone', '--nproc-per-node=2'),
        *('-m', 'vcp_cbf_safety.learning.train', '--config', str(path), '--quiet'),
        *('--out', str(tmp_path / 'two')),
    ]
    environment = os.environ | {'OMP_NUM_THREADS': '1', 'PYTHONPATH': str(ROOT)}
    result = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=110, check=False
    )
    assert result.returncode == 0, result.stderr
    one, two = (load_file(tmp_path / name / 'model.safetensors') for name in ('one', 'two'))
    for name, expected in one.items():
        assert torch.allclose(expected, two[name], atol=1e-3), name
