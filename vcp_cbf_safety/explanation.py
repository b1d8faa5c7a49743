"""Sentences that say what holds a robot up, and that its body is outside the arena."""

import math
from collections.abc import Sequence
from dataclasses import replace

from vcp_cbf_safety.body.disc import BodyDisc
from vcp_cbf_safety.command import Outcome, SafeCommand
from vcp_cbf_safety.hazards.hazards import SpeedLimits
from vcp_cbf_safety.motion.unicycle import STANDING, Twist2D, stands
from vcp_cbf_safety.nominal.narrow_gap import narrow_gap
from vcp_cbf_safety.qp.assembly import Assembly
from vcp_cbf_safety.qp.program import Solution
from vcp_cbf_safety.reason_code import ReasonCode

# A body that reaches out by less than this touches the wall [m].
_NOTICED = 0.005


def outside_arena(assembly: Assembly, walls: int, discs: Sequence[BodyDisc]) -> str:
    """Sentence that the body is outside the arena, and where; '' when it is inside.

    Args:
        assembly: barriers of this cycle; the last of them are those of the walls.
        walls: how many walls there are.
        discs: those that cover the body.
    """
    if not walls:
        return ''
    first = len(assembly.names) - walls
    if min(assembly.body_barriers[first:].tolist()) >= 0.0:
        return ''
    out = [
        [disc.radius - kept.radius - h for h in barriers]
        for disc, kept, barriers in zip(
            discs, assembly.kept.discs, assembly.barriers[:, first:].tolist(), strict=True
        )
    ]
    names = zip(assembly.names[first:], map(max, *out, [-math.inf] * walls), strict=True)
    found = [f'by {most:.2f} m at {name}' for name, most in names if most > _NOTICED]
    if not found:
        return ''
    return f'the body is outside the arena {" and ".join(found)}; it may only drive back inside'


def explained(
    command: SafeCommand,
    nominal: Twist2D,
    assembly: Assembly,
    solution: Solution,
    outside: str,
    limits: SpeedLimits,
) -> SafeCommand:
    """The command with a reason wherever it is told to stand although it is asked to move.

    Args:
        command: what the filter made of the nominal command.
        nominal: what the robot is asked to do.
        assembly: rows and barriers of this cycle.
        solution: answer to its program.
        outside: see `outside_arena`.
        limits: speeds that are allowed in this cycle.
    """
    if command.outcome is Outcome.NOMINAL:
        return command
    reason, code, still = command.reason, command.code, stands(command.v, command.omega)
    stalled = abs(command.v) <= STANDING.v < abs(nominal.v)
    stalled = stalled or (still and not stands(nominal.v, nominal.omega))
    between = _between(assembly)
    if between and command.circulating:
        reason, code = f'{"held up" if still else "led out"} {between}', ReasonCode.NARROW_GAP
    elif between and reason:
        reason = f'{reason}; it is {between}'
    elif not reason and not limits.lowest <= nominal.v <= limits.highest:
        reason, code = limits.reason, ReasonCode.SPEED_LIMIT
    elif stalled and not reason:
        causes = ' and '.join(assembly.shaping(solution)[:2]) or 'the limits of the robot'
        reason = f'held up {between or f"by {causes}"}'
        code = ReasonCode.NARROW_GAP if between else ReasonCode.HELD_UP
    if outside:
        code = ReasonCode.OUTSIDE_ARENA
    if outside and (command.outcome is not Outcome.FILTERED or command.circulating):
        reason = f'{outside}; {reason}' if reason else outside
    elif outside:
        reason = outside
    return replace(command, reason=reason, code=code)


def _between(assembly: Assembly) -> str:
    gap = narrow_gap(assembly.body_barriers, assembly.body_normals)
    if gap is None:
        return ''
    first, second = (assembly.names[index] for index in gap.sides)
    return (
        f'between {first} and {second}, which leave {gap.lacking:.2f} m less than the body with '
        'its margins needs'
    )
