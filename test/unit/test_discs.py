"""Hazards in columns: the same as the same hazards one by one, and refused by name."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcp_cbf_safety import (
    Circle,
    Discs,
    FilterConfig,
    HazardError,
    Hazards,
    Outcome,
    Peer,
    RobotState,
    SafetyFilter,
    Twist2D,
    standing_discs,
)
from vcp_cbf_safety.hazards.discs import AGE, MOTION, SHARE, Motion
from vcp_cbf_safety.hazards.hazards import discs_of

CONFIG = FilterConfig(
    body_radius=0.2, vcp_offset=0.1, period=0.05, min_speed=-0.2, max_speed=1.0, max_yaw_rate=2.0
)
NUMBER = st.floats(-3.0, 3.0)
PLACES = st.lists(st.tuples(NUMBER, NUMBER, st.floats(0.0, 0.5)), max_size=60)


def named(count: int) -> tuple[str, ...]:
    return tuple(f'scan[{i}]' for i in range(count))


@given(PLACES, st.floats(-0.2, 1.0), st.floats(-2.0, 2.0))
def test_columns_give_the_command_that_circles_give(
    places: list[tuple[float, float, float]], v: float, omega: float
) -> None:
    names = named(len(places))
    x, y, radii = np.array(places).reshape(-1, 3).T
    circles = [Circle(*place, name=name) for place, name in zip(places, names, strict=True)]
    in_columns = Hazards(discs=[standing_discs(names, x, y, radii)])
    told, robot = Twist2D(v, omega), RobotState(0.0, 0.0, 0.0, 0.5)
    one_by_one, at_once = (
        SafetyFilter(CONFIG).step(told, robot, hazards)
        for hazards in (Hazards(None, circles), in_columns)
    )
    assert (one_by_one.v, one_by_one.omega) == (at_once.v, at_once.omega)
    assert (one_by_one.outcome, one_by_one.binding, one_by_one.reason) == (
        at_once.outcome, at_once.binding, at_once.reason,
    )  # fmt: skip


def test_discs_are_circles_then_columns_then_peers() -> None:
    points = standing_discs(('a', 'b'), [1.0, 2.0], 3.0, 0.1)
    peer = Peer(0.0, 0.0, 0.0, 0.0, 0.0, 0.1, 0.5)
    found = discs_of(Hazards(None, [Circle(0.0, 0.0, 0.1)], [peer], [points, points]))
    assert found.names == ('circles[0]', 'a', 'b', 'a', 'b', 'peers[0]')
    assert found.table[:, MOTION].tolist() == [Motion.STANDS] * 5 + [Motion.TWIST]
    assert found.table[:, SHARE].tolist() == [1.0] * 5 + [0.5]


@pytest.mark.parametrize('number', [math.nan, math.inf, 1e7])
def test_a_number_that_is_none_stops_the_robot_and_is_named(number: float) -> None:
    points = standing_discs(named(3), [2.0, number, 2.0], 3.0, 0.1)
    command = SafetyFilter(CONFIG).step(
        Twist2D(0.5, 0.0), RobotState(0.0, 0.0, 0.0), Hazards(discs=[points])
    )
    assert command.outcome is Outcome.STOPPED
    assert command.reason.startswith('scan[1] has a position, radius or velocity that is not')


def test_an_age_before_zero_is_named() -> None:
    table = standing_discs(named(2), 1.0, 1.0, 0.1).table
    table[1, [AGE, MOTION]] = -0.5, Motion.VELOCITY
    with pytest.raises(HazardError, match=r'age of scan\[1\] is -0.5 s; it must not be negative'):
        discs_of(Hazards(discs=[Discs(named(2), table)]))
