"""Long robots of the campaign: their worlds, their drivers, and a judge that sees corners."""

import math
from dataclasses import replace

import numpy as np
import pytest

from vcp_cbf_safety import Arena, Circle, Twist2D
from vcp_cbf_safety.sim.polygon import near, outline
from vcp_cbf_safety.studies.campaign.bases import ideal
from vcp_cbf_safety.studies.campaign.episode import Episode, Robot
from vcp_cbf_safety.studies.campaign.long_bodies import (
    WAREHOUSE,
    along_line,
    rectangle,
    spin,
    swing,
    with_body,
)
from vcp_cbf_safety.studies.campaign.play import run_episode
from vcp_cbf_safety.studies.campaign.worlds import draw_episode

MODEL, CONFIG = with_body(*ideal(WAREHOUSE), rectangle(0.9, 0.5, 0.45))
# The filter of somebody who forgot the corners.
BLIND = replace(CONFIG, body_discs=(), body_radius=0.25, margin=0.0, position_uncertainty=0.0)


def episode(driver, arena, circles=(), config=BLIND, start=(0.0, 0.0, 0.0)):
    robot = Robot(model=MODEL, start=start, driver=driver, config=config)
    return Episode(
        family='long_body', driver='', robots=(robot,), arena=arena, circles=circles,
        duration=8.0, jitter=0.0, seed=1,
    )  # fmt: skip


def test_the_judge_sees_a_corner_that_turns_into_a_wall():
    turning = spin(MODEL, np.random.default_rng(0))
    (result,) = run_episode(episode(turning, Arena(-2.0, -0.4, 2.0, 0.4))).robots
    assert result.driven > 0
    assert result.worst_clearance < -0.05


def test_the_judge_sees_no_contact_of_a_rectangle_that_only_its_disc_would_touch():
    (result,) = run_episode(
        episode(lambda *_: Twist2D(0.3, 0.0), Arena(-2.0, -0.4, 2.0, 0.4), start=(-1.0, 0.0, 0.0))
    ).robots
    assert result.driven == 0
    assert result.worst_clearance == pytest.approx(0.15, abs=1e-6)


def test_a_circle_that_drifts_into_a_standing_robot_is_suffered_and_turns_back():
    circle = Circle(0.4, 1.0, 0.1, 0.0, -0.3)
    world = episode(lambda *_: Twist2D(0.0, 0.0), Arena(-2.0, -2.0, 2.0, 2.0), (circle,))
    (result,) = run_episode(world).robots
    assert result.suffered == 1
    assert result.driven == 0
    assert -0.02 < result.worst_clearance < 0.0


@pytest.mark.parametrize('family', ['long_body', 'long_body_moving', 'long_body_hostile'])
def test_a_world_is_narrow_and_its_start_is_free(family):
    for index in range(20):
        drawn = draw_episode(5, index, {}, (family,))
        robot = drawn.robots[0]
        assert len(robot.model.footprint) == 4
        assert robot.config.body_discs
        body = outline(robot.model.footprint, robot.start)
        centers = [(c.x, c.y) for c in drawn.circles] + [r.start[:2] for r in drawn.robots[1:]]
        radii = [c.radius for c in drawn.circles] + [r.model.body_radius for r in drawn.robots[1:]]
        around = near(body, robot.start[:2], np.reshape(centers, (-1, 2)), radii, drawn.arena)
        assert around.free.min() > robot.config.margin


def test_the_axle_is_in_the_middle_in_front_and_behind():
    rears = []
    for index in range(30):
        corners = np.array(draw_episode(5, index, {}, ('long_body',)).robots[0].model.footprint)
        rears.append(-corners[:, 0].min() / np.ptp(corners[:, 0]))
    assert min(rears) < 0.3
    assert max(rears) > 0.7
    assert any(rear == pytest.approx(0.5) for rear in rears)


def test_a_driver_that_swings_turns_the_nearest_corner_towards_the_hazard():
    assert swing(MODEL)((0.0, 0.0, 0.0), (0.4, 0.35), 0.0).omega > 0.0
    assert swing(MODEL)((0.0, 0.0, 0.0), (-0.4, 0.35), 0.0).omega < 0.0
    assert swing(MODEL)((0.0, 0.0, 0.0), (-0.8, 0.0), 0.0).v < 0.0


def test_a_driver_along_a_line_comes_back_to_it():
    drive = along_line(MODEL, (2.0, 0.0))
    assert drive((0.0, 0.1, 0.0), (1.0, 1.0), 0.0).omega < 0.0
    assert drive((2.0, 0.1, 0.0), (1.0, 1.0), 0.0) == Twist2D(0.0, 0.0)


def test_the_door_is_wider_than_the_robot_and_narrower_than_its_disc():
    drawn = draw_episode(1, 0, {}, ('door',))
    free = min(abs(c.y) - c.radius for c in drawn.circles)
    assert free == pytest.approx(0.35)
    assert 0.25 < free < math.hypot(0.45, 0.25)


def test_a_long_robot_passes_the_door_and_its_disc_does_not():
    for index in range(3):
        (result,) = run_episode(draw_episode(1, index, {}, ('door',))).robots
        assert result.arrived_at is not None
        assert result.worst_clearance > 0.03
    (result,) = run_episode(draw_episode(1, 0, {}, ('door_disc',))).robots
    assert result.arrived_at is None
    assert result.driven == 0


@pytest.mark.parametrize('index', range(4))
def test_a_long_robot_touches_nothing_that_stands(index):
    drawn = draw_episode(21, index, {}, ('long_body',))
    (result,) = run_episode(drawn).robots
    assert result.worst_clearance > drawn.robots[0].config.margin
