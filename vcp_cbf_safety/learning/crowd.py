"""Random batches of robots among discs, as tensors: for tests and benchmarks."""

import torch
from torch import Tensor

from vcp_cbf_safety.hazards.hazards import Arena, walls_of
from vcp_cbf_safety.learning.scenes import Scenes, scenes

ARENA = Arena(-3.0, -3.0, 3.0, 3.0)


def crowd(
    size: int, discs: int = 6, seed: int = 0, dtype: torch.dtype = torch.float64
) -> tuple[Tensor, Tensor, Scenes]:
    """Nominal commands (B, 2), states (B, 5) and hazards: walls and discs, half of them moving.

    Args:
        size: B, number of robots.
        discs: of each robot.
        seed: of the random numbers, which are the same for every dtype.
        dtype: of what is returned.
    """
    generator = torch.Generator().manual_seed(seed)

    def uniform(low: float, high: float, *shape: int) -> Tensor:
        numbers = torch.rand(*shape, generator=generator, dtype=torch.float64)
        return (low + (high - low) * numbers).to(dtype)

    moving = uniform(0.0, 1.0, size, discs, 1) < 0.5
    hazards = scenes(
        uniform(-2.5, 2.5, size, discs, 2),
        uniform(0.1, 0.4, size, discs),
        velocities=uniform(-0.4, 0.4, size, discs, 2) * moving,
        responsibility=torch.where(uniform(0.0, 1.0, size, discs) < 0.3, 0.5, 1.0).to(dtype),
        walls=walls_of(ARENA),
    )
    poses = (uniform(-2.5, 2.5, size, 2), uniform(-4.0, 4.0, size, 1))
    twists = (uniform(-0.3, 0.8, size, 1), uniform(-1.0, 1.0, size, 1))
    u_nom = torch.cat((uniform(-0.5, 1.0, size, 1), uniform(-2.0, 2.0, size, 1)), 1)
    return u_nom, torch.cat((*poses, *twists), 1), hazards
