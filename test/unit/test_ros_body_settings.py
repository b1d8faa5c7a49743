"""Which of body_radius, footprint and body_discs is the body, and what the log says of it."""

import pytest

from vcp_cbf_safety.body.disc import BodyDisc
from vcp_cbf_safety.errors import ConfigurationError
from vcp_cbf_safety.ros.settings import NodeSettings

RECTANGLE = '[[0.45, 0.25], [-0.45, 0.25], [-0.45, -0.25], [0.45, -0.25]]'
FORK = '[[1, .5], [1, .4], [-.1, .4], [-.1, -.4], [1, -.4], [1, -.5], [-.5, -.5], [-.5, .5]]'


def settings(**values):
    return NodeSettings.from_parameters(values)


def test_without_any_other_the_body_is_a_disc():
    found = settings(body_radius=0.3)
    assert found.filter.body_discs == found.body.outline == ()
    assert found.body.sentence == 'the body is one disc of 0.3 m around the axle centre'


def test_a_footprint_is_covered_by_discs():
    found = settings(footprint=RECTANGLE)
    assert len(found.filter.body_discs) == 6
    assert found.filter.outer_radius < 0.54
    assert found.body.outline[0] == (0.45, 0.25)
    assert found.body.sentence.startswith('the body is 6 discs [-0.356, -0.125, 0.156], ')
    assert found.body.sentence.endswith('stick out of its footprint by at most 0.063 m')


def test_a_notch_that_is_filled_is_named():
    assert settings(footprint=FORK).body.sentence.endswith('m; its notches are filled')


def test_discs_are_taken_as_they_are():
    found = settings(body_discs=[0.2, 0.0, 0.3, -0.2, 0.0, 0.3])
    assert found.filter.body_discs == (BodyDisc(0.2, 0.0, 0.3), BodyDisc(-0.2, 0.0, 0.3))
    assert found.body.sentence == (
        'the body is 2 discs [0.200, 0.000, 0.300], [-0.200, 0.000, 0.300] of body_discs'
    )


@pytest.mark.parametrize(
    ('values', 'sentence'),
    [
        ({'footprint': RECTANGLE, 'body_discs': [0.0, 0.0, 0.3]}, 'one of them must be empty'),
        ({'footprint': '[[1, 1]]'}, 'footprint has 1 corners'),
        ({'footprint': '[[5, 0], [0, 5], [-5, 0], [0, -5]]'}, 'footprint makes discs that reach'),
        ({'body_discs': [0.0, 0.3]}, 'body_discs has 2 numbers; it must be a multiple of three'),
        ({'body_discs': [0.0, 0.0, 0.0]}, r'body_discs\[0\]\.radius is 0\.0 m'),
        ({'body_discs': [4.0, 0.0, 2.0]}, 'body_discs makes discs that reach 6.00 m'),
        ({'body_discs': [0.0, 0.0, 0.3] * 7}, 'at most 6'),
        ({'peer_footprint': '[[1, 1], [2, 2]]'}, 'peer_footprint has 2 corners'),
        ({'footprint': RECTANGLE, 'arena': [0.0, 0.0, 5.0, 0.6]}, 'wider than the body'),
        ({'footprint': RECTANGLE, 'scan_self_radius': 0.2}, 'a disc of the body has'),
        ({'body_radius': 0.1, 'scan_self_radius': 0.2}, 'body_radius has around the axle centre'),
    ],
)  # fmt: skip
def test_what_is_no_body_is_refused(values, sentence):
    with pytest.raises(ConfigurationError, match=sentence):
        settings(**values)


def test_an_arena_may_be_narrower_than_a_long_body_is_long():
    assert settings(footprint=RECTANGLE, arena=[0.0, 0.0, 5.0, 0.7]).arena is not None


def test_a_scanner_may_leave_out_what_is_inside_a_disc_around_the_axle_centre():
    assert settings(footprint=RECTANGLE, scan_self_radius=0.14).body.outline


def test_a_peer_with_a_footprint_is_the_disc_that_contains_it():
    disc = settings(peer_radius=0.3)
    assert disc.peer_radius == disc.peer_inner_radius == 0.3
    found = settings(peer_radius=0.3, peer_footprint=RECTANGLE)
    assert found.peer_radius == settings(footprint=RECTANGLE).filter.outer_radius
    assert found.peer_inner_radius == 0.25


def test_in_the_notch_of_a_peer_there_may_be_something_else():
    assert settings(peer_footprint=FORK).peer_inner_radius == 0.0
