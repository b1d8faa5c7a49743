"""Random numbers for worlds: taken in turn, and made into places and counts."""

import torch
from torch import Tensor

# Places that are tried for a goal, a circle, a peer.
TRIES = 8


class Columns:
    """Takes even random numbers from the columns of a table, one after the other."""

    def __init__(self, numbers: Tensor) -> None:
        self._numbers = numbers
        self.taken = 0

    def take(self, *shape: int) -> Tensor:
        """Numbers (N, *shape) in [0, 1)."""
        count = int(torch.Size(shape).numel())
        table = self._numbers[:, self.taken : self.taken + count]
        self.taken += count
        return table.reshape(len(table), *shape)

    def between(self, ends: tuple[float, float], *shape: int) -> Tensor:
        """Numbers (N, *shape) between two ends."""
        return ends[0] + (ends[1] - ends[0]) * self.take(*shape)


def far_from(draw: Columns, room: Tensor, place: Tensor, distance: float, *shape: int) -> Tensor:
    """Places in the room, at least so far from another if one of the tries is."""
    tries = draw.between((-1.0, 1.0), *shape, TRIES, 2) * room.unsqueeze(-2)
    away = (tries - place.unsqueeze(-2)).norm(dim=-1)
    good = torch.where(away >= distance, 10.0, 0.0)
    # the first good one, and where none is good the furthest
    best = torch.where(good.amax(-1, keepdim=True) > 0.0, good, away).argmax(-1)
    return tries.take_along_dim(best[..., None, None], -2).squeeze(-2)


def first(share: Tensor, ends: tuple[int, int], like: Tensor) -> Tensor:
    """The first so many of a row of things, their number drawn evenly."""
    count = ends[0] + (share * (ends[1] - ends[0] + 1)).floor()
    places = torch.arange(like.shape[1], device=like.device, dtype=share.dtype)
    return places < count
