"""Transforms of simulated robots: where a scanner is on its robot."""

import math

import pytest

pytest.importorskip('geometry_msgs', reason='geometry_msgs is not installed: no ROS 2')

from vcp_cbf_safety.sim.physics.model import read_model
from vcp_cbf_safety.sim.transforms import fixed_transform


def test_a_scanner_is_where_its_model_has_it() -> None:
    x, y, yaw = read_model('turtlebot4').scan_mount
    made = fixed_transform('a/base_link', 'a/base_scan', (x, y, yaw))
    assert (made.header.frame_id, made.child_frame_id) == ('a/base_link', 'a/base_scan')
    place, turn = made.transform.translation, made.transform.rotation
    assert (place.x, place.y, place.z) == (-0.04, 0.0, 0.0)
    assert 2.0 * math.atan2(turn.z, turn.w) == pytest.approx(0.5 * math.pi, abs=1e-4)
    assert (turn.x, turn.y) == (0.0, 0.0)
