"""Whatever the tree, a transform is the product of matrices along it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from transforms3d.affines import compose
from transforms3d.euler import euler2mat, euler2quat

from vcp_cbf_safety.frames.planar import Planar, planar_of
from vcp_cbf_safety.frames.transforms import Transforms

LENGTHS = st.floats(-100.0, 100.0)
ANGLES = st.floats(-math.pi, math.pi)
POSES = st.builds(Planar, LENGTHS, LENGTHS, ANGLES)


def matrix(pose: Planar) -> np.ndarray:
    """(4, 4)."""
    return compose((pose.x, pose.y, 0.0), euler2mat(0.0, 0.0, pose.yaw), np.ones(3))


@st.composite
def trees(draw: st.DrawFn) -> list[tuple[int, Planar]]:
    """Parent and pose of the frames 1, 2, ...; frame 0 is the root."""
    size = draw(st.integers(1, 6))
    return [(draw(st.integers(0, child)), draw(POSES)) for child in range(size)]


def in_root(tree: list[tuple[int, Planar]], frame: int) -> np.ndarray:
    found = np.eye(4)
    while frame:
        frame, pose = tree[frame - 1]
        found = matrix(pose) @ found
    return found


@given(trees(), st.data())
def test_a_transform_is_the_product_of_those_along_the_tree(tree, data):
    made = Transforms()
    for number, (parent, pose) in enumerate(tree, start=1):
        if data.draw(st.booleans()):
            made.fix(f'f{parent}', f'f{number}', pose)
        else:
            made.add(f'f{parent}', f'f{number}', pose, 7.0, 7.0)
    frames = st.integers(0, len(tree))
    source, target = data.draw(frames), data.draw(frames)
    oracle = np.linalg.inv(in_root(tree, target)) @ in_root(tree, source)
    for pose in (
        made.newest(f'f{target}', f'f{source}').pose,
        made.at(f'f{target}', f'f{source}', 7.0),
    ):
        assert np.allclose(matrix(pose), oracle, atol=1e-9)


@given(POSES, POSES, LENGTHS, LENGTHS)
def test_one_transform_after_another_is_their_product(first, second, x, y):
    assert np.allclose(matrix(second.after(first)), matrix(second) @ matrix(first), atol=1e-9)
    assert np.allclose(matrix(first.inverse()), np.linalg.inv(matrix(first)), atol=1e-9)
    moved = matrix(first) @ (x, y, 0.0, 1.0)
    assert first.place(x, y) == pytest.approx(moved[:2].tolist(), abs=1e-9)
    assert np.allclose(first.places(np.array([[x, y]])), moved[:2], atol=1e-9)
    assert first.direction(x, y) == pytest.approx(
        (matrix(first)[:2, :2] @ (x, y)).tolist(), abs=1e-9
    )


@given(POSES, st.floats(-0.06, 0.06), st.floats(-0.06, 0.06), st.floats(0.1, 10.0))
def test_what_leans_a_little_is_seen_from_above(pose, roll, pitch, length):
    w, x, y, z = (length * each for each in euler2quat(roll, pitch, pose.yaw, 'sxyz'))
    found = planar_of((pose.x, pose.y, 3.0), (x, y, z, w), 'it')
    assert (found.x, found.y) == (pose.x, pose.y)
    assert math.remainder(found.yaw - pose.yaw, math.tau) == pytest.approx(0.0, abs=1e-9)


@given(
    st.lists(st.tuples(st.floats(0.05, 0.4), POSES), min_size=2, max_size=8),
    st.floats(0.0, 1.0),
)
def test_between_its_samples_a_frame_is_on_the_way_from_one_to_the_next(steps, share):
    made, time, times = Transforms(), 100.0, []
    for step, pose in steps:
        time += step
        times.append(time)
        made.add('a', 'b', pose, time, time)
    asked = times[0] + share * (times[-1] - times[0])
    found = made.at('a', 'b', asked)
    for axis in range(2):
        values = [pose[axis] for _, pose in steps]
        assert found[axis] == pytest.approx(np.interp(asked, times, values), abs=1e-6)
    yaws = np.unwrap([pose.yaw for _, pose in steps])
    turned = math.remainder(found.yaw - np.interp(asked, times, yaws), math.tau)
    assert turned == pytest.approx(0.0, abs=1e-6)
