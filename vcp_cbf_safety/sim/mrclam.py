"""Reader of the UTIAS MRCLAM format: recorded poses and commands of real robots.

K. Y. K. Leung, Y. Halpern, T. D. Barfoot, H. H. T. Liu, "The UTIAS multi-robot cooperative
localization and mapping dataset", International Journal of Robotics Research 30(8), 2011,
http://asrl.utias.utoronto.ca/datasets/mrclam/. The data themselves do not ship with this package.
"""

import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.errors import VcpCbfError

Array = NDArray[np.float64]


class DatasetError(VcpCbfError, ValueError):
    """A dataset cannot be read; the message names the file, the line and the rule."""


@dataclass(frozen=True, slots=True)
class RecordedRobot:
    """What was recorded of one robot.

    Attributes:
        name: `robot1` for the files of Robot1.
        poses: (n, 4) stamp [s], x [m], y [m], heading [rad] of the motion capture.
        commands: (m, 3) stamp [s], v [m/s], omega [rad/s] as sent to the base.
    """

    name: str
    poses: Array
    commands: Array


@dataclass(frozen=True, slots=True)
class Dataset:
    """A recording of several robots among landmarks.

    Attributes:
        robots: the robots, by number.
        landmarks: (k, 2) positions of the landmarks [m].
    """

    robots: tuple[RecordedRobot, ...]
    landmarks: Array

    @property
    def common_span(self) -> tuple[float, float]:
        """First and last stamp at which every robot has poses and commands [s]."""
        series = [each for robot in self.robots for each in (robot.poses, robot.commands)]
        return (
            max(float(each[0, 0]) for each in series),
            min(float(each[-1, 0]) for each in series),
        )


def cut(dataset: Dataset, begin: float, end: float) -> Dataset:
    """The part of a dataset between two stamps [s], both included."""

    def within(series: Array) -> Array:
        return series[(series[:, 0] >= begin) & (series[:, 0] <= end)]

    return Dataset(
        tuple(
            RecordedRobot(each.name, within(each.poses), within(each.commands))
            for each in dataset.robots
        ),
        dataset.landmarks,
    )


def read_dataset(folder: Path) -> Dataset:
    """Read Landmark_Groundtruth.dat and RobotN_{Groundtruth,Odometry}.dat of a folder.

    Raises:
        DatasetError: if a file is missing or malformed, or the robots have no time in common.
    """
    numbers = sorted(
        int(match[1])
        for file in folder.glob('Robot*_Groundtruth.dat')
        if (match := re.fullmatch(r'Robot(\d+)_Groundtruth\.dat', file.name))
    )
    if not numbers:
        raise DatasetError(
            f'{folder} holds no Robot1_Groundtruth.dat; give the folder of a MRCLAM dataset'
        )
    robots = tuple(
        RecordedRobot(
            f'robot{number}',
            _read_series(folder / f'Robot{number}_Groundtruth.dat', 4),
            _read_series(folder / f'Robot{number}_Odometry.dat', 3),
        )
        for number in numbers
    )
    landmarks = _read_table(folder / 'Landmark_Groundtruth.dat', 5)[0][:, 1:3]
    dataset = Dataset(robots, landmarks)
    begin, end = dataset.common_span
    if not begin < end:
        raise DatasetError(
            f'{folder}: the robots share no time; the last begins at {begin} s and the first '
            f'ends at {end} s'
        )
    return dataset


def measured_twists(poses: Array, window: float = 0.2) -> Array:
    """Velocities from differences of recorded poses around each stamp.

    Args:
        poses: (n, 4) stamp, x, y, heading.
        window: time between the two poses that are compared [s].

    Returns:
        (n, 2) speed along the heading [m/s] and yaw rate [rad/s].
    """
    stamps, heading = poses[:, 0], np.unwrap(poses[:, 3])
    earlier = np.clip(stamps - 0.5 * window, stamps[0], stamps[-1])
    later = np.clip(stamps + 0.5 * window, stamps[0], stamps[-1])
    change = [
        np.interp(later, stamps, column) - np.interp(earlier, stamps, column)
        for column in (poses[:, 1], poses[:, 2], heading)
    ]
    span = np.maximum(later - earlier, 1e-9)
    forward = change[0] * np.cos(heading) + change[1] * np.sin(heading)
    return np.column_stack([forward / span, change[2] / span])


def _read_series(path: Path, columns: int) -> Array:
    """A table whose first column is a stamp that never goes back."""
    table, lines = _read_table(path, columns)
    backwards = np.flatnonzero(np.diff(table[:, 0]) < 0.0)
    if len(backwards):
        raise DatasetError(f'{path}, line {lines[backwards[0] + 1]}: the stamp goes back in time')
    return table


def _read_table(path: Path, columns: int) -> tuple[Array, list[int]]:
    """Numbers of a file and the line of each row; empty lines and # comments are skipped."""
    try:
        text = path.read_text(encoding='ascii', errors='replace')
    except OSError as error:
        raise DatasetError(f'{path} cannot be read: {error.strerror}') from None
    rows, lines = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        fields = line.split('#', 1)[0].split()
        if not fields:
            continue
        rows.append(_numbers(fields, columns, f'{path}, line {number}'))
        lines.append(number)
    if not rows:
        raise DatasetError(f'{path} holds no data')
    return np.array(rows), lines


def _numbers(fields: list[str], columns: int, where: str) -> list[float]:
    if len(fields) != columns:
        raise DatasetError(f'{where}: {len(fields)} columns where the format has {columns}')
    try:
        values = [float(each) for each in fields]
    except ValueError:
        raise DatasetError(f'{where}: {" ".join(fields)!r} is not made of numbers') from None
    if not all(math.isfinite(each) for each in values):
        raise DatasetError(f'{where}: every number must be finite')
    return values
