"""The picture and the table of recorded robots that were replayed."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip('matplotlib')
pytest.importorskip('rclpy')

from vcp_cbf_safety.sim.mrclam import Dataset, RecordedRobot
from vcp_cbf_safety.studies.demo import real
from vcp_cbf_safety.studies.demo.heard import Heard, Sent
from vcp_cbf_safety.studies.demo.replay_figure import draw_replay
from vcp_cbf_safety.studies.demo.replay_report import RobotReport, Surfaces, robot_report
from vcp_cbf_safety.studies.published import PublishedCommand, PublishedState


def line(name: str, y: float) -> RecordedRobot:
    """A robot that drives along +x for ten seconds."""
    stamps = np.arange(0.0, 10.0, 0.02)
    zeros = np.zeros_like(stamps)
    poses = np.column_stack([stamps, 0.1 * stamps, zeros + y, zeros])
    return RecordedRobot(name, poses, np.column_stack([stamps, zeros + 0.1, zeros]))


DATASET = Dataset((line('robot1', 0.0), line('robot2', 1.0)), np.array([[0.5, 0.5]]))
SURFACES = Surfaces(DATASET, 0.17, 0.1, 9.0)


def reported(name: str, changed: int, without_input: int = 0) -> RobotReport:
    """A hundred cycles, of which some from the fortieth on are changed, and the last stopped."""
    sent = [Sent(0.05 * i, 0.08 * i, 0.1, 0.0) for i in range(100)]
    speeds = [0.05 if 40 <= i < 40 + changed else 0.1 for i in range(100 - without_input)]
    speeds += [0.0] * without_input
    answers = [PublishedCommand(0.05 * i + 0.01, v, 0.0) for i, v in enumerate(speeds)]
    states = [
        PublishedState(0.0, 'nominal', '', ''),
        PublishedState(2.005, 'filtered', 'landmark 0', ''),
        PublishedState(2.005 + 0.05 * changed, 'nominal', '', ''),
        PublishedState(
            5.005 - 0.05 * without_input, 'stopped', '', 'odometry on /odom is older than 1 s'
        ),
    ]
    return robot_report(Heard(sent, answers, states), SURFACES, name, 0.7)


def test_a_picture_is_drawn_of_robots_with_and_without_changes(tmp_path: Path) -> None:
    reports = {'robot1': reported('robot1', 20), 'robot2': reported('robot2', 0)}
    draw_replay(DATASET, reports, SURFACES, (0.17, 0.1), tmp_path / 'replay.png')
    assert (tmp_path / 'replay.png').read_bytes().startswith(b'\x89PNG')


def test_a_picture_is_drawn_of_a_robot_that_nothing_was_heard_of(tmp_path: Path) -> None:
    nothing = robot_report(Heard(), SURFACES, 'robot1', 0.7)
    reports = {'robot1': nothing, 'robot2': reported('robot2', 0)}
    draw_replay(DATASET, reports, SURFACES, (0.17, 0.1), tmp_path / 'replay.png')
    assert (tmp_path / 'replay.png').is_file()


def play(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, slipped: float, changed: bool) -> int:
    """Run the command on a dataset whose filters have said all that already."""
    for number, robot in enumerate(DATASET.robots, start=1):
        for what, table in (('Groundtruth', robot.poses), ('Odometry', robot.commands)):
            np.savetxt(tmp_path / f'Robot{number}_{what}.dat', table)
    (tmp_path / 'Landmark_Groundtruth.dat').write_text('6 0.5 0.5 0.0 0.0\n')
    sent, nominal = [Sent(0.0, 0.0, 0.1, 0.0)], [PublishedState(0.0, 'nominal', '', '')]
    heard = {
        name: Heard(sent, [PublishedCommand(0.01, v, 0.0)], nominal)
        for name, v in (('robot1', 0.05 if changed else 0.1), ('robot2', 0.1))
    }
    monkeypatch.setattr(real, '_play', lambda *arguments: (heard, slipped))
    monkeypatch.setattr(real, 'REACH', 0.1)
    return real.main([str(tmp_path), '--out', str(tmp_path / 'out')])


def test_the_command_ends_well_where_nothing_far_from_everything_was_changed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert play(monkeypatch, tmp_path, slipped=0.0, changed=False) == 0
    assert '2 of 2 commands with nothing within 0.1 m came out bit-identical' in (
        capsys.readouterr().out
    )
    assert (tmp_path / 'out' / 'demo-real.json').is_file()


def test_the_command_fails_where_a_command_far_from_everything_was_changed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert play(monkeypatch, tmp_path, slipped=9.0, changed=True) == 1
    said = capsys.readouterr().out
    assert 'cycles changed by up to 0.050 m/s' in said
    assert 'this machine is too slow for rate 4' in said


def test_every_recorded_robot_has_a_filter_that_knows_the_others() -> None:
    nodes = real._nodes(DATASET, 4.0)
    assert [node.namespace for node in nodes] == ['robot1', 'robot2']
    assert nodes[0].parameters['peers'] == ['robot2']
