"""Picture of a fit: what the base was told, what it did, and what the fitted base does."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from vcp_cbf_safety.studies.identify.drive import Drive
from vcp_cbf_safety.studies.identify.fit import ResponseFit
from vcp_cbf_safety.studies.identify.response_model import DELAY, LAG
from vcp_cbf_safety.studies.identify.stops import MeasuredStop

Array = NDArray[np.float64]

_TOLD, _DID, _FITTED, _WEAK = '#8a8a8a', '#1f77b4', '#d62728', '#d62728'
# So much of a long recording is shown, where most happens [s].
_SHOWN = 40.0


def draw_fit(path: Path, drive: Drive, fit: ResponseFit, stops: list[MeasuredStop]) -> None:
    """Write the picture: speed, yaw rate, and the deceleration of every stop."""
    with mpl.rc_context({'font.size': 9, 'axes.spines.top': False, 'axes.spines.right': False}):
        figure = Figure(figsize=(11.0, 7.5), layout='constrained')
        speed, rate, bars = figure.subplots(3, 1, height_ratios=(3, 3, 2))
        begin = drive.commands[0, 0]
        for axes, column, unit, window in (
            (speed, 1, 'speed [m/s]', _busiest(drive, 1)),
            (rate, 2, 'yaw rate [rad/s]', _busiest(drive, 2)),
        ):
            axes.step(
                drive.commands[:, 0] - begin, drive.commands[:, column], where='post',
                color=_TOLD, lw=1.0, label='told',
            )  # fmt: skip
            axes.plot(
                drive.motion[:, 0] - begin, drive.motion[:, 3 + column], '.', color=_DID, ms=2.0,
                label='did',
            )  # fmt: skip
            times, fitted = _with_gaps(fit, column - 1)
            axes.plot(times - begin, fitted, color=_FITTED, lw=1.2, label='fit')
            axes.set(xlim=window, xlabel='time [s]', ylabel=unit)
        speed.legend(loc='lower right', bbox_to_anchor=(1.0, 1.0), ncols=3, frameon=False)
        speed.set_title(
            f'{drive.name}: dead time {1e3 * fit.values[DELAY]:.0f} ms, lag '
            f'{1e3 * fit.values[LAG]:.0f} ms; the fit explains {fit.explained[0]:.1%} of the '
            f'speed and {fit.explained[1]:.1%} of the yaw rate',
            loc='left',
            fontsize='medium',
        )
        _draw_stops(bars, stops)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=110, metadata={'Software': None})


def _draw_stops(axes: mpl.axes.Axes, stops: list[MeasuredStop]) -> None:
    if not stops:
        axes.set_axis_off()
        axes.text(0.5, 0.5, 'no stop from near full speed', ha='center', transform=axes.transAxes)
        return
    values = [each.deceleration for each in stops]
    weakest = int(np.argmin(values))
    colors = [_WEAK if index == weakest else _DID for index in range(len(values))]
    axes.bar(range(1, len(values) + 1), values, color=colors, width=0.6)
    axes.set(xlabel='stop', ylabel='deceleration [m/s²]', xticks=range(1, len(values) + 1))
    axes.set_title(f'the weakest stop: {values[weakest]:.2f} m/s²', fontsize=9)


def _busiest(drive: Drive, column: int) -> tuple[float, float]:
    """The part of the drive with the most change of the command, from its first command [s]."""
    times = drive.commands[:, 0] - drive.commands[0, 0]
    if times[-1] <= 1.5 * _SHOWN:
        moving = np.flatnonzero(drive.commands[:, column])
        if not len(moving):
            return 0.0, float(times[-1])
        return max(float(times[moving[0]]) - 1.0, 0.0), float(times[moving[-1]]) + 2.0
    changes = np.concatenate([[0.0], np.cumsum(abs(np.diff(drive.commands[:, column])))])
    later = np.interp(times + _SHOWN, times, changes)
    begin = float(times[int(np.argmax(later - changes))])
    return begin, begin + _SHOWN


def _with_gaps(fit: ResponseFit, channel: int) -> tuple[Array, Array]:
    """The fit over time, with nan between pieces that do not follow each other."""
    times, values = fit.pieces.times, fit.predicted[:, channel]
    breaks = np.flatnonzero(np.diff(times) > 0.5) + 1
    return np.insert(times, breaks, np.nan), np.insert(values, breaks, np.nan)
