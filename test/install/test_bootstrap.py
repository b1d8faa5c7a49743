"""What tools/bootstrap.sh refuses before it touches anything."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def refusal(folder: Path, distro: str, sourced: str = '') -> str:
    """What the script says when it refuses to make an environment in a folder."""
    result = subprocess.run(
        [ROOT / 'tools' / 'bootstrap.sh', folder, distro, 'studies'],
        env=os.environ | {'AMENT_PREFIX_PATH': '', 'ROS_DISTRO': sourced},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode != 0
    assert not folder.exists()
    assert result.stdout == ''
    return result.stderr


def test_ros_without_wheels_is_refused_in_one_sentence(tmp_path: Path) -> None:
    assert refusal(tmp_path / 'venv', 'foxy') == (
        'ROS=foxy: ROS 2 comes from wheels as jazzy or kilted; for another one, source its '
        'setup.bash and leave ROS= out.\n'
    )


def test_another_ros_than_the_sourced_one_is_refused_in_one_sentence(tmp_path: Path) -> None:
    assert refusal(tmp_path / 'venv', 'jazzy', sourced='kilted') == (
        'ROS=jazzy, but another ROS 2 (kilted) is sourced: leave ROS= out to use that one, or use '
        'a shell without ROS.\n'
    )
