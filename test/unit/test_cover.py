"""The discs that cover a footprint, with numbers worked out by hand."""

import math

import pytest

from vcp_cbf_safety.body.cover import cover_of
from vcp_cbf_safety.body.footprint import corners_of


def rectangle(length, width, behind=0.5):
    rear, side = -behind * length, 0.5 * width
    front = rear + length
    return corners_of(
        f'[[{front}, {side}], [{rear}, {side}], [{rear}, {-side}], [{front}, {-side}]]'
    )


def test_a_warehouse_robot_sticks_out_three_centimetres_sideways_and_six_lengthwise():
    """Two discs in each end, of a cell 0.1875 m long, and two of 0.2625 m between them.

    sqrt(0.09375^2 + 0.125^2) = 0.15625, and sqrt(0.13125^2 + 0.25^2) = 0.28236.
    """
    cover = cover_of(rectangle(0.9, 0.5))
    assert len(cover.discs) == 6
    assert cover.convex
    assert max(d.y + d.radius for d in cover.discs) == pytest.approx(0.25 + 0.032, abs=1.5e-3)
    assert max(d.x + d.radius for d in cover.discs) == pytest.approx(0.45 + 0.0625, abs=3e-3)
    assert cover.excess == pytest.approx(0.0625, abs=3e-3)


def test_the_discs_of_a_symmetrical_robot_are_symmetrical():
    discs = cover_of(rectangle(0.9, 0.5)).discs
    for disc in discs:
        for x, y in ((-disc.x, disc.y), (disc.x, -disc.y)):
            assert min(math.dist((x, y), other[:2]) for other in discs) < 1e-6


def test_the_axle_centre_may_be_anywhere_along_the_robot():
    middle, front = cover_of(rectangle(0.9, 0.5)), cover_of(rectangle(0.9, 0.5, behind=1.0))
    assert front.excess == pytest.approx(middle.excess)
    for disc, other in zip(middle.discs, front.discs, strict=True):
        assert other.x == pytest.approx(disc.x - 0.45)


def test_a_round_robot_is_one_disc():
    corners = [
        [0.3 * math.cos(k * math.pi / 16), 0.3 * math.sin(k * math.pi / 16)] for k in range(32)
    ]
    (disc,) = cover_of(corners_of(str(corners))).discs
    assert disc.radius == pytest.approx(0.3)


def test_a_notch_is_filled_and_said_so():
    fork = '[[1, .5], [1, .4], [-.1, .4], [-.1, -.4], [1, -.4], [1, -.5], [-.5, -.5], [-.5, .5]]'
    cover = cover_of(corners_of(fork))
    assert not cover.convex
    assert cover.discs == cover_of(rectangle(1.5, 1.0, behind=1 / 3)).discs
