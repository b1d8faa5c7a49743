"""The last check: after every command the robot must still be able to stop."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vcp_cbf_safety import (
    Arena,
    Circle,
    FilterConfig,
    Hazards,
    Peer,
    RobotState,
    SafetyFilter,
    Twist2D,
)
from vcp_cbf_safety.checks.foresight import dynamic_obstacles_of
from vcp_cbf_safety.checks.rollout import Checked, safe_scale
from vcp_cbf_safety.checks.surroundings import Surroundings
from vcp_cbf_safety.hazards.hazards import discs_of
from vcp_cbf_safety.hazards.scene import scene_of
from vcp_cbf_safety.motion.braking import stopping_distance
from vcp_cbf_safety.motion.prediction import Ahead
from vcp_cbf_safety.motion.response import respond
from vcp_cbf_safety.motion.stop_fan import stopping_trajectory
from vcp_cbf_safety.motion.stopping_trajectory import longest_stop
from vcp_cbf_safety.motion.unicycle import STANDING, advance
from vcp_cbf_safety.qp.assembly import kept_discs, total_inflation

CONFIG = FilterConfig(
    body_radius=0.15,
    vcp_offset=0.09,
    period=0.02,
    min_speed=-0.8,
    max_speed=1.1,
    max_yaw_rate=2.5,
    max_acceleration=0.5,
    max_deceleration=0.5,
    max_yaw_acceleration=4.7,
    actuation_delay=0.0,
    velocity_lag=0.1,
)
INFLATION = total_inflation(CONFIG)
KEPT = kept_discs(CONFIG)


def checked(command: Twist2D, robot: RobotState, hazards: Hazards) -> Checked:
    scene = scene_of(hazards)
    now = scene.barriers(np.array([[robot.x, robot.y]]), INFLATION)
    alone = np.full(len(scene.names), math.inf)
    around = Surroundings(scene, KEPT, now.h, now.normals, alone)
    return safe_scale(
        CONFIG, command, [Ahead(robot)], around, command, command, Checked(1.0), CONFIG.period
    )


def scale(command: Twist2D, robot: RobotState, hazards: Hazards) -> float:
    return checked(command, robot, hazards).scale


def test_straight_stop_ends_within_the_stopping_distance() -> None:
    for speed in (0.1, 0.5, 1.1, -0.8):
        robot = RobotState(0.0, 0.0, 0.0, speed=speed)
        path = stopping_trajectory(CONFIG, robot, Twist2D(speed, 0.0)).points
        gone = abs(float(path[-1, 0]))
        assert 0.6 * stopping_distance(CONFIG, speed) < gone
        assert gone <= stopping_distance(CONFIG, speed) + 1e-9


def test_robot_told_to_reverse_still_rolls_forward() -> None:
    path = stopping_trajectory(
        CONFIG, RobotState(0.0, 0.0, 0.0, speed=0.8), Twist2D(-0.8, 0.0)
    ).points
    assert path[:, 0].max() > 0.3


def test_turning_into_the_wall_beside_a_rolling_robot_is_refused() -> None:
    """Every row holds here: the command moves away from the wall, the body does not."""
    wall = Hazards(arena=Arena(-10.0, 0.0, 10.0, 10.0))
    robot = RobotState(0.0, INFLATION + 0.02, 0.0, speed=0.8, yaw_rate=-0.2)
    assert scale(Twist2D(-0.8, -2.5), robot, wall) < 0.5
    assert scale(Twist2D(-0.8, 0.0), robot, wall) == 1.0
    assert scale(Twist2D(0.8, 0.0), robot, wall) == 1.0


def test_command_far_from_everything_passes() -> None:
    assert scale(Twist2D(1.1, 2.5), RobotState(0.0, 0.0, 0.0, speed=1.1), Hazards()) == 1.0
    distant = Hazards(circles=[Circle(9.0, 9.0, 0.5)])
    assert scale(Twist2D(1.1, 2.5), RobotState(0.0, 0.0, 0.0, speed=1.1), distant) == 1.0


def test_robot_that_stands_may_turn_anywhere() -> None:
    wall = Hazards(arena=Arena(-10.0, 0.0, 10.0, 10.0))
    robot = RobotState(0.0, INFLATION - 0.01, 1.0)
    assert scale(Twist2D(0.0, 2.5), robot, wall) == 1.0


@pytest.mark.parametrize('seed', range(8))
def test_hard_turns_beside_a_wall_never_touch_it(seed: int) -> None:
    """Closed loop with a base that brakes slowly and turns quickly, driven bang-bang."""
    rng = np.random.default_rng(seed)
    safety_filter = SafetyFilter(CONFIG)
    wall = Hazards(arena=Arena(-50.0, 0.0, 50.0, 50.0))
    state = RobotState(0.0, INFLATION + 0.3, 0.0)
    nominal, nearest = Twist2D(1.1, 0.0), math.inf
    for step in range(1500):
        if step % 40 == 0:
            nominal = Twist2D(float(rng.choice((-0.8, 1.1))), float(rng.choice((-2.5, 0.0, 2.5))))
        command = safety_filter.step(nominal, state, wall)
        pose, v, omega = (state.x, state.y, state.heading), state.speed, state.yaw_rate
        for _ in range(4):
            v, mean_v = respond(v, command.v, 0.005, 0.1, 0.5)
            omega, mean_omega = respond(omega, command.omega, 0.005, 0.1, 4.7)
            pose = advance(pose, mean_v, mean_omega, 0.005)
            nearest = min(nearest, pose[1] - CONFIG.body_radius)
        state = RobotState(*pose, speed=v, yaw_rate=omega)
    assert nearest >= CONFIG.margin


@pytest.mark.parametrize('bias', [0.0, 0.002, 0.009])
@pytest.mark.parametrize('leaving', [Twist2D(-0.3, 0.0), Twist2D(0.0, 1.0)], ids=['back', 'turn'])
def test_robot_at_the_edge_of_its_margin_leaves_though_its_odometry_creeps(
    bias: float, leaving: Twist2D
) -> None:
    """Odometry of a standing robot may well say a few millimetres per second."""
    robot = RobotState(0.0, 0.0, 0.0, speed=bias)
    edge = INFLATION - 0.005
    for hazards in (
        Hazards(arena=Arena(-9.0, -9.0, edge, 9.0)),
        Hazards(circles=[Circle(edge + 0.2, 0.0, 0.2)]),
        Hazards(peers=[Peer(edge + 0.2, 0.0, math.pi, 0.0, 0.0, 0.2, responsibility=0.5)]),
    ):
        command = SafetyFilter(CONFIG).step(leaving, robot, hazards)
        assert (command.v, command.omega) == (leaving.v, leaving.omega)


def test_a_turn_is_looked_at_where_the_robot_may_roll_to_either_side() -> None:
    """Told to turn on the spot, it may still roll forward or back, by how hard its base brakes."""
    starts = [Ahead(RobotState(0.0, 0.0, 0.0, speed=v)) for v in (0.6, -0.5)]
    away = INFLATION + 0.05
    behind = Hazards(circles=[Circle(away * math.cos(2.02), away * math.sin(2.02), 0.05)])
    scene = scene_of(behind)
    now = scene.barriers(np.zeros((1, 2)), INFLATION)
    around = Surroundings(scene, KEPT, now.h, now.normals, np.array([math.inf]))
    told = Twist2D(0.0, 0.5)
    assert (
        safe_scale(CONFIG, told, starts, around, told, told, Checked(1.0), CONFIG.period).scale
        < 1.0
    )


@given(
    v=st.floats(-0.2, 1.1),
    omega=st.floats(-2.5, 2.5),
    speed=st.floats(-0.2, 1.1),
    yaw_rate=st.floats(-2.5, 2.5),
    angle=st.floats(-math.pi, math.pi),
    gap=st.floats(0.0, 1.5),
    radius=st.floats(0.05, 3.0),
)
@settings(max_examples=500)
def test_way_that_is_passed_without_a_look_is_one_that_the_roll_out_passes(
    v: float, omega: float, speed: float, yaw_rate: float, angle: float, gap: float, radius: float
) -> None:
    robot = RobotState(0.3, -0.2, 0.7, speed=speed, yaw_rate=yaw_rate)
    reach = INFLATION + radius + gap
    x, y = robot.x + reach * math.cos(angle), robot.y + reach * math.sin(angle)
    hazards = Hazards(circles=[Circle(x, y, radius)])
    command = Twist2D(v, omega)
    passed = scale(command, robot, hazards) == 1.0
    scene = scene_of(hazards)
    now = scene.barriers(np.array([[robot.x, robot.y]]), INFLATION)
    path = stopping_trajectory(CONFIG, robot, command).points
    floor = np.minimum(now.h[0], 0.0) - 1e-9 - stopping_distance(CONFIG, STANDING.v)
    touched = (scene.barriers(path, INFLATION).h < floor).any()
    assert not (passed and touched)


def scale_in(command: Twist2D, starts: list[Ahead], around: Surroundings) -> float:
    """What goes out of a command that nothing has come before."""
    before = Checked(1.0)
    return safe_scale(
        CONFIG, command, starts, around, command, command, before, CONFIG.period
    ).scale


@pytest.mark.parametrize('seed', range(2))
def test_what_goes_out_beside_a_wall_and_a_peer_passes_the_check_of_the_wall_alone(
    seed: int,
) -> None:
    """Where both cut, the scale that is left has been checked against both."""
    rng = np.random.default_rng(seed)
    both_cut = 0
    for _ in range(300):
        state = RobotState(0.0, 0.0, 0.0, speed=float(rng.uniform(0.0, 0.9)),
                           yaw_rate=float(rng.uniform(-1.0, 1.0)))  # fmt: skip
        told = Twist2D(float(rng.uniform(0.3, 1.1)), float(rng.uniform(-2.0, 2.0)))
        wall = Arena(-9.0, -INFLATION - float(rng.uniform(0.0, 0.3)), 9.0, 9.0)
        away, bearing = float(rng.uniform(0.5, 1.5)), float(rng.uniform(-0.5, 1.0))
        peer = Peer(away * math.cos(bearing), away * math.sin(bearing), math.pi, 0.3, 0.0, 0.2)
        hazards = Hazards(arena=wall, peers=[peer])
        scene, starts = scene_of(hazards), [Ahead(state)]
        now = scene.barriers(np.zeros((1, 2)), INFLATION)
        stop = longest_stop(CONFIG, starts, told, CONFIG.velocity_lag)
        moving = dynamic_obstacles_of(
            CONFIG, discs_of(hazards), scene, now.h[0], INFLATION, stop, starts
        )
        alone = np.full(len(scene.names), math.inf)
        around = Surroundings(scene, KEPT, now.h, now.normals, alone, moving)
        blind = around._replace(dynamic_obstacles=None)

        found, walls = (scale_in(told, starts, near) for near in (around, blind))
        left = Twist2D(found * told.v, found * told.omega)
        assert found == 0.0 or scale_in(left, starts, blind) == 1.0
        both_cut += found < walls < 1.0
    assert both_cut > 3
