"""What a marker covers: round, square, oval, tilted and list markers, and those that are none."""

import math
from itertools import pairwise

import numpy as np
import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from geometry_msgs.msg import Point, Quaternion
from hypothesis import example, given
from hypothesis import strategies as st
from visualization_msgs.msg import Marker, MarkerArray

from vcp_cbf_safety import Circle
from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.ros.markers import circle_of, discs_of, markers_of

SINGLES = [Marker.CYLINDER, Marker.SPHERE, Marker.CUBE]
LISTS = [Marker.SPHERE_LIST, Marker.CUBE_LIST, Marker.POINTS]
UPRIGHT = (0.0, 0.0, 0.0, 1.0)


def marker(
    kind=Marker.CYLINDER, frame='map', x=1.0, scale=(0.4, 0.4, 1.0), turn=UPRIGHT, points=(),
):  # fmt: skip
    made = Marker(ns='shelf', id=3, type=kind)
    made.header.frame_id = frame
    made.pose.position.x, made.pose.position.y = x, 2.0
    made.pose.orientation = Quaternion(**dict(zip('xyzw', turn, strict=True)))
    made.scale.x, made.scale.y, made.scale.z = scale
    made.points = [Point(x=p[0], y=p[1], z=p[2]) for p in points]
    return next(iter(markers_of(MarkerArray(markers=[made]))))


def circle(*args, **options):
    return circle_of(marker(*args, **options), 'map')


def discs(kind, *points, **options):
    return discs_of(marker(kind, points=points, **options), 'map')


def matrix(turn):
    x, y, z, w = np.array(turn) / math.hypot(*turn)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


@pytest.mark.parametrize('kind', [Marker.CYLINDER, Marker.SPHERE])
def test_a_round_marker_becomes_a_circle_of_half_its_scale(kind):
    assert circle(kind) == Circle(1.0, 2.0, 0.2, name='shelf/3')


def test_an_oval_marker_is_covered_by_its_longer_side():
    assert circle(scale=(0.2, 0.6, 1.0)).radius == pytest.approx(0.3)


@pytest.mark.parametrize('angle', [0.0, 0.4, 2.0])
def test_a_cube_is_covered_by_the_disc_around_its_footprint(angle):
    turn = (0.0, 0.0, math.sin(angle / 2), math.cos(angle / 2))
    made = circle(Marker.CUBE, scale=(0.6, 0.8, 9.0), turn=turn)
    assert made == Circle(1.0, 2.0, 0.5, name='shelf/3')


def test_a_pole_that_has_fallen_over_is_as_long_as_it_was_high():
    flat = (math.sin(math.pi / 4), 0.0, 0.0, math.cos(math.pi / 4))
    assert circle(scale=(0.4, 0.4, 2.0), turn=flat).radius == pytest.approx(math.hypot(1.0, 0.2))


def test_a_marker_that_leans_a_little_grows_a_little():
    lean = (math.sin(0.005), 0.0, 0.0, math.cos(0.005))
    assert circle(scale=(0.4, 0.4, 2.0), turn=lean).radius == pytest.approx(0.21, abs=1e-3)


def test_an_orientation_of_zeros_was_not_set_and_turns_nothing():
    assert circle(turn=(0.0,) * 4) == circle()


sizes = st.floats(0.01, 3.0)
turns = st.tuples(*[st.floats(-1.0, 1.0)] * 4).filter(lambda q: math.hypot(*q) > 0.1)


@given(kind=st.sampled_from(SINGLES), scale=st.tuples(sizes, sizes, sizes), turn=turns)
@example(kind=Marker.CUBE, scale=(1.0, 1.0, 1.0), turn=(0.3, 0.3, 0.1, 0.9))
def test_no_part_of_a_marker_sticks_out_of_its_disc_however_it_is_turned(kind, scale, turn):
    made = circle(kind, scale=scale, turn=turn)
    u, v = np.meshgrid(np.linspace(0.0, 2.0 * np.pi, 25), np.linspace(-1.0, 1.0, 9))
    if kind == Marker.SPHERE:
        flat = np.sqrt(1.0 - v * v)
        surface = np.stack((flat * np.cos(u), flat * np.sin(u), v))
    elif kind == Marker.CYLINDER:
        surface = np.stack((np.cos(u), np.sin(u), v))
    else:
        surface = np.array([[a, b, c] for a in (-1, 1) for b in (-1, 1) for c in (-1, 1)]).T
    parts = 0.5 * np.array(scale)[:, None] * surface.reshape(3, -1)
    aside = np.hypot(*(matrix(turn) @ parts)[:2])
    assert aside.max() <= made.radius + 1e-9


@pytest.mark.parametrize(
    ('kind', 'radius'),
    [(Marker.SPHERE_LIST, 0.3), (Marker.CUBE_LIST, 0.25), (Marker.POINTS, 0.25)],
)
def test_every_point_of_a_list_is_a_disc_named_by_its_index(kind, radius):
    scale = (0.6, 0.2, 0.2) if kind == Marker.SPHERE_LIST else (0.3, 0.4, 0.2)
    made = discs(kind, (0.0, 0.0, 0.0), (1.0, -1.0, 5.0), scale=scale)
    assert len(made) == 2
    assert made.radius == pytest.approx(radius)
    assert made.circle(0) == Circle(1.0, 2.0, made.radius, name='shelf/3[0]')
    assert made.circle(1) == Circle(2.0, 1.0, made.radius, name='shelf/3[1]')


