"""How a base with dead time, lag and limits follows recorded commands, many pieces at a time."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.studies.identify.drive import Drive

Array = NDArray[np.float64]

# Step of the simulation [s], that of the simulator.
STEP = 0.005

# A lag below this is none [s].
_LEAST_LAG = 1e-4

# The parameters of the model, in this order in an array.
NAMES = (
    'delay', 'lag', 'acceleration', 'deceleration', 'yaw_acceleration', 'gain', 'yaw_gain',
)  # fmt: skip
DELAY, LAG, UP, DOWN, YAW_UP, GAIN, YAW_GAIN = range(len(NAMES))


class Ceilings(NamedTuple):
    """Speeds that the base did not exceed although it was told to [m/s, m/s, rad/s]."""

    min_speed: float = -np.inf
    max_speed: float = np.inf
    max_yaw_rate: float = np.inf


class DrivePieces:
    """Pieces of a drive, each simulated from how the robot moved a while before it begins.

    Args:
        drive: what is simulated.
        begins, ends: (w,) times of the pieces; measurements in [begin, end) are predicted [s].
        warm_up: how long before its begin each piece is simulated, to forget the start [s].
    """

    def __init__(self, drive: Drive, begins: Array, ends: Array, warm_up: float = 1.0) -> None:
        motion, half = drive.motion, 0.5 * drive.window
        times = motion[:, 0]
        self._half = half
        self._starts = begins - warm_up
        steps = int(np.ceil((float((ends - begins).max()) + warm_up + 2.0 * half) / STEP)) + 2
        self._grid = self._starts[:, None] + STEP * np.arange(steps + 1)
        rows = [
            np.flatnonzero((times >= b) & (times < e)) for b, e in zip(begins, ends, strict=True)
        ]
        self.rows = np.concatenate(rows)
        self.piece = np.repeat(np.arange(len(begins)), [len(each) for each in rows])
        self.times = times[self.rows]
        self.measured = motion[self.rows, 4:6]
        self._initial = np.column_stack(
            [_around(self._starts, times, motion[:, column]) for column in (4, 5)]
        )
        stamps = drive.commands[:, 0]
        change = np.diff(stamps)
        self._stamps = np.concatenate([[stamps[0] - 60.0], stamps, [stamps[-1] + 60.0]])
        self._sums = []
        for column in (1, 2):
            told = drive.commands[:, column]
            inner = np.concatenate([[0.0], np.cumsum(told[:-1] * change)])
            self._sums.append(np.concatenate([[0.0], inner, [inner[-1] + 60.0 * told[-1]]]))

    def predict(self, parameters: Array, ceilings: Ceilings) -> Array:
        """Speed and yaw rate at every measurement.

        Args:
            parameters: (k, 7) or (k, w, 7), as `NAMES`; the same for all pieces, or for each.
            ceilings: of the base.

        Returns:
            (k, n, 2) [m/s, rad/s].
        """
        pieces = len(self._starts)
        values = parameters if parameters.ndim == 3 else parameters[:, None, :]
        values = np.broadcast_to(values, (len(parameters), pieces, len(NAMES)))
        targets = self._targets(values, ceilings)
        left = 1.0 - np.exp(-STEP / np.maximum(values[..., LAG], _LEAST_LAG))
        up, down, turn = (STEP * values[..., each] for each in (UP, DOWN, YAW_UP))
        shape = (targets.shape[1] + 1, *values.shape[:2])
        speed, rate = np.empty(shape), np.empty(shape)
        speed[0], rate[0] = self._initial[:, 0], self._initial[:, 1]
        v, omega = speed[0], rate[0]
        for index in range(shape[0] - 1):
            target = targets[0, index]
            rising = (abs(target) > abs(v)) & (v * target >= 0.0)
            limit = np.where(rising, up, down)
            v = v + np.maximum(np.minimum((target - v) * left, limit), -limit)
            change = (targets[1, index] - omega) * left
            omega = omega + np.maximum(np.minimum(change, turn), -turn)
            speed[index + 1], rate[index + 1] = v, omega
        return np.stack([self._at_measurements(speed), self._at_measurements(rate)], axis=-1)

    def _targets(self, values: Array, ceilings: Ceilings) -> Array:
        """What the base is told in every step once the dead time is over: (2, s, k, w)."""
        count, pieces = values.shape[:2]
        found = np.empty((2, self._grid.shape[1] - 1, count, pieces))
        for row in range(count):
            delays = values[row, :, DELAY]
            if row and np.array_equal(delays, values[row - 1, :, DELAY]):
                found[:, :, row] = found[:, :, row - 1]
                continue
            when = self._grid - delays[:, None]
            for channel, sums in enumerate(self._sums):
                told = np.diff(np.interp(when, self._stamps, sums), axis=1) / STEP
                found[channel, :, row] = told.T
        found[0] = np.clip(values[..., GAIN] * found[0], ceilings.min_speed, ceilings.max_speed)
        found[1] = np.clip(
            values[..., YAW_GAIN] * found[1], -ceilings.max_yaw_rate, ceilings.max_yaw_rate
        )
        return found

    def _at_measurements(self, series: Array) -> Array:
        """A simulated series (s, k, w) at the measurements (k, n)."""
        places = (self.times - self._starts[self.piece]) / STEP
        if self._half == 0.0:
            here: Array = self._interpolate(series, places).T
            return here
        sums = np.concatenate(
            [np.zeros_like(series[:1]), np.cumsum(0.5 * (series[1:] + series[:-1]), axis=0)]
        )
        reach = self._half / STEP
        gained = self._interpolate(sums, places + reach) - self._interpolate(sums, places - reach)
        mean: Array = (gained / (2.0 * reach)).T
        return mean

    def _interpolate(self, series: Array, places: Array) -> Array:
        below = np.clip(places.astype(np.int64), 0, len(series) - 2)
        part = (places - below)[:, None]
        before, after = series[below, :, self.piece], series[below + 1, :, self.piece]
        between: Array = before + part * (after - before)
        return between


def _around(moments: Array, times: Array, values: Array) -> Array:
    """Means of a series within 50 ms of some moments; interpolated where nothing is so near."""
    first = np.searchsorted(times, moments - 0.05)
    last = np.searchsorted(times, moments + 0.05)
    sums = np.concatenate([[0.0], np.cumsum(values)])
    means = (sums[last] - sums[first]) / np.maximum(last - first, 1)
    return np.where(last > first, means, np.interp(moments, times, values))
