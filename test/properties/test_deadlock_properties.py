"""Whatever surrounds a held robot, it is led inside the limits and no faster than it was asked."""

import math

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from vcp_cbf_safety import FilterConfig, RobotState, Twist2D
from vcp_cbf_safety.nominal.deadlock import DeadlockResolver

CONFIG = FilterConfig(
    body_radius=0.15,
    vcp_offset=0.10,
    period=0.05,
    min_speed=-0.2,
    max_speed=1.0,
    max_yaw_rate=2.84,
)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
NORMALS = st.one_of(
    st.just((0.0, 0.0)),  # at the very centre of a disc
    st.sampled_from([(0.0, 1.0), (0.0, -1.0), (0.01, 0.99995)]),  # sides of a gap
    st.floats(-math.pi, math.pi).map(lambda angle: (math.cos(angle), math.sin(angle))),
)
HAZARDS = st.lists(
    st.tuples(st.one_of(FINITE, st.floats(-0.1, 0.5)), NORMALS, st.booleans()), max_size=6
)
NOMINALS = st.builds(
    Twist2D, st.one_of(FINITE, st.floats(-1.0, 1.0)), st.one_of(FINITE, st.floats(-3.0, 3.0))
)
STATES = st.builds(
    RobotState, *[st.floats(-0.3, 0.3)] * 2, st.floats(-10.0, 10.0), st.floats(-2.0, 2.0)
)
CYCLES = st.lists(
    st.tuples(NOMINALS, STATES, HAZARDS, st.sampled_from([0.05, 0.4, 1.5])),
    min_size=1,
    max_size=40,
)

Cycle = tuple[Twist2D, RobotState, list[tuple[float, tuple[float, float], bool]], float]


def answers(cycles: list[Cycle]) -> list[tuple[Twist2D, Twist2D, bool]]:
    """What was asked, what came out, and whether the robot was being led, cycle by cycle."""
    resolver = DeadlockResolver(CONFIG)
    result = []
    answer = Twist2D(0.0, 0.0)
    for nominal, robot, hazards, elapsed in cycles:
        resolver.notice(robot, answer, elapsed)
        with np.errstate(all='raise', under='ignore'):
            answer = resolver.resolve(
                nominal,
                robot,
                np.array([h for h, _, _ in hazards], float),
                np.array([n for _, n, _ in hazards], float).reshape(-1, 2),
                np.array([m for _, _, m in hazards], bool),
                elapsed,
            )
        result.append((nominal, answer, resolver.circulating))
    return result


@given(CYCLES)
def test_output_is_the_nominal_command_or_one_inside_limits_no_faster_than_asked(
    cycles: list[Cycle],
) -> None:
    asked, reverse = 0.0, False
    for nominal, answer, circulating in answers(cycles):
        asked, reverse = max(asked, abs(nominal.v)), reverse or nominal.v < 0.0
        if not circulating:
            assert answer is nominal
        if answer is not nominal:
            assert abs(answer.v) <= asked
            assert CONFIG.min_speed <= answer.v <= CONFIG.max_speed
            assert reverse or answer.v >= 0.0
            assert abs(answer.omega) <= CONFIG.max_yaw_rate


@given(NOMINALS, STATES, HAZARDS)
# Divided by the distance at which directions close, this barrier was infinite.
@example(Twist2D(0.5, 0.0), RobotState(0.0, 0.0, 0.0), [(-1.7e308, (-1.0, 0.0), False)])
def test_robot_that_stands_among_anything_is_led_by_the_same_rule(
    nominal: Twist2D, robot: RobotState, hazards: list[tuple[float, tuple[float, float], bool]]
) -> None:
    for _, answer, circulating in answers([(nominal, robot, hazards, 0.4)] * 12):
        assert answer is nominal or circulating
        assert math.isfinite(answer.v)
        assert math.isfinite(answer.omega)
        assert answer is nominal or abs(answer.v) <= min(abs(nominal.v), CONFIG.max_speed)


@given(CYCLES)
def test_a_nominal_command_of_zero_always_ends_it(cycles: list[Cycle]) -> None:
    last = (Twist2D(0.0, 0.0), *cycles[-1][1:])
    nominal, answer, circulating = answers([*cycles, last])[-1]
    assert answer is nominal
    assert not circulating


@given(CYCLES)
def test_the_same_cycles_give_the_same_answers(cycles: list[Cycle]) -> None:
    assert answers(cycles) == answers(cycles)
