"""The environment to learn in: bases like the robot's, worlds that repeat, no contact."""

import dataclasses
import math

import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='the extra `learning` is not installed')

from vcp_cbf_safety.errors import ConfigurationError  # noqa: E402
from vcp_cbf_safety.hazards.hazards import Hazards, Peer, discs_of  # noqa: E402
from vcp_cbf_safety.learning.contacts import EpisodeEnd, touched  # noqa: E402
from vcp_cbf_safety.learning.environment import Environment  # noqa: E402
from vcp_cbf_safety.learning.motion import advance  # noqa: E402
from vcp_cbf_safety.learning.tasks import nominal_commands  # noqa: E402
from vcp_cbf_safety.learning.worlds import (  # noqa: E402
    EnvironmentConfig,
    PeerBehaviour,
    numbers_for_a_world,
    worlds_from,
)
from vcp_cbf_safety.motion import prediction  # noqa: E402
from vcp_cbf_safety.motion.response import responses  # noqa: E402
from vcp_cbf_safety.motion.unicycle import advance as advance_one  # noqa: E402
from vcp_cbf_safety.sim.drivers import straight_at  # noqa: E402

HARD = EnvironmentConfig(robots=32, circles=(12, 16), peers=(3, 6), yielding=0.0)


def drive(environment: Environment, steps: int):
    """Outcomes (T, N) and commands (T, N, 2) of the blind driver behind the filter."""
    outcomes, commands = [], []
    for _ in range(steps):
        nominal = environment.observation.nominal
        result = environment.step(nominal)
        outcomes.append(result.outcome)
        commands.append(result.command)
    return torch.stack(outcomes), torch.stack(commands)


class TestMotion:
    def test_bases_answer_as_the_filter_predicts(self):
        rng = np.random.default_rng(0)
        start, target = rng.uniform(-1.0, 1.0, (2, 50))
        duration, lag = rng.uniform(0.01, 0.5, 50), rng.uniform(0.01, 0.3, 50)
        end, way = responses(*map(torch.from_numpy, (start, target, duration, lag)), 1.2, torch)
        for i in range(50):
            expected, mean = prediction.respond(start[i], target[i], duration[i], lag[i], 1.2)
            assert end[i].item() == pytest.approx(expected)
            assert way[i].item() == pytest.approx(mean * duration[i])

    def test_no_time_moves_nothing(self):
        zero, one = torch.zeros(1), torch.ones(1)
        end, way = responses(0.5 * one, one, zero, 0.1 * one, 1.0, torch)
        assert (end.item(), way.item()) == (0.5, 0.0)

    def test_arcs_are_those_of_the_robot(self):
        poses = torch.tensor([[1.0, 2.0, 0.5], [0.0, 0.0, -3.0]], dtype=torch.float64)
        moved = advance(poses, torch.tensor([0.3, -0.2]), torch.tensor([0.6, 0.0]))
        for pose, (way, turn), got in zip(
            poses.tolist(), ((0.3, 0.6), (-0.2, 0.0)), moved, strict=True
        ):
            expected = advance_one(tuple(pose), way, turn, 1.0)
            assert got.tolist() == pytest.approx(expected, abs=1e-7)


class TestWorlds:
    def test_the_same_numbers_make_the_same_world(self):
        numbers = torch.rand(6, numbers_for_a_world(HARD))
        whole = worlds_from(HARD, numbers)
        some = worlds_from(HARD, numbers[[4, 1]])
        for name, a, b in zip(whole._fields, whole, some, strict=True):
            assert torch.equal(a[[4, 1]], b), name

    def test_robots_begin_free_of_everything(self):
        config = dataclasses.replace(HARD, robots=400)
        world = Environment(config).world
        assert (touched(world, world.state, world.peers, 0.17) == 0).float().mean() > 0.97

    def test_numbers_of_circles_and_peers_are_those_asked_for(self):
        world = Environment(HARD).world
        assert world.peer_real.sum(1).min() >= 3
        assert world.circle_real.sum(1).float().mean() > 11.0

    @pytest.mark.parametrize(
        'changes',
        [
            {'task': 'fly'},
            {'circles': (3, 1)},
            {'delay': (0.0, 0.3)},
            {'position_noise': 1.0},
            {'peer_speed': (0.1, 1.1)},
            {'peer_acceleration': (0.3, 1.1)},
        ],
    )
    def test_an_illegal_configuration_is_refused_by_name(self, changes):
        with pytest.raises(ConfigurationError, match=next(iter(changes))):
            EnvironmentConfig(**changes)


