"""What goes out of the program's answer, after the look along the way to standing."""

import numpy as np

from vcp_cbf_safety.assembly import Assembly
from vcp_cbf_safety.command import Outcome, SafeCommand
from vcp_cbf_safety.program import ROW_TOLERANCE, Solution, Status
from vcp_cbf_safety.rollout import Checked


def let_out(assembly: Assembly, solution: Solution, checked: Checked) -> SafeCommand:
    """The command, with what became of it and why.

    Args:
        assembly: rows and barriers of this cycle.
        solution: answer to its program.
        checked: how much of that may go out.
    """
    outcome, binding, reason = Outcome.FILTERED, None, ''
    if solution.status is Status.NOMINAL:
        outcome = Outcome.NOMINAL
    else:
        binding = assembly.binding(solution)
    if solution.residual > ROW_TOLERANCE:
        outcome = Outcome.RELAXED
        reason = f'the rows contradict each other by {solution.residual:.3g} m/s'
    v, omega = solution.u.tolist()
    residual = solution.residual
    if checked.scale < 1.0:
        v, omega = checked.scale * v, checked.scale * omega
        outcome = Outcome.FILTERED if outcome is Outcome.NOMINAL else outcome
        binding = checked.hazard
        slowed = f'slowed to {checked.scale:.0%} {checked.purpose}'
        reason = f'{slowed}; {reason}' if reason else slowed
        residual = assembly.program.violation(np.array((v, omega)))
        if residual > ROW_TOLERANCE:
            # A retreat that rows ask for is slower than they ask.
            outcome = Outcome.RELAXED
    return SafeCommand(v, omega, outcome, binding, assembly.min_barrier, residual, reason)
