"""Which nodes the launch files start, with which parameters: the one place that says so."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from vcp_cbf_safety.resources import share_directory
from vcp_cbf_safety.ros.names import TOPIC_NAME
from vcp_cbf_safety.ros.node_spec import NodeSpec

# Fast DDS reads its profile from the file that this variable names.
DISCOVERY_VARIABLE = 'FASTDDS_DEFAULT_PROFILES_FILE'
DISCOVERY_PROFILE = 'fastdds_discovery.xml'

# Debian packages are called ros-<distribution>-<this>.
GAZEBO_PACKAGES = {
    'ros_gz_sim': 'ros-gz-sim',
    'ros_gz_bridge': 'ros-gz-bridge',
    'turtlebot3_gazebo': 'turtlebot3-gazebo',
}


def config_file(name: str) -> Path:
    """Path of a file below `config/`."""
    return share_directory() / 'config' / name


def filter_alone(
    params_file: Path,
    *,
    namespace: str = '',
    use_sim_time: bool = False,
    topics: Mapping[str, str] | None = None,
) -> NodeSpec:
    """The safety filter as `safety_filter.launch.py` starts it.

    Args:
        params_file: its parameters.
        namespace: where it and its relative topics are.
        use_sim_time: whether it takes time from /clock.
        topics: what its topics, such as odom, cmd_vel_nom and /tf, are called outside.

    Raises:
        FileNotFoundError: if there is no such parameter file.
        ValueError: if a topic cannot have that name; the message names the launch argument.
    """
    remappings = []
    for inside, outside in (topics or {}).items():
        if not TOPIC_NAME.fullmatch(outside):
            raise ValueError(
                f"{inside.lstrip('/')}_topic is '{outside}'; it must be the name of a topic: "
                'letters, digits and underscores, no digit first, with slashes between them, '
                'none at the end'
            )
        if outside != inside:
            remappings.append((inside, outside))
    return NodeSpec(
        executable='safety_filter',
        name='safety_filter',
        namespace=namespace,
        parameter_files=(params_file.absolute(),),
        parameters={'use_sim_time': use_sim_time},
        remappings=tuple(remappings),
    )


def filter_in_gazebo() -> NodeSpec:
    """The safety filter as `gazebo.launch.py` starts it."""
    return NodeSpec(
        executable='safety_filter',
        name='safety_filter',
        parameter_files=(config_file('turtlebot3_burger.yaml'), config_file('gazebo/arena.yaml')),
        parameters={'use_sim_time': True},
    )


def what_to_install(missing: Iterable[str], distribution: str) -> str:
    """One sentence for somebody who starts `gazebo.launch.py` without Gazebo.

    Args:
        missing: names among `GAZEBO_PACKAGES`.
        distribution: name of the ROS 2 distribution, '' if unknown.
    """
    names = list(missing)
    prefix = f'ros-{distribution or "$ROS_DISTRO"}'
    debian = ' '.join(f'{prefix}-{GAZEBO_PACKAGES[name]}' for name in names)
    return (
        f'gazebo.launch.py needs {", ".join(names)}, not found in AMENT_PREFIX_PATH: '
        f'sudo apt install {debian}'
    )