class TestPeers:
    def test_they_head_for_where_they_want_to_be(self):
        config = dataclasses.replace(HARD, circles=(0, 0))
        world = Environment(config).world
        aims = torch.where(
            (world.peer_kind == PeerBehaviour.CHASING).unsqueeze(2),
            world.state[:, None, :2],
            world.waypoints,
        )
        way = aims - world.peers
        ahead = torch.stack((world.peer_heading.cos(), world.peer_heading.sin()), 2)
        torch.testing.assert_close((way * ahead).sum(2), way.norm(dim=2))

    def test_they_get_from_place_to_place(self):
        config = dataclasses.replace(HARD, circles=(0, 0), peer_speed=(0.3, 0.6))
        environment = Environment(config, 3, autoreset=False)
        world = environment.world
        arrived = torch.zeros_like(world.peer_real)
        for _ in range(400):
            before = environment.world.waypoints
            environment.step(torch.zeros(32, 2), filtered=False)
            arrived |= (environment.world.waypoints != before).any(2)
        blind = world.peer_real & (world.peer_kind != PeerBehaviour.CHASING)
        assert arrived[blind].all()

    def test_they_are_predicted_as_the_filter_predicts_them(self):
        config = dataclasses.replace(HARD, circles=(0, 0), peer_speed=(0.1, 0.6))
        environment = Environment(config, 3, dtype=torch.float64)
        drive(environment, 30)
        world, seen = environment.world, environment.measured
        assert seen.peer_twists[..., 1].abs().max() > 1.0
        expected = []
        for i in range(environment.robots):
            peers = [
                Peer(*place, heading, *twist, radius + float(world.extra[i]))
                for place, heading, twist, radius, real in zip(
                    seen.peers[i].tolist(),
                    seen.peer_headings[i].tolist(),
                    seen.peer_twists[i].tolist(),
                    world.peer_radii[i].tolist(),
                    world.peer_real[i].tolist(),
                    strict=True,
                )
                if real
            ]
            discs = discs_of(Hazards(None, (), peers))
            expected.append(prediction.predict_discs(config.filter, discs))
        hazards = environment.view.hazards
        for i, discs in enumerate(expected):
            real = hazards.real[i, : hazards.radii.shape[1]]
            got = torch.cat(
                (
                    hazards.centers[i],
                    hazards.radii[i].unsqueeze(1),
                    hazards.velocities[i, : len(real)],
                ),
                1,
            )[real].numpy()
            wanted = np.column_stack((discs.centers, discs.radii, discs.velocities))
            in_order = [table[table[:, 0].argsort()] for table in (got, wanted)]
            np.testing.assert_allclose(*in_order, atol=1e-5, rtol=0.0)


