"""The BarrierNet that comes with the package: it can be used, is described, and is worth it."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='the extra `learning` is not installed')
pytest.importorskip('safetensors', reason='the extra `learning` is not installed')

import yaml  # noqa: E402

from vcp_cbf_safety.learning.contacts import EpisodeEnd  # noqa: E402
from vcp_cbf_safety.learning.contestants import LEARNED, field  # noqa: E402
from vcp_cbf_safety.learning.evaluate import worlds  # noqa: E402
from vcp_cbf_safety.learning.evaluation import Contestant, play  # noqa: E402
from vcp_cbf_safety.learning.model_file import description_of, load_model, plain  # noqa: E402
from vcp_cbf_safety.learning.training_files import read_config, training_environment  # noqa: E402
from vcp_cbf_safety.ros.barriernet import SHIPPED  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / SHIPPED


def test_it_is_small_and_can_be_loaded():
    assert MODEL.stat().st_size < 1_000_000
    load_model(MODEL)


def test_it_was_made_with_the_configuration_beside_it():
    about = yaml.safe_load(description_of(MODEL).read_text(encoding='utf-8'))
    config = plain(read_config(MODEL.with_suffix('.yaml')))
    assert {name: about[name] for name in config} == config
    assert about['updates'] == config['ppo']['updates']


def test_its_card_names_command_seed_and_figures():
    card = MODEL.with_suffix('.md').read_text(encoding='utf-8')
    about = yaml.safe_load(description_of(MODEL).read_text(encoding='utf-8'))
    assert 'vcp_cbf_safety.learning.train --config config/barriernet/goal.yaml' in card
    assert f'--seed {about["seed"]}' in card
    assert about['sha256'] in card


def test_it_brings_more_robots_home_than_fixed_gains_and_touches_nothing():
    config = worlds(training_environment(MODEL), 'hard', 48)
    (learned,) = (c for c in field(MODEL) if c.name == LEARNED)
    mine = play(learned, config, 77).outcome
    plainly = play(Contestant(name='fixed gain'), config, 77).outcome
    assert (mine == EpisodeEnd.ARRIVED).sum() > (plainly == EpisodeEnd.ARRIVED).sum()
    assert not np.isin(mine, (EpisodeEnd.TOUCHED_OBSTACLE, EpisodeEnd.TOUCHED_PEER)).any()
