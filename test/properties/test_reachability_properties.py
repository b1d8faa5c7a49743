"""Whatever a hazard does within its bounds, it stays inside the supports."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from vcp_cbf_safety.checks.reachability import DIRECTIONS, Motions, reach_of
from vcp_cbf_safety.motion.unicycle import advance

SEEN_FROM = np.array((0.0, 0.0, 0.4))
STEP = 0.01
DURATION = 1.2


def motions(heading: float, speed: float, since: float, yaw_rate: float = 2.0) -> Motions:
    """One unicycle that was seen a while ago at (1, 2)."""
    velocity = (speed * math.cos(heading), speed * math.sin(heading))
    return Motions(
        np.array([[1.0, 2.0]]), np.array([0.0]), np.array([since]), np.array([velocity]),
        np.array([0.0]), np.array([max(1.0, abs(speed))]), np.array([heading]),
        np.array([yaw_rate]), 1.5,
    )  # fmt: skip


shares = st.lists(
    st.tuples(
        st.sampled_from([-1.0, 1.0]) | st.floats(-1.0, 1.0),
        st.sampled_from([-1.0, 1.0]) | st.floats(-1.0, 1.0),
    ),
    min_size=1,
    max_size=6,
)


@given(
    heading=st.floats(-7.0, 7.0),
    speed=st.floats(-1.3, 1.3),
    since=st.sampled_from([0.0, 0.05, 0.3]),
    yaw_rate=st.sampled_from([0.0, 0.5, 2.0, 20.0]),
    shares=shares,
)
@settings(max_examples=300)
def test_a_unicycle_within_its_bounds_stays_inside_all_supports(
    heading: float,
    speed: float,
    since: float,
    yaw_rate: float,
    shares: list[tuple[float, float]],
) -> None:
    reach = reach_of(motions(heading, speed, since, yaw_rate), SEEN_FROM, DURATION)
    fastest = max(1.0, abs(speed))
    pose, v, steps = (1.0, 2.0, heading), speed, round((since + DURATION) / STEP)
    for k in range(steps):
        push, turn = shares[k * len(shares) // steps]
        before, v = v, min(max(v + push * 1.5 * STEP, -fastest), fastest)
        pose = advance(pose, 0.5 * (before + v), turn * yaw_rate, STEP)
        time = (k + 1) * STEP - since
        if time >= 0.0:
            bound = reach.until(np.array([[min(time, DURATION)]]))[0, 0]
            assert (reach.directions[0] @ pose[:2] <= bound + 1e-9).all()


@given(heading=st.floats(-7.0, 7.0), speed=st.floats(-1.0, 1.0), angle=st.floats(-9.0, 9.0))
def test_between_two_directions_the_support_is_bounded_too(
    heading: float, speed: float, angle: float
) -> None:
    reach = reach_of(motions(heading, speed, 0.2), SEEN_FROM, DURATION)
    directions, supports = reach.at_once(np.array([angle]))
    whole = (math.cos(angle), math.sin(angle))
    assert np.allclose(directions[0].sum(axis=0), whole, atol=1e-9)
    pose = advance((1.0, 2.0, heading), speed, 2.0, 0.2)
    assert math.cos(angle) * pose[0] + math.sin(angle) * pose[1] <= supports[0] + 1e-9
    assert reach.directions.shape == (1, DIRECTIONS + 1, 2)


def test_what_has_no_heading_reaches_as_far_to_every_side_as_its_bounds_say() -> None:
    free = motions(0.0, 0.0, 0.0)._replace(headings=np.array([math.nan]))
    reach = reach_of(free, SEEN_FROM, DURATION)
    further = reach.supports[-1] - reach.directions @ (1.0, 2.0)
    ramp = 1.0 / 1.5
    assert (further >= 1.0 * DURATION - 0.5 * ramp).all()
    assert (further <= 1.0 * DURATION).all()


def test_a_parked_unicycle_cannot_jump_sideways() -> None:
    reach = reach_of(motions(0.0, 0.0, 0.0), np.zeros(3), DURATION)
    early = reach.until(np.array([[0.3]]))[0, 0] - reach.directions[0] @ (1.0, 2.0)
    ahead, aside = early[0], early[DIRECTIONS // 4]
    assert aside < 0.5 * ahead
