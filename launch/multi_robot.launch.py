"""Start the embedded simulator and robots with a blind driver and a safety filter each."""

import os

from launch import Action, LaunchContext, LaunchDescription
from launch.actions import (
    DeclareLaunchArgument,
    LogInfo,
    OpaqueFunction,
    SetEnvironmentVariable,
    Shutdown,
)
from launch.substitutions import EnvironmentVariable, LaunchConfiguration
from launch_ros.actions import Node

from vcp_cbf_safety.ros.deployments import DISCOVERY_PROFILE, DISCOVERY_VARIABLE, config_file
from vcp_cbf_safety.ros.rviz_view import rviz_of
from vcp_cbf_safety.studies.demo.scenario import FILTER, SIMULATOR, nodes_of
from vcp_cbf_safety.studies.demo.scene_parameters import scenario_named

ARGUMENTS = [
    DeclareLaunchArgument(
        'scene',
        default_value='told',
        description='Name of a scene in config/scenes, or the path of a YAML file like those',
    ),
    DeclareLaunchArgument(
        'robots',
        default_value='',
        description='How many robots, in scenes with a formation such as swap; empty: as it says',
    ),
    DeclareLaunchArgument(
        'filtered',
        default_value='true',
        choices=['true', 'false'],
        description='Whether a safety filter stands between each driver and its robot',
    ),
    DeclareLaunchArgument(
        'rviz',
        default_value='false',
        choices=['true', 'false'],
        description='Show what the filters see and do in RViz, where that is installed',
    ),
]


def start_nodes(context: LaunchContext) -> list[Action]:
    """Every node of the scene; without the simulator there is nothing left to show."""

    def text(name: str) -> str:
        return LaunchConfiguration(name).perform(context)

    scenario = scenario_named(text('scene'), text('robots'))
    specs = nodes_of(scenario, filtered=text('filtered') == 'true', wait_for_start=False)
    shutdown = Shutdown(reason='the simulator ended')
    started: list[Action] = [
        Node(
            **spec.for_launch(),
            on_exit=shutdown if spec.executable == SIMULATOR else None,
            output='screen',
        )
        for spec in specs
    ]
    if text('rviz') == 'true':
        # Without filters the robots are shown all the same.
        robots = [
            spec
            for spec in nodes_of(scenario, filtered=True, wait_for_start=False)
            if spec.executable == FILTER
        ]
        view = rviz_of(robots, os.environ.get('ROS_DISTRO', ''))
        started.append(LogInfo(msg=view.missing) if view.missing else Node(**view.arguments))
    return started


def generate_launch_description() -> LaunchDescription:
    """Arguments, quick discovery (unless the user has a profile already) and the nodes."""
    profile = EnvironmentVariable(
        DISCOVERY_VARIABLE, default_value=str(config_file(DISCOVERY_PROFILE))
    )
    return LaunchDescription(
        [
            *ARGUMENTS,
            SetEnvironmentVariable(DISCOVERY_VARIABLE, profile),
            OpaqueFunction(function=start_nodes),
        ]
    )
