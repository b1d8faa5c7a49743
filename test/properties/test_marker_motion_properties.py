"""Noise within the uncertainty is no motion, and a motion is known to within its error."""

import math
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from vcp_cbf_safety import FilterConfig
from vcp_cbf_safety.ros.marker_motion import Motion, Sighting, Track

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
) -> Iterator[Motion | None]:
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
