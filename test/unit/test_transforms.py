"""Transforms between frames: what is known, what is missing, and sentences that say so."""

import math

import pytest

from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.frames.planar import Planar
from vcp_cbf_safety.frames.transforms import MEMORY, Transforms


def fleet() -> Transforms:
    """Two localised robots, one of them with a scanner."""
    made = Transforms()
    made.add('map', 'odom', Planar(10.0, 0.0, math.pi / 2), 5.0, 50.0)
    made.add('map', 'ann/odom', Planar(0.0, 1.0, 0.0), 4.0, 51.0)
    made.add('odom', 'base_link', Planar(1.0, 0.0, 0.0), 5.5, 52.0)
    made.fix('base_link', 'base_scan', Planar(0.1, 0.0, math.pi))
    return made


@pytest.fixture
def transforms():
    return fleet()


def test_a_frame_is_where_it_is_in_itself(transforms):
    assert transforms.newest('odom', 'odom').pose == Planar()
    assert Transforms().at('odom', 'odom', 5.0) == Planar()


def test_the_newest_transform_goes_up_and_down_the_tree(transforms):
    pose, stamp, received = transforms.newest('odom', 'ann/odom')
    assert pose == pytest.approx((1.0, 10.0, -math.pi / 2))
    # As old as the older of its two parts.
    assert (stamp, received) == (4.0, 50.0)


def test_what_is_fixed_does_not_age(transforms):
    found = transforms.newest('base_link', 'base_scan')
    assert (found.stamp, found.received) == (math.inf, math.inf)
    assert transforms.at('base_link', 'base_scan', -1e6) == found.pose == (0.1, 0.0, math.pi)


def test_between_two_samples_a_transform_is_interpolated_the_shorter_way():
    made = Transforms()
    made.add('a', 'b', Planar(0.0, 2.0, 3.0), 1.0, 1.0)
    made.add('a', 'b', Planar(1.0, 0.0, -3.0), 2.0, 2.0)
    x, y, yaw = made.at('a', 'b', 1.5)
    assert (x, y) == (0.5, 1.0)
    assert math.remainder(yaw - math.pi, math.tau) == pytest.approx(0.0)
    assert made.at('a', 'b', 1.0) == (0.0, 2.0, 3.0)


def test_after_its_newest_sample_a_frame_stays_for_a_moment():
    made = Transforms()
    made.add('a', 'b', Planar(1.0, 0.0, 0.0), 1.0, 1.0)
    assert made.at('a', 'b', 1.2) == (1.0, 0.0, 0.0)
    with pytest.raises(InputError, match=r'from b to a at the time .* it ends 0.21 s too early'):
        made.at('a', 'b', 1.21)


def test_before_its_oldest_sample_a_frame_is_nowhere():
    made = Transforms()
    made.add('a', 'b', Planar(), 1.0, 1.0)
    with pytest.raises(InputError, match=r'from b to a at the time .* it begins 0.50 s too late'):
        made.at('a', 'b', 0.5)


def test_a_frame_that_nobody_sends_is_named(transforms):
    with pytest.raises(
        InputError, match=r"^no transform from cellar to odom: nobody sends where 'cellar' is"
    ):
        transforms.newest('odom', 'cellar')
    with pytest.raises(InputError, match="nobody sends where 'odom' is"):
        Transforms().newest('map', 'odom')


def test_trees_that_are_not_connected_are_named_by_their_roots(transforms):
    transforms.fix('moon', 'crater', Planar())
    with pytest.raises(
        InputError, match=r'^no transform from crater to base_scan: nothing connects moon, .* map'
    ):
        transforms.newest('base_scan', 'crater')


def test_a_frame_with_two_parents_is_refused_until_one_of_them_is_silent(transforms):
    transforms.add('world', 'odom', Planar(), 6.0, 53.0)
    with pytest.raises(InputError, match='odom has two parents, map and world; only one node may'):
        transforms.newest('map', 'odom')
    transforms.add('world', 'odom', Planar(), 7.0, 50.0 + MEMORY + 0.1)
    assert transforms.newest('world', 'odom').pose == Planar()


def test_a_second_parent_that_was_no_use_is_forgotten_too(transforms):
    transforms.refuse('cellar', 'odom', 'it is nowhere', 53.0)
    with pytest.raises(InputError, match='odom has two parents, cellar and map'):
        transforms.newest('map', 'odom')
    transforms.add('map', 'odom', Planar(), 70.0, 53.0 + MEMORY + 0.1)
    assert transforms.newest('map', 'odom').pose == Planar()


