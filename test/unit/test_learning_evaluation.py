"""Evaluation: the robot's own filter in the learners' worlds, and figures that can be trusted."""

import dataclasses
import json
import sys

import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='the extra `learning` is not installed')
pytest.importorskip('safetensors', reason='the extra `learning` is not installed')
pytest.importorskip('matplotlib', reason='matplotlib is not installed')

from vcp_cbf_safety.learning import curves  # noqa: E402
from vcp_cbf_safety.learning.barriernet import BarrierNet, BarrierNetConfig  # noqa: E402
from vcp_cbf_safety.learning.contacts import EpisodeEnd, clearances  # noqa: E402
from vcp_cbf_safety.learning.contestants import NOMINAL, field  # noqa: E402
from vcp_cbf_safety.learning.environment import Environment  # noqa: E402
from vcp_cbf_safety.learning.evaluate import best_fixed, main, worlds  # noqa: E402
from vcp_cbf_safety.learning.evaluation import (  # noqa: E402
    Contestant,
    Episodes,
    _Surroundings,
    figures,
    play,
)
from vcp_cbf_safety.learning.model_file import save_model  # noqa: E402
from vcp_cbf_safety.learning.worlds import EnvironmentConfig  # noqa: E402

SHORT = dataclasses.replace(worlds(EnvironmentConfig(), 'hard', 5), time_limit=5.0)


@pytest.fixture(scope='module')
def model(tmp_path_factory):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = BarrierNet(BarrierNetConfig(hazard_width=8, width=8))
    return save_model(tmp_path_factory.mktemp('model'), network, {})


def contestants(model, *parts):
    return [c for c in field(model) if any(part in c.name for part in parts)]


def test_advice_that_is_not_a_number_is_as_good_as_none(model):
    (adversary,) = contestants(model, 'not a number')
    bad = play(adversary, SHORT, 3, traced=5)
    plain = play(Contestant(name='plain'), SHORT, 3, traced=5)
    assert bad.replaced > 100
    assert plain.replaced == 0
    np.testing.assert_array_equal(bad.robots, plain.robots)


def test_bad_networks_touch_nothing_and_no_filter_does(model):
    longer = dataclasses.replace(SHORT, time_limit=12.0, robots=16)
    for contestant in contestants(model, 'straight', 'nearest', 'random'):
        episodes = play(contestant, longer, 4)
        touches = (EpisodeEnd.TOUCHED_OBSTACLE, EpisodeEnd.TOUCHED_PEER)
        assert not np.isin(episodes.outcome, touches).any()
        assert episodes.replaced == 0
        # they do go where something is
        assert episodes.clearance[:, 0].min() < 0.15
    (nominal,) = contestants(model, NOMINAL)
    free = play(nominal, longer, 4)
    assert np.isin(free.outcome, (EpisodeEnd.TOUCHED_OBSTACLE, EpisodeEnd.TOUCHED_PEER)).any()
    assert free.changed == 0.0
    assert free.clearance.min() < 0.0


def test_a_fixed_gain_is_that_of_the_filter():
    config = SHORT.filter
    assert Contestant(name='', gain=0.3).filter_of(config).config.steering_gain == 0.3
    assert Contestant(name='').filter_of(config).config == config


def test_clearances_are_distances_between_surfaces():
    world = Environment(worlds(EnvironmentConfig(), 'hard', 6), 2).world
    radius = world.extra + 0.17
    got = clearances(world, radius)
    for i in range(6):
        x, y = world.state[i, :2].tolist()
        r = radius[i].item()
        walls = [world.arena[i, 0].item() - abs(x) - r, world.arena[i, 1].item() - abs(y) - r]
        still = walls + [
            float(np.hypot(cx - x, cy - y)) - cr - r
            for (cx, cy), cr, real in zip(
                world.circles[i].tolist(),
                world.circle_radii[i].tolist(),
                world.circle_real[i].tolist(),
                strict=True,
            )
            if real
        ]
        assert got[i, 0].item() == pytest.approx(min(still), abs=1e-5)


def test_figures_count_what_happened():
    episodes = Episodes(
        outcome=np.array([1, 1, 2, 3, 4, 5]),
        duration=np.array([10.0, 20.0, 40.0, 5.0, 6.0, 7.0]),
        clearance=np.array([[0.3, 0.2]] * 5 + [[0.1, -0.01]]),
        changed=0.5,
        relaxed=0.1,
        replaced=7,
        robots=np.zeros((1, 0, 3)),
        peers=np.zeros((1, 0, 0, 2)),
    )
    got = figures('x', episodes)
    assert (got.success, got.failures, got.timeouts) == (pytest.approx(1 / 3), 4, 1)
    assert (got.touched, got.hit, got.seconds) == (2, 1, 15.0)
    assert (got.worst_still, got.worst_peer) == (0.1, -0.01)


