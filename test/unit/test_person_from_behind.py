"""What comes from behind runs into the robot, which drives on."""

import math

import pytest

from vcp_cbf_safety import FilterConfig, Hazards, Peer, RobotState, SafetyFilter, Twist2D
from vcp_cbf_safety.motion.response import respond_speed
from vcp_cbf_safety.motion.unicycle import advance

CONFIG = FilterConfig(
    body_radius=0.2, vcp_offset=0.1, period=0.02, min_speed=-0.2, max_speed=1.0,
    max_yaw_rate=2.84,
)  # fmt: skip
RADIUS = 0.25
NOMINAL = Twist2D(0.5, 0.0)


def slowest_until_contact(gap: float, walking: float) -> float:
    """Least speed that the robot is told before the person reaches it [m/s]."""
    safety_filter = SafetyFilter(CONFIG)
    for _ in range(20):
        safety_filter.note_sent(NOMINAL, CONFIG.period)
    pose, v, person = (0.0, 0.0, 0.0), NOMINAL.v, -gap - CONFIG.body_radius - RADIUS
    least = math.inf
    for _ in range(200):
        if pose[0] - person <= CONFIG.body_radius + RADIUS:
            break
        seen = Hazards(peers=[Peer(person, 0.0, 0.0, walking, 0.0, RADIUS)])
        command = safety_filter.step(NOMINAL, RobotState(*pose, speed=v), seen, CONFIG.period)
        assert command.omega == 0.0
        least = min(least, command.v)
        v, mean = respond_speed(CONFIG, v, command.v, CONFIG.period)
        pose = advance(pose, mean, 0.0, CONFIG.period)
        person += walking * CONFIG.period
    return least


@pytest.mark.parametrize('walking', [0.6, 0.75, 0.9])
@pytest.mark.parametrize('gap', [0.01, 0.05, 0.14, 0.15, 0.3, 0.6])
def test_the_robot_drives_on_until_a_person_from_behind_is_there(
    gap: float, walking: float
) -> None:
    assert slowest_until_contact(gap, walking) > 0.8 * NOMINAL.v


def test_it_does_not_for_somebody_who_is_fast_enough_to_step_in_front_of_it() -> None:
    assert slowest_until_contact(0.3, 2.0 * CONFIG.peer_max_speed) < 0.8 * NOMINAL.v
