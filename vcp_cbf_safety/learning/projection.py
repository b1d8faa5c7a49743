"""Closest point of a polygon given by rows, batched and in closed form.

In two dimensions the closest point is found by looking: it is the wanted point itself, or it lies
on the line of a row that the wanted point violates. On each such line the other rows leave an
interval, and the interval's point next to the foot of the perpendicular is the line's candidate.
O(m^2) per member of the batch, no iteration.

Every operation is elementwise, or a maximum within one member: the same numbers come out, to the
bit, whatever else is in the batch. The batch is the last dimension in here, so that every inner
loop of torch runs over contiguous numbers.
"""

from typing import NamedTuple

import torch
from torch import Tensor

# Unit rows whose cross product is below this many roundings are parallel.
_PARALLEL = 16.0

# A candidate may violate a row by this many roundings of the numbers that it is made of.
_TIGHT = 64.0

# A row shorter than this is no row: no command in use changes its value.
_SHORTEST_ROW = 1e-13

# Pairs of rows per chunk, so that temporaries stay in the cache.
_PAIRS = 1 << 16

_INFINITY = float('inf')


class UnitRows(NamedTuple):
    """Unit rows n . y <= d in y = sqrt(weights) (u - u_nom), in which the cost is |y|^2 / 2.

    Attributes:
        nx, ny: (m, B) components of n; zero for a row of zeros.
        d: (m, B) signed distance from the wanted point to the line; negative when violated.
        length: (m, B) length that the row had in this metric before it became a unit row.
        size: (B,) magnitude of the numbers that d is made of, for tolerances.
    """

    nx: Tensor
    ny: Tensor
    d: Tensor
    length: Tensor
    size: Tensor

    def members(self, index: Tensor | slice) -> 'UnitRows':
        """Rows of some members of the batch."""
        return UnitRows(*(field[..., index] for field in self))


class Closest(NamedTuple):
    """Closest point of each polygon, y = d n + s t: on the line of `row`, with t left of n.

    Attributes:
        row: (B,) row whose line the point lies on.
        other: (B,) second row that holds it there; means nothing where s is zero.
        s: (B,) distance from the foot of the perpendicular along the line.
        found: (B,) whether the point satisfies every row.
    """

    row: Tensor
    other: Tensor
    s: Tensor
    found: Tensor


def unit_rows(G: Tensor, h: Tensor, u_nom: Tensor, root: Tensor) -> UnitRows:
    """Rows of G u <= h seen from u_nom in the metric of the cost.

    Args:
        G: (B, m, 2) rows.
        h: (B, m) right-hand sides.
        u_nom: (B, 2) wanted point.
        root: (B, 2) square roots of the weights.
    """
    rows = G.permute(2, 1, 0).contiguous()
    value = (rows * u_nom.t().unsqueeze(1)).sum(0)
    rows = rows / root.t().unsqueeze(1)
    length = (rows * rows).sum(0).sqrt_().clamp_(min=_SHORTEST_ROW)
    nx, ny = rows.div_(length).unbind(0)
    size = (u_nom.abs().add_(1.0) * root).sum(1)
    return UnitRows(nx, ny, (h.t() - value).div_(length), length, size)


def closest(rows: UnitRows, *, accept_any: bool = False) -> Closest:
    """Closest point to the origin, for members whose origin violates a row.

    Args:
        rows: of each member; at least one.
        accept_any: where no candidate satisfies the rows, return the one that violates them
            least instead of an arbitrary one.
    """
    m, members = rows.d.shape
    step = max(1, _PAIRS // (m * m))
    if members <= step:
        return _closest(rows, accept_any)
    parts = [
        _closest(rows.members(slice(start, start + step)), accept_any)
        for start in range(0, members, step)
    ]
    return Closest(*(torch.cat(fields) for fields in zip(*parts, strict=True)))


def closest_among(rows: UnitRows, asked: Tensor) -> Closest:
    """`closest` of some members; the others count as found, what else is said of them is void.

    Args:
        rows: of each member; at least one.
        asked: (B,) True for members whose origin violates a row.
    """
    members = rows.members(asked.nonzero().squeeze(1))
    if members.d.shape[1] in (0, len(asked)):
        return closest(rows)
    return Closest(
        *(
            torch.ones_like(asked, dtype=field.dtype).masked_scatter_(asked, field)
            for field in closest(members)
        )
    )


def tolerance(rows: UnitRows, distance: Tensor) -> Tensor:
    """Rounding error of a unit row's value at points so far from the origin; shape of distance."""
    return (distance + rows.size).mul_(_TIGHT * torch.finfo(rows.size.dtype).eps)


def line_pairs(rows: UnitRows) -> tuple[Tensor, Tensor]:
    """What row j asks of the points d_i n_i + s t_i of row i's line: cross_ji s <= rest_ji.

    Returns:
        cross (m, m, B), indexed [j, i], exactly zero for parallel rows, and rest (m, m, B).
    """
    nx, ny = rows.nx.unsqueeze(1), rows.ny.unsqueeze(1)
    cross = (ny * rows.nx).sub_(nx * rows.ny)
    rest = (rows.d.unsqueeze(1) - nx * (rows.d * rows.nx)).sub_(ny * (rows.d * rows.ny))
    return torch.hardshrink(cross, _PARALLEL * torch.finfo(cross.dtype).eps), rest


def _closest(rows: UnitRows, accept_any: bool) -> Closest:
    d = rows.d
    cross, rest = line_pairs(rows)
    crossing = rest / cross  # of parallel rows: infinite or not a number, and never used
    low = torch.where(cross < 0.0, crossing, -_INFINITY).amax(0)
    high = torch.where(cross > 0.0, crossing, _INFINITY).amin(0)
    s = torch.minimum(low.clamp_(min=0.0), high)
    excess = cross.mul_(s).sub_(rest).amax(0)
    outside = d < 0.0
    fits = (excess <= tolerance(rows, s.abs().sub_(d))).logical_and_(outside)
    # min(0) and max(0), with values and indices, start threads for the smallest tensors
    distance = torch.where(fits, d * d + s * s, _INFINITY)
    row = distance.argmin(0)
    found = distance.amin(0) < _INFINITY
    if accept_any:
        least = torch.where(outside, excess, _INFINITY).argmin(0)
        row = torch.where(found, row, least)
    index = row.unsqueeze(0)
    s = s.gather(0, index)
    on_line = crossing.gather(1, index.expand(len(d), -1).unsqueeze(1)).squeeze(1)
    return Closest(row, (on_line == s).to(torch.uint8).argmax(0), s.squeeze(0), found)
