"""The source distribution is the source tree."""

import sys
import tarfile
from pathlib import Path

import pytest

from vcp_cbf_safety import __version__


@pytest.fixture(scope='module')
def sdist(source_copy: Path, run_command, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Names of the files in the source distribution, relative to its top."""
    folder = tmp_path_factory.mktemp('sdist')
    script = f'import setuptools.build_meta as backend; backend.build_sdist({str(folder)!r})'
    run_command(sys.executable, '-c', script, cwd=source_copy)
    top = f'vcp_cbf_safety-{__version__}/'
    with tarfile.open(folder / f'{top[:-1]}.tar.gz') as archive:
        return {member.name.removeprefix(top) for member in archive if member.isfile()}


def test_sdist_holds_every_file_of_a_clone(source_copy: Path, sdist: set[str]) -> None:
    clone = {
        path.relative_to(source_copy).as_posix()
        for path in source_copy.rglob('*')
        if path.is_file() and path.suffix != '.pyc'
    }
    made = {name for name in clone if name.startswith(('vcp_cbf_safety.egg-info/', 'build/'))}
    assert clone - made - {'.gitignore'} <= sdist


def test_sdist_holds_nothing_that_was_generated(sdist: set[str]) -> None:
    assert not [name for name in sdist if name.endswith('.pyc') or '__pycache__' in name]
