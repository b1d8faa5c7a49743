"""Robots in MuJoCo: they follow commands, see, touch and count wheels as their models say."""

import math
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip('mujoco', reason='mujoco is not installed; it comes with the extra `physics`')

from vcp_cbf_safety.hazards.hazards import Arena, Circle
from vcp_cbf_safety.motion.unicycle import Twist2D, advance
from vcp_cbf_safety.sim.box import Box
from vcp_cbf_safety.sim.lidar import walls_of_box
from vcp_cbf_safety.sim.physics.model import PhysicsModel, model_names, read_model
from vcp_cbf_safety.sim.physics.plant import PhysicsPlant
from vcp_cbf_safety.sim.physics.scene import PhysicsScene
from vcp_cbf_safety.sim.polygon import near_polygon, outline, sides

ROOM = Arena(-2.0, -1.5, 2.5, 1.8)
POSTS = (Circle(1.5, 0.4, 0.2), Circle(-1.0, -0.9, 0.05))


def drive(plant: PhysicsPlant, twists: list[Twist2D], duration: float) -> list[int]:
    """Repeat commands for a time [s]; the steps in which a contact began."""
    begun = []
    for step in range(round(duration / 0.005)):
        for index, twist in enumerate(twists):
            plant.command(index, twist)
        plant.advance()
        begun += [step] * len(plant.begun)
    return begun


def alone(
    model: PhysicsModel, scene: PhysicsScene | None = None, **options: object
) -> PhysicsPlant:
    return PhysicsPlant([model], [(0.0, 0.0, 0.3)], scene or PhysicsScene(), **options)


@pytest.mark.parametrize('name', model_names())
@pytest.mark.parametrize(('speed', 'turn'), [(1.0, 0.0), (0.7, 0.6), (0.0, -1.0)])
def test_a_robot_reaches_what_it_is_told(name: str, speed: float, turn: float) -> None:
    model = read_model(name)
    plant = alone(model)
    twist = Twist2D(speed * model.max_speed, turn * model.max_yaw_rate)
    drive(plant, [twist], 2.0)
    state = plant.truth(0)
    assert state.speed == pytest.approx(twist.v, abs=0.02 * model.max_speed)
    assert state.yaw_rate == pytest.approx(twist.omega, abs=0.02 * model.max_yaw_rate)
    # From then on it keeps to the arc.
    drive(plant, [twist], 1.0)
    expected = advance((state.x, state.y, state.heading), state.speed, state.yaw_rate, 1.0)
    moved = plant.truth(0)
    assert math.dist((moved.x, moved.y), expected[:2]) < 0.02 * model.max_speed
    assert plant.driven(0).speed == pytest.approx(moved.speed, abs=0.02 * model.max_speed)


@pytest.mark.parametrize('name', model_names())
def test_commands_act_after_the_dead_time_and_end_with_the_watchdog(name: str) -> None:
    model = read_model(name)
    plant = alone(model)
    plant.command(0, Twist2D(model.max_speed, 0.0))
    while plant.time < model.dead_time - 1e-9:
        plant.advance()
    assert abs(plant.truth(0).speed) < 1e-3
    while plant.time < model.dead_time + model.command_timeout:
        plant.advance()
    assert plant.truth(0).speed > 0.5 * model.max_speed
    while plant.time < model.dead_time + model.command_timeout + 2.0:
        plant.advance()
    assert abs(plant.truth(0).speed) < 1e-3


def test_the_same_seed_gives_the_same_run_to_the_last_bit() -> None:
    def run(seed: int) -> list[tuple[float, ...]]:
        model = read_model('turtlebot4')
        plant = PhysicsPlant(
            [model, model], [(0.0, 0.0, 0.0), (0.8, 0.05, 3.0)], PhysicsScene(ROOM, POSTS), seed
        )
        drive(plant, [Twist2D(0.3, 0.4), Twist2D(0.3, -0.2)], 3.0)
        beliefs = [base.odometry() for base in plant.bases]
        return [(*base.pose, b.x, b.y) for base, b in zip(plant.bases, beliefs, strict=True)]

    assert run(4) == run(4)
    assert run(4) != run(5)


@pytest.mark.parametrize('name', model_names())
def test_contacts_begin_when_the_geometry_says_so(name: str) -> None:
    model = read_model(name)
    front = max((x for x, _ in model.footprint), default=model.radius)
    ahead = front + 0.3
    scenes = {
        'circle': PhysicsScene(circles=(Circle(ahead + 0.1, 0.0, 0.1),)),
        'box': PhysicsScene(boxes=(Box(ahead + 0.2, 0.0, 0.0, 0.4, 3.0),)),
        'wall': PhysicsScene(arena=Arena(-2.0, -2.0, ahead, 2.0)),
    }
    for kind, scene in scenes.items():
        plant = PhysicsPlant([model], [(0.0, 0.0, 0.0)], scene)
        while not plant.begun:
            assert plant.time < 10.0, f'{kind} was never touched'
            plant.command(0, Twist2D(0.2, 0.0))
            plant.advance()
        # Within what the robot drives in a step, and the give of the wheels.
        assert plant.truth(0).x == pytest.approx(0.3, abs=0.004), kind
        ((_, body),) = plant.begun
        assert body >= 1
        drive(plant, [Twist2D(0.2, 0.0)], 1.0)
        assert plant.truth(0).x < 0.32, f'it went into the {kind}'


