"""Episodes in physics: limits that were measured, who is at fault, and the command."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

pytest.importorskip('mujoco', reason='mujoco is not installed; it comes with the extra `physics`')

from vcp_cbf_safety.hazards.hazards import Arena
from vcp_cbf_safety.motion.unicycle import Twist2D
from vcp_cbf_safety.sim.base import Base
from vcp_cbf_safety.sim.physics.model import model_names, read_model
from vcp_cbf_safety.sim.physics.plant import PhysicsPlant
from vcp_cbf_safety.sim.physics.scene import PhysicsScene
from vcp_cbf_safety.studies.campaign.drivers import go_to, ram, stand
from vcp_cbf_safety.studies.campaign.episode import Episode, Robot
from vcp_cbf_safety.studies.physics.__main__ import main
from vcp_cbf_safety.studies.physics.animation import animate
from vcp_cbf_safety.studies.physics.families import FAMILIES, draw_physics, robots_of
from vcp_cbf_safety.studies.physics.limits import limits_file, text_of
from vcp_cbf_safety.studies.physics.play import play_physics

BURGER = robots_of('turtlebot3_burger')


@pytest.mark.parametrize('name', model_names())
def test_the_limits_that_come_with_the_package_are_what_is_measured(name: str) -> None:
    shipped = yaml.safe_load(limits_file(name).read_text())['/**']['ros__parameters']
    measured = yaml.safe_load(text_of(name, read_model(name)))['/**']['ros__parameters']
    assert shipped == pytest.approx(measured, rel=0.05)


@pytest.mark.parametrize('name', model_names())
def test_no_stop_is_longer_than_its_filter_expects(name: str) -> None:
    robots, random = robots_of(name), np.random.default_rng(5)
    config, top = robots.config, robots.config.max_speed
    expected = replace(
        robots.base, lag=config.velocity_lag, delay=config.actuation_delay,
        deceleration=config.max_deceleration,
    )  # fmt: skip
    for _ in range(6):
        speed = float(random.uniform(0.3, 1.0)) * top
        turn, end = random.uniform(-config.max_yaw_rate, config.max_yaw_rate, 2).tolist()
        plant = PhysicsPlant([robots.physics], [(0.0, 0.0, 0.0)], PhysicsScene())
        flat = Base(expected, (0.0, 0.0, 0.0), random)
        flat.v = speed
        flat.command(-config.actuation_delay, Twist2D(speed, 0.0))
        flat.command(0.0, Twist2D(0.0, 0.0))
        way = flat_way = 0.0
        for step in range(800):
            plant.command(0, Twist2D(speed, turn) if step < 400 else Twist2D(0.0, end))
            plant.advance()
            if step >= 400:
                way += 0.005 * abs(plant.truth(0).speed)
                flat.advance(0.005 * (step - 400))
                flat_way += 0.005 * abs(flat.v)
        assert way < flat_way + config.position_uncertainty


def episode(*robots: Robot, half: float = 1.5) -> Episode:
    return Episode(
        family='test', driver='test', robots=robots, arena=Arena(-half, -half, half, half),
        circles=(), duration=12.0, jitter=0.0, seed=1,
    )  # fmt: skip


def test_a_filter_with_a_wrong_body_is_found_at_fault() -> None:
    wrong = replace(BURGER.config, body_radius=0.02, margin=0.0, position_uncertainty=0.0)
    robot = Robot(
        model=BURGER.base, start=(0.0, 0.0, 0.0), driver=go_to((5.0, 0.0), BURGER.base),
        config=wrong,
    )  # fmt: skip
    record = play_physics(episode(robot), BURGER.physics)
    assert record.record.robots[0].driven >= 1
    _, index, what, closing = record.touched[0]
    assert (index, what) == (0, 'arena.x_max')
    assert closing > 0.02


def test_a_robot_that_stands_and_is_rammed_is_not_at_fault() -> None:
    robots = (
        Robot(
            model=BURGER.base, start=(0.0, 0.0, 0.0), driver=stand, config=BURGER.config,
        ),
        Robot(
            model=BURGER.base, start=(-0.8, 0.0, 0.0), driver=ram(BURGER.base, reverse=False),
            config=None,
        ),
    )  # fmt: skip
    record = play_physics(episode(*robots, half=0.8 + BURGER.base.body_radius), BURGER.physics)
    # It is pushed against the wall, too.
    assert {what for _, index, what, _ in record.touched if index == 0} >= {'robot1'}
    (result,) = record.record.robots
    assert result.suffered >= 1
    assert result.driven == 0


@pytest.mark.parametrize(
    ('name', 'family'),
    [('turtlebot3_burger', 'corridor'), ('turtlebot4', 'clutter'), ('warehouse_robot', 'door')],
)
def test_robots_arrive_and_touch_nothing(name: str, family: str) -> None:
    robots = robots_of(name)
    record = play_physics(draw_physics(robots, family, 3, 0), robots.physics)
    assert all(robot.arrived_at is not None for robot in record.record.robots)
    assert record.touched == []
    assert record.record.worst_clearance > 0.5 * robots.config.margin


def test_the_same_seed_gives_the_same_episode_and_a_moving_picture(tmp_path: Path) -> None:
    first, second = (
        play_physics(draw_physics(BURGER, 'swap_2', 2, 4), BURGER.physics) for _ in range(2)
    )
    assert (first.track == second.track).all()
    first.track = first.track[::40]
    animate(first, tmp_path / 'swap.gif')
    assert (tmp_path / 'swap.gif').read_bytes()[:4] == b'GIF8'


def test_the_command_writes_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(
        ['--model', 'turtlebot3_burger', '--family', 'door', '--episodes', '1', '--processes', '1',
         '--out', str(tmp_path)]
    )  # fmt: skip
    assert code == 0
    (row,) = json.loads((tmp_path / 'physics.json').read_text())['families']
    assert (row['at_fault'], row['arrived'], row['goals']) == (0, 1, 1)
    assert row['worst_clearance_m'] > 0.0
    assert row['largest_tilt_rad'] < 0.02
    assert row['real_time_factor'] > 0.0
    assert 'turtlebot3_burger' in capsys.readouterr().out
    assert set(FAMILIES) == {
        'clutter', 'swap_2', 'swap_6', 'swap_10', 'corridor', 'door', 'chase',
    }  # fmt: skip
