"""Packages that studies need beyond the filter itself, and what to do when one is missing."""

from importlib.util import find_spec

from vcp_cbf_safety.errors import VcpCbfError

_REMEDIES = {
    'distributed': "pip install 'vcp_cbf_safety[cluster]'",
    'rclpy': "source a ROS 2 installation or pip install 'vcp_cbf_safety[ros-kilted]'",
    'domain_coordinator': 'apt install ros-$ROS_DISTRO-domain-coordinator or pip install '
    "'vcp_cbf_safety[ros-kilted]'",
    'scipy': "apt install python3-scipy or pip install 'vcp_cbf_safety[studies]'",
    'jinja2': "apt install python3-jinja2 or pip install 'vcp_cbf_safety[studies]'",
    'matplotlib': "apt install python3-matplotlib or pip install 'vcp_cbf_safety[studies]'",
    'rosbags': "pip install 'vcp_cbf_safety[studies]'",
    'textual': "pip install 'vcp_cbf_safety[studies]'",
    'rich': "apt install python3-rich or pip install 'vcp_cbf_safety[studies]'",
}


class MissingPackageError(VcpCbfError):
    """A package is not installed; the message says how to get it."""


def require(*names: str) -> None:
    """Raise MissingPackageError for the first package that is not installed."""
    for name in names:
        if find_spec(name) is None:
            raise MissingPackageError(f'this needs {name}: {_REMEDIES[name]}')
