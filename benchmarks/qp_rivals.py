"""Differentiable layers that solve the two-variable program, behind one signature."""

from collections.abc import Callable

import torch
from torch import Tensor

# (G (B, m, 2), h (B, m), u_nom (B, 2), weights (B, 2)) -> u (B, 2)
Layer = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]


def exact() -> Layer:
    """This package."""
    from vcp_cbf_safety.learning.program import solve

    return lambda G, h, u_nom, weights: solve(G, h, u_nom, weights).u


def qpth() -> Layer:
    """The interior-point solver by itself, without checks, as most code calls it."""
    from qpth.qp import QPFunction

    def layer(G: Tensor, h: Tensor, u_nom: Tensor, weights: Tensor) -> Tensor:
        none = G.new_empty(0)
        solver = QPFunction(verbose=-1, check_Q_spd=False)
        return solver(torch.diag_embed(weights), -weights * u_nom, G, h, none, none)

    return layer


def proxsuite() -> Layer:
    """QPLayer of proxsuite."""
    from proxsuite.torch.qplayer import QPFunction

    def layer(G: Tensor, h: Tensor, u_nom: Tensor, weights: Tensor) -> Tensor:
        none = G.new_empty(0)
        below = torch.full_like(h, -1e20).detach()
        solver = QPFunction(omp_parallel=False)
        Q, p = torch.diag_embed(weights), -weights * u_nom
        return solver(Q, p, none, none, G, below, h)[0]

    return layer


def cvxpylayers() -> Layer:
    """Cone programs of cvxpy; one problem is compiled for each number of rows."""
    import cvxpy as cp
    from cvxpylayers.torch import CvxpyLayer

    compiled: dict[int, CvxpyLayer] = {}

    def compile_layer(m: int) -> CvxpyLayer:
        G, h = cp.Parameter((m, 2)), cp.Parameter(m)
        root, wanted, u = cp.Parameter(2), cp.Parameter(2), cp.Variable(2)
        cost = 0.5 * cp.sum_squares(cp.multiply(root, u) - wanted)
        problem = cp.Problem(cp.Minimize(cost), [G @ u <= h])
        return CvxpyLayer(problem, parameters=[G, h, root, wanted], variables=[u])

    def layer(G: Tensor, h: Tensor, u_nom: Tensor, weights: Tensor) -> Tensor:
        solver = compiled.setdefault(h.shape[1], compile_layer(h.shape[1]))
        root = weights.sqrt()
        return solver(G, h, root, root * u_nom)[0]

    return layer


RIVALS: dict[str, Callable[[], Layer]] = {
    'exact': exact,
    'qpth': qpth,
    'proxsuite': proxsuite,
    'cvxpylayers': cvxpylayers,
}
