"""What a cycle found as numbers to plot."""

import math

from vcp_cbf_safety.command import Outcome, SafeCommand
from vcp_cbf_safety.motion.unicycle import Twist2D

# A number for each outcome, in their order.
OUTCOMES = {outcome: float(number) for number, outcome in enumerate(Outcome)}

# What is not known in a cycle is NaN, and plots have a gap there.
FIELDS = (
    'min_barrier_m', 'slack_m_s', 'speed_m_s', 'yaw_rate_rad_s', 'nominal_v_m_s',
    'nominal_omega_rad_s', 'safe_v_m_s', 'safe_omega_rad_s', 'scale', 'outcome', 'tick_ms',
    'build_ms', 'solve_ms',
)  # fmt: skip


def numbers_of(command: SafeCommand, seconds: float) -> dict[str, float]:
    """Numbers of a cycle by their names.

    Args:
        command: what the cycle answered, with its record if it got as far as a program.
        seconds: how long the cycle took [s].
    """
    found = dict.fromkeys(FIELDS, math.nan)
    found |= {
        'min_barrier_m': command.min_barrier,
        'safe_v_m_s': command.v,
        'safe_omega_rad_s': command.omega,
        'outcome': OUTCOMES[command.outcome],
        'tick_ms': 1e3 * seconds,
    }
    record = command.record
    if record is None:
        return found
    robot, assembly = record.prediction.robot, record.assembly
    slack = assembly.slack(Twist2D(command.v, command.omega))
    return found | {
        'slack_m_s': float(slack.min()) if assembly.names else math.inf,
        'speed_m_s': robot.speed,
        'yaw_rate_rad_s': robot.yaw_rate,
        'nominal_v_m_s': record.nominal.v,
        'nominal_omega_rad_s': record.nominal.omega,
        'scale': record.checked.scale,
        'build_ms': 1e3 * command.timing.build,
        'solve_ms': 1e3 * command.timing.solve,
    }
