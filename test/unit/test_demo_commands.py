"""The commands of demonstrations, with runs that have happened already."""

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip('rclpy')
pytest.importorskip('matplotlib')
pytest.importorskip('domain_coordinator')

from vcp_cbf_safety.studies.demo import __main__ as robots
from vcp_cbf_safety.studies.demo import comparison, world
from vcp_cbf_safety.studies.demo.record import Contact, RobotRun, RunRecord, TrackPoint
from vcp_cbf_safety.studies.demo.scenario import Scenario

TIMES = {'solve_p50_ms': '0.1', 'solve_p99_ms': '0.2', 'tick_p99_ms': '0.3'}


@pytest.fixture
def touched(monkeypatch: pytest.MonkeyPatch) -> dict[bool, bool]:
    """Whether robots touch something, without and with filters."""
    touches = {False: True, True: False}

    def run(scenario: Scenario, *, filtered: bool, progress: Any, **rest: Any) -> RunRecord:
        progress(1.0, len(scenario.robots))
        track = [TrackPoint(0.1 * i, 0.1 * i, 0.0, 0.0, 'nominal') for i in range(20)]
        contacts = [Contact(1.0, 1.0, 0.0, 'obstacle0')] if touches[filtered] else []
        counts = {'nominal': 20} if filtered else {}
        made = {
            robot.name: RobotRun(track, contacts, 0.1, 2.0, counts, TIMES if filtered else {})
            for robot in scenario.robots
        }
        return RunRecord(filtered, 2.0, made)

    monkeypatch.setattr(comparison, 'run_scenario', run)
    return touches


def test_a_run_without_filters_may_touch_something(
    touched: dict[bool, bool], tmp_path: Path
) -> None:
    assert robots.main(['--out', str(tmp_path)]) == 0
    found = json.loads((tmp_path / 'demo.json').read_text())
    assert (found['unfiltered']['collisions'], found['filtered']['collisions']) == (3, 0)
    assert (tmp_path / 'demo.png').is_file()


def test_a_filtered_robot_must_not(touched: dict[bool, bool], tmp_path: Path) -> None:
    touched[True] = True
    assert robots.main(['--scene', 'scan', '--out', str(tmp_path)]) == 1


def test_a_benchmark_world_becomes_a_scenario(touched: dict[bool, bool], tmp_path: Path) -> None:
    file = tmp_path / 'worlds.json'
    file.write_text(json.dumps({'7': {'cylinders': [[-2, 6, 0.3]], 'path': [[-2, 3], [-2, 13]]}}))
    assert world.main([str(file), '--world', '7', '--out', str(tmp_path)]) == 0
    assert (tmp_path / 'demo-world-7.png').is_file()
    text = (tmp_path / 'world-7.yaml').read_text()
    assert 'obstacles:\n    - -2.0\n    - 6.0\n    - 0.3' in text


def test_a_world_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / 'worlds.json'
    file.write_text('{}')
    assert world.main([str(file), '--world', '3', '--out', str(tmp_path)]) == 2
    assert 'has no world 3' in capsys.readouterr().err
