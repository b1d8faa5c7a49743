"""The hazards of a batch of situations as tensors, padded where members have fewer than others."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from vcp_cbf_safety.hazards.hazards import (
    Barriers,
    Hazards,
    Walls,
    disc_barriers,
    discs_of,
    wall_barriers,
    walls_of,
)
from vcp_cbf_safety.qp.constraints import Level

_NO_WALLS = Walls(np.zeros((0, 2)), np.zeros(0))


class Scenes(NamedTuple):
    """Discs, then walls, of B situations: the batched twin of `hazards.scene.Scene`.

    Made by `scenes` from tensors or by `scenes_of` from hazards. What is not `real` is padding: it
    may hold any finite numbers and makes no rows.

    Attributes:
        centers, radii: (B, k, 2) and (B, k) of the discs in the world frame [m].
        wall_normals, wall_offsets: (w, 2) and (B, w), inward [m].
        velocities: (B, n, 2) of all n = k + w hazards [m/s].
        responsibility: (B, n), in (0, 1].
        level: (B, n) int64 values of `constraints.Level`.
        real: (B, n) whether there is such a hazard.
    """

    centers: Tensor
    radii: Tensor
    wall_normals: Tensor
    wall_offsets: Tensor
    velocities: Tensor
    responsibility: Tensor
    level: Tensor
    real: Tensor

    def members(self, index: Tensor | slice) -> 'Scenes':
        """Hazards of some members of the batch."""
        normals = self.wall_normals
        return Scenes(*(each if each is normals else each[index] for each in self))

    def barriers(self, points: Tensor, inflation: float) -> Barriers:
        """Distance barriers of every hazard at points (B, p, 2): h (B, p, n) and normals."""
        discs = disc_barriers(
            points, self.centers.unsqueeze(1), self.radii.unsqueeze(1), inflation
        )
        if not len(self.wall_normals):
            return discs
        walls = wall_barriers(points, self.wall_normals, self.wall_offsets.unsqueeze(1), inflation)
        return Barriers(
            torch.cat((discs.h, walls.h), 2), torch.cat((discs.normals, walls.normals), 2)
        )


def scenes(
    centers: Tensor,
    radii: Tensor,
    *,
    velocities: Tensor | None = None,
    responsibility: Tensor | None = None,
    moving: Tensor | None = None,
    real: Tensor | None = None,
    walls: Walls | None = None,
) -> Scenes:
    """Hazards of a batch from tensors, as a simulation of many robots has them.

    Args:
        centers: (B, k, 2) disc centres in the world frame [m]; k may be zero.
        radii: (B, k) [m].
        velocities: (B, k, 2) [m/s]; None for discs that stand still.
        responsibility: (B, k), in (0, 1]; None for ones.
        moving: (B, k) whether a disc is, or may at any time be, in motion by itself; None for
            those whose velocity is not zero. Peers always are.
        real: (B, k) False where a member has no such disc; None for all True. What the other
            arguments hold there does not matter, not even NaN.
        walls: of all members, from `hazards.walls_of`, or with offsets (B, w); None for an open
            world.

    Raises:
        ValueError: if shapes disagree; the message names the argument.
    """
    size, k = _disc_shape(centers)
    ones = torch.ones_like(centers[..., 0])
    real = ones.bool() if real is None else real
    velocities = torch.zeros_like(centers) if velocities is None else velocities
    responsibility = ones if responsibility is None else responsibility
    moving = (velocities != 0.0).any(-1) if moving is None else moving
    for name, value, shape in (
        ('radii', radii, (size, k)),
        ('velocities', velocities, (size, k, 2)),
        ('responsibility', responsibility, (size, k)),
        ('moving', moving, (size, k)),
        ('real', real, (size, k)),
    ):
        if value.shape != shape:
            raise ValueError(f'{name} has shape {tuple(value.shape)}; it must be {shape}')
    absent = ~real
    normals, offsets = _wall_tensors(_NO_WALLS if walls is None else walls, centers)
    w = len(normals)
    return Scenes(
        centers=centers.masked_fill(absent.unsqueeze(2), 0.0),
        radii=radii.masked_fill(absent, 0.0),
        wall_normals=normals,
        wall_offsets=offsets,
        velocities=_with_walls(velocities.masked_fill(absent.unsqueeze(2), 0.0), w, 0.0),
        responsibility=_with_walls(responsibility.masked_fill(absent, 1.0), w, 1.0),
        level=_with_walls(
            torch.where(moving & real, int(Level.MOVING), int(Level.OBSTACLE)),
            w,
            int(Level.OBSTACLE),
        ),
        real=_with_walls(real, w, True),
    )


def scenes_of(
    hazards: Sequence[Hazards],
    dtype: torch.dtype = torch.float64,
    device: torch.device | str | None = None,
) -> Scenes:
    """Hazards of a batch from what the robot's filter takes, one `Hazards` for each member.

    Members may differ in everything: number of discs, arena or none.
    """
    discs = [discs_of(each) for each in hazards]
    walls = [walls_of(each.arena) if each.arena else None for each in hazards]
    k = max((len(each.radii) for each in discs), default=0)

    def padded(columns: list[Any], shape: tuple[int, ...], kind: torch.dtype) -> Tensor:
        table = np.zeros((len(columns), *shape))
        for row, column in zip(table, columns, strict=True):
            row[: len(column)] = column
        return torch.from_numpy(table).to(device, kind)

    some = next((each for each in walls if each is not None), _NO_WALLS)
    offsets = [_NO_WALLS.offsets if each is None else each.offsets for each in walls]
    result = scenes(
        padded([each.centers for each in discs], (k, 2), dtype),
        padded([each.radii for each in discs], (k,), dtype),
        velocities=padded([each.velocities for each in discs], (k, 2), dtype),
        responsibility=padded([each.responsibility for each in discs], (k,), dtype),
        moving=padded([each.moving for each in discs], (k,), torch.bool),
        real=padded([np.ones(len(each.radii)) for each in discs], (k,), torch.bool),
        walls=Walls(some.normals, padded(offsets, (len(some.offsets),), dtype)),
    )
    walled = torch.tensor([each is not None for each in walls], dtype=torch.bool, device=device)
    result.real[:, k:] &= walled.unsqueeze(1)
    return result


def _disc_shape(centers: Tensor) -> tuple[int, int]:
    if centers.ndim != 3 or centers.shape[2] != 2:
        raise ValueError(f'centers has shape {tuple(centers.shape)}; it must be (B, k, 2)')
    return centers.shape[0], centers.shape[1]


def _wall_tensors(walls: Walls, like: Tensor) -> tuple[Tensor, Tensor]:
    """Normals (w, 2) and offsets (B, w), as tensors like another."""
    normals = torch.as_tensor(walls.normals, dtype=like.dtype, device=like.device)
    offsets = torch.as_tensor(walls.offsets, dtype=like.dtype, device=like.device)
    if offsets.shape not in ((len(normals),), (len(like), len(normals))):
        raise ValueError(
            f'walls.offsets has shape {tuple(offsets.shape)}; '
            f'it must be ({len(normals)},) or ({len(like)}, {len(normals)})'
        )
    return normals, offsets.expand(len(like), -1)


def _with_walls(column: Tensor, w: int, value: float) -> Tensor:
    """A column of the discs, continued with the same value for every wall."""
    return torch.cat((column, column.new_full((len(column), w, *column.shape[2:]), value)), 1)