def test_robots_touch_where_their_outlines_meet() -> None:
    model = read_model('warehouse_robot')
    plant = PhysicsPlant([model, model], [(0.0, 0.0, 0.0), (1.2, 0.3, 1.2)], PhysicsScene())
    free = math.inf
    while not plant.begun:
        assert plant.time < 10.0
        plant.command(0, Twist2D(0.3, 0.0))
        plant.advance()
        first, second = (outline(model.footprint, base.pose) for base in plant.bases)
        free = float(near_polygon(first, second).free[0])
    assert plant.begun == [(0, 1)]
    assert abs(free) < 0.005


def test_a_contact_counts_once_while_it_lasts() -> None:
    model = read_model('turtlebot4')
    plant = alone(model, PhysicsScene(circles=(Circle(0.5, 0.15, 0.1),)))
    begun = drive(plant, [Twist2D(0.3, 0.0)], 4.0)
    assert len(begun) == 1


def test_a_pushed_robot_is_known_as_pushed() -> None:
    model = read_model('turtlebot4')
    plant = PhysicsPlant([model, model], [(0.0, 0.0, 0.0), (0.5, 0.0, 0.0)], PhysicsScene())
    drive(plant, [Twist2D(0.3, 0.0), Twist2D(0.0, 0.0)], 2.0)
    assert plant.truth(1).x > 0.52
    assert plant.pushed(1)
    assert not plant.pushed(1, but=0)
    assert abs(plant.driven(1).speed) < 1e-6


@pytest.mark.parametrize('name', model_names())
def test_a_ram_from_the_side_does_not_turn_a_robot_over(name: str) -> None:
    model = read_model(name)
    gap = 2.0 * model.radius + 0.1
    starts = [(0.0, 0.0, 0.0), (gap, 0.03, 1.6), (-gap, -0.02, 2.5)]
    plant = PhysicsPlant([model] * 3, starts, PhysicsScene(Arena(-3.0, -0.6, 1.6, 0.6)))
    full = model.max_speed
    drive(plant, [Twist2D(full, 0.0), Twist2D(0.0, 0.0), Twist2D(-full, 0.3)], 6.0)
    assert max(plant.tilt(index) for index in range(3)) < math.radians(5.0)


@pytest.mark.parametrize('name', ['turtlebot4', 'warehouse_robot'])
def test_scans_are_those_of_the_flat_simulator(name: str) -> None:
    model = replace(read_model(name), scan_noise=0.0)
    box = Box(0.3, -1.0, 0.4, 0.5, 0.3)
    poses = [(0.1, 0.2, 0.7), (-1.1, 0.6, -0.4)]
    plant = PhysicsPlant([model, model], poses, PhysicsScene(ROOM, POSTS, (box,)))
    mount = model.scan_mount
    seen = plant.scan(0, model.lidar, mount, np.random.default_rng(0))
    x, y, heading = plant.bases[0].pose
    at = outline([mount[:2]], (x, y, heading))[0]
    discs = [(c.x, c.y, c.radius) for c in POSTS]
    walls = [walls_of_box(ROOM), sides(box.corners)]
    if model.footprint:
        walls.append(sides(outline(model.footprint, plant.bases[1].pose)))
    else:
        discs.append((*plant.bases[1].pose[:2], model.radius))
    exact = model.lidar.scan(
        np.array((*at, heading + mount[2])), np.array(discs), np.concatenate(walls),
        np.random.default_rng(0),
    )  # fmt: skip
    # Beams that just pass, or just meet, an edge may differ.
    close = np.isclose(seen, exact, atol=2e-3)
    assert close.mean() > 0.99


def test_counted_wheels_drift_and_a_localisation_does_not() -> None:
    model = replace(read_model('turtlebot3_burger'), odometry_delay=0.0)
    errors = {}
    for counted in (True, False):
        plant = alone(model, seed=3, counted=counted)
        drive(plant, [Twist2D(0.2, 0.5)], 20.0)
        drive(plant, [Twist2D(0.0, 0.0)], 1.0)
        truth, belief = plant.truth(0), plant.bases[0].odometry()
        errors[counted] = math.hypot(belief.x - truth.x, belief.y - truth.y)
    assert 0.01 < errors[True] < 0.5
    assert errors[False] < 4.5 * model.position_noise


def test_odometry_comes_with_its_age() -> None:
    model = read_model('turtlebot4')
    plant = alone(model)
    ages = []
    for _ in range(200):
        plant.command(0, Twist2D(0.3, 0.0))
        plant.advance()
        ages.append(plant.bases[0].odometry().age)
    settled = ages[40:]
    assert min(settled) == pytest.approx(model.odometry_delay)
    assert max(settled) < model.odometry_period + model.odometry_delay
