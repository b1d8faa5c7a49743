"""Reader of the MRCLAM format, on small made-up files."""

from pathlib import Path

import numpy as np
import pytest

from vcp_cbf_safety.sim.mrclam import DatasetError, cut, measured_twists, read_dataset

HEADER = '# Time [s]    x [m]    y [m]\n# another line\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two robots and a landmark, in the layout of the published data."""
    (tmp_path / 'Landmark_Groundtruth.dat').write_text(
        '# Subject #    x [m]    y [m]\n  6 \t 0.5 \t -4.25 \t 0.00003949 \t 0.0005 \n'
    )
    for number in (1, 2):
        (tmp_path / f'Robot{number}_Groundtruth.dat').write_text(
            HEADER + f'100.0 \t {number}.0 \t 0.0 \t 0.0 \n101.0 \t {number}.5 \t 0.0 \t 0.0 \n'
        )
        (tmp_path / f'Robot{number}_Odometry.dat').write_text(
            HEADER + '100.2 \t  0.086 \t -0.398 \n\n100.9 \t  0.000 \t 0.100 \n'
        )
    return tmp_path


def test_poses_commands_and_landmarks_are_read(folder: Path) -> None:
    dataset = read_dataset(folder)
    assert [robot.name for robot in dataset.robots] == ['robot1', 'robot2']
    assert dataset.robots[1].poses.tolist() == [[100.0, 2.0, 0.0, 0.0], [101.0, 2.5, 0.0, 0.0]]
    assert dataset.robots[0].commands.tolist() == [[100.2, 0.086, -0.398], [100.9, 0.0, 0.1]]
    assert dataset.landmarks.tolist() == [[0.5, -4.25]]
    assert dataset.common_span == (100.2, 100.9)


def test_robots_are_sorted_by_number_not_by_name(folder: Path) -> None:
    for kind in ('Groundtruth', 'Odometry'):
        text = (folder / f'Robot1_{kind}.dat').read_text()
        (folder / f'Robot10_{kind}.dat').write_text(text)
    names = [robot.name for robot in read_dataset(folder).robots]
    assert names == ['robot1', 'robot2', 'robot10']


def test_a_cut_keeps_what_lies_between(folder: Path) -> None:
    part = cut(read_dataset(folder), 100.0, 100.5)
    assert part.robots[0].poses[:, 0].tolist() == [100.0]
    assert part.robots[0].commands[:, 0].tolist() == [100.2]


def test_measured_twists_are_those_of_the_motion() -> None:
    stamps = np.arange(0.0, 5.0, 0.016)
    heading = 0.6 * stamps
    radius = 0.3 / 0.6
    poses = np.column_stack(
        [
            stamps,
            radius * np.sin(heading),
            radius * (1.0 - np.cos(heading)),
            np.angle(np.exp(1j * heading)),  # wraps, as recorded headings do
        ]
    )
    twists = measured_twists(poses)
    assert twists[:, 1] == pytest.approx(0.6, abs=1e-6)
    assert twists[20:-20, 0] == pytest.approx(0.3, abs=1e-3)


@pytest.mark.parametrize(
    ('name', 'text', 'place', 'rule'),
    [
        ('Robot1_Groundtruth.dat', '1.0 2.0 3.0\n', 'line 1', '3 columns'),
        ('Robot2_Odometry.dat', '# x\n1.0 fast 0.1\n', 'line 2', 'not made of numbers'),
        ('Robot1_Odometry.dat', '1.0 0.1 nan\n', 'line 1', 'finite'),
        ('Robot2_Groundtruth.dat', '2 0 0 0\n\n1 0 0 0\n', 'line 3', 'back in time'),
        ('Landmark_Groundtruth.dat', '# nothing\n', 'Landmark', 'no data'),
        ('Robot1_Odometry.dat', '500.0 0 0\n501.0 0 0\n', '500.0', 'share no time'),
    ],
)
def test_a_malformed_file_is_refused_with_its_name_and_line(
    folder: Path, name: str, text: str, place: str, rule: str
) -> None:
    (folder / name).write_text(text)
    with pytest.raises(DatasetError, match=rule) as caught:
        read_dataset(folder)
    assert place in str(caught.value)
    assert str(folder) in str(caught.value)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / 'Robot2_Odometry.dat').unlink()
    with pytest.raises(DatasetError, match=r'Robot2_Odometry\.dat cannot be read'):
        read_dataset(folder)


def test_a_folder_without_a_dataset_says_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match='MRCLAM dataset'):
        read_dataset(tmp_path)
