"""A batch of programs in (v, omega), differentiable: closest commands that satisfy every row."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from vcp_cbf_safety.learning.derivative import LayerStatus, NotFiniteError, Projection, project

__all__ = ['BatchSolution', 'LayerStatus', 'solve']


@dataclass(frozen=True, slots=True)
class BatchSolution:
    """Answers to a batch of B programs.

    Attributes:
        u: (B, 2) commands, differentiable; always finite.
        status: (B,) int64 values of `LayerStatus`.
        active: (B, 2) int64 indices of the rows that hold the command where it is; -1 for none.
        violation: (B,) largest violation of a row in its own units, zero when all hold; the price
            of relaxing. Not differentiable.
        replaced: how many answers of the backend were wrong and replaced by exact ones.
    """

    u: Tensor
    status: Tensor
    active: Tensor
    violation: Tensor
    replaced: int = 0


def solve(
    G: Tensor,
    h: Tensor,
    u_nom: Tensor,
    weights: Tensor,
    soft: Tensor | None = None,
    backend: str = 'exact',
    *,
    hard: Tensor | None = None,
) -> BatchSolution:
    """Solve min 0.5 (u - u_nom)' diag(weights) (u - u_nom) s.t. G u <= h for every member.

    Where the rows of a member contradict each other they give way as on the robot
    (`qp.program.solve`), and its answer is the closest command to u_nom under the rows
    as opened. Gradients are those of the active rows by the implicit function theorem; for a row
    that gave way, the amount by which it did is held constant. At a tie (a row that just touches)
    the gradient is that of one side.

    Args:
        G: (B, m, 2) rows; a row of zeros holds if its right-hand side is not negative.
        h: (B, m) right-hand sides.
        u_nom: (B, 2) nominal commands.
        weights: (2,) or (B, 2) positive diagonal of the cost.
        soft: (m,) or (B, m), booleans or integers: how readily each row gives way. Rows of class 0
            (False) never do, such as bounds; among the others the highest class gives way first,
            and is violated by the least that lower classes force on it. None is all zeros.
        backend: 'exact', or 'qpth' for the interior-point solver of that name, each answer of
            which is checked and replaced by the exact one where it is wrong.
        hard: (m,) or (B, m) right-hand sides, at least h, that rows are held to even where they
            give way; inf for no limit.

    Returns:
        Commands, statuses, active rows and violations.

    Raises:
        ValueError: if shapes, types or devices disagree, a number is not finite, or a weight is
            not positive; the message names the argument.
    """
    operation = _backend(backend)
    _check_shapes(G, h, u_nom, weights)
    size, m = h.shape
    if size == 0 or m == 0:
        return _unconstrained(u_nom)
    soft, hard = _check_classes(soft, hard, h)
    if weights.ndim == 1:
        weights = weights.expand(size, 2)
    try:
        u, status, active, replaced = operation(G, h, u_nom, weights, soft, hard)
    except NotFiniteError:
        raise ValueError(_what_is_wrong(G=G, h=h, u_nom=u_nom, weights=weights)) from None
    return BatchSolution(u, status, active, _excess(G, h, u).clone(), replaced)


_Answer = tuple[Tensor, Tensor, Tensor, int]


def _backend(name: str) -> Callable[..., _Answer]:
    if name == 'exact':
        return _exact
    if name == 'qpth':
        from vcp_cbf_safety.learning.qpth_backend import solve_with_qpth

        return solve_with_qpth
    raise ValueError(f"backend is {name!r}; it must be 'exact' or 'qpth'")


def _exact(*program: Tensor | None) -> _Answer:
    if torch.is_grad_enabled() and any(x is not None and x.requires_grad for x in program[:4]):
        return (*Projection.apply(*program), 0)
    face, status, _ = project(*program)  # type: ignore[arg-type]
    return face.u.clone(), status.clone(), face.active.clone(), 0


@torch.inference_mode()
def _excess(G: Tensor, h: Tensor, u: Tensor) -> Tensor:
    return (G * u.unsqueeze(1)).sum(2).sub_(h).amax(1).clamp_(min=0.0)


def _unconstrained(u_nom: Tensor) -> BatchSolution:
    if not u_nom.isfinite().all():
        raise ValueError(_what_is_wrong(u_nom=u_nom))
    size = len(u_nom)
    none = torch.full((size, 2), -1, dtype=torch.int64, device=u_nom.device)
    return BatchSolution(u_nom * 1.0, torch.zeros_like(none[:, 0]), none, u_nom.new_zeros(size))


def _check_shapes(G: Tensor, h: Tensor, u_nom: Tensor, weights: Tensor) -> None:
    if h.ndim != 2:
        raise ValueError(f'h has shape {tuple(h.shape)}; it must be (B, m)')
    size, m = h.shape
    if G.shape != (size, m, 2):
        raise ValueError(f'G has shape {tuple(G.shape)}; for this h it must be ({size}, {m}, 2)')
    if u_nom.shape != (size, 2):
        raise ValueError(f'u_nom has shape {tuple(u_nom.shape)}; it must be ({size}, 2)')
    if weights.shape != (2,) and weights.shape != (size, 2):
        raise ValueError(
            f'weights has shape {tuple(weights.shape)}; it must be (2,) or ({size}, 2)'
        )
    if h.dtype not in (torch.float32, torch.float64):
        raise ValueError(f'h is {h.dtype}; it must be float32 or float64')
    for name, value in (('G', G), ('u_nom', u_nom), ('weights', weights)):
        if value.dtype != h.dtype or value.device != h.device:
            raise ValueError(
                f'{name} is {value.dtype} on {value.device}; '
                f'it must be as h is, {h.dtype} on {h.device}'
            )


def _check_classes(
    soft: Tensor | None, hard: Tensor | None, h: Tensor
) -> tuple[Tensor | None, Tensor | None]:
    """The optional arguments as (B, m) tensors."""
    for name, value in (('soft', soft), ('hard', hard)):
        if value is not None and value.shape not in (h.shape, h.shape[1:]):
            raise ValueError(
                f'{name} has shape {tuple(value.shape)}; '
                f'it must be ({h.shape[1]},) or {tuple(h.shape)}'
            )
    if soft is not None:
        if soft.is_floating_point() or soft.is_complex():
            raise ValueError(f'soft is {soft.dtype}; it must hold booleans or integers')
        soft = soft.to(torch.int64).expand(h.shape)
        if soft.amin() < 0:
            raise ValueError(f'soft holds {int(soft.amin())}; a class must not be negative')
    if hard is not None:
        hard = hard.detach().expand(h.shape)
        if not (hard >= h.detach()).all():
            raise ValueError('hard is below h in some row, or not a number; it must be at least h')
    return soft, hard


def _what_is_wrong(**arguments: Tensor) -> str:
    for name, value in arguments.items():
        wrong = value.detach().isfinite().logical_not().nonzero()
        if len(wrong):
            index = tuple(wrong[0].tolist())
            return f'{name}{list(index)} is {value[index].item()}; every number must be finite'
    weights = arguments['weights'].detach()
    if not (weights > 0.0).all():
        return f'weights holds {weights.amin().item()}; a weight must be positive'
    return 'G, h, u_nom or weights holds numbers so large that they overflow'
