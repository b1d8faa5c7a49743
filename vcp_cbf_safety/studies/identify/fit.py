"""Fits dead time, lag, limits and gains of a base to a drive, with confidence intervals."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from vcp_cbf_safety.studies.identify.ceilings import ceilings_of, largest_steps
from vcp_cbf_safety.studies.identify.drive import Drive, DriveError
from vcp_cbf_safety.studies.identify.response_model import (
    DELAY,
    DOWN,
    GAIN,
    LAG,
    UP,
    YAW_GAIN,
    YAW_UP,
    Ceilings,
    DrivePieces,
)

Array = NDArray[np.float64]

# A drive is cut into pieces of this length [s]; of more than so many, those with most in them.
_LENGTH, _MOST = 4.0, 60
_WARM_UP = 1.0
# A piece has no longer gap between measurements [s].
_GAP = 0.3

_LOW = np.array([0.0, 0.0, 0.02, 0.02, 0.05, 0.3, 0.3])
_HIGH = np.array([1.0, 1.0, 50.0, 50.0, 200.0, 2.0, 2.0])
# Steps of the differences that stand for derivatives, relative to values above 1.
_DIFFERENCE = np.array([1e-3, 1e-3, 1e-3, 1e-3, 1e-2, 1e-3, 1e-3])

# Limits that are tried first, as shares of what the lag alone does; how many guesses go on.
_SHARES, _GUESSES = (0.03, 0.08, 0.2, 0.5, 1.2), 3

# Steps with each guess, before the best goes on.
_FIRST = 12

_RESAMPLES = 1000
# A limit is seen where nothing less than this follows from another value of it, relative.
_SEEN = 0.3


@dataclass(frozen=True, slots=True)
class ResponseFit:
    """What a base does, as far as a drive shows it.

    Attributes:
        values, low, high: (7,) parameters in the order of `response_model.NAMES`, and the ends of
            their intervals of 95 %; of a limit that was not seen `values` is the rate that the
            base did reach.
        seen: (7,) whether the drive shows the parameter at all.
        ceilings: speeds that the base did not exceed although it was told to.
        explained: share of the variance of speed and yaw rate that the fit explains.
        error: root mean square of what is left [m/s, rad/s].
        pieces, predicted: what was fitted, and the fit at its measurements (n, 2).
    """

    values: Array
    low: Array
    high: Array
    seen: NDArray[np.bool_]
    ceilings: Ceilings
    explained: tuple[float, float]
    error: tuple[float, float]
    pieces: DrivePieces
    predicted: Array


def fit_response(drive: Drive, seed: int = 0) -> ResponseFit:
    """Least squares of what the base did against what a base with lag and limits does.

    Each piece of the drive is simulated (`response_model.DrivePieces`). The intervals are those
    of a bootstrap over pieces, each resample refitted by one Gauss-Newton step from the optimum.

    Raises:
        DriveError: if the robot was hardly told anything in the drive.
    """
    pieces = DrivePieces(drive, *_cut(drive), _WARM_UP)
    ceilings = ceilings_of(drive)
    scale = np.maximum(0.05 * pieces.measured.std(axis=0), 1e-3)
    tried = [
        _refine(pieces, ceilings, scale, start, _FIRST)
        for start in _starts(pieces, drive, ceilings, scale)
    ]
    errors = pieces.predict(np.array(tried), ceilings) - pieces.measured
    best = tried[int(np.argmin(((errors / scale) ** 2).sum(axis=(1, 2))))]
    for _ in range(2):  # with weights of what is really left of each channel
        left = pieces.measured - pieces.predict(best[None], ceilings)[0]
        scale = np.maximum(1.4826 * np.median(abs(left), axis=0), 1e-4)
        best = _refine(pieces, ceilings, scale, best)
    predicted = pieces.predict(best[None], ceilings)[0]
    low, high = _intervals(pieces, ceilings, scale, best, np.random.default_rng(seed))
    left = pieces.measured - predicted
    explained = 1.0 - left.var(axis=0) / np.maximum(pieces.measured.var(axis=0), 1e-12)
    error = np.sqrt((left**2).mean(axis=0))
    seen = _seen(pieces, ceilings, best, (high - low) / 2.0, scale)
    values = best.copy()
    for index, step in zip((UP, DOWN, YAW_UP), largest_steps(drive, ceilings), strict=True):
        if not seen[index]:
            values[index] = min(best[index], step / max(best[LAG], 0.01))
    return ResponseFit(
        values, low, high, seen, ceilings,
        (float(explained[0]), float(explained[1])), (float(error[0]), float(error[1])),
        pieces, predicted,
    )  # fmt: skip


def _cut(drive: Drive) -> tuple[Array, Array]:
    """Begins and ends of pieces in which the robot is told something and odometry is whole."""
    times, told = drive.motion[:, 0], drive.commands
    first = max(times[0], told[0, 0]) + _WARM_UP + drive.window
    last = min(times[-1], told[-1, 0] + 1.0) - drive.window
    begins = np.arange(first, last - 1.0, _LENGTH)
    if not len(begins):
        raise DriveError(f'{drive.name}: commands and motion share less than two seconds')
    ends = np.minimum(begins + _LENGTH, last)
    holes = times[:-1][np.diff(times) > _GAP]
    whole = np.array(
        [
            not np.any((holes > b - _WARM_UP - _GAP) & (holes < e))
            for b, e in zip(begins, ends, strict=True)
        ]
    )
    size = np.maximum(abs(told[:, 1:]).max(axis=0), 1e-9)
    worth = np.array([
        float((told[(told[:, 0] > b - 0.5) & (told[:, 0] < e), 1:] / size).std(axis=0).sum())
        if np.any((told[:, 0] > b - 0.5) & (told[:, 0] < e)) else 0.0
        for b, e in zip(begins, ends, strict=True)
    ])  # fmt: skip
    worth[~whole] = 0.0
    chosen = np.sort(np.argsort(-worth, kind='stable')[:_MOST])
    chosen = chosen[worth[chosen] > 0.02]
    if len(chosen) < 2:
        raise DriveError(
            f'{drive.name}: the commands hardly change, or the odometry has gaps all the time'
        )
    return begins[chosen], ends[chosen]


def _starts(pieces: DrivePieces, drive: Drive, ceilings: Ceilings, scale: Array) -> list[Array]:
    """The best guesses; the limits of speed and of yaw rate are chosen one without the other."""
    steps = largest_steps(drive, ceilings)
    times = [(delay, lag) for delay in (0.02, 0.08, 0.16, 0.3) for lag in (0.02, 0.07, 0.2)]
    tried = np.array(
        [
            [delay, lag, *(share * step / lag for step in steps), 1.0, 1.0]
            for delay, lag in times
            for share in _SHARES
        ]
    ).clip(_LOW, _HIGH)
    errors = abs(pieces.predict(tried, ceilings) - pieces.measured) / scale
    sums = errors.sum(axis=1).reshape(len(times), len(_SHARES), 2)
    tried = tried.reshape(len(times), len(_SHARES), -1)
    found = []
    for index in np.argsort(sums.min(axis=1).sum(axis=1))[:_GUESSES]:
        guess = tried[index, np.argmin(sums[index, :, 0])].copy()
        guess[YAW_UP] = tried[index, np.argmin(sums[index, :, 1]), YAW_UP]
        found.append(guess)
    return found


def _refine(
    pieces: DrivePieces, ceilings: Ceilings, scale: Array, start: Array, most: int = 60
) -> Array:
    """The parameters that fit best, outliers counting less."""
    found = least_squares(
        lambda x: _residuals(pieces, ceilings, scale, x[None])[0],
        np.clip(start, _LOW + 1e-6, _HIGH - 1e-6),
        lambda x: _jacobian(pieces, ceilings, scale, x),
        bounds=(_LOW, _HIGH), x_scale=np.maximum(start, 0.02), loss='soft_l1', f_scale=3.0,
        max_nfev=most, ftol=1e-6, xtol=1e-6,
    )  # fmt: skip
    best: Array = found.x
    return best


def _residuals(pieces: DrivePieces, ceilings: Ceilings, scale: Array, parameters: Array) -> Array:
    left = (pieces.predict(parameters, ceilings) - pieces.measured) / scale
    return left.reshape(len(parameters), -1)


def _jacobian(pieces: DrivePieces, ceilings: Ceilings, scale: Array, parameters: Array) -> Array:
    steps = _DIFFERENCE * np.maximum(1.0, parameters)
    ahead = parameters + np.diag(steps)
    behind = np.maximum(parameters - np.diag(steps), _LOW)
    both = _residuals(pieces, ceilings, scale, np.concatenate([ahead, behind]))
    count = len(parameters)
    change: Array = (both[:count] - both[count:]).T / np.diag(ahead - behind)
    return change


def _intervals(
    pieces: DrivePieces, ceilings: Ceilings, scale: Array, best: Array, random: np.random.Generator
) -> tuple[Array, Array]:
    left = _residuals(pieces, ceilings, scale, best[None])[0]
    slope = _jacobian(pieces, ceilings, scale, best)
    weight = 1.0 / np.sqrt(1.0 + (left / 3.0) ** 2)  # of the loss
    count = int(pieces.piece.max()) + 1
    where = np.repeat(pieces.piece, 2)
    normal, pull = np.zeros((count, 7, 7)), np.zeros((count, 7))
    np.add.at(normal, where, weight[:, None, None] * slope[:, :, None] * slope[:, None, :])
    np.add.at(pull, where, (weight * left)[:, None] * slope)
    drawn = random.multinomial(count, np.full(count, 1.0 / count), size=_RESAMPLES)
    whole = np.tensordot(drawn, normal, axes=1)
    whole += 1e-9 * np.trace(normal.sum(axis=0)) * np.eye(7)
    moves = -np.linalg.solve(whole, (drawn @ pull)[..., None])[..., 0]
    found = np.clip(best + moves, _LOW, _HIGH)
    low, high = np.percentile(found, (2.5, 97.5), axis=0)
    return low, high


def _seen(
    pieces: DrivePieces, ceilings: Ceilings, best: Array, doubt: Array, scale: Array
) -> NDArray[np.bool_]:
    """Whether the fit would be another with other values, and the interval says something."""
    changed = best * np.where(np.eye(7, dtype=bool), 1.3, 1.0)
    changed[DELAY, DELAY] = best[DELAY] + 0.05
    changed[LAG, LAG] = best[LAG] + 0.05
    moved = (pieces.predict(changed, ceilings) - pieces.predict(best[None], ceilings)) / scale
    seen: NDArray[np.bool_] = np.sqrt((moved**2).sum(axis=(1, 2))) > 3.0
    for index in (UP, DOWN, YAW_UP, GAIN, YAW_GAIN):
        seen[index] &= doubt[index] < _SEEN * best[index]
    return seen
