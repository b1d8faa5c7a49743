"""What goes out of the program's answer, after the look along the way to standing."""

import numpy as np

from vcp_cbf_safety.assembly import Assembly
from vcp_cbf_safety.command import Outcome, SafeCommand, outcome_of_stop
from vcp_cbf_safety.program import ROW_TOLERANCE, Solution, Status
from vcp_cbf_safety.reason_code import ReasonCode
from vcp_cbf_safety.rollout import Checked
from vcp_cbf_safety.unicycle import RobotState


def let_out(assembly: Assembly, solution: Solution, checked: Checked) -> SafeCommand:
    """The command, with what became of it and why.

    Args:
        assembly: rows and barriers of this cycle.
        solution: answer to its program.
        checked: how much of that may go out.
    """
    outcome, binding, reason, code = Outcome.FILTERED, None, '', ReasonCode.NONE
    if solution.status is Status.NOMINAL:
        outcome = Outcome.NOMINAL
    else:
        binding = assembly.binding(solution)
    if solution.residual > ROW_TOLERANCE:
        outcome, code = Outcome.RELAXED, ReasonCode.RELAXED
        reason = f'the rows contradict each other by {solution.residual:.3g} m/s'
    v, omega = solution.u.tolist()
    residual = solution.residual
    if checked.scale < 1.0:
        v, omega = checked.scale * v, checked.scale * omega
        outcome = Outcome.FILTERED if outcome is Outcome.NOMINAL else outcome
        binding, code = checked.hazard, ReasonCode.SLOWED
        slowed = f'slowed to {checked.scale:.0%} {checked.purpose}'
        reason = f'{slowed}; {reason}' if reason else slowed
        residual = assembly.program.violation(np.array((v, omega)))
        if residual > ROW_TOLERANCE:
            # A retreat that rows ask for is slower than they ask.
            outcome = Outcome.RELAXED
    return SafeCommand(v, omega, outcome, binding, assembly.min_barrier, residual, reason, code)


def no_command(assembly: Assembly, v: float, robot: RobotState) -> SafeCommand:
    """The command of a cycle whose program has no answer: a stop.

    Args:
        assembly: rows and barriers of this cycle.
        v: speed that the stop asks for [m/s].
        robot: state when the command takes effect.
    """
    return SafeCommand(
        v,
        0.0,
        outcome_of_stop(v, robot.speed, robot),
        assembly.nearest,
        assembly.min_barrier,
        assembly.program.violation(np.array((v, 0.0))),
        'no command inside the limits keeps the body off every hazard',
        ReasonCode.NO_COMMAND,
    )
