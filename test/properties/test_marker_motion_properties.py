"""Noise within the uncertainty is no motion, and a motion is known to within its error."""

import math
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from vcp_cbf_safety import FilterConfig
from vcp_cbf_safety.ros.marker_motion import MarkerMotion, Sighting, Track

EPOCH = 1e9
# Receipts are up to this much later than one another [s].
JITTER = 0.02

ANGLES = st.floats(0.0, math.tau)
SHARES = st.floats(0.0, 1.0)


def config(uncertainty: float) -> FilterConfig:
    return FilterConfig(
        body_radius=0.2,
        vcp_offset=0.1,
        period=0.02,
        min_speed=-0.2,
        max_speed=1.0,
        max_yaw_rate=2.0,
        position_uncertainty=uncertainty,
        peer_max_speed=2.0,
    )


def reports(
    data: Any, velocity: tuple[float, float], uncertainty: float, rate: float, stamped: bool
) -> Iterator[MarkerMotion | None]:
    """Motion after each report of something that never changes its velocity."""
    track, limits, count = Track(), config(uncertainty), data.draw(st.integers(2, 40))
    for step in range(count):
        time = step / rate
        course, off = data.draw(ANGLES), uncertainty * data.draw(SHARES)
        late = JITTER * data.draw(SHARES)
        x = velocity[0] * time + off * math.cos(course)
        y = velocity[1] * time + off * math.sin(course)
        stamp = EPOCH + time if stamped else 0.0
        track.see([Sighting(x, y, stamp, late if stamped else 0.0, time + late)], limits)
        yield track.motion


@given(st.data(), st.floats(0.0, 0.3), st.floats(0.3, 100.0), st.booleans())
def test_noise_within_the_uncertainty_never_moves(
    data: Any, uncertainty: float, rate: float, stamped: bool
) -> None:
    assert not any(reports(data, (0.0, 0.0), uncertainty, rate, stamped))


@given(
    st.data(), st.floats(0.0, 0.1), st.floats(5.0, 30.0), st.floats(0.0, 2.0), ANGLES,
    st.booleans(),
)  # fmt: skip
def test_constant_velocity_is_known_to_within_its_error_from_the_second_report_on(
    data: Any, uncertainty: float, rate: float, speed: float, course: float, stamped: bool
) -> None:
    velocity = (speed * math.cos(course), speed * math.sin(course))
    explained_by_noise = 4.0 * uncertainty + 2e-3
    for step, motion in enumerate(reports(data, velocity, uncertainty, rate, stamped)):
        if motion is not None:
            error = math.dist((motion.vx, motion.vy), velocity)
            assert error <= motion.doubt + 1e-6 * (1.0 + speed)
        else:
            assert speed * min(step / rate, 1.0) <= explained_by_noise


class Thorough(Track):
    """A track that looks at every report in full."""

    def _goes_on_standing(self, newest: Sighting, wobble: float) -> bool:
        return False


@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from([0.0, 0.001, 0.01, 0.06, 0.1, 0.3, 2.5]),
            st.sampled_from([0.0, 0.0, 0.001, -0.02, 0.04, 0.3, 9.0]),
            st.booleans(),
        ),
        max_size=40,
    )
)
def test_a_marker_that_stands_is_judged_as_if_every_report_were_looked_at_in_full(
    steps: list[tuple[float, float, bool]],
) -> None:
    quick, thorough = Track(), Thorough()
    now = x = 0.0
    for pause, step, stamped in steps:
        now, x = now + pause, x + step
        seen = [Sighting(x, 0.0, 1000.0 + now if stamped else 0.0, 0.0, now)]
        for track in (quick, thorough):
            track.see(seen, config(0.02))
        assert vars(quick) == vars(thorough)
