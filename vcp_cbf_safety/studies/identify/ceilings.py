"""What a drive shows at first sight: steady speeds, limits of them, and the largest steps."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.studies.identify.drive import Drive
from vcp_cbf_safety.studies.identify.response_model import Ceilings

Array = NDArray[np.float64]

# A command that holds so long shows how fast the base gets [s]; the last part of it counts.
_LONG, _TAIL = 1.0, 0.4
# Steady: changes by no more than this within the tail, relative to the largest command.
_STEADY = 0.03
# Commands and speeds below this share of the largest command say nothing.
_SMALL = 0.05
# Wheels share what they can do between speed and turning, so a command counts that is one of the
# two alone: the other is no more than this of its largest.
_BESIDE = 0.1
# A base at its limit does so much less of what it is told than it does of smaller commands.
_LESS = 0.95


def steady(drive: Drive, column: int) -> Array:
    """Commands of one kind that held for long, and the steady value of the base at each end.

    Args:
        drive: the drive.
        column: 1 for the speed, 2 for the yaw rate.

    Returns:
        (k, 2) command and value.
    """
    stamps, told = drive.commands[:, 0], drive.commands[:, column]
    beside = drive.commands[:, 3 - column]
    times, did = drive.motion[:, 0], drive.motion[:, 3 + column]
    size = max(float(abs(told).max()), 1e-9)
    alone = abs(beside) <= _BESIDE * max(float(abs(beside).max()), 1e-9)
    changes = np.flatnonzero((abs(np.diff(told)) > 0.01 * size) | np.diff(alone)) + 1
    bounds = [0, *changes.tolist(), len(told) - 1]
    found = []
    for first, last in pairwise(bounds):
        begin, end = stamps[first], stamps[last]
        if end - begin < _LONG or not alone[first] or abs(told[first]) < _SMALL * size:
            continue
        tail = did[(times >= end - _TAIL) & (times < end)]
        if len(tail) < 4:
            continue
        half = len(tail) // 2
        if abs(tail[half:].mean() - tail[:half].mean()) < _STEADY * size:
            found.append((told[first], tail.mean()))
    return np.array(found).reshape(-1, 2)


def ceilings_of(drive: Drive) -> Ceilings:
    """Limits of speed and yaw rate; infinite where the base did what it was told."""
    speeds, rates = steady(drive, 1), steady(drive, 2)
    return Ceilings(
        -_ceiling(speeds * [-1.0, -1.0]), _ceiling(speeds), _ceiling(abs(rates)),
    )  # fmt: skip


def _ceiling(levels: Array) -> float:
    """The steady value at the largest commands, if smaller ones are followed better."""
    levels = levels[levels[:, 0] > 0.0]
    if not len(levels):
        return np.inf
    largest = levels[:, 0].max()
    high = levels[levels[:, 0] > 0.95 * largest]
    low = levels[levels[:, 0] < 0.75 * largest]
    if not len(low) or high[:, 1].max() < _SMALL * largest:
        return np.inf
    gain = float(np.median(low[:, 1] / low[:, 0]))
    reached = float(np.median(high[:, 1]))
    return reached if reached < _LESS * gain * largest else np.inf


def largest_steps(drive: Drive, ceilings: Ceilings) -> tuple[float, float, float]:
    """Largest step of the command up, towards standing, and of the yaw rate [m/s, m/s, rad/s]."""
    told = drive.commands
    v = np.clip(told[:, 1], ceilings.min_speed, ceilings.max_speed)
    omega = np.clip(told[:, 2], -ceilings.max_yaw_rate, ceilings.max_yaw_rate)
    before, after = v[:-1], v[1:]
    rising = np.where(abs(after) > abs(before), abs(after - before), 0.0)
    falling = np.where(abs(after) < abs(before), abs(after - before), 0.0)
    return (
        max(float(rising.max()), 1e-3),
        max(float(falling.max()), 1e-3),
        max(float(abs(np.diff(omega)).max()), 1e-3),
    )