class TestEpisodes:
    def test_a_seed_repeats_everything(self):
        first, second = (drive(Environment(HARD, 5), 40) for _ in range(2))
        assert torch.equal(first[1], second[1])

    def test_a_state_that_is_loaded_goes_on_as_it_was(self):
        environment = Environment(HARD, 5)
        drive(environment, 20)
        state = environment.state_dict()
        expected = drive(environment, 20)
        other = Environment(HARD, 6)
        other.load_state_dict(state)
        assert torch.equal(expected[1], drive(other, 20)[1])

    def test_shares_of_the_robots_are_together_what_all_are(self):
        _, whole = drive(Environment(HARD, 5), 30)
        parts = [drive(Environment(HARD, 5, share=(i, 2)), 30)[1] for i in range(2)]
        # shapes change the rounding of float32, and a crowd makes much of little
        close = (whole - torch.cat(parts, 1)).abs() < 1e-2
        assert close.float().mean() > 0.95

    @pytest.mark.parametrize('task', ['goal', 'pursuit'])
    @pytest.mark.parametrize('gain', [1.0, 3.0])
    def test_robots_behind_the_filter_touch_nothing(self, task, gain):
        robot = dataclasses.replace(HARD.filter, steering_gain=gain)
        config = dataclasses.replace(HARD, robots=128, task=task, filter=robot)
        outcomes, _ = drive(Environment(config, 1), 150)
        counts = outcomes.flatten().bincount(minlength=6).tolist()
        assert counts[EpisodeEnd.TOUCHED_OBSTACLE] == counts[EpisodeEnd.TOUCHED_PEER] == 0
        assert counts[EpisodeEnd.ARRIVED] > 10

    def test_robots_without_a_filter_touch_what_is_in_the_way(self):
        environment = Environment(HARD, 1)
        outcomes = [
            environment.step(environment.observation.nominal, filtered=False).outcome
            for _ in range(100)
        ]
        assert (torch.stack(outcomes) == EpisodeEnd.TOUCHED_OBSTACLE).any()

    def test_without_new_episodes_every_robot_ends_once(self):
        config = dataclasses.replace(HARD, time_limit=8.0)
        outcomes, _ = drive(Environment(config, 2, autoreset=False), 100)
        assert ((outcomes != EpisodeEnd.RUNNING).sum(0) == 1).all()

    def test_who_drives_is_told_from_who_is_driven_into(self):
        world = Environment(HARD, 3).world
        alone = world._replace(
            circle_real=torch.zeros_like(world.circle_real),
            peer_real=torch.ones_like(world.peer_real),
        )
        at = torch.zeros_like(world.state)
        peers = torch.full_like(world.peers, 9.0)
        peers[:, 0] = torch.tensor([0.2, 0.0])
        for speed, outcome in ((0.3, EpisodeEnd.TOUCHED_PEER), (-0.1, EpisodeEnd.HIT)):
            at[:, 3] = speed
            assert (touched(alone, at, peers, 0.17) == outcome).all()


class TestGymnasium:
    def test_one_robot_passes_the_checker(self):
        pytest.importorskip('gymnasium', reason='the extra `learning` is not installed')
        from gymnasium.utils.env_checker import check_env

        from vcp_cbf_safety.learning.gym_environment import SafeDrivingEnv

        check_env(SafeDrivingEnv(HARD), skip_render_check=True)

    def test_many_robots_stay_in_their_spaces_and_begin_anew_where_asked(self):
        pytest.importorskip('gymnasium', reason='the extra `learning` is not installed')
        from vcp_cbf_safety.learning.gym_environment import SafeDrivingVectorEnv

        env = SafeDrivingVectorEnv(dataclasses.replace(HARD, time_limit=1.0))
        seen, _ = env.reset(seed=4)
        again, _ = env.reset(seed=4)
        assert all((seen[name] == again[name]).all() for name in seen)
        env.action_space.seed(0)
        for _ in range(10):
            seen, reward, ended, late, _ = env.step(env.action_space.sample())
            assert env.observation_space.contains(seen)
        assert reward.shape == ended.shape == (32,)
        assert late.any()
        mask = np.arange(32) < 5
        env.reset(options={'reset_mask': mask})
        assert math.isclose(float(env._worlds.world.age[:5].max()), 0.0)
        assert env._worlds.world.age[5:].min() > 0.5


def test_nominal_commands_are_those_of_the_driver_of_the_simulator():
    environment = Environment(EnvironmentConfig(robots=8), seed=4, dtype=torch.float64)
    world, states = environment.world, environment.view.states
    expected = [
        straight_at(tuple(goal), tuple(state[:3]), limits[0], limits[2])
        for goal, state, limits in zip(
            world.goal.tolist(), states.tolist(), world.limits.tolist(), strict=True
        )
    ]
    commands = nominal_commands(world, states)
    assert commands.tolist() == [pytest.approx((each.v, each.omega)) for each in expected]
