"""From anywhere outside the arena the robot drives back inside, and never further out."""

import math
from typing import Any

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vcp_cbf_safety import Arena, FilterConfig, Hazards, RobotState, SafetyFilter, Twist2D
from vcp_cbf_safety.sim.base import TIME_STEP, Base
from vcp_cbf_safety.studies.campaign.bases import ideal

CONFIG = FilterConfig(
    body_radius=0.2, vcp_offset=0.1, period=0.05, min_speed=-0.5, max_speed=0.8, max_yaw_rate=2.0
)
HALF = 2.0
HAZARDS = Hazards(arena=Arena(-HALF, -HALF, HALF, HALF))
# Of a roll-out, each cycle [m].
ROUNDING = 1e-6


@st.composite
def places(draw: Any) -> tuple[float, float]:
    """Where a part of the body, or all of it, is outside."""
    near, far = st.floats(-HALF, HALF), st.floats(HALF - 0.19, HALF + 3.0)
    out, along = draw(far), draw(st.one_of(near, far))
    x, y = (out, along) if draw(st.booleans()) else (along, out)
    return x * draw(st.sampled_from([1, -1])), y * draw(st.sampled_from([1, -1]))


class Drive:
    """A closed loop from a place outside."""

    def __init__(self, place: tuple[float, float], heading: float) -> None:
        self._filter = SafetyFilter(CONFIG)
        self._base = Base(ideal(CONFIG)[0], (*place, heading), np.random.default_rng(0))
        self._now = 0.0

    @property
    def pose(self) -> tuple[float, float, float]:
        """Where it really is [m, m, rad]."""
        return self._base.pose

    def outside(self) -> np.ndarray:
        """How far the body reaches beyond the four walls [m], 0 where it does not."""
        x, y, _ = self._base.pose
        return np.maximum(np.abs((x, y)) + CONFIG.body_radius - HALF, 0.0)

    def ask(self, nominal: Twist2D) -> None:
        """Ask for a command for one cycle."""
        state: RobotState = self._base.odometry()
        command = self._filter.step(nominal, state, HAZARDS)
        self._base.command(self._now, Twist2D(command.v, command.omega))
        for _ in range(round(CONFIG.period / TIME_STEP)):
            self._base.advance(self._now)
            self._now += TIME_STEP


@given(places(), st.floats(-math.pi, math.pi), st.booleans())
@example((2.3, 0.0), 0.0, False)
@example((2.3, 2.4), math.pi / 4.0, True)
@settings(max_examples=30)
def test_a_robot_that_turns_to_the_middle_and_drives_comes_back_inside(
    place: tuple[float, float], heading: float, reversing: bool
) -> None:
    drive = Drive(place, heading)
    before = drive.outside()
    for _ in range(900):
        x, y, heading = drive.pose
        towards = math.atan2(-y, -x) + (math.pi if reversing else 0.0)
        error = math.remainder(towards - heading, 2.0 * math.pi)
        speed = (-0.4 if reversing else 0.6) if abs(error) < 0.1 else 0.0
        drive.ask(Twist2D(speed, 2.0 * error))
        now = drive.outside()
        assert (now <= before + ROUNDING).all()
        before = np.minimum(before, now)
        if not now.any():
            return
    raise AssertionError(f'still outside at {drive.pose}')


@given(
    places(),
    st.floats(-math.pi, math.pi),
    st.lists(
        st.tuples(st.sampled_from([-0.5, 0.1, 0.8]), st.floats(-2.0, 2.0)), min_size=1, max_size=4
    ),
)
@settings(max_examples=40)
def test_whatever_is_asked_no_robot_gets_further_outside_than_it_was(
    place: tuple[float, float], heading: float, asked: list[tuple[float, float]]
) -> None:
    drive = Drive(place, heading)
    before = drive.outside()
    for nominal in asked:
        for _ in range(30):
            drive.ask(Twist2D(*nominal))
            assert (drive.outside() <= before + ROUNDING).all()
