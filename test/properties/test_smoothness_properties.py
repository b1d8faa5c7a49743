"""Beside what moves by itself the speed changes as gently as the base can, whatever its place."""

import math
from collections import deque
from pathlib import Path
from typing import Any

import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vcp_cbf_safety import FilterConfig, Hazards, Peer, RobotState, SafetyFilter, Twist2D
from vcp_cbf_safety.motion.response import respond, respond_speed
from vcp_cbf_safety.motion.unicycle import advance

ROOT = Path(__file__).resolve().parents[2]
CYCLES = 400


def turtlebot4() -> FilterConfig:
    """The numbers that come with the package, without the deadlock rule: its command changes."""
    text = (ROOT / 'config' / 'turtlebot4.yaml').read_text()
    parameters: dict[str, Any] = yaml.safe_load(text)['/**']['ros__parameters']
    names = FilterConfig.__dataclass_fields__
    known = {name: value for name, value in parameters.items() if name in names}
    return FilterConfig(period=0.02, **known, resolve_deadlock=False)


@given(
    lateral=st.floats(-1.5, 1.5),
    heading=st.floats(-math.pi, math.pi),
    share=st.floats(0.2, 1.0),
    radius=st.floats(0.1, 0.4),
)
@example(lateral=0.5, heading=0.0, share=1.0, radius=0.175)
@settings(max_examples=25, deadline=None)
def test_beside_a_parked_peer_the_speed_changes_no_faster_than_the_base_can(
    lateral: float, heading: float, share: float, radius: float
) -> None:
    config = turtlebot4()
    peer = Peer(2.0, lateral, heading, 0.0, 0.0, radius)
    nominal = Twist2D(share * config.max_speed, 0.0)
    safety_filter = SafetyFilter(config)
    # The base has been driving for a while: the first command is no jump of the nominal one.
    pose, v, omega, before = (-0.5, 0.0, 0.0), nominal.v, 0.0, nominal.v
    delayed = deque([nominal] * round(config.actuation_delay / config.period))
    for told in delayed:
        safety_filter.note_sent(told, config.period)
    steps = {
        True: config.max_acceleration * config.period,
        False: config.max_deceleration * config.period,
    }
    for cycle in range(CYCLES):
        state = RobotState(*pose, speed=v, yaw_rate=omega)
        command = safety_filter.step(nominal, state, Hazards(peers=[peer]), config.period)
        change = command.v - before
        assert abs(change) <= steps[change > 0.0] + 1e-9, (cycle, command)
        before = command.v
        delayed.append(Twist2D(command.v, command.omega))
        acting = delayed.popleft()
        v, mean_v = respond_speed(config, v, acting.v, config.period)
        omega, mean_omega = respond(
            omega, acting.omega, config.period, config.velocity_lag, config.max_yaw_acceleration
        )
        pose = advance(pose, mean_v, mean_omega, config.period)
