"""The program through `qpth`, an interior-point solver, with each answer checked.

qpth 0.0.18 has three traps. A row of zeros makes its step length 0/0 and it silently returns an
early iterate, so such rows are exchanged for redundant ones that are not zero. It never reports
that rows contradict each other, so it is given them as they were opened. In large batches a few
answers are wrong, so each is compared with the exact one, and replaced where it is off.
"""

from typing import Any

import torch
from qpth.qp import QPFunction
from torch import Tensor

from vcp_cbf_safety.learning.derivative import Face, project, pull_back

# How far an answer may be from the exact one, and beyond its rows, before it is replaced.
_ACCEPTED_ERROR = 1e-6


def solve_with_qpth(*program: Tensor | None) -> tuple[Tensor, Tensor, Tensor, int]:
    """Commands, statuses, active rows, and how many answers of qpth were replaced.

    Args:
        program: G, h, u_nom, weights, soft and hard, as `derivative.project` takes them.
    """
    u, status, active, replaced = ProjectionByQpth.apply(*program)
    return u, status, active, replaced


class ProjectionByQpth(torch.autograd.Function):
    """Values and derivatives of qpth, where it is right; else those of the exact projection."""

    @staticmethod
    def forward(ctx: Any, *program: Tensor | None) -> tuple[Tensor, Tensor, Tensor, int]:
        """Answers; see `program.BatchSolution`."""
        face, status, opened = project(*program)  # type: ignore[arg-type]
        leaves = [x.detach().double().requires_grad_() for x in program[:4]]  # type: ignore[union-attr]
        answer = _interior_point(leaves, face, opened)
        exact = face.u.clone()
        wrong = _is_wrong(answer, exact, leaves, opened)
        ctx.face, ctx.leaves, ctx.answer, ctx.wrong = face, leaves, answer, wrong
        ctx.set_materialize_grads(False)
        u = torch.where(wrong.unsqueeze(1), exact, answer.detach().to(exact.dtype))
        status, active = status.clone(), face.active.clone()
        ctx.mark_non_differentiable(status, active)
        return u, status, active, int(wrong.sum())

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor | None, *_: Any) -> tuple[Tensor | None, ...]:
        """Gradients with respect to G, h, u_nom and weights."""
        if gradient is None:
            return (None,) * 6
        m = ctx.leaves[1].shape[1]
        exact = pull_back(ctx.face, gradient, m, (True, True, True, True))
        theirs = [torch.full_like(leaf, torch.nan) for leaf in ctx.leaves]
        if ctx.answer.requires_grad:
            theirs = list(
                torch.autograd.grad(ctx.answer, ctx.leaves, gradient.double(), retain_graph=True)
            )
        merged: list[Tensor | None] = []
        for ours, other in zip(exact, theirs, strict=True):
            assert ours is not None
            bad = ctx.wrong | ~other.isfinite().flatten(1).all(1)
            shape = (-1,) + (1,) * (ours.ndim - 1)
            merged.append(torch.where(bad.view(shape), ours.clone(), other.to(ours.dtype)))
        return (*merged, None, None)


def _interior_point(leaves: list[Tensor], face: Face, opened: Tensor | None) -> Tensor:
    """What qpth says, with its graph; not a number where it gives up."""
    G, h, u_nom, weights = leaves
    none = G.new_empty(0)
    with torch.enable_grad():
        h = h if opened is None else h + opened.double()
        empty = (G.detach() == 0.0).all(2)
        beyond = face.u[:, :1].double().clone().abs() + 1.0
        right = torch.where(empty, beyond, h)
        rows = torch.where(empty.unsqueeze(2), G.new_tensor([1.0, 0.0]), G)
        try:
            return QPFunction(verbose=-1, check_Q_spd=False)(
                torch.diag_embed(weights), -weights * u_nom, rows, right, none, none
            )
        except RuntimeError:  # a singular matrix in one member fails the batch
            return torch.full_like(u_nom, torch.nan).detach()


def _is_wrong(
    answer: Tensor, exact: Tensor, leaves: list[Tensor], opened: Tensor | None
) -> Tensor:
    G, h = leaves[0].detach(), leaves[1].detach()
    u = answer.detach()
    excess = (G * u.unsqueeze(1)).sum(2) - (h if opened is None else h + opened.double())
    size = 1.0 + exact.abs().amax(1).double()
    near = (u - exact).abs().amax(1) <= _ACCEPTED_ERROR * size
    # float32 answers carry their own rounding
    slack = _ACCEPTED_ERROR + 16.0 * torch.finfo(exact.dtype).eps
    return ~(near & (excess.amax(1) <= slack * size))
