"""The largest scale of a command: found finely, and itself checked."""

from hypothesis import given
from hypothesis import strategies as st

from vcp_cbf_safety import FilterConfig, Twist2D
from vcp_cbf_safety.scale_search import gentle_scale, largest_scale

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


STEP = TURTLEBOT4.max_acceleration * TURTLEBOT4.period


@given(
    v=st.floats(0.01, 0.306) | st.floats(-0.1, -0.01),
    last=st.floats(-0.1, 0.306),
    limit=st.floats(0.0, 1.2),
)
def test_gentle_scale_changes_the_speed_no_faster_than_the_base_does(
    v: float, last: float, limit: float
) -> None:
    command, told = Twist2D(v, 1.0), Twist2D(last, 0.0)
    checked = set()

    def check(scale: float) -> str | None:
        checked.add(scale)
        return None if scale <= limit else 'too fast'

    scale, wrong = gentle_scale(TURTLEBOT4, command, told, check)
    same_way = v * last > 0.0
    before = abs(last) if same_way else 0.0
    fastest = min(before + STEP, abs(v))
    slowest = min(max(before - STEP, 0.0), abs(v))
    assert slowest - 1e-9 <= scale * abs(v) <= fastest + 1e-9
    best = min(max(limit * abs(v), slowest), fastest)
    assert scale * abs(v) >= best - abs(v) / 64.0 - 1e-9
    assert (wrong is None) == (limit * abs(v) >= fastest - 1e-12)


def test_a_turn_on_the_spot_is_left_alone() -> None:
    scale, _ = gentle_scale(TURTLEBOT4, Twist2D(0.0, 1.0), Twist2D(0.3, 0.0), str)
    assert scale == 1.0
