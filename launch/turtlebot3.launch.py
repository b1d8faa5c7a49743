"""Start the safety filter on a TurtleBot3 Burger, whose own bringup runs already.

Teleoperation or a planner publishes cmd_vel_nom (geometry_msgs/TwistStamped).
"""

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration

from vcp_cbf_safety.resources import share_directory
from vcp_cbf_safety.ros.deployments import config_file

ARGUMENTS = [
    DeclareLaunchArgument(
        'namespace', default_value='', description="The robot's namespace, such as robot1"
    ),
    DeclareLaunchArgument(
        'params_file',
        default_value=str(config_file('turtlebot3_burger.yaml')),
        description='YAML file with the parameters of the safety filter',
    ),
    DeclareLaunchArgument(
        'use_sim_time',
        default_value='false',
        choices=['true', 'false'],
        description="Take time from /clock, as a simulator publishes it, not the computer's",
    ),
    DeclareLaunchArgument(
        'respawn',
        default_value='true',
        choices=['true', 'false'],
        description='Start the filter again when it ends unexpectedly',
    ),
]


def generate_launch_description() -> LaunchDescription:
    """The arguments, and the filter as `safety_filter.launch.py` starts it."""
    return LaunchDescription(
        [
            *ARGUMENTS,
            IncludeLaunchDescription(
                PythonLaunchDescriptionSource(
                    str(share_directory() / 'launch' / 'safety_filter.launch.py')
                ),
                launch_arguments={
                    'namespace': LaunchConfiguration('namespace'),
                    'params_file': LaunchConfiguration('params_file'),
                    'use_sim_time': LaunchConfiguration('use_sim_time'),
                    'respawn': LaunchConfiguration('respawn'),
                }.items(),
            ),
        ]
    )
