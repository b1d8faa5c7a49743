"""The source distribution is the source tree."""

import tarfile
from pathlib import Path

import pytest

from vcp_cbf_safety import __version__


@pytest.fixture(scope='module')
def files(sdist: Path) -> set[str]:
    """Names of the files in the source distribution, relative to its top."""
    top = f'vcp_cbf_safety-{__version__}/'
    assert sdist.name == f'{top[:-1]}.tar.gz'
    with tarfile.open(sdist) as archive:
        return {member.name.removeprefix(top) for member in archive if member.isfile()}


def test_sdist_holds_every_file_of_a_clone(source_copy: Path, files: set[str]) -> None:
    clone = {
        path.relative_to(source_copy).as_posix()
        for path in source_copy.rglob('*')
        if path.is_file() and path.suffix != '.pyc'
    }
    made = {name for name in clone if name.startswith(('vcp_cbf_safety.egg-info/', 'build/'))}
    assert clone - made - {'.gitignore'} <= files


def test_sdist_holds_nothing_that_was_generated(files: set[str]) -> None:
    assert not [name for name in files if name.endswith('.pyc') or '__pycache__' in name]
