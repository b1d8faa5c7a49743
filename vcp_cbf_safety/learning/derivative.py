"""The projection as one differentiable operation, with its derivative written by hand."""

import math
from enum import IntEnum
from typing import Any, NamedTuple

import torch
from torch import Tensor

from vcp_cbf_safety.learning.projection import UnitRows, closest, closest_among, unit_rows
from vcp_cbf_safety.learning.relaxation import members_per_chunk, open_rows

# Members from which on those that need no projection are left out of it.
_MANY = 64


class LayerStatus(IntEnum):
    """How a member of the batch was solved; the order is that of gravity."""

    NOMINAL = 0  # the nominal command satisfies every row
    FILTERED = 1  # the closest command that satisfies every row
    RELAXED = 2  # no command satisfies every row: soft rows gave way
    INFEASIBLE = 3  # not even the rows that never give way can hold: least violation of those


class Face(NamedTuple):
    """Where on its polygon each answer lies: all that the derivative needs.

    y = sqrt(weights) (u - u_nom) = d n + s t on the line of the first row, see `projection`.

    Attributes:
        rows: (4, 2, B) nx, ny, d and length of the two active rows, as they were opened; d is
            zero where no row is active.
        s: (B,) zero unless the second row is active.
        active: (B, 2) indices of the rows; -1 for none.
        root: (B, 2) square roots of the weights.
        u: (B, 2) the answer.
        away: (B, 2) u - u_nom.
    """

    rows: Tensor
    s: Tensor
    active: Tensor
    root: Tensor
    u: Tensor
    away: Tensor


class SolvedBatch(NamedTuple):
    """Where the answers are, how they came about (B,), and by how much rows were opened (B, m)."""

    face: Face
    status: Tensor
    opened: Tensor | None


class NotFiniteError(ArithmeticError):
    """A number in the program is not finite; which one is for the caller to say."""


@torch.inference_mode()  # a quarter faster for one member than without gradients alone
def project(
    G: Tensor,
    h: Tensor,
    u_nom: Tensor,
    weights: Tensor,
    soft: Tensor | None = None,
    hard: Tensor | None = None,
) -> SolvedBatch:
    """Closest point for every member, relaxed where its rows contradict each other.

    The tensors returned are inference tensors: clone what leaves this module.

    Args:
        G: (B, m, 2), m and B at least one.
        h: (B, m).
        u_nom: (B, 2).
        weights: (B, 2).
        soft: (B, m) int64 classes, zero never gives way; None for zeros.
        hard: (B, m) right-hand sides that hold even where rows give way; None for no limits.

    Raises:
        NotFiniteError: if a number in G, h, u_nom or weights is not, or a weight is not positive.
    """
    root = weights.sqrt()
    rows = unit_rows(G, h, u_nom, root)
    if not math.isfinite((rows.d.sum() + rows.length.sum() + root.sum()).item()):
        raise NotFiniteError
    nominal = rows.d.amin(0) >= 0.0
    # looking at half of them is worth finding out which only where there are many
    many = len(nominal) >= _MANY
    point = closest_among(rows, nominal.logical_not()) if many else closest(rows)
    picked = torch.stack((point.row, point.other))
    face_rows = _gather(rows, picked)
    s = point.s
    status = nominal.logical_not().to(torch.int64)
    settled = point.found.logical_or_(nominal)
    opened = None
    if not settled.all():
        opened = torch.zeros_like(h)
        soft = torch.zeros_like(h, dtype=torch.int64) if soft is None else soft
        for some in (
            settled.logical_not_().nonzero().squeeze(1).split(members_per_chunk(len(rows.d)))
        ):
            room = None if hard is None else (hard[some] - h[some]).t()
            part = rows.members(some)
            opening = open_rows(part, soft[some].t(), room)
            part = part._replace(d=part.d + opening.amount / part.length)
            nominal[some] = part.d.amin(0) >= 0.0  # opened rows can let the nominal through
            point = closest(part, accept_any=True)
            pair = torch.stack((point.row, point.other))
            picked[:, some], s[some] = pair, point.s
            face_rows[:, :, some] = _gather(part, pair)
            relaxed = torch.where(
                opening.firm, int(LayerStatus.RELAXED), int(LayerStatus.INFEASIBLE)
            )
            status[some] = torch.where(opening.contradictory, relaxed, int(LayerStatus.FILTERED))
            opened[some] = opening.amount.t()
    s.masked_fill_(nominal, 0.0)
    face_rows[2].masked_fill_(nominal, 0.0)
    picked[0].masked_fill_(nominal, -1)
    picked[1].masked_fill_(s == 0.0, -1)
    nx, ny, d = face_rows[:3, 0]
    away = torch.stack((d * nx - s * ny, d * ny + s * nx), 1).div_(root)
    return SolvedBatch(Face(face_rows, s, picked.t(), root, u_nom + away, away), status, opened)


