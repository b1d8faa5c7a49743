"""The campaign: its plant is what it says, its judge sees contacts, and it can fail."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vcp_cbf_safety import Arena, Circle, Twist2D
from vcp_cbf_safety.sim.base import TIME_STEP, Base, BaseModel
from vcp_cbf_safety.studies.campaign.__main__ import main
from vcp_cbf_safety.studies.campaign.ablation import Feature
from vcp_cbf_safety.studies.campaign.drivers import ram, replay
from vcp_cbf_safety.studies.campaign.episode import Robot
from vcp_cbf_safety.studies.campaign.paths import path_exists
from vcp_cbf_safety.studies.campaign.play import run_episode
from vcp_cbf_safety.studies.campaign.report import failed, tallies
from vcp_cbf_safety.studies.campaign.worlds import FAMILIES, draw_episode

MODEL = BaseModel(
    body_radius=0.2,
    min_speed=-0.5,
    max_speed=1.0,
    max_yaw_rate=2.0,
    acceleration=1.0,
    deceleration=1.0,
    yaw_acceleration=5.0,
    lag=0.1,
    delay=0.1,
    slip=0.0,
    position_noise=0.0,
    heading_noise=0.0,
    odometry_delay=0.05,
)


def step_response(model: BaseModel, speed: float, duration: float) -> tuple[list[float], Base]:
    base = Base(model, (0.0, 0.0, 0.0), np.random.default_rng(0))
    base.command(0.0, Twist2D(speed, 0.0))
    speeds = []
    for step in range(round(duration / TIME_STEP)):
        base.advance(step * TIME_STEP)
        speeds.append(base.v)
    return speeds, base


def test_base_waits_for_its_dead_time_then_follows_its_lag() -> None:
    speeds, _ = step_response(replace(MODEL, acceleration=100.0, deceleration=100.0), 0.5, 1.0)
    assert max(speeds[:20]) == 0.0
    assert speeds[39] == pytest.approx(0.5 * (1.0 - math.exp(-1.0)), abs=0.02)
    assert speeds[-1] == pytest.approx(0.5, rel=1e-3)


def test_base_accelerates_no_faster_than_its_limit() -> None:
    speeds, _ = step_response(MODEL, 1.0, 1.5)
    assert max(np.diff(speeds)) <= MODEL.acceleration * TIME_STEP + 1e-12


def test_wheels_lose_ground_speed_to_slip() -> None:
    _, firm = step_response(MODEL, 1.0, 3.0)
    _, slippery = step_response(replace(MODEL, slip=0.1), 1.0, 3.0)
    assert 0.85 * firm.pose[0] < slippery.pose[0] < 0.96 * firm.pose[0]


def test_odometry_is_as_old_as_it_says() -> None:
    _, base = step_response(MODEL, 1.0, 2.0)
    seen = base.odometry()
    assert seen.age == pytest.approx(MODEL.odometry_delay)
    assert base.pose[0] - seen.x == pytest.approx(seen.speed * seen.age, abs=0.01)


def test_path_exists_through_a_gap_that_is_wide_enough_only() -> None:
    arena = Arena(-2.0, -1.0, 2.0, 1.0)
    posts = [Circle(0.0, y, 0.3) for y in (-0.9, 0.9)]
    assert path_exists(arena, posts, (-1.5, 0.0), (1.5, 0.0), 0.55)
    assert not path_exists(arena, posts, (-1.5, 0.0), (1.5, 0.0), 0.65)


def test_replay_holds_each_command_until_the_next() -> None:
    driver = replay([(1.0, 0.1, 0.0), (2.0, 0.2, 0.5)])
    at = [driver((0.0, 0.0, 0.0), (1.0, 0.0), now) for now in (0.5, 1.5, 2.5)]
    assert at == [Twist2D(0.0, 0.0), Twist2D(0.1, 0.0), Twist2D(0.2, 0.5)]


def test_judge_sees_a_robot_that_drives_into_an_obstacle() -> None:
    """A filter that believes in a smaller body (a broken assumption) lets the real one touch."""
    drawn = draw_episode(0, 0, {})
    config = drawn.robots[0].config
    assert config is not None
    robot = Robot(
        model=MODEL,
        start=(-1.5, 0.0, 0.0),
        driver=ram(MODEL, reverse=False),
        config=replace(config, body_radius=0.01, margin=0.0, position_uncertainty=0.0),
    )
    world = replace(
        drawn,
        robots=(robot,),
        arena=Arena(-3.0, -3.0, 3.0, 3.0),
        circles=(Circle(0.0, 0.05, 0.3),),
        duration=12.0,
    )
    record = run_episode(world)
    assert record.robots[0].driven == 1
    assert record.robots[0].worst_clearance < 0.0
    assert failed(record) == 'contact'


def test_same_seed_gives_the_same_episode() -> None:
    first, second = (run_episode(draw_episode(3, 1, {})) for _ in range(2))
    assert first.robots[0].path == second.robots[0].path


@pytest.mark.parametrize('family', ['walls', 'corner', 'gap', 'clutter'])
def test_robot_keeps_its_margin_from_what_stands_still(family: str) -> None:
    records = [run_episode(draw_episode(11, i, {}, (family,))) for i in range(6)]
    tally = tallies(records)['all']
    assert tally.driven == 0
    assert tally.worst_over_margin_m >= 0.0
    assert tally.arrived == tally.goals
    assert not any(failed(r) for r in records)


@pytest.mark.parametrize('family', ['moving', 'hostile', 'cooperating'])
def test_robot_drives_into_nothing_that_moves(family: str) -> None:
    records = [run_episode(draw_episode(12, i, {}, (family,))) for i in range(3)]
    assert tallies(records)['all'].driven == 0


def test_ramming_a_wall_without_body_rows_is_noticed() -> None:
    """The campaign can fail: the same episodes, one piece of the filter less."""
    episodes = [draw_episode(5, i, {}, ('gap', 'corner')) for i in range(10)]
    whole = tallies([run_episode(e) for e in episodes])['all']
    ablated = tallies([run_episode(e, frozenset({Feature.BODY_ROWS})) for e in episodes])['all']
    assert whole.margin_violations == 0
    assert ablated.margin_violations > 0


def test_command_writes_figures_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ['--episodes', '4', '--families', 'walls', '--processes', '2']
    assert main([*arguments, '--out', str(tmp_path)]) == 0
    summary = json.loads((tmp_path / 'campaign.json').read_text())
    assert summary['tallies']['all']['robots'] == 4
    assert summary['tallies']['walls']['driven'] == 0
    assert 'campaign.json' in capsys.readouterr().out


@pytest.mark.parametrize(
    ('setting', 'sentence'),
    [
        ('speed=1', "there is no parameter 'speed'"),
        ('margin=wide', "'wide' is not a number"),
        ('margin=-1', 'margin is -1.0 m; it must be between'),
    ],
)
def test_bad_setting_is_refused_in_one_sentence(
    setting: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(['--set', setting]) == 2
    assert sentence in capsys.readouterr().err


def test_every_family_draws_worlds_that_start_free_of_contact() -> None:
    for family in FAMILIES:
        for index in range(5):
            episode = draw_episode(1, index, {}, (family,))
            for robot in episode.robots:
                x, y, _ = robot.start
                for circle in episode.circles:
                    gap = math.dist((x, y), (circle.x, circle.y)) - circle.radius
                    assert gap > robot.model.body_radius
                assert ram(robot.model, reverse=False)((x, y, 0.0), (1.0, 0.0), 0.0).v > 0.0


def test_what_is_set_for_all_episodes_holds_among_hostile_peers_too() -> None:
    for family in ('hostile', 'hostile_fast'):
        config = draw_episode(1, 0, {'peer_max_speed': 0.3}, (family,)).robots[0].config
        assert config is not None
        assert config.peer_max_speed == 0.3
