"""What goes out of the program's answer, after the look along the way to standing."""

from dataclasses import replace

import numpy as np

from vcp_cbf_safety.checks.rollout import Checked
from vcp_cbf_safety.checks.surroundings import ROUNDING
from vcp_cbf_safety.command import Outcome, SafeCommand, outcome_of_stop
from vcp_cbf_safety.motion.prediction import Prediction
from vcp_cbf_safety.motion.unicycle import RobotState
from vcp_cbf_safety.qp.assembly import Assembly
from vcp_cbf_safety.qp.program import ROW_TOLERANCE, Solution, Status
from vcp_cbf_safety.reason_code import ReasonCode


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


def caught_up(
    command: SafeCommand, assembly: Assembly, prediction: Prediction, hold_time: float
) -> SafeCommand:
    """The command, saying so where something comes nearer than the robot gives way.

    Rows ask of the robot only the retreat that its motion can turn into distance (eq. 10b), so a
    hazard that comes from the side may use up the gap within the hold time although every row
    holds.

    Args:
        command: what goes out.
        assembly: rows and barriers of this cycle.
        prediction: robot and hazards.
        hold_time: longest time that the command stays in force [s].
    """
    scene, count = prediction.scene, len(assembly.names)
    moving = scene.moving
    if not moving.any():
        return command
    comes = moving & (scene.responsibility >= 1.0) & (assembly.barriers >= 0.0)
    if command.outcome not in (Outcome.NOMINAL, Outcome.FILTERED) or not comes.any():
        return command
    closing = np.maximum((assembly.normals * scene.velocities).sum(axis=2), 0.0)
    approach = assembly.program.G[count:] @ np.array((command.v, command.omega))
    left = assembly.barriers - (closing + approach.reshape(closing.shape)) * hold_time
    left[~comes | (closing == 0.0)] = np.inf
    index = int(left.argmin())
    if left.flat[index] >= -ROUNDING:
        return command
    name = assembly.names[index % count]
    reason = f'{name} comes nearer than the robot can give way'
    return replace(
        command,
        outcome=Outcome.RELAXED,
        binding=command.binding or name,
        reason=f'{command.reason}; {reason}' if command.reason else reason,
        code=command.code or ReasonCode.RELAXED,
    )


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
