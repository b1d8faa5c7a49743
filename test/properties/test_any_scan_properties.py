"""Whatever numbers a scan holds, it is refused with a sentence, and the filter always answers."""

import math
from contextlib import suppress

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from vcp_cbf_safety import FilterConfig, Hazards, RobotState, SafetyFilter, Twist2D
from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.motion.pose_history import PoseHistory
from vcp_cbf_safety.sensing.laser_scan import LaserScan, Mount
from vcp_cbf_safety.sensing.scanner import Scanner, ScannerConfig

CONFIG = FilterConfig(
    body_radius=0.2, vcp_offset=0.1, period=0.05, min_speed=-0.2, max_speed=1.0, max_yaw_rate=3.0
)
ROBOT = RobotState(0.5, 0.0, 3.0, 0.5, 3.0)
NUMBERS = (
    st.floats(-10.0, 10.0)
    | st.floats(-1e9, 1e9)
    | st.sampled_from((0.0, -0.0, 1e-12, 2.0 * math.pi, math.inf, -math.inf, math.nan))
)
SCANS = st.builds(
    LaserScan,
    st.lists(NUMBERS, max_size=12).map(lambda numbers: np.array(numbers, dtype=np.float64)),
    NUMBERS, NUMBERS, NUMBERS, NUMBERS, NUMBERS, NUMBERS,
)  # fmt: skip
CONFIGS = st.builds(
    ScannerConfig,
    mount=st.builds(Mount, st.floats(-1.0, 1.0), st.floats(-1.0, 1.0), st.floats(-4.0, 4.0)),
    speed_bound=st.sampled_from((0.0, 1.0)),
    stride=st.integers(1, 4),
    min_hits=st.integers(1, 3),
    allow_empty=st.booleans(),
    self_radius=st.sampled_from((0.0, 0.1)),
)


@given(CONFIGS, st.lists(SCANS, min_size=1, max_size=4))
@example(ScannerConfig(), [LaserScan(np.array([1.0]), 0.0, 0.0, 0.0, 2.0, 0.5)])
@example(ScannerConfig(), [LaserScan(np.ones(3), 0.0, 1e-12, 0.0, 2.0, 0.5)] * 2)
def test_the_filter_answers_inside_its_limits_whatever_a_scan_says(
    config: ScannerConfig, scans: list[LaserScan]
) -> None:
    poses = PoseHistory()
    for k in range(11):
        poses.note(RobotState(0.05 * k, 0.0, 0.3 * k, 0.5, 3.0), 0.1 * k)
    scanner, safety_filter = Scanner(config, 'scan'), SafetyFilter(CONFIG)
    for scan in scans:
        with suppress(InputError):
            scanner.take(scan, poses)
        found = Hazards(discs=[scanner.discs(1.0)])
        command = safety_filter.step(Twist2D(1.0, 0.5), ROBOT, found)
        assert CONFIG.min_speed <= command.v <= CONFIG.max_speed
        assert abs(command.omega) <= CONFIG.max_yaw_rate
