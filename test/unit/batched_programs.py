"""Batches of programs, for tests of the batched, differentiable program."""

import numpy as np
import torch

from vcp_cbf_safety.learning import specimens

WEIGHTS = torch.tensor([150.0, 1.0], dtype=torch.float64)
ARGUMENTS = ('G', 'h', 'u_nom', 'weights')


def tensor(values) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def box(size: float = 1.0):
    """Rows of |v| <= size, |omega| <= size: G (1, 4, 2), h (1, 4)."""
    G = tensor([[[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]])
    return G, torch.full((1, 4), size, dtype=torch.float64)


def drawn(kind: str = 'ordinary', count: int = 200, m: int = 11, seed: int = 0):
    return [
        torch.from_numpy(x) for x in specimens.draw(kind, count, m, np.random.default_rng(seed))
    ]