def test_two_fixed_parents_stay_two(transforms):
    transforms.fix('wheel', 'base_scan', Planar())
    transforms.add('odom', 'base_link', Planar(), 100.0, 1000.0)
    with pytest.raises(InputError, match='base_scan has two parents, base_link and wheel'):
        transforms.newest('base_link', 'base_scan')


def test_a_loop_is_refused():
    made = Transforms()
    for parent, child in ('ab', 'bc', 'ca'):
        made.fix(parent, child, Planar())
    with pytest.raises(InputError, match='no transform from a to b: a in c in b in a is a loop'):
        made.newest('b', 'a')


@pytest.mark.parametrize(
    ('parent', 'child', 'words'),
    [
        ('a', 'a', 'a transform says where a is in itself'),
        ('', 'a', "a transform from 'a' to '' has a frame without a name"),
        ('a', '', "a transform from '' to 'a' has a frame without a name"),
    ],
)
def test_a_transform_that_is_none_is_refused(parent, child, words):
    with pytest.raises(InputError, match=f'^{words}$'):
        Transforms().fix(parent, child, Planar())


def test_whoever_needs_a_transform_that_is_no_use_is_told_why(transforms):
    transforms.refuse('base_link', 'base_scan', 'it hangs upside down')
    transforms.refuse('base_link', 'camera', 'it looks at the ceiling')
    assert transforms.newest('map', 'base_link').pose.x == pytest.approx(10.0)
    for frame, why in (('base_scan', 'hangs upside down'), ('camera', 'looks at the ceiling')):
        with pytest.raises(InputError, match=f'no transform from {frame} to odom: it {why}'):
            transforms.at('odom', frame, 5.5)
    transforms.fix('base_link', 'base_scan', Planar())
    assert transforms.newest('base_link', 'base_scan').pose == Planar()


def test_when_time_goes_back_the_history_of_that_frame_begins_anew(transforms):
    transforms.add('map', 'odom', Planar(1.0, 0.0, 0.0), 1.0, 60.0)
    assert transforms.newest('map', 'odom') == (Planar(1.0, 0.0, 0.0), 1.0, 60.0)
    with pytest.raises(InputError, match=r'it ends 4\.00 s too early'):
        transforms.at('map', 'odom', 5.0)
    assert transforms.newest('map', 'ann/odom').stamp == 4.0


def test_the_same_transform_again_replaces_only_the_newest_sample():
    made = Transforms()
    made.add('a', 'b', Planar(0.0, 0.0, 0.0), 1.0, 1.0)
    made.add('a', 'b', Planar(1.0, 0.0, 0.0), 2.0, 2.0)
    made.add('a', 'b', Planar(3.0, 0.0, 0.0), 2.0, 2.1)
    assert made.at('a', 'b', 1.5).x == 1.5
    assert made.newest('a', 'b').received == 2.1


def test_only_the_last_seconds_are_remembered():
    made = Transforms()
    for k in range(10_000):
        made.add('a', 'b', Planar(float(k), 0.0, 0.0), 0.01 * k, 0.01 * k)
    assert made.at('a', 'b', 99.99 - MEMORY).x == pytest.approx(9999 - 100 * MEMORY)
    with pytest.raises(InputError, match='too late'):
        made.at('a', 'b', 99.99 - 2.0 * MEMORY - 0.1)


def test_a_flood_of_samples_and_of_frames_has_an_end():
    made = Transforms()
    for k in range(50_000):
        made.add('a', 'b', Planar(), 1e-5 * k, 1e-5 * k)
    with pytest.raises(InputError, match='too late'):
        made.at('a', 'b', 0.1)
    for k in range(999):
        made.fix('a', f'c{k}', Planar())
    with pytest.raises(InputError, match='transforms of more than 1000 frames'):
        made.fix('a', 'one more', Planar())
    assert len(made) == 1000


def test_a_frame_moves_in_those_above_it_unless_it_is_fixed_there(transforms):
    transforms.fix('odom', 'dock', Planar())
    assert transforms.moves_in('base_scan', 'odom')
    assert not transforms.moves_in('dock', 'odom')
    assert not transforms.moves_in('odom', 'odom')
    assert not transforms.moves_in('map', 'odom')
    assert not transforms.moves_in('ann/odom', 'odom')
