"""Pictures are drawn whatever happened in a run, and what is missing is said in a sentence."""

import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from vcp_cbf_safety import Circle
from vcp_cbf_safety.studies.demo.record import Contact, RobotRun, RunRecord, TrackPoint
from vcp_cbf_safety.studies.demo.scenario import RobotPlan, Scenario
from vcp_cbf_safety.studies.demo.scene import read_scene, scene_path
from vcp_cbf_safety.studies.demo.scene_parameters import scenario_of

pytest.importorskip('matplotlib')

from vcp_cbf_safety.studies.demo.figure import OUTCOMES, draw_runs

ROOT = Path(__file__).resolve().parents[2]


def png_size(path: Path) -> tuple[int, int]:
    header = path.read_bytes()[:24]
    assert header.startswith(b'\x89PNG')
    return struct.unpack('>II', header[16:24])


def record(*, collided: bool, outcomes: tuple[str, ...]) -> RobotRun:
    track = [
        TrackPoint(0.1 * i, 0.05 * i, float(np.sin(0.1 * i)), 0.0, outcomes[i % len(outcomes)])
        for i in range(40)
    ]
    contacts = [Contact(1.0, 0.5, 0.4, 'obstacle0')] if collided else []
    return RobotRun(track, contacts, 0.1, None if collided else 3.0)


def test_two_runs_are_drawn_beside_each_other(tmp_path: Path) -> None:
    scenario = scenario_of(read_scene(scene_path('told')), tmp_path / 'told.yaml')
    runs = {
        'Without': RunRecord(
            False, 5.0, {r.name: record(collided=True, outcomes=('',)) for r in scenario.robots}
        ),
        'With': RunRecord(
            True,
            5.0,
            {r.name: record(collided=False, outcomes=tuple(OUTCOMES)) for r in scenario.robots},
        ),
    }
    path = tmp_path / 'new' / 'demo.png'
    draw_runs(scenario, runs, path)
    width, height = png_size(path)
    assert width > 2 * height
    assert path.stat().st_size < 300_000


def test_an_open_world_and_a_robot_that_never_moved_are_drawn(tmp_path: Path) -> None:
    plan = RobotPlan('robot1', (0.0, 0.0, 0.0), (0.0, 5.0))
    scenario = Scenario(tmp_path, (plan,), (Circle(1.0, 1.0, 0.2),), None, 0.15)
    run = RunRecord(True, 0.0, {'robot1': RobotRun([], [], float('inf'), None)})
    draw_runs(scenario, {'Nothing': run}, tmp_path / 'open.png', tall=True)
    width, height = png_size(tmp_path / 'open.png')
    assert height > width


def test_a_long_robot_is_drawn(tmp_path: Path) -> None:
    scenario = scenario_of(read_scene(scene_path('door')), tmp_path / 'door.yaml')
    run = RunRecord(True, 5.0, {'robot1': record(collided=True, outcomes=('nominal',))})
    draw_runs(scenario, {'With': run}, tmp_path / 'door.png')
    assert png_size(tmp_path / 'door.png')[0] > 0


@pytest.mark.parametrize('missing', ['matplotlib', 'rich', 'rclpy'])
@pytest.mark.parametrize('module', ['demo', 'demo.real', 'demo.world'])
def test_a_missing_package_is_a_sentence_that_says_what_to_install(
    tmp_path: Path, module: str, missing: str
) -> None:
    script = '\n'.join(
        [
            'import importlib.util, runpy, sys',
            'found = importlib.util.find_spec',
            f'importlib.util.find_spec = lambda n, *a: None if n == {missing!r} else found(n, *a)',
            f'sys.modules[{missing!r}] = None',
            f'sys.argv = [{module!r}, *{[] if module == "demo" else [str(tmp_path)]!r}]',
            f'name = "vcp_cbf_safety.studies.{module}"',
            'runpy.run_module(name, run_name="__main__", alter_sys=True)',
        ]
    )
    result = subprocess.run(
        [sys.executable, '-c', script],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert result.returncode == 2, result.stderr
    assert result.stderr.startswith(f'this needs {missing}: ')
    assert 'Traceback' not in result.stderr
