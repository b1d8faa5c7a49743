"""Robots with physics by name: ground truth, time, and what begins a contact."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip('mujoco', reason='mujoco is not installed; it comes with the extra `physics`')

from vcp_cbf_safety.hazards.hazards import Arena, Circle
from vcp_cbf_safety.motion.unicycle import Twist2D
from vcp_cbf_safety.sim.box import Box
from vcp_cbf_safety.sim.physics.model import read_model
from vcp_cbf_safety.sim.physics.scene import PhysicsScene
from vcp_cbf_safety.sim.physics.touches import HOLD, Touches
from vcp_cbf_safety.sim.physics.world import PhysicsWorld
from vcp_cbf_safety.sim.world import World

ROOM = Arena(-3.0, -2.0, 3.0, 2.0)
POSTS = (Circle(1.4, 0.9, 0.2), Circle(-1.5, 0.8, 0.1, name='pillar'))


@pytest.mark.parametrize('name', ['turtlebot4', 'warehouse_robot'])
def test_clearances_are_those_of_the_flat_world(name: str) -> None:
    model = read_model(name)
    starts = {'a': (0.0, 0.1, 0.4), 'b': (0.2, -1.2, -1.0)}
    physics = PhysicsWorld(starts, model, PhysicsScene(ROOM, POSTS))
    flat = World(starts, base=model.base, arena=ROOM, obstacles=POSTS)
    for each in starts:
        assert physics.worst_clearance(each) == pytest.approx(flat.worst_clearance(each), abs=1e-3)


def test_clearances_know_boxes_wherever_they_are() -> None:
    model = read_model('turtlebot4')
    far = Box(5.0, 5.0, 0.3, 1.0, 1.0)
    boxes = (far, Box(0.6, 0.0, 0.0, 0.2, 4.0))
    world = PhysicsWorld({'a': (0.0, 0.0, 0.0)}, model, PhysicsScene(boxes=boxes))
    assert world.worst_clearance('a') == pytest.approx(0.5 - model.radius, abs=1e-3)
    for _ in range(60):
        world.command('a', Twist2D(0.3, 0.0))
        world.step(0.05)
    (hit,) = world.collisions('a')
    assert hit.against == 'box1'
    assert hit.x == pytest.approx(0.5 - model.radius, abs=5e-3)
    assert -5e-3 < world.worst_clearance('a') < 1e-3


def test_time_passes_in_whole_steps_and_none_is_lost() -> None:
    world = PhysicsWorld({'a': (0.0, 0.0, 0.0)}, read_model('turtlebot4'), PhysicsScene())
    for _ in range(100):
        world.step(0.0033)
    assert world.time == pytest.approx(0.33, abs=0.005)
    world.command('a', Twist2D(math.nan, 0.0))
    world.step(0.1)
    assert world.state('a').speed == pytest.approx(0.0, abs=1e-3)


def test_a_contact_of_two_robots_is_listed_with_both() -> None:
    starts = {'a': (0.0, 0.0, 0.0), 'b': (0.5, 0.0, 0.0)}
    world = PhysicsWorld(starts, read_model('turtlebot3_burger'), PhysicsScene())
    for _ in range(80):
        world.command('a', Twist2D(0.2, 0.0))
        world.step(0.05)
    assert [each.against for each in world.collisions('a')] == ['b']
    assert [each.against for each in world.collisions('b')] == ['a']


@settings(max_examples=50)
@given(st.lists(st.floats(0.01, 1.0), min_size=1, max_size=20))
def test_a_pair_touches_anew_only_after_the_hold(gaps: list[float]) -> None:
    touches, now, expected, begun = Touches(), 10.0, 1, 0
    begun += len(touches.begun(now, [(3, 1)]))
    for gap in gaps:
        now += gap
        expected += gap > HOLD
        begun += len(touches.begun(now, [(1, 3), (3, 1)]))
        assert touches.partners(1, now) == [3]
    assert begun == expected
    assert touches.partners(1, now + 2.0 * HOLD) == []
