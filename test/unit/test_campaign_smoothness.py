"""Smoothness: what changes from cycle to cycle near hazards, and nothing else, is counted."""

import math

import pytest

from vcp_cbf_safety import Twist2D
from vcp_cbf_safety.studies.campaign.smoothness import CommandTrace, Smoothness

NEAR, FAR = 0.3, 1.5


def sums_of(*cycles: tuple[float, float, float]) -> Smoothness:
    sums = Smoothness()
    trace = CommandTrace(sums)
    for v, omega, clearance in cycles:
        trace.add(Twist2D(v, omega), clearance)
    return sums


def test_changes_are_summed_from_cycle_to_cycle() -> None:
    sums = sums_of((0.5, 0.0, NEAR), (0.2, 0.4, NEAR), (0.3, -0.4, NEAR))
    assert sums.cycles == 2
    assert sums.speed_change == pytest.approx(0.4)
    assert sums.yaw_rate_change == pytest.approx(1.2)
    assert sums.reversals == 1


def test_a_robot_far_from_everything_may_do_as_it_likes() -> None:
    sums = sums_of((0.5, 1.0, NEAR), (0.0, -1.0, FAR), (0.5, 1.0, FAR), (0.1, -1.0, NEAR))
    assert (sums.cycles, sums.speed_change, sums.reversals) == (0, 0.0, 0)


def test_a_yaw_rate_that_pauses_in_between_has_turned_back_too() -> None:
    turned = ((0.1, 0.5, NEAR), (0.1, 0.001, NEAR), (0.1, -0.5, NEAR), (0.1, -0.4, NEAR))
    assert sums_of(*turned).reversals == 1


def test_means_are_per_cycle_and_of_nothing_without_any() -> None:
    sums = sums_of((0.5, 0.5, NEAR), (0.4, -0.5, NEAR))
    sums.add(sums_of((0.4, 0.0, NEAR), (0.4, 0.0, NEAR)))
    means = sums.per_cycle()
    assert means['mean_speed_change_m_s'] == pytest.approx(0.05)
    assert means['yaw_rate_reversals_per_100_cycles'] == pytest.approx(50.0)
    assert all(map(math.isnan, Smoothness().per_cycle().values()))
