"""Drive a TurtleBot3 Burger through a walled arena in Gazebo, with the safety filter in between.

Teleoperation or a planner publishes cmd_vel_nom (geometry_msgs/TwistStamped); see docs/gazebo.md.
"""

import os
from pathlib import Path

from ament_index_python.packages import PackageNotFoundError, get_package_share_path
from launch import LaunchContext, LaunchDescription, LaunchDescriptionEntity
from launch.actions import (
    AppendEnvironmentVariable,
    DeclareLaunchArgument,
    IncludeLaunchDescription,
    LogInfo,
    OpaqueFunction,
    SetEnvironmentVariable,
    Shutdown,
)
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import EnvironmentVariable, LaunchConfiguration
from launch_ros.actions import Node

from vcp_cbf_safety.ros.deployments import (
    DISCOVERY_PROFILE,
    DISCOVERY_VARIABLE,
    GAZEBO_PACKAGES,
    config_file,
    filter_in_gazebo,
    what_to_install,
)
from vcp_cbf_safety.ros.rviz_view import rviz_of

WORLD = config_file('gazebo/arena.sdf')
BRIDGE = config_file('gazebo/bridge.yaml')


def find_packages() -> dict[str, Path]:
    """Share folders of the packages that this launch file needs beside our own.

    Raises:
        RuntimeError: if one is not installed; the message says how to install it.
    """
    found: dict[str, Path] = {}
    for name in GAZEBO_PACKAGES:
        try:
            found[name] = get_package_share_path(name)
        except PackageNotFoundError:
            continue
    missing = [name for name in GAZEBO_PACKAGES if name not in found]
    if missing:
        raise RuntimeError(what_to_install(missing, os.environ.get('ROS_DISTRO', '')))
    return found


def start(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """Gazebo with our world, the robot, the bridge and the filter, and RViz where it is wanted."""
    packages, spec = find_packages(), filter_in_gazebo()
    models = packages['turtlebot3_gazebo'] / 'models'
    gui = LaunchConfiguration('gui').perform(context) == 'true'
    server_only = '' if gui else '-s --headless-rendering '
    started: list[LaunchDescriptionEntity] = [
        AppendEnvironmentVariable('GZ_SIM_RESOURCE_PATH', str(models)),
        IncludeLaunchDescription(
            PythonLaunchDescriptionSource(
                str(packages['ros_gz_sim'] / 'launch' / 'gz_sim.launch.py')
            ),
            launch_arguments={
                'gz_args': f'-r {server_only}"{WORLD}"',
                'on_exit_shutdown': 'true',
            }.items(),
        ),
        # At the origin, where wheel odometry starts: frame odom is then the world.
        Node(
            package='ros_gz_sim',
            executable='create',
            arguments=[
                '-world', 'arena',
                '-name', 'burger',
                '-file', str(models / 'turtlebot3_burger' / 'model.sdf'),
                '-x', '0.0', '-y', '0.0', '-z', '0.01', '-Y', '0.0',
            ],
            output='screen',
        ),
        Node(
            package='ros_gz_bridge',
            executable='parameter_bridge',
            name='bridge',
            parameters=[{'config_file': str(BRIDGE)}],
            output='screen',
        ),
        # Gazebo's base keeps its last command for ever, so it must not outlive the filter.
        Node(
            **spec.for_launch(),
            on_exit=Shutdown(reason='the safety filter ended'),
            output='screen',
        ),
    ]  # fmt: skip
    if LaunchConfiguration('rviz').perform(context) == 'true':
        view = rviz_of([spec], os.environ.get('ROS_DISTRO', ''))
        started.append(LogInfo(msg=view.missing) if view.missing else Node(**view.arguments))
    return started


def generate_launch_description() -> LaunchDescription:
    """Arguments, quick discovery (unless the user has a profile already) and everything else."""
    profile = EnvironmentVariable(
        DISCOVERY_VARIABLE, default_value=str(config_file(DISCOVERY_PROFILE))
    )
    return LaunchDescription(
        [
            DeclareLaunchArgument(
                'gui',
                default_value='true',
                choices=['true', 'false'],
                description="Show Gazebo's window; false runs the server alone",
            ),
            DeclareLaunchArgument(
                'rviz',
                default_value='false',
                choices=['true', 'false'],
                description='Show what the filter sees and does in RViz, where that is installed',
            ),
            SetEnvironmentVariable(DISCOVERY_VARIABLE, profile),
            OpaqueFunction(function=start),
        ]
    )
