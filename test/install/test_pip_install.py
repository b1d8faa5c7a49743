"""pip brings everything that a robot needs, where ROS 2 tools look for it, from the sdist too."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from vcp_cbf_safety.resources import share_directory

ROOT = Path(__file__).resolve().parents[2]
EXECUTABLES = ['safety_filter', 'arena_sim', 'nominal_driver', 'dashboard']


def files_below(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob('*')
        if path.is_file() and '__pycache__' not in path.parts
    }


@pytest.mark.parametrize('how', [(), ('--editable',)], ids=['copied', 'editable'])
def test_pip_install_leaves_the_source_tree_as_it_was(
    clean_copy: Path, run_command, tmp_path: Path, how: tuple[str, ...]
) -> None:
    def contents() -> dict[Path, bytes | None]:
        return {p: p.read_bytes() if p.is_file() else None for p in clean_copy.rglob('*')}

    before = contents()
    run_command(
        sys.executable, '-m', 'pip', '--disable-pip-version-check', 'install', '--no-deps',
        '--no-build-isolation', '--target', tmp_path / 'installed', *how, '.', cwd=clean_copy,
    )  # fmt: skip
    assert list((tmp_path / 'installed').glob('vcp_cbf_safety-*.dist-info'))
    assert contents() == before


@pytest.mark.parametrize('folder', ['launch', 'config'])
def test_share_holds_every_file_of_the_source_tree(installation, folder: str) -> None:
    assert files_below(installation.share / folder) == files_below(ROOT / folder)


def test_every_module_is_installed(installation) -> None:
    packages = next((installation.prefix / 'lib').glob('python3.*/site-packages'))
    assert files_below(packages / 'vcp_cbf_safety') == files_below(ROOT / 'vcp_cbf_safety')


def test_metadata_of_the_wheel_has_the_readme(installation) -> None:
    [folder] = (installation.prefix / 'lib').glob('python3.*/site-packages/*.dist-info')
    assert (ROOT / 'README.md').read_text(encoding='utf-8') in (folder / 'METADATA').read_text(
        encoding='utf-8'
    )


def test_installed_library_makes_a_safe_command(installation, tmp_path: Path) -> None:
    """With its own dependencies and nothing of this source tree."""
    [code] = re.findall(r'```python\n(.*?)```', (ROOT / 'README.md').read_text(), re.DOTALL)
    result = subprocess.run(
        [installation.python, '-c', code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert 'filtered' in result.stdout


def test_ament_index_knows_the_package(installation) -> None:
    index = installation.prefix / 'share' / 'ament_index' / 'resource_index' / 'packages'
    assert (index / 'vcp_cbf_safety').is_file()
    assert (installation.share / 'package.xml').is_file()


@pytest.mark.parametrize('name', EXECUTABLES)
def test_executable_is_in_bin_and_where_ros2_run_looks(installation, name: str) -> None:
    assert os.access(installation.prefix / 'bin' / name, os.X_OK)
    assert os.access(installation.executables / name, os.X_OK)


def test_installed_code_finds_its_own_share_folder(installation, tmp_path: Path) -> None:
    script = 'from vcp_cbf_safety.resources import share_directory; print(share_directory())'
    result = subprocess.run(
        [installation.python, '-c', script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert Path(result.stdout.strip()) == installation.share.resolve() != share_directory()


@pytest.mark.parametrize('place', ['bin', 'lib/vcp_cbf_safety'])
def test_installed_filter_runs_up_to_its_parameters(
    installation, tmp_path: Path, place: str
) -> None:
    pytest.importorskip('rclpy', reason='rclpy is not installed')
    result = subprocess.run(
        [installation.prefix / place / 'safety_filter', '--ros-args', '-p', 'max_speed:=-1.0'],
        cwd=tmp_path,
        env=os.environ | {'ROS_LOG_DIR': str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode != 0
    assert 'max_speed is -1.0' in result.stderr


def test_installed_discovery_profile_is_one_that_fast_dds_accepts(
    installation, tmp_path: Path
) -> None:
    pytest.importorskip('rclpy', reason='rclpy is not installed')
    profile = installation.share / 'config' / 'fastdds_discovery.xml'
    result = subprocess.run(
        [installation.executables / 'safety_filter', '--ros-args', '-p', 'max_speed:=-1.0'],
        cwd=tmp_path,
        env=os.environ
        | {'FASTDDS_DEFAULT_PROFILES_FILE': str(profile), 'ROS_LOG_DIR': str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert 'max_speed is -1.0' in result.stderr
    assert 'XMLPARSER' not in result.stdout + result.stderr
