"""Poses on the floor: those in space that are flat become one, all others are refused."""

import math

import pytest
from transforms3d.euler import euler2quat

from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.frames.planar import Planar, planar_of


def rotation(roll=0.0, pitch=0.0, yaw=0.0):
    w, x, y, z = euler2quat(roll, pitch, yaw, 'sxyz')
    return x, y, z, w


def test_a_pose_in_space_loses_its_height_and_keeps_its_yaw():
    found = planar_of((1.0, -2.0, 0.7), rotation(yaw=2.5), 'it')
    assert found == pytest.approx((1.0, -2.0, 2.5))


def test_a_quaternion_need_not_have_length_1():
    found = planar_of((0.0, 0.0, 0.0), [3.0 * each for each in rotation(yaw=-1.0)], 'it')
    assert found.yaw == pytest.approx(-1.0)


@pytest.mark.parametrize('yaw', [0.0, 1.0, 3.0])
def test_what_leans_a_little_keeps_its_yaw(yaw):
    lean = math.radians(3.0)
    found = planar_of((0.0, 0.0, 0.0), rotation(lean, lean, yaw), 'it')
    assert found.yaw == pytest.approx(yaw, abs=0.01)


@pytest.mark.parametrize(
    ('turn', 'degrees'),
    [({'roll': 0.2}, 11), ({'pitch': -0.2}, 11), ({'roll': math.pi}, 180), ({'pitch': 1.57}, 90)],
    ids=['rolled', 'pitched', 'upside_down', 'upright'],
)
def test_what_is_not_flat_is_refused(turn, degrees):
    with pytest.raises(InputError, match=f'^it is rolled or pitched by {degrees} degrees; only'):
        planar_of((0.0, 0.0, 0.0), rotation(**turn), 'it')


@pytest.mark.parametrize('bad', [math.nan, math.inf, 1e7])
def test_a_place_that_is_none_is_refused(bad):
    with pytest.raises(InputError, match=r'^it has y .* m; it must be a number up to 1e\+06'):
        planar_of((0.0, bad, 0.0), rotation(), 'it')


@pytest.mark.parametrize('bad', [(0.0, 0.0, 0.0, 0.0), (0.0, 0.0, 0.0, math.nan)])
def test_a_rotation_that_is_none_is_refused(bad):
    with pytest.raises(InputError, match=r'^it has orientation .* which is no rotation'):
        planar_of((0.0, 0.0, 0.0), bad, 'it')


def test_a_velocity_is_turned_and_not_moved():
    assert Planar(5.0, 6.0, 0.5 * math.pi).direction(1.0, 0.0) == pytest.approx((0.0, 1.0))
