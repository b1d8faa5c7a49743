"""An arena in a frame of its own: the filter does what it does when the whole world is turned."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcp_cbf_safety import (
    Arena,
    Circle,
    FilterConfig,
    Hazards,
    RobotState,
    SafetyFilter,
    Twist2D,
)
from vcp_cbf_safety.frames.planar import Planar
from vcp_cbf_safety.hazards.hazards import wall_barriers, walls_of

CONFIG = FilterConfig(
    body_radius=0.2, vcp_offset=0.1, period=0.05, min_speed=-0.3, max_speed=1.0, max_yaw_rate=2.0
)
BOX = Arena(-1.0, -1.5, 2.0, 1.0)

LENGTHS = st.floats(-20.0, 20.0)
POSES = st.builds(Planar, LENGTHS, LENGTHS, st.floats(-math.pi, math.pi))
INSIDE = st.builds(
    Planar, st.floats(-0.7, 1.7), st.floats(-1.2, 0.7), st.floats(-math.pi, math.pi)
)
COMMANDS = st.builds(Twist2D, st.floats(-0.3, 1.0), st.floats(-2.0, 2.0))


def turned(pose: Planar) -> Arena:
    return Arena(BOX.x_min, BOX.y_min, BOX.x_max, BOX.y_max, pose)


def test_an_arena_in_the_world_frame_has_the_walls_of_its_limits() -> None:
    walls = walls_of(BOX)
    assert walls.normals.tolist() == [[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]
    assert walls.offsets.tolist() == [1.0, 2.0, 1.5, 1.0]


@given(POSES, st.lists(st.tuples(LENGTHS, LENGTHS), min_size=1, max_size=5))
def test_walls_are_as_far_away_as_in_their_own_frame(pose, places) -> None:
    points = np.array(places)
    own, world = walls_of(BOX), walls_of(turned(pose))
    expected = wall_barriers(points, own.normals, own.offsets, 0.3)
    found = wall_barriers(pose.places(points), world.normals, world.offsets, 0.3)
    assert np.allclose(found.h, expected.h, atol=1e-9)
    assert np.allclose(np.linalg.norm(world.normals, axis=1), 1.0)
    assert world.names == own.names


@given(POSES, INSIDE, st.floats(-0.3, 0.9), COMMANDS)
def test_the_filter_does_the_same_wherever_the_frame_of_its_hazards_is(
    pose, place, speed, command
) -> None:
    circle = (1.9, 0.9)

    def step(where: Planar, arena: Arena, post: tuple[float, float]) -> tuple[float, float]:
        robot = RobotState(where.x, where.y, where.yaw, speed, 0.0)
        safe = SafetyFilter(CONFIG).step(command, robot, Hazards(arena, [Circle(*post, 0.05)]))
        return safe.v, safe.omega

    expected = step(place, BOX, circle)
    found = step(pose.after(place), turned(pose), pose.place(*circle))
    assert found == pytest.approx(expected, abs=1e-5)
