"""Where the package's launch and configuration files are, installed or not."""

from pathlib import Path

from vcp_cbf_safety.errors import VcpCbfError

PACKAGE = 'vcp_cbf_safety'


def share_directory() -> Path:
    """Folder that holds `config/`, `launch/` and `package.xml`.

    That is the source tree when the code runs from it (also when installed editable or with
    `colcon build --symlink-install`), otherwise `share/vcp_cbf_safety` of the prefix that this
    very code was installed into, and only then what the ament index says.

    Raises:
        VcpCbfError: if there is no such folder.
    """
    here = Path(__file__).resolve()
    folder = _source_tree(here) or _beside(here) or _from_ament_index()
    if folder is None:
        raise VcpCbfError(
            f'share/{PACKAGE} is not in any prefix above {here.parent} nor in AMENT_PREFIX_PATH; '
            f'install the package again with pip or colcon, or source the setup.bash of its '
            f'workspace'
        )
    return folder


def _source_tree(here: Path) -> Path | None:
    root = here.parents[1]
    return root if (root / 'package.xml').is_file() and (root / 'setup.py').is_file() else None


def _beside(here: Path) -> Path | None:
    shares = (prefix / 'share' / PACKAGE for prefix in here.parents)
    return next((share for share in shares if (share / 'package.xml').is_file()), None)


def _from_ament_index() -> Path | None:
    try:
        from ament_index_python.packages import get_package_share_directory
    except ImportError:
        return None
    try:
        return Path(get_package_share_directory(PACKAGE))
    except (LookupError, OSError):  # not in the index, or AMENT_PREFIX_PATH is not set
        return None
