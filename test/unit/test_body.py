"""A body is a set of discs: what is legal, and what follows from them."""

import math
from typing import Any

import pytest

from vcp_cbf_safety import BodyDisc, ConfigurationError, FilterConfig

REQUIRED = {
    'body_radius': 0.15,
    'vcp_offset': 0.10,
    'period': 0.05,
    'min_speed': -0.2,
    'max_speed': 1.0,
    'max_yaw_rate': 2.84,
}


def with_discs(*discs: Any) -> FilterConfig:
    return FilterConfig(**REQUIRED, body_discs=discs)


def test_without_discs_the_body_is_one_around_the_axle_centre() -> None:
    config = FilterConfig(**REQUIRED)
    assert config.discs == (BodyDisc(0.0, 0.0, 0.15),)
    assert config.outer_radius == 0.15


def test_with_discs_the_body_radius_does_not_count() -> None:
    config = with_discs((0.3, 0.0, 0.2), (-0.2, 0.1, 0.25))
    assert config.discs == config.body_discs == (
        BodyDisc(0.3, 0.0, 0.2), BodyDisc(-0.2, 0.1, 0.25),
    )  # fmt: skip
    assert config.outer_radius == 0.5


def test_a_disc_says_where_it_is_in_the_world() -> None:
    disc = BodyDisc(0.3, 0.1, 0.2)
    x, y = disc.place(1.0, 2.0, math.cos(math.pi / 2), math.sin(math.pi / 2))
    assert (x, y) == pytest.approx((0.9, 2.3))
    assert disc.distance == pytest.approx(math.hypot(0.3, 0.1))


@pytest.mark.parametrize(
    ('disc', 'said'),
    [
        ((0.0, 0.0, 0.0), 'body_discs[0].radius is 0.0 m; it must be between 0.01 and 5 m'),
        ((0.0, 0.0, -1.0), 'body_discs[0].radius is -1.0 m; it must be between 0.01 and 5 m'),
        ((math.nan, 0.0, 0.2), 'body_discs[0].x is nan m; it must be between -5 and 5 m'),
        ((0.0, math.inf, 0.2), 'body_discs[0].y is inf m; it must be between -5 and 5 m'),
        ((0.0, 9.0, 0.2), 'body_discs[0].y is 9.0 m; it must be between -5 and 5 m'),
        ((0.0, 0.2), 'body_discs[0] is (0.0, 0.2); it must be x, y and radius [m]'),
        (('a', 0.0, 0.2), "body_discs[0] is ('a', 0.0, 0.2); it must be x, y and radius [m]"),
        (0.2, 'body_discs[0] is 0.2; it must be x, y and radius [m]'),
    ],
)
def test_what_is_no_disc_is_refused_by_name(disc: Any, said: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        with_discs(disc)
    assert str(error.value) == said


def test_too_many_discs_are_refused() -> None:
    with pytest.raises(ConfigurationError, match=r'body_discs holds 7 discs; .* at most 6'):
        with_discs(*[(0.1 * k, 0.0, 0.2) for k in range(7)])
