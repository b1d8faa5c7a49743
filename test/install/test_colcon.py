"""`colcon build` makes a workspace whose setup.bash and executables work."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ('colcon_core', 'colcon_ros', 'rclpy')),
    reason='needs rclpy, colcon-common-extensions and colcon-ros; the last two come with `dev`',
)
COLCON = 'import sys; from colcon_core.command import main; sys.exit(main())'


@pytest.fixture(scope='module')
def build(
    source_copy: Path, run_command, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str]:
    """A workspace with the package in src/, built, and what was said on stderr meanwhile."""
    folder = tmp_path_factory.mktemp('workspace')
    (folder / 'src').mkdir()
    (folder / 'src' / 'vcp_cbf_safety').symlink_to(source_copy)
    # Wheels leave it unset; colcon wants one prefix that looks as if it had been built.
    prefix = folder / 'ros'
    prefix.mkdir()
    for shell in ('bash', 'sh'):
        (prefix / f'local_setup.{shell}').touch()
    environment = os.environ | {
        'AMENT_PREFIX_PATH': os.environ.get('AMENT_PREFIX_PATH') or str(prefix),
        'COLCON_HOME': str(folder / 'colcon_home'),
    }
    # setuptools says so when it is told not to compile.
    environment.pop('PYTHONDONTWRITEBYTECODE', None)
    result = run_command(
        sys.executable, '-c', COLCON, 'build', cwd=folder, environment=environment
    )
    return folder, result.stderr


@pytest.fixture(scope='module')
def workspace(build: tuple[Path, str]) -> Path:
    return build[0]


def in_workspace(workspace: Path, command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ['bash', '-c', f'source install/setup.bash && {command}'],
        cwd=workspace,
        env=os.environ | {'ROS_LOG_DIR': str(workspace / 'ros_log')},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_build_says_nothing_on_stderr(build: tuple[Path, str]) -> None:
    assert build[1] == ''


@pytest.mark.parametrize('name', ['safety_filter', 'arena_sim', 'nominal_driver', 'dashboard'])
def test_executable_is_where_ros2_run_looks(workspace: Path, name: str) -> None:
    prefix = workspace / 'install' / 'vcp_cbf_safety'
    assert os.access(prefix / 'lib' / 'vcp_cbf_safety' / name, os.X_OK)
    assert not (prefix / 'bin').exists()


def test_sourced_workspace_is_found_with_its_launch_and_config(workspace: Path) -> None:
    script = 'from vcp_cbf_safety.resources import share_directory as s; print(s())'
    result = in_workspace(workspace, f"{sys.executable} -c '{script}'")
    share = workspace / 'install' / 'vcp_cbf_safety' / 'share' / 'vcp_cbf_safety'
    assert Path(result.stdout.strip()) == share
    assert (share / 'launch' / 'safety_filter.launch.py').is_file()
    assert (share / 'config' / 'fastdds_discovery.xml').is_file()


def test_ament_index_of_the_sourced_workspace_knows_the_package(workspace: Path) -> None:
    script = (
        'from ament_index_python.packages import get_package_prefix as p; '
        'print(p("vcp_cbf_safety"))'
    )
    result = in_workspace(workspace, f"{sys.executable} -c '{script}'")
    assert Path(result.stdout.strip()) == workspace / 'install' / 'vcp_cbf_safety'


def test_built_filter_runs_up_to_its_parameters(workspace: Path) -> None:
    executable = 'install/vcp_cbf_safety/lib/vcp_cbf_safety/safety_filter'
    result = in_workspace(workspace, f'{executable} --ros-args -p max_speed:=-1.0')
    assert result.returncode != 0
    assert 'max_speed is -1.0' in result.stderr
