"""The largest scale of a command: found finely, and itself checked."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcp_cbf_safety import FilterConfig, Hazards, Peer, RobotState, SafetyFilter, Twist2D
from vcp_cbf_safety.response import respond, respond_speed
from vcp_cbf_safety.scale_search import largest_scale, ramped_scale
from vcp_cbf_safety.unicycle import advance

TURTLEBOT4 = FilterConfig(
    body_radius=0.175, vcp_offset=0.1, period=0.02, min_speed=-0.1, max_speed=0.306,
    max_yaw_rate=1.9, max_acceleration=0.9, max_deceleration=0.9, max_yaw_acceleration=7.7,
    actuation_delay=0.1, velocity_lag=0.15, body_gain=1.6,
)  # fmt: skip


@given(limit=st.floats(0.0, 1.2), most=st.floats(0.05, 1.0))
def test_it_is_found_to_a_64th(limit: float, most: float) -> None:
    scale, wrong = largest_scale(lambda tried: 'too fast' if tried > limit else None, most)
    assert scale <= min(limit, most)
    assert scale > min(limit, most) - 1.0 / 64.0 - 1e-12
    assert (wrong is None) == (limit >= most)


@given(good=st.sets(st.integers(0, 20)), most=st.floats(0.05, 1.0))
def test_what_goes_out_has_been_checked_whatever_the_check_says(
    good: set[int], most: float
) -> None:
    passed = {0.0}

    def check(scale: float) -> str | None:
        if int(scale * 20.0) in good:
            passed.add(scale)
            return None
        return 'wrong'

    scale, wrong = largest_scale(check, most)
    assert scale in passed
    assert wrong is not None or scale == most


def test_ramp_starts_at_the_last_command_or_at_the_speed_of_the_base() -> None:
    step = TURTLEBOT4.max_acceleration * TURTLEBOT4.period
    cases = [
        (0.3, 0.1, 0.0, 0.1 + step),
        (0.3, 0.1, 0.2, 0.2),
        (-0.1, -0.02, 0.0, 0.02 + step),
        (-0.1, 0.3, 0.2, step),
    ]
    for v, last, speed, allowed in cases:
        scale = ramped_scale(TURTLEBOT4, Twist2D(v, 1.0), Twist2D(last, 0.0), speed)
        assert scale * abs(v) == pytest.approx(allowed)
    assert ramped_scale(TURTLEBOT4, Twist2D(0.0, 1.0), Twist2D(0.3, 0.0), 0.0) == 1.0
    assert ramped_scale(TURTLEBOT4, Twist2D(0.1, 0.0), Twist2D(0.3, 0.0), 0.0) == 1.0


@pytest.mark.parametrize('aside', [0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.5])
def test_beside_a_parked_robot_the_speed_changes_smoothly(aside: float) -> None:
    """Upwards within what the base does in a period, downwards within little more."""
    config = TURTLEBOT4
    safety_filter, pose, v, omega, speeds = SafetyFilter(config), (0.0, 0.0, 0.0), 0.0, 0.0, [0.0]
    waiting = [Twist2D(0.0, 0.0)] * round(config.actuation_delay / config.period)
    parked = Hazards(peers=[Peer(2.0, aside, 0.0, 0.0, 0.0, 0.175)])
    for _ in range(700):
        robot = RobotState(*pose, speed=v, yaw_rate=omega)
        command = safety_filter.step(Twist2D(0.306, 0.0), robot, parked, config.period)
        speeds.append(command.v)
        waiting.append(Twist2D(command.v, command.omega))
        told = waiting.pop(0)
        v, mean = respond_speed(config, v, told.v, config.period)
        omega, turn = respond(
            omega, told.omega, config.period, config.velocity_lag, config.max_yaw_acceleration
        )
        pose = advance(pose, mean, turn, config.period)
    changes = [after - before for before, after in pairwise(speeds)]
    step = config.max_acceleration * config.period
    assert max(changes[1:]) <= 1.1 * step
    assert min(changes) >= -2.5 * step
    assert sum(change < -step - 1e-9 for change in changes) <= 10