@given(kind=st.sampled_from(LISTS), turn=turns, point=st.tuples(*[st.floats(-9.0, 9.0)] * 3))
def test_position_and_orientation_of_a_list_apply_to_its_points(kind, turn, point):
    moved = (matrix(turn) @ point)[:2] - (-1.0, -2.0)
    assert discs(kind, point, turn=turn).centers[0] == pytest.approx(moved, abs=1e-9)


def test_a_list_without_points_is_nothing():
    assert len(discs(Marker.SPHERE_LIST, scale=(0.0, 0.0, 0.0))) == 0


@pytest.mark.parametrize(
    ('options', 'reason'),
    [
        (
            {'kind': Marker.TRIANGLE_LIST},
            r'type TRIANGLE_LIST \(11\); an obstacle must be a CYLINDER, S',
        ),
        (
            {'kind': 77},
            r'type number \(77\); .* CUBE_LIST, POINTS, LINE_STRIP or LINE_LIST',
        ),
        ({'frame': 'odom'}, "in frame 'odom'"),
        ({'x': math.inf}, 'x inf; it must be finite'),
        ({'x': 1e9}, 'x 1000000000.0; it must be finite, and within 1e'),
        ({'scale': (0.0, 0.0, 1.0)}, 'scale 0.0 m; its diameter must be positive'),
        ({'scale': (math.nan, 1.0, 1.0)}, 'scale nan'),
        ({'scale': (0.4, math.inf, 1.0)}, 'scale inf'),
        ({'turn': (0.5, 0.0, 0.0, 0.5), 'scale': (0.4, 0.4, math.nan)}, 'is tilted and has scale'),
        ({'turn': (0.0, 0.0, math.nan, 1.0)}, 'which is no rotation'),
        ({'turn': (0.0, 0.0, 0.0, 1e-9)}, 'which is no rotation'),
    ],
)
def test_a_marker_that_is_no_disc_is_refused_by_name(options, reason):
    with pytest.raises(InputError, match=f'marker shelf/3 .*{reason}'):
        circle(**options)


@pytest.mark.parametrize('bad', [math.nan, -math.inf, 1e7])
@pytest.mark.parametrize('axis', range(3))
def test_a_list_with_a_point_that_is_nowhere_is_refused_as_a_whole(bad, axis):
    point = [0.0, 0.0, 0.0]
    point[axis] = bad
    with pytest.raises(InputError, match=r'marker shelf/3 has point 1 at \(.*must be finite'):
        discs(Marker.POINTS, (0.0, 0.0, 0.0), point)


@pytest.mark.parametrize('kind', LISTS)
def test_a_list_in_another_frame_or_without_size_is_refused(kind):
    with pytest.raises(InputError, match="in frame 'odom'"):
        discs(kind, (0.0, 0.0, 0.0), frame='odom')
    with pytest.raises(InputError, match='diameter must be positive'):
        discs(kind, (0.0, 0.0, 0.0), scale=(0.0, 0.0, 1.0))


@pytest.mark.parametrize('kind', [Marker.LINE_STRIP, Marker.LINE_LIST])
@pytest.mark.parametrize('width', [0.02, 0.1, 0.6])
def test_lines_are_covered_and_hardly_more(kind, width):
    ends = [(0.0, 0.0, 0.0), (1.3, 0.4, 0.0), (-0.2, 0.9, 1.0), (-0.2, 0.9, 1.0)]
    turn = (0.0, 0.0, math.sin(0.4), math.cos(0.4))
    found = discs(kind, *ends, scale=(width, 0.0, 0.0), turn=turn)
    lines = pairwise(ends) if kind == Marker.LINE_STRIP else (ends[:2], ends[2:])
    turned = matrix(turn)[:2, :2]
    covered = []
    for start, end in lines:
        first, last = (turned @ np.array(each[:2]) + (1.0, 2.0) for each in (start, end))
        along = last - first
        side = np.array((-along[1], along[0])) / max(np.hypot(*along), 1e-9)
        for share in np.linspace(0.0, 1.0, 50):
            for off in (-0.5, 0.0, 0.5):
                covered.append(first + share * along + off * width * side)
        assert np.hypot(*(found.centers - first).T).min() < 0.06
    away = np.hypot(*(np.array(covered)[:, None] - found.centers).T)
    assert away.min(axis=0).max() <= found.radius + 1e-9
    assert found.radius - 0.5 * width < 0.026


@pytest.mark.parametrize(
    ('kind', 'points', 'width', 'words'),
    [
        (Marker.LINE_LIST, 3, 0.1, 'has 3 points; a LINE_LIST has two for each line'),
        (Marker.LINE_STRIP, 3, 0.0, r'has scale.x 0.0 m; it is the width of its lines'),
        (Marker.LINE_STRIP, 3, math.nan, r'has scale.x nan m'),
        (Marker.LINE_STRIP, 5000, 0.1, r'has lines of 4999 m; it must have at most 2500 m'),
    ],
)
def test_lines_that_are_none_are_refused(kind, points, width, words):
    places = [(float(i), 0.0, 0.0) for i in range(points)]
    with pytest.raises(InputError, match=words):
        discs(kind, *places, scale=(width, 0.0, 0.0))


def test_a_line_strip_of_one_point_is_nothing():
    assert len(discs(Marker.LINE_STRIP, (0.0, 0.0, 0.0), scale=(0.1, 0.0, 0.0))) == 0
