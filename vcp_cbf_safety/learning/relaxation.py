"""Which rows give way, and by how much, where no command satisfies all of them.

The same order as on the robot (`qp.program`): firmest rows first, each class of rows
is violated only by the least that the firmer ones force on it. Batched; the loops run over classes
and Newton steps, not over members.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from vcp_cbf_safety.learning.projection import UnitRows, line_pairs, tolerance
from vcp_cbf_safety.qp.program import RELAXATION_SLACK, ROUNDING_SLACK

# Members that are relaxed together: a bound on memory, m x m numbers for each.
_PAIRS = 1 << 18

# Rows that contradict each other by no more than this do so by rounding: the tolerance of the
# robot's solver, and what float32 allows.
_ROUNDING, _ROUNDING_SINGLE = 1e-11, 1e-5

# What float32 needs instead of the robot's rounding slack.
_SLACK_SINGLE = 1e-5

_NEWTON_STEPS = 100
_INFINITY = float('inf')


class Opening(NamedTuple):
    """How far rows are opened.

    Attributes:
        amount: (m, B) to be added to the right-hand sides of G u <= h.
        contradictory: (B,) whether the rows contradict each other by more than rounding.
        firm: (B,) whether the rows that never give way hold.
    """

    amount: Tensor
    contradictory: Tensor
    firm: Tensor


def members_per_chunk(m: int) -> int:
    """How many members of a batch to relax at once."""
    return max(1, _PAIRS // (m * m))


def open_rows(rows: UnitRows, soft: Tensor, room: Tensor | None) -> Opening:
    """Open rows as little as possible, firmest class first.

    Args:
        rows: of members that no command was found for.
        soft: (m, B) integer class of each row: zero never gives way, the highest gives way first.
        room: (m, B) furthest that each row may be opened, or None for no limit.
    """
    m = len(soft)
    exact = torch.finfo(rows.d.dtype).bits == 64
    rounding = _ROUNDING if exact else _ROUNDING_SINGLE
    every = torch.ones_like(soft, dtype=torch.bool)
    together = _least_violation(rows, every, every)
    contradictory = together > rounding
    if room is not None:  # a limit is one more row, which never gives way
        limits = rows._replace(d=rows.d + room / rows.length)
        doubled = [torch.cat(pair) for pair in zip(rows[:4], limits[:4], strict=True)]
        rows = UnitRows(doubled[0], doubled[1], doubled[2], doubled[3], rows.size)
        soft = torch.cat((soft, torch.zeros_like(soft)))
    amount = torch.zeros_like(rows.d)
    firm = torch.ones_like(contradictory)
    opened = rows
    for softness in torch.unique(soft).tolist():
        giving = soft == softness
        alone = room is None and bool(giving.all())
        least = together if alone else _least_violation(opened, giving, soft <= softness)
        if softness == 0:
            firm = least <= rounding
            gift = torch.where(least > 0.0, least + rounding, 0.0)
        else:
            slack = ROUNDING_SLACK if exact else _SLACK_SINGLE
            gift = least + torch.where(least > slack, RELAXATION_SLACK, slack)
        amount = torch.where(giving, gift, amount)
        opened = rows._replace(d=rows.d + amount / rows.length)
    if room is not None:
        amount = torch.minimum(amount[:m], room + amount[m:])
    return Opening(torch.where(contradictory, amount, together + rounding), contradictory, firm)


def _least_violation(rows: UnitRows, giving: Tensor, counted: Tensor) -> Tensor:
    """Smallest t >= 0 at which G u <= h + t on `giving` and G u <= h on the others: (B,).

    At the least t some row's line still carries a feasible point. On the line of row i, with
    everything a linear function of t, low_i(t) - high_i(t) is convex, and Newton's method from
    below reaches its root in finitely many steps; the least root of all lines is the answer.

    Args:
        rows: of each member.
        giving: (m, B) rows that are opened by t.
        counted: (m, B) rows that count; the others do not exist.
    """
    counted = counted & (rows.d < _INFINITY)
    rate = torch.where(giving, 1.0 / rows.length, 0.0)
    lines = rows._replace(d=torch.where(counted, rows.d, 0.0))
    cross, rest = line_pairs(lines)
    rest = torch.where(counted.unsqueeze(1), rest, _INFINITY)
    speed = _rest_speed(rows, rate)
    t, latest = _parallel_range(cross, rest, speed, tolerance(rows, lines.d.abs()))
    t = torch.where(counted & (t <= latest), t, _INFINITY)
    crossing, slope = rest / cross, speed / cross
    for _ in range(_NEWTON_STEPS):
        following = _newton_step(t, cross, crossing, slope, lines)
        following = torch.where(following <= latest, following, _INFINITY)
        # lines only rise: a line that has settled below all others is the lowest for good
        settled = torch.where(following <= t, following, _INFINITY).amin(0)
        t = following
        if (settled <= t.amin(0)).all():
            break
    least = t.amin(0)
    return torch.where(giving.any(0) & (least < _INFINITY), least, 0.0)


def _rest_speed(rows: UnitRows, rate: Tensor) -> Tensor:
    """Rate at which each rest of `line_pairs` grows with t: (m, m, B)."""
    speed = rate.unsqueeze(1) - rows.nx.unsqueeze(1) * (rate * rows.nx)
    speed -= rows.ny.unsqueeze(1) * (rate * rows.ny)
    rounding = 64.0 * torch.finfo(rate.dtype).eps
    limit = rounding * torch.maximum(rate.unsqueeze(1), rate.unsqueeze(0))
    return torch.where(speed.abs() <= limit, 0.0, speed)


def _parallel_range(
    cross: Tensor, rest: Tensor, speed: Tensor, tight: Tensor
) -> tuple[Tensor, Tensor]:
    """First and last t at which each line satisfies the rows parallel to it: (m, B) each."""
    parallel = cross == 0.0
    rest = torch.where(rest.abs() <= tight, 0.0, rest)
    root = -rest / speed
    first = torch.where(parallel & (speed > 0.0), root, 0.0)
    first = torch.where(parallel & (speed == 0.0) & (rest < 0.0), _INFINITY, first)
    last = torch.where(parallel & (speed < 0.0), root, _INFINITY)
    return first.amax(0).clamp_(min=0.0), last.amin(0)


def _newton_step(
    t: Tensor, cross: Tensor, crossing: Tensor, slope: Tensor, lines: UnitRows
) -> Tensor:
    """Next t of every line; the same where the line is feasible, inf where it never will be."""
    at = torch.where(t < _INFINITY, t, 0.0)
    position = crossing + slope * at
    lows = torch.where(cross < 0.0, position, -_INFINITY)
    highs = torch.where(cross > 0.0, position, _INFINITY)
    low, high = lows.amax(0), highs.amin(0)
    pair = torch.stack((lows.argmax(0), highs.argmin(0)))
    flat = torch.minimum(*cross.gather(0, pair).abs())
    gap = low - high
    reach = torch.minimum(low.abs(), high.abs()) + lines.d.abs()
    empty = gap * flat > tolerance(lines, reach)
    closing = slope.gather(0, pair)
    closing = closing[1] - closing[0]
    step = torch.where(closing > 0.0, gap / closing, _INFINITY)
    return torch.where(empty, t + step, t)
