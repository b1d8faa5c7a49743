"""Start the safety filter of one robot, between its nominal command and its base."""

import os
from pathlib import Path

from launch import Action, LaunchContext, LaunchDescription
from launch.actions import (
    DeclareLaunchArgument,
    LogInfo,
    OpaqueFunction,
    SetEnvironmentVariable,
)
from launch.substitutions import EnvironmentVariable, LaunchConfiguration
from launch_ros.actions import Node

from vcp_cbf_safety.ros.deployments import (
    DISCOVERY_PROFILE,
    DISCOVERY_VARIABLE,
    config_file,
    filter_alone,
)
from vcp_cbf_safety.ros.rviz_view import rviz_of

ARGUMENTS = [
    DeclareLaunchArgument(
        'namespace', default_value='', description="The robot's namespace, such as robot1"
    ),
    DeclareLaunchArgument(
        'params_file',
        default_value=str(config_file('safety_filter.yaml')),
        description='YAML file with the parameters of the safety filter',
    ),
    DeclareLaunchArgument(
        'odom_topic', default_value='odom', description='Odometry of the robot, in world_frame'
    ),
    DeclareLaunchArgument(
        'cmd_vel_nom_topic',
        default_value='cmd_vel_nom',
        description='Commands of the driver or planner, which the filter makes safe',
    ),
    DeclareLaunchArgument(
        'cmd_vel_topic',
        default_value='cmd_vel',
        description='Safe commands, which the base follows; nobody else may publish there',
    ),
    DeclareLaunchArgument(
        'obstacles_topic',
        default_value='obstacles',
        description='Markers of obstacles (visualization_msgs/MarkerArray)',
    ),
    DeclareLaunchArgument(
        'goal_pose_topic',
        default_value='goal_pose',
        description='Where the robot is to go (geometry_msgs/PoseStamped), if somebody says so',
    ),
    DeclareLaunchArgument(
        'tf_topic',
        default_value='/tf',
        description='Transforms, with use_tf; tf where each robot has a tree of its own',
    ),
    DeclareLaunchArgument(
        'tf_static_topic',
        default_value='/tf_static',
        description='Transforms that hold for good, with use_tf',
    ),
    DeclareLaunchArgument(
        'use_sim_time',
        default_value='false',
        choices=['true', 'false'],
        description="Take time from /clock, as a simulator publishes it, not the computer's",
    ),
    DeclareLaunchArgument(
        'log_level',
        default_value='info',
        choices=['debug', 'info', 'warn', 'error', 'fatal'],
        description='Least severe log messages to show',
    ),
    DeclareLaunchArgument(
        'respawn',
        default_value='false',
        choices=['true', 'false'],
        description='Start the filter again when it ends unexpectedly',
    ),
    DeclareLaunchArgument(
        'rviz',
        default_value='false',
        choices=['true', 'false'],
        description='Show what the filter sees and does in RViz, where that is installed',
    ),
]


def start_filter(context: LaunchContext) -> list[Action]:
    """The filter's node, with the arguments of this launch, and RViz where that is wanted."""

    def text(name: str) -> str:
        return LaunchConfiguration(name).perform(context)

    spec = filter_alone(
        Path(text('params_file')).expanduser(),
        namespace=text('namespace'),
        use_sim_time=text('use_sim_time') == 'true',
        topics={
            'odom': text('odom_topic'),
            'cmd_vel_nom': text('cmd_vel_nom_topic'),
            'cmd_vel': text('cmd_vel_topic'),
            'obstacles': text('obstacles_topic'),
            'goal_pose': text('goal_pose_topic'),
            '/tf': text('tf_topic'),
            '/tf_static': text('tf_static_topic'),
        },
    )
    started: list[Action] = [
        Node(
            **spec.for_launch(),
            ros_arguments=['--log-level', text('log_level')],
            respawn=text('respawn') == 'true',
            respawn_delay=0.5,
            output='screen',
        )
    ]
    if text('rviz') == 'true':
        view = rviz_of([spec], os.environ.get('ROS_DISTRO', ''))
        started.append(LogInfo(msg=view.missing) if view.missing else Node(**view.arguments))
    return started


def generate_launch_description() -> LaunchDescription:
    """Arguments, quick discovery (unless the user has a profile already) and the node."""
    profile = EnvironmentVariable(
        DISCOVERY_VARIABLE, default_value=str(config_file(DISCOVERY_PROFILE))
    )
    return LaunchDescription(
        [
            *ARGUMENTS,
            SetEnvironmentVariable(DISCOVERY_VARIABLE, profile),
            OpaqueFunction(function=start_filter),
        ]
    )
