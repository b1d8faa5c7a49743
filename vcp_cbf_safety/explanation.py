"""Sentences that say what holds a robot up: between what it stands."""

from dataclasses import replace

from vcp_cbf_safety.assembly import Assembly
from vcp_cbf_safety.command import Outcome, SafeCommand
from vcp_cbf_safety.narrow_gap import narrow_gap
from vcp_cbf_safety.program import Solution
from vcp_cbf_safety.unicycle import STANDING, Twist2D, stands


def explained(
    command: SafeCommand, nominal: Twist2D, assembly: Assembly, solution: Solution
) -> SafeCommand:
    """The command with a reason wherever it is told to stand although it is asked to move.

    Args:
        command: what the filter made of the nominal command.
        nominal: what the robot is asked to do.
        assembly: rows and barriers of this cycle.
        solution: answer to its program.
    """
    if command.outcome is Outcome.NOMINAL:
        return command
    reason, still = command.reason, stands(command.v, command.omega)
    held = abs(command.v) <= STANDING.v < abs(nominal.v)
    held = held or (still and not stands(nominal.v, nominal.omega))
    between = _between(assembly)
    if between and command.circulating:
        reason = f'{"held up" if still else "led out"} {between}'
    elif between and reason:
        reason = f'{reason}; it is {between}'
    elif held and not reason:
        holders = ' and '.join(assembly.shaping(solution)[:2]) or 'the limits of the robot'
        reason = f'held up {between or f"by {holders}"}'
    return replace(command, reason=reason)


def _between(assembly: Assembly) -> str:
    gap = narrow_gap(assembly.body_barriers, assembly.body_normals)
    if gap is None:
        return ''
    first, second = (assembly.names[index] for index in gap.sides)
    return (
        f'between {first} and {second}, which leave {gap.lacking:.2f} m less than the body with '
        'its margins needs'
    )
