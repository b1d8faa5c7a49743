"""Rows of few hazards and rows of many: two ways to the same numbers."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcp_cbf_safety import Arena, Circle, FilterConfig, Hazards, Peer, RobotState, Twist2D
from vcp_cbf_safety.motion.prediction import Ahead, unpredicted
from vcp_cbf_safety.qp import assembly, body_rows
from vcp_cbf_safety.qp.program import solve
from vcp_cbf_safety.studies.campaign.ablation import Feature, rules_without

CONFIG = FilterConfig(
    body_radius=0.15, vcp_offset=0.1, period=0.05, min_speed=-0.4, max_speed=1.0, max_yaw_rate=2.0
)
PLACES = st.floats(-2.0, 2.0) | st.sampled_from((0.0, 0.3, -0.3))
SPEEDS = st.floats(-1.0, 1.0)
CIRCLES = st.builds(
    Circle, PLACES, PLACES, st.floats(0.0, 0.5), SPEEDS | st.just(0.0), SPEEDS | st.just(0.0)
)
PEERS = st.builds(
    Peer, PLACES, PLACES, st.floats(-4.0, 4.0), SPEEDS, SPEEDS, st.floats(0.05, 0.4),
    st.floats(0.1, 0.9) | st.just(1.0),
)  # fmt: skip
HAZARDS = st.builds(
    Hazards,
    st.none() | st.just(Arena(-1.5, -1.0, 2.0, 1.5)),
    st.lists(CIRCLES, max_size=8),
    st.lists(PEERS, max_size=3),
)
ROBOTS = st.builds(RobotState, PLACES, PLACES, st.floats(-4.0, 4.0), SPEEDS, SPEEDS)
COMMANDS = st.builds(Twist2D, st.floats(-0.4, 1.0), st.floats(-2.0, 2.0))
ABLATED = st.sets(st.sampled_from((Feature.BRAKING_LAW, Feature.SAMPLED_TIME)), max_size=2)
CONFIGS = st.builds(
    lambda lag, offset: replace(CONFIG, velocity_lag=lag, vcp_offset=offset),
    st.sampled_from((0.0, 0.1)),
    st.floats(0.01, 0.5),
)


@given(CONFIGS, COMMANDS, ROBOTS, HAZARDS, st.lists(ROBOTS, max_size=3), COMMANDS, ABLATED)
def test_few_hazards_have_the_rows_and_the_command_that_many_have(
    config: FilterConfig,
    nominal: Twist2D,
    robot: RobotState,
    hazards: Hazards,
    elsewhere: list[RobotState],
    last: Twist2D,
    ablated: set[Feature],
) -> None:
    near = [replace(e, x=robot.x + 0.1 * e.x, y=robot.y + 0.1 * e.y) for e in elsewhere]
    prediction = unpredicted(robot, hazards)
    prediction.starts.extend(Ahead(state) for state in near)
    rules = rules_without(config, frozenset(ablated))
    found = []
    for few in (0, 100):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(body_rows, 'FEW', few)
            found.append(
                assembly.assemble(config, rules, nominal, prediction, last, config.period)
            )
    many, few_ = found
    for name in ('G', 'h', 'hard', 'lower', 'upper'):
        first, second = getattr(many.program, name), getattr(few_.program, name)
        assert first.shape == second.shape
        assert np.allclose(first, second, rtol=0.0, atol=1e-12), name
    assert np.allclose(many.body_barriers, few_.body_barriers, rtol=0.0, atol=1e-12)
    assert np.allclose(many.body_normals, few_.body_normals, rtol=0.0, atol=1e-12)
    first, second = solve(many.program), solve(few_.program)
    if first.keeps_all_rows:
        assert second.keeps_all_rows
        assert math.dist(first.u, second.u) < 1e-9
