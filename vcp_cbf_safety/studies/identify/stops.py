"""The deceleration of each stop of a drive by itself; the smallest is what can be relied on."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.studies.identify.drive import Drive
from vcp_cbf_safety.studies.identify.fit import ResponseFit
from vcp_cbf_safety.studies.identify.response_model import DOWN, LAG, DrivePieces

Array = NDArray[np.float64]

# A stop begins at this share of the fastest command, or more, and is told for so long [s].
_FAST, _TOLD, _LOOKED_AT = 0.7, 0.3, 3.0
_CANDIDATES = 80
# A limit is one where without it the squared error grows by so many times its variance.
_SURE = 9.0


class MeasuredStop(NamedTuple):
    """One stop: when it was told [s], from which speed [m/s], and its deceleration [m/s^2].

    `limited` is false where the lag alone is slower than any limit; the deceleration is then the
    rate at which the stop began.
    """

    time: float
    speed: float
    deceleration: float
    limited: bool


def stops_of(drive: Drive, fit: ResponseFit) -> list[MeasuredStop]:
    """Every stop from near full speed, its deceleration fitted with all else as it is."""
    told = drive.commands
    fastest = float(abs(told[:, 1]).max())
    begins, ends = [], []
    zero = abs(told[:, 1]) < 0.01 * max(fastest, 1e-9)
    for index in np.flatnonzero(zero[1:] & ~zero[:-1]) + 1:
        later = np.flatnonzero(~zero[index:])
        end = told[index + later[0], 0] if len(later) else told[-1, 0]
        begin = told[index, 0]
        if end - begin >= _TOLD and abs(told[index - 1, 1]) >= _FAST * fastest:
            begins.append(begin)
            ends.append(min(end, begin + _LOOKED_AT))
    found: list[MeasuredStop] = []
    if not begins:
        return found
    pieces = DrivePieces(drive, np.array(begins), np.array(ends), warm_up=0.2)
    errors, tried = _errors(pieces, fit)
    motion = drive.motion
    for piece, begin in enumerate(begins):
        if not np.any(pieces.piece == piece):
            continue
        speed = abs(float(np.interp(begin, motion[:, 0], motion[:, 4])))
        best = int(np.argmin(errors[:, piece]))
        lag = max(float(fit.values[LAG]), 0.01)
        of_it = errors[:, piece]
        noise = of_it[best] / np.count_nonzero(pieces.piece == piece)
        limited = tried[best] < 0.97 * speed / lag and of_it[-1] - of_it[best] > _SURE * noise
        value = _between(tried, of_it, best) if limited else speed / lag
        found.append(MeasuredStop(begin, speed, value, bool(limited)))
    return found


def _errors(pieces: DrivePieces, fit: ResponseFit) -> tuple[Array, Array]:
    """Squared errors (c, w) of each stop with each deceleration that is tried (c,)."""
    middle = float(fit.values[DOWN])
    tried = middle * np.geomspace(0.3, 3.0, _CANDIDATES)
    parameters = np.repeat(fit.values[None], _CANDIDATES, axis=0)
    parameters[:, DOWN] = tried
    left = pieces.predict(parameters, fit.ceilings)[..., 0] - pieces.measured[:, 0]
    errors = np.zeros((_CANDIDATES, int(pieces.piece.max()) + 1))
    for row, squares in zip(errors, left**2, strict=True):
        np.add.at(row, pieces.piece, squares)
    return errors, tried


def _between(tried: Array, errors: Array, best: int) -> float:
    """The lowest point of the parabola through the best candidate and its neighbours."""
    if best in (0, len(tried) - 1):
        return float(tried[best])
    before, at, after = errors[best - 1 : best + 2]
    curve = before - 2.0 * at + after
    shift = 0.5 * (before - after) / curve if curve > 0.0 else 0.0
    step = np.log(tried[1] / tried[0])
    return float(tried[best] * np.exp(shift * step))
