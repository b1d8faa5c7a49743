"""What was told to a base and how it moved, as arrays, from a bag or from the MRCLAM format."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.errors import VcpCbfError
from vcp_cbf_safety.sim.mrclam import RecordedRobot, measured_twists, read_dataset
from vcp_cbf_safety.studies.replay.bag import Bag, Timed, read_bag
from vcp_cbf_safety.studies.replay.topics import Asked

Array = NDArray[np.float64]

# Recorded poses are compared over so long to have velocities [s].
_POSE_WINDOW = 0.2


class DriveError(VcpCbfError):
    """A recording says nothing about a base; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Drive:
    """Commands and motion of one robot.

    Attributes:
        name: of the robot or the recording.
        commands: (m, 3) time of receipt [s], v [m/s], omega [rad/s]; each holds until the next.
        motion: (n, 6) time of measurement [s], x, y [m], heading [rad], speed [m/s] along the
            heading, yaw rate [rad/s].
        window: time over which speed and yaw rate are means, half before and half after [s].
    """

    name: str
    commands: Array
    motion: Array
    window: float = 0.0

    def __post_init__(self) -> None:
        if len(self.motion) < 100 or len(self.commands) < 2:
            raise DriveError(
                f'{self.name}: {len(self.motion)} measurements and {len(self.commands)} commands '
                'are too few to say anything'
            )


def read_drives(path: Path, odom: str, command: str, notes: list[str]) -> list[Drive]:
    """The drives of a bag, which is one, or of a MRCLAM folder, one for each robot.

    Args:
        path: folder or file.
        odom, command: topics of a bag; '' guesses by type and name.
        notes: takes what was guessed, one sentence each.

    Raises:
        BagError, DatasetError: if it cannot be read.
        DriveError: if there is too little in it.
    """
    if path.is_dir() and any(path.glob('Robot*_Groundtruth.dat')):
        return [drive_of_poses(robot) for robot in read_dataset(path).robots]
    bag = read_bag(path, Asked(odom, command))
    notes.extend(bag.notes)
    if bag.sent and not command:
        notes.append(f'what the base was told is taken from {bag.topics.sent}')
    return [drive_of_bag(path.stem, bag, bag.nominal if command else bag.sent or bag.nominal)]


def drive_of_bag(name: str, bag: Bag, told: Sequence[Timed]) -> Drive:
    """Odometry by its stamps, commands by when they were received."""
    motion = [(each.stamp, *(getattr(each.value, key) for key in _STATE)) for each in bag.odometry]
    commands = [(each.received, each.value.v, each.value.omega) for each in told]
    return Drive(name, np.array(commands), _in_order(np.array(motion)))


_STATE = ('x', 'y', 'heading', 'speed', 'yaw_rate')


def drive_of_poses(robot: RecordedRobot) -> Drive:
    """Recorded poses; velocities are their differences."""
    poses = _in_order(robot.poses)
    motion = np.column_stack([poses, measured_twists(poses, _POSE_WINDOW)])
    return Drive(robot.name, robot.commands, motion, _POSE_WINDOW)


def _in_order(series: Array) -> Array:
    """Rows whose stamps rise; those that repeat or go back are left out."""
    newest = np.maximum.accumulate(series[:, 0])
    kept: Array = series[np.concatenate([[True], series[1:, 0] > newest[:-1]])]
    return kept
