"""Attacks of the campaign: robots that share the work never touch, and the search can see it."""

import math
from dataclasses import replace

import numpy as np
import pytest

from vcp_cbf_safety.studies.campaign.ablation import Feature
from vcp_cbf_safety.studies.campaign.attack_families import ATTACKS, HOSTILE, attacked
from vcp_cbf_safety.studies.campaign.attacks import Attack, changed, search
from vcp_cbf_safety.studies.campaign.play import run_episode
from vcp_cbf_safety.studies.campaign.side_by_side import GRID, PAIRS, side_by_side

NIMBLE_PAIR, FAST_PAIR, MIXED_PAIR = PAIRS
NOTHING = frozenset()

# Pairs that touched while each robot could use up the whole gap, found by the grid and the search.
ONCE_TOUCHED = [
    (NIMBLE_PAIR, 0.24, 0.4, 0.02),
    (NIMBLE_PAIR, 0.32, 0.5, 0.02),
    (NIMBLE_PAIR, 0.32, 0.7, 0.02),
    (FAST_PAIR, 0.32, 0.4, 0.02),
    (FAST_PAIR, 0.56, 0.5, 0.02),
]


@pytest.mark.parametrize('scene', ONCE_TOUCHED, ids=lambda scene: f'gap {scene[1]}, {scene[2]} s')
def test_robots_that_turn_towards_each_other_while_they_brake_do_not_touch(scene) -> None:
    record = run_episode(side_by_side(*scene))
    margin = min(config.margin for _, config in scene[0])
    assert record.worst_clearance >= margin - 0.01


@pytest.mark.parametrize('index', range(0, len(GRID), 73))
def test_a_walk_over_the_grid_of_pairs_touches_nowhere(index: int) -> None:
    assert run_episode(side_by_side(*GRID[index])).worst_clearance >= 0.04


def test_robots_that_both_take_more_than_their_part_touch() -> None:
    """The judge can fail: parts that sum to more than one, of a gap that nobody else needs."""
    episode = side_by_side(FAST_PAIR, 0.56, 0.5, 0.02, {'peer_min_deceleration': 50.0})
    greedy = [replace(robot, responsibility=0.95) for robot in episode.robots]
    assert run_episode(replace(episode, robots=tuple(greedy))).worst_clearance < 0.0


@pytest.mark.parametrize('family', sorted(set(ATTACKS) - {HOSTILE}))
def test_a_short_attack_finds_no_contact(family: str) -> None:
    random = np.random.default_rng(7)
    record = search(lambda source: ATTACKS[family]({}, source), random, tries=12)
    assert record.tries == 12
    assert record.worst_clearance >= 0.0


def test_robots_without_filter_are_not_driven_into() -> None:
    random = np.random.default_rng(7)

    def draw(source: np.random.Generator) -> Attack:
        return ATTACKS[HOSTILE]({}, source)

    record = search(draw, random, tries=12, score=lambda record: record.time_left)
    assert record.tries == 12
    assert 0.0 <= record.time_left < math.inf


def test_the_search_finds_whom_a_filter_without_foresight_drives_into() -> None:
    """The judge can fail."""
    record = attacked(HOSTILE, 1, 2, {}, frozenset({Feature.FORESIGHT}))
    assert record.time_left < 0.0
    assert record.tries < 40


def test_the_same_seed_is_the_same_attack() -> None:
    draws = [ATTACKS['attacked_2']({}, np.random.default_rng(3)) for _ in range(2)]
    assert draws[0].starts == draws[1].starts
    assert draws[0].commands == draws[1].commands


def test_a_change_leaves_the_others_and_the_limits_alone() -> None:
    random = np.random.default_rng(4)
    attack = ATTACKS['attacked_3']({}, random)
    for _ in range(50):
        after = changed(attack, random)
        differ = [
            k for k in range(3)
            if (after.starts[k], after.commands[k]) != (attack.starts[k], attack.commands[k])
        ]  # fmt: skip
        assert len(differ) <= 1
        for robot, commands in zip(after.episode.robots, after.commands, strict=True):
            for duration, v, omega in commands:
                assert duration >= 0.05
                assert robot.model.min_speed <= v <= robot.model.max_speed
                assert abs(omega) <= robot.model.max_yaw_rate
        attack = after


def test_attacks_whose_robots_begin_inside_a_margin_are_not_played() -> None:
    attack = ATTACKS['attacked_2']({}, np.random.default_rng(5))
    assert not attack.starts_in_the_margin()
    together = replace(attack, starts=(attack.starts[0], attack.starts[0]))
    assert together.starts_in_the_margin()


def test_a_campaign_counts_the_tries_of_its_attacks() -> None:
    record = attacked('attacked_walls', 3, 0, {}, NOTHING)
    assert record.tries == 40
    assert record.worst_clearance >= 0.0
