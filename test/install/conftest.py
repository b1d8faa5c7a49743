"""The package built and installed for real, in a place of its own."""

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# What a fresh clone does not hold.
GENERATED = shutil.ignore_patterns(
    '.git', '.venv*', '__pycache__', '*.pyc', '*.egg-info', '.hypothesis', '.*_cache', 'build',
    'dist', 'install', 'log', 'mutants', 'out',
)  # fmt: skip

# Building and installing on a slow machine [s].
PATIENCE = 240


def run(
    *command: str | Path, cwd: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; its output is in the failure when it fails."""
    result = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=dict(os.environ if environment is None else environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert result.returncode == 0, f'{command} failed:\n{result.stdout}\n{result.stderr}'
    return result


@pytest.fixture(scope='session')
def run_command() -> Callable[..., subprocess.CompletedProcess[str]]:
    return run


@dataclass(frozen=True)
class Installation:
    """A prefix that holds the package and nothing else.

    Its Python sees the dependencies of the Python that runs the tests, behind its own packages.
    """

    prefix: Path

    @property
    def python(self) -> Path:
        return self.prefix / 'bin' / 'python'

    @property
    def share(self) -> Path:
        return self.prefix / 'share' / 'vcp_cbf_safety'

    @property
    def executables(self) -> Path:
        return self.prefix / 'lib' / 'vcp_cbf_safety'


@pytest.fixture
def clean_copy(tmp_path: Path) -> Path:
    """A copy of the source tree as a fresh clone has it, for one test."""
    return shutil.copytree(ROOT, tmp_path / 'vcp_cbf_safety', ignore=GENERATED)


@pytest.fixture(scope='session')
def source_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source tree that tests share, who may leave something in it."""
    copy = tmp_path_factory.mktemp('source') / 'vcp_cbf_safety'
    return shutil.copytree(ROOT, copy, ignore=GENERATED)


@pytest.fixture(scope='session')
def sdist(source_copy: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution, an archive."""
    folder = tmp_path_factory.mktemp('sdist')
    script = f'import setuptools.build_meta as backend; backend.build_sdist({str(folder)!r})'
    run(sys.executable, '-c', script, cwd=source_copy)
    [archive] = folder.glob('vcp_cbf_safety-*.tar.gz')
    return archive


@pytest.fixture(scope='session')
def installation(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """What the source distribution becomes as a wheel, in a fresh virtual environment."""
    folder = tmp_path_factory.mktemp('pip')
    installed = Installation(folder / 'venv')
    venv.create(installed.prefix, symlinks=True, with_pip=False)
    pip = [sys.executable, '-m', 'pip', '--disable-pip-version-check']
    run(
        *pip, 'wheel', '--no-deps', '--no-build-isolation', '--wheel-dir', 'wheels', sdist,
        cwd=folder,
    )  # fmt: skip
    wheel = next((folder / 'wheels').glob('vcp_cbf_safety-*.whl'))
    run(
        *pip, '--python', installed.python, 'install', '--no-deps', '--no-index', wheel, cwd=folder
    )
    lend_dependencies(installed)
    return installed


def lend_dependencies(installed: Installation) -> None:
    """Let the fresh environment see the packages of the Python that runs the tests."""
    folders = [path for path in sys.path if path.endswith(('site-packages', 'dist-packages'))]
    packages = next((installed.prefix / 'lib').glob('python3.*/site-packages'))
    (packages / 'dependencies.pth').write_text('\n'.join(folders) + '\n', encoding='utf-8')