def _gather(rows: UnitRows, picked: Tensor) -> Tensor:
    table = torch.stack(rows[:4])
    return table.gather(1, picked.expand(4, -1, -1))


@torch.inference_mode()
def pull_back(
    face: Face, gradient: Tensor, m: int, wanted: tuple[bool, ...]
) -> list[Tensor | None]:
    """Gradients of a loss with respect to G, h, u_nom and weights, from that at the answer.

    With p and q the solution of  W p + G_A' q = gradient, G_A p = 0  for the active rows A and
    multipliers lambda, they are  -(lambda p' + q u'), q, W p and -p (u - u_nom). The amount by
    which a row was opened is held constant.

    Args:
        face: of the answers.
        gradient: (B, 2) at the answers.
        m: number of rows.
        wanted: which of the four are.
    """
    nx, ox, ny, oy, d, _, _, _ = face.rows.flatten(0, 1).unbind(0)
    scaled = gradient / face.root
    zx, zy = scaled.unbind(1)
    vertex = (face.s != 0.0).unsqueeze(1)
    free = face.active[:, 0] < 0
    inverse = torch.where(vertex[:, 0], (oy * nx - ox * ny).reciprocal_(), 0.0)
    dot = nx * ox + ny * oy
    pull = (zx * nx + zy * ny).masked_fill_(free, 0.0)
    normal = face.rows[:2, 0].t()
    p = (scaled - normal * pull.unsqueeze(1)).masked_fill_(vertex, 0.0)
    grads: list[Tensor | None] = [None, None, p * face.root if wanted[2] else None, None]
    p = p.div_(face.root)
    if wanted[3]:
        grads[3] = -p * face.away
    if not (wanted[0] or wanted[1]):
        return grads
    q_other = (zy * nx - zx * ny).mul_(inverse)
    q = torch.stack((pull - dot * q_other, q_other)).div_(face.rows[3]).t()
    where = face.active.clamp(min=0)
    if wanted[1]:
        grads[1] = q.new_zeros(len(q), m).scatter_add_(1, where, q)
    if wanted[0]:
        force = face.s * inverse
        force = torch.stack((d - dot * force, force)).div_(face.rows[3]).t()
        change = force.unsqueeze(2) * p.unsqueeze(1) - q.unsqueeze(2) * face.u.unsqueeze(1)
        index = where.unsqueeze(2).expand(-1, -1, 2)
        grads[0] = q.new_zeros(len(q), m, 2).scatter_add_(1, index, change)
    return grads


class Projection(torch.autograd.Function):
    """`project` with `pull_back` as its derivative: commands, statuses and active rows."""

    @staticmethod
    def forward(ctx: Any, *program: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Answers; see `program.BatchSolution`."""
        face, status, _ = project(*program)  # type: ignore[arg-type]
        # Inference tensors cannot go through save_for_backward; none of these is an output.
        ctx.face = face
        ctx.m = program[1].shape[1]  # type: ignore[union-attr]
        ctx.set_materialize_grads(False)
        u, status, active = face.u.clone(), status.clone(), face.active.clone()
        ctx.mark_non_differentiable(status, active)
        return u, status, active

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor | None, *_: Any) -> tuple[Tensor | None, ...]:
        """Gradients with respect to G, h, u_nom and weights."""
        if gradient is None:
            return (None,) * 6
        grads = pull_back(ctx.face, gradient, ctx.m, ctx.needs_input_grad)
        return (*(None if g is None else g.clone() for g in grads), None, None)
