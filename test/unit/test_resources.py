"""share_directory finds config/ and launch/ wherever the code was put."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from vcp_cbf_safety import resources
from vcp_cbf_safety.errors import VcpCbfError

ROOT = Path(__file__).resolve().parents[2]


def install(module: Path) -> Path:
    """Put a copy of resources.py where an installer would have put it."""
    module.parent.mkdir(parents=True)
    shutil.copy(ROOT / 'vcp_cbf_safety' / 'resources.py', module)
    return module


def share_directory_of(
    module: Path, monkeypatch: pytest.MonkeyPatch, ament_prefix: Path | None = None
) -> Path:
    """What share_directory says when the module lies there."""
    monkeypatch.setattr(resources, '__file__', str(module))
    monkeypatch.setenv('AMENT_PREFIX_PATH', '' if ament_prefix is None else str(ament_prefix))
    return resources.share_directory()


def make_share(prefix: Path) -> Path:
    share = prefix / 'share' / 'vcp_cbf_safety'
    share.mkdir(parents=True)
    (share / 'package.xml').touch()
    index = prefix / 'share' / 'ament_index' / 'resource_index' / 'packages'
    index.mkdir(parents=True)
    (index / 'vcp_cbf_safety').touch()
    return share


def test_source_tree_is_found_from_its_own_code(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ROOT / 'vcp_cbf_safety' / 'resources.py'
    assert share_directory_of(module, monkeypatch) == ROOT


def test_symbolic_link_to_the_source_tree_leads_to_the_source_tree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = tmp_path / 'lib' / 'site-packages' / 'vcp_cbf_safety'
    link.parent.mkdir(parents=True)
    link.symlink_to(ROOT / 'vcp_cbf_safety')
    assert share_directory_of(link / 'resources.py', monkeypatch) == ROOT


@pytest.mark.parametrize(
    'place', ['lib/python3.11/site-packages', 'local/lib/python3.12/dist-packages', '.']
)
def test_prefix_of_the_code_is_found_before_the_ament_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    prefix, other = tmp_path / 'ours', tmp_path / 'other'
    share = make_share(prefix)
    make_share(other)
    module = install(prefix / place / 'vcp_cbf_safety' / 'resources.py')
    assert share_directory_of(module, monkeypatch, other) == share


def test_ament_index_is_asked_when_nothing_lies_beside_the_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip('ament_index_python', reason='ament_index_python is not installed')
    share = make_share(tmp_path / 'elsewhere')
    module = install(tmp_path / 'code' / 'vcp_cbf_safety' / 'resources.py')
    assert share_directory_of(module, monkeypatch, tmp_path / 'elsewhere') == share


def test_missing_share_folder_is_an_error_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = install(tmp_path / 'vcp_cbf_safety' / 'resources.py')
    with pytest.raises(VcpCbfError, match=r'install the package again .* source the setup\.bash'):
        share_directory_of(module, monkeypatch)


def test_share_folder_is_found_from_any_working_directory(tmp_path: Path) -> None:
    script = 'from vcp_cbf_safety.resources import share_directory; print(share_directory())'
    result = subprocess.run(
        [sys.executable, '-c', f'import sys; sys.path.insert(0, {str(ROOT)!r}); {script}'],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert Path(result.stdout.strip()) == ROOT


@pytest.mark.parametrize('folder', ['config', 'launch'])
def test_share_folder_of_the_source_tree_holds_config_and_launch(folder: str) -> None:
    assert list((resources.share_directory() / folder).iterdir())
