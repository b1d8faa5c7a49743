"""A footprint is read strictly; what is no outline of a robot is refused with a sentence."""

import pytest

from vcp_cbf_safety.body.footprint import corners_of
from vcp_cbf_safety.errors import ConfigurationError

RECTANGLE = ((0.45, 0.25), (-0.45, 0.25), (-0.45, -0.25), (0.45, -0.25))


def test_a_footprint_is_read_as_nav2_writes_it():
    text = ' [[0.45, 0.25], [-0.45, 0.25],\n [-0.45, -.25], [0.45, -0.25]] '
    assert corners_of(text) == RECTANGLE


def test_clockwise_corners_are_turned_round():
    assert corners_of(str([list(corner) for corner in reversed(RECTANGLE)])) == RECTANGLE


@pytest.mark.parametrize(
    ('text', 'sentence'),
    [
        ('', "footprint is ''; it must be a list of corners"),
        ('0.5', 'it must be a list of corners'),
        ('((1, 1), (-1, 1), (0, -1))', 'it must be a list of corners'),
        ('[[1, 1], [-1, 1], [0, -1]', 'it must be a list of corners'),
        ('[[1, 1], [-1, 1], [nan, -1]]', 'it must be a list of corners'),
        ('[' * 3000, 'it must be a list of corners'),
        ('[[1, 1], [-1, 1]' + ', [0, -1]' * 2000 + ']', 'letters; it must be a list of corners'),
        ('[[1, 1], [-1, 1], [0, -1, 2]]', r'footprint\[2\] is \[0, -1, 2\]; it must be \[x, y\]'),
        ('[1, 1, -1]', r'footprint\[0\] is 1; it must be \[x, y\]'),
        ('[[1, 1], [-1, True], [0, -1]]', r'footprint\[1\] .* two numbers'),
        ('[[1, 1], ["a", 1], [0, -1]]', r'footprint\[1\] .* two numbers'),
        ('[[1, 1], [1e999, 1], [0, -1]]', r'footprint\[1\] .* within 5 m'),
        ('[[1, 1], [-4, 4], [0, -1]]', r'footprint\[1\] .* within 5 m'),
        (f'[[1, 1], [{10**400}, 4], [0, -1]]', r'footprint\[1\] .* within 5 m'),
        ('[]', 'footprint has 0 corners; it must have 3 to 64'),
        ('[[1, 1], [-1, -1]]', 'footprint has 2 corners'),
        ('[[1, 1], [-1, 1], [0, -1], [1, 1]]', r'corner \[1, 1\] twice'),
        ('[[1, 1], [-1, -1], [1, -1], [-1, 1]]', 'crosses or touches itself'),
        ('[[1, 1], [-1, 1], [0, 1], [0, -1]]', 'crosses or touches itself'),
        ('[[1, 1], [-1, 1], [-1, -1], [0, 1], [1, -1]]', 'crosses or touches itself'),
        ('[[1, 0], [0, 0], [-1, 0]]', 'crosses or touches itself'),
        ('[[1, 0.005], [-1, 0.005], [-1, -0.005], [1, -0.005]]', '0.01 m at its narrowest'),
        ('[[1, 1], [2, 1], [2, 2]]', 'does not contain the axle centre'),
    ],
)  # fmt: skip
def test_what_is_no_footprint_is_refused(text, sentence):
    with pytest.raises(ConfigurationError, match=sentence):
        corners_of(text)


def test_the_error_names_the_parameter():
    with pytest.raises(ConfigurationError, match='peer_footprint has 0 corners'):
        corners_of('[]', 'peer_footprint')


def test_a_notch_may_lie_around_the_axle_centre():
    fork = '[[1, .5], [1, .4], [-.1, .4], [-.1, -.4], [1, -.4], [1, -.5], [-.5, -.5], [-.5, .5]]'
    assert len(corners_of(fork)) == 8
