"""How much the position trembles while the robot stands, and how late commands come."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.studies.identify.drive import Drive

Array = NDArray[np.float64]

# Told to stand for so long, a robot stands; what follows counts, if it is no shorter than [s].
_SETTLED, _SHORTEST = 1.2, 0.3
# A robot that is faster than this does not stand [m/s, rad/s].
_STANDS = np.array([0.02, 0.05])
# A pause between two commands that is so many times as long as usual is none of lateness.
_PAUSE = 3.0


class Scatter(NamedTuple):
    """Standard deviation of positions at rest, over x and y [m], and in how many rests."""

    position: float
    rests: int


def position_noise(drive: Drive) -> Scatter:
    """Scatter of the reported position about its mean, rest by rest; nan without any rest."""
    told, motion = drive.commands, drive.motion
    zero: NDArray[np.bool_] = np.all(abs(told[:, 1:]) < 1e-6, axis=1)
    bounds = np.flatnonzero(np.diff(zero.astype(int))) + 1
    edges = [0, *bounds.tolist(), len(told)]
    squares, count, rests = 0.0, 0, 0
    for first, last in pairwise(edges):
        if not zero[first]:
            continue
        end = told[last, 0] if last < len(told) else told[-1, 0]
        rows = (motion[:, 0] >= told[first, 0] + _SETTLED) & (motion[:, 0] < end)
        rest = motion[rows]
        if len(rest) < 5 or rest[-1, 0] - rest[0, 0] < _SHORTEST:
            continue
        if (abs(np.median(rest[:, 4:6], axis=0)) > _STANDS).any():
            continue
        away = rest[:, 1:3] - rest[:, 1:3].mean(axis=0)
        squares += float((away**2).sum())
        count += 2 * (len(rest) - 1)
        rests += 1
    return Scatter(float(np.sqrt(squares / count)) if count else np.nan, rests)


class Rhythm(NamedTuple):
    """Usual time between two commands, and how much later than that one came at most [s]."""

    period: float
    jitter: float


def command_rhythm(drive: Drive) -> Rhythm:
    """Period and jitter of the commands, pauses left out."""
    gaps = np.diff(drive.commands[:, 0])
    period = float(np.median(gaps))
    regular = gaps[gaps < _PAUSE * period]
    return Rhythm(period, float(regular.max() - period))
