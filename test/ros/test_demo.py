"""The demos from the command line: results, exit codes, and no process left behind."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
import yaml

from vcp_cbf_safety.studies.demo.scene import read_scene, scene_path
from vcp_cbf_safety.studies.demo.scene_parameters import node_parameters

pytest.importorskip('matplotlib')
pytest.importorskip('rich')

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT = 150.0


@contextmanager
def running(module: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """A demo as its own process, as a user types it; killed if the test fails before its end."""
    process = subprocess.Popen(
        [sys.executable, '-m', f'vcp_cbf_safety.studies.{module}', *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30.0)
        assert process.stdout is not None
        process.stdout.close()


def outcome(module: str, *arguments: object) -> tuple[int, str]:
    """Exit code and output of a demo that runs to its end."""
    with running(module, *arguments) as process:
        output, _ = process.communicate(timeout=TIMEOUT)
        return process.returncode, output


def nodes_writing_to(folder: Path) -> list[int]:
    """Process ids of the running nodes whose logs go somewhere under a folder."""
    needle = f'ROS_LOG_DIR={folder}'.encode()
    found = []
    for entry in Path('/proc').iterdir():
        try:
            if entry.name.isdigit() and needle in (entry / 'environ').read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue  # ended meanwhile, or somebody else's
    return found


def wait_for(condition: Callable[[], Any]) -> None:
    ends = monotonic() + TIMEOUT
    while not condition():
        assert monotonic() < ends, 'the condition did not come true in time'
        sleep(0.02)


@pytest.mark.timeout(200)
def test_the_demo_collides_without_filters_and_arrives_with_them(tmp_path: Path) -> None:
    code, output = outcome('demo', '--duration', 25, '--out', tmp_path)
    assert code == 0, output
    assert 'collisions' in output
    results = json.loads((tmp_path / 'demo.json').read_text())
    assert results['unfiltered']['collisions'] > 0
    filtered = results['filtered']
    assert filtered['collisions'] == 0
    assert filtered['worst_clearance_m'] >= 0.0
    assert filtered['goals_reached'] == filtered['robots'] == 3
    assert filtered['interventions'] > 0
    assert filtered['solve_p50_ms'] > 0.0
    assert filtered['tick_p99_ms'] > 0.0
    assert set(results['unfiltered']) == set(filtered)
    assert (tmp_path / 'demo.png').read_bytes().startswith(b'\x89PNG')
    assert nodes_writing_to(tmp_path) == []


@pytest.mark.timeout(200)
def test_the_demo_fails_when_a_filtered_robot_collides(tmp_path: Path) -> None:
    sections = node_parameters(read_scene(scene_path('told')))
    # The filters are lied to: robots much smaller than they are, and no arena obstacles heeded.
    for name in ('robot1', 'robot2', 'robot3'):
        lies = sections[f'/{name}/safety_filter']['ros__parameters']
        lies['body_radius'] = lies['peer_radius'] = 0.02
        lies['margin'] = 0.0
    scenario = tmp_path / 'lies.yaml'
    scenario.write_text(yaml.safe_dump(sections))
    code, output = outcome(
        'demo', '--duration', 9, '--scenario', scenario, '--out', tmp_path / 'out'
    )
    assert code == 1, output
    results = json.loads((tmp_path / 'out' / 'demo.json').read_text())
    assert results['filtered']['collisions'] > 0


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize('moment', ['connecting', 'driving'])
def test_a_signal_leaves_no_process_behind(
    tmp_path: Path, number: signal.Signals, moment: str
) -> None:
    with running('demo', '--out', tmp_path) as process:
        wait_for(lambda: len(nodes_writing_to(tmp_path)) >= (2 if moment == 'connecting' else 4))
        if moment == 'driving':
            log = tmp_path / 'log' / 'unfiltered' / 'arena_sim.log'
            wait_for(lambda: 'obstacles in map' in log.read_text())
        process.send_signal(number)
        output, _ = process.communicate(timeout=60.0)
    assert process.returncode == 128 + number, output
    assert 'interrupted' in output
    assert nodes_writing_to(tmp_path) == []


def test_a_scenario_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    code, output = outcome('demo', '--scenario', tmp_path / 'none.yaml', '--out', tmp_path)
    assert code == 2
    assert 'none.yaml cannot be read' in output
    assert 'Traceback' not in output


def test_a_node_that_dies_ends_the_demo_with_its_last_words(tmp_path: Path) -> None:
    sections = node_parameters(read_scene(scene_path('told')))
    sections['/arena_sim']['ros__parameters']['lag'] = -1.0
    scenario = tmp_path / 'bad.yaml'
    scenario.write_text(yaml.safe_dump(sections))
    code, output = outcome('demo', '--scenario', scenario, '--out', tmp_path / 'out')
    assert code == 2
    assert 'arena_sim ended with exit code 1' in output
    assert 'lag' in output
    assert nodes_writing_to(tmp_path / 'out') == []


@pytest.mark.timeout(200)
def test_a_benchmark_world_is_driven_with_and_without(tmp_path: Path) -> None:
    worlds = tmp_path / 'worlds.json'
    cylinders = [[-2.05, 4.4, 0.1], [-3.2, 4.4, 0.1]]
    worlds.write_text(json.dumps({'3': {'cylinders': cylinders, 'path': [[-2, 3], [-2, 13]]}}))
    code, output = outcome('demo.world', worlds, '--world', 3, '--duration', 6, '--out', tmp_path)
    assert code == 0, output
    results = json.loads((tmp_path / 'demo-world-3.json').read_text())
    assert results['unfiltered']['collisions'] == 1
    assert results['filtered']['collisions'] == 0
    assert (tmp_path / 'demo-world-3.png').is_file()


def recorded_line(folder: Path, number: int, y: float, seconds: float = 6.0) -> None:
    """Files of a robot that drives along +x at 0.08 m/s; commands differ in every line."""
    poses, commands = [], []
    for index in range(int(seconds * 60)):
        stamp = 1000.0 + index / 60.0
        poses.append(f'{stamp:.3f} {0.08 * index / 60.0:.6f} {y:.6f} 0.0')
        commands.append(f'{stamp + 0.004:.3f} {0.08 + 1e-6 * index:.6f} {1e-4 * index:.4f}')
    (folder / f'Robot{number}_Groundtruth.dat').write_text('\n'.join(poses))
    (folder / f'Robot{number}_Odometry.dat').write_text('\n'.join(commands))


@pytest.mark.timeout(200)
def test_recorded_commands_come_out_bit_identical_where_nothing_is_near(tmp_path: Path) -> None:
    recorded_line(tmp_path, 1, 0.0)
    recorded_line(tmp_path, 2, 3.0)
    (tmp_path / 'Landmark_Groundtruth.dat').write_text('6 0.0 -3.0 0.0 0.0\n')
    code, output = outcome('demo.real', tmp_path, '--rate', 1, '--out', tmp_path / 'out')
    assert code == 0, output
    results = json.loads((tmp_path / 'out' / 'demo-real.json').read_text())
    assert results['out_of_reach_cycles'] == results['out_of_reach_bit_identical'] > 100
    assert set(results['robots']) == {'robot1', 'robot2'}
    for robot in results['robots'].values():
        assert robot['nearest_approach_m'] == pytest.approx(2.66, abs=0.01)
        assert not [each for each in robot['changed'] if not each['without_input']]
    assert (tmp_path / 'out' / 'demo-real.png').is_file()
    assert nodes_writing_to(tmp_path / 'out') == []


@pytest.mark.timeout(200)
def test_recorded_robots_that_come_close_are_kept_apart_on_paper(tmp_path: Path) -> None:
    recorded_line(tmp_path, 1, 0.0)
    recorded_line(tmp_path, 2, 0.36)
    # A landmark straight ahead of the first one.
    (tmp_path / 'Landmark_Groundtruth.dat').write_text('6 0.5 0.0 0.0 0.0\n')
    code, output = outcome('demo.real', tmp_path, '--rate', 1, '--out', tmp_path / 'out')
    assert code == 0, output
    results = json.loads((tmp_path / 'out' / 'demo-real.json').read_text())
    robot = results['robots']['robot1']
    assert robot['untouched_share'] < 1.0
    assert robot['changed'][0]['why']
    assert results['out_of_reach_cycles'] == 0


def test_a_folder_without_recording_is_one_sentence(tmp_path: Path) -> None:
    code, output = outcome('demo.real', tmp_path)
    assert code == 2
    assert 'MRCLAM dataset' in output
    assert 'Traceback' not in output