def test_the_best_fixed_gain_fails_least_and_is_fast():
    base = dict.fromkeys(
        ('timeouts', 'touched', 'hit', 'worst_still', 'worst_peer', 'changed', 'relaxed'), 0
    )
    rows = [
        figures_row(name, failures, seconds, base)
        for name, failures, seconds in (
            ('fixed gain 1', 5, 9.0),
            ('fixed gain 2', 3, 12.0),
            ('fixed gain 3', 3, 11.0),
            ('BarrierNet', 0, 1.0),
        )
    ]
    assert best_fixed(rows).name == 'fixed gain 3'


def figures_row(name, failures, seconds, base):
    from vcp_cbf_safety.learning.evaluation import Figures

    return Figures(
        name=name, episodes=10, success=0.5, failures=failures, seconds=seconds, replaced=0, **base
    )


def test_the_command_writes_figures_and_a_picture(model, tmp_path, capsys):
    arguments = ['--model', str(model), '--episodes', '2', '--processes', '1', '--only', 'nominal']
    assert main([*arguments, '--difficulty', 'easy', '--out', str(tmp_path)]) == 0
    content = json.loads((tmp_path / 'goal_easy.json').read_text())
    assert [row['name'] for row in content['contestants']] == [NOMINAL]
    assert (tmp_path / 'goal_easy.png').stat().st_size > 1000
    assert 'nominal alone' in capsys.readouterr().out


def test_a_model_that_is_not_there_is_one_clear_sentence(tmp_path, capsys):
    missing = tmp_path / 'no.safetensors'
    assert main(['--model', str(missing)]) == 2
    assert f'evaluate: {missing}.yaml cannot be read' in capsys.readouterr().err


def test_curves_of_training_runs_become_a_picture(tmp_path, capsys):
    names = ('success', 'hit by peer', 'time to goal', 'intervention', 'steps')
    lines = [json.dumps(dict.fromkeys(names, float(k))) for k in range(30)]
    (tmp_path / 'curve.jsonl').write_text('\n'.join(lines))
    assert curves.main([str(tmp_path), '--out', str(tmp_path / 'curves.png')]) == 0
    assert (tmp_path / 'curves.png').stat().st_size > 1000
    assert curves.main([str(tmp_path / 'none')]) == 2
    assert 'curve.jsonl: No such file' in capsys.readouterr().err


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['--only', 'nobody'], '--only names none of nominal alone'),
        (['--episodes', '0'], "--episodes: '0' is not a whole number of at least 1"),
    ],
)
def test_bad_arguments_are_one_clear_sentence(model, capsys, arguments, message):
    with pytest.raises(SystemExit) as end:
        sys.exit(main(['--model', str(model), *arguments]))
    assert end.value.code == 2
    assert message in capsys.readouterr().err


def test_the_filter_of_a_robot_gets_how_its_peers_turn():
    config = dataclasses.replace(worlds(EnvironmentConfig(), 'hard', 4), discs=22)
    environment = Environment(config, 1, autoreset=False)
    for _ in range(10):
        environment.step(environment.observation.nominal, filtered=False)
    world, around = environment.world, _Surroundings(environment)
    for index in range(4):
        peers = around.hazards(index).peers
        seen = sorted((peer.heading, peer.speed, peer.yaw_rate) for peer in peers)
        true = torch.cat((world.peer_heading.unsqueeze(2), world.peer_twist), 2)[index]
        assert seen == sorted(map(tuple, true[world.peer_real[index]].tolist()))
        assert any(abs(peer.yaw_rate) > 0.01 for peer in peers)


def test_the_first_moment_of_a_contact_says_whose_doing_it_was():
    """A robot that drives into a peer and stops then has not been hit."""
    config = dataclasses.replace(
        worlds(EnvironmentConfig(), 'hard', 1), circles=(0, 0), peers=(1, 1), delay=(0.05, 0.05)
    )
    environment = Environment(config, 0, autoreset=False)
    world = environment.world
    radius = float(world.extra[0] + config.filter.body_radius + world.peer_radii[0, 0])
    state = torch.tensor([[0.0, 0.0, 0.0, 0.06, 0.0]])
    peers = torch.tensor([[[radius + 1e-3, 0.0]]])
    environment.world = world._replace(
        state=state,
        peers=peers,
        peer_twist=torch.zeros_like(peers),
        command=torch.tensor([[0.06, 0.0]]),
    )
    ended = environment.step(torch.tensor([[-0.3, 0.0]]), filtered=False)
    assert int(ended.outcome[0]) == EpisodeEnd.TOUCHED_PEER
