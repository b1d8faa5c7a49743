"""gazebo.launch.py says what to install, and where all is installed puts the filter in between.

Gazebo itself is not needed: packages of the same names stand in for it and write down how they
were called; the filter is the real one.
"""

import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

launch_pytest = pytest.importorskip(
    'launch_pytest', reason='launch_pytest is not installed (apt: ros-<distro>-launch-pytest)'
)

from geometry_msgs.msg import TwistStamped  # noqa: E402
from nav_msgs.msg import Odometry  # noqa: E402
from sensor_msgs.msg import LaserScan  # noqa: E402

LAUNCH_FILE = 'gazebo.launch.py'

EXECUTABLES = {'ros_gz_sim': 'create', 'ros_gz_bridge': 'parameter_bridge'}

FAKE_GAZEBO = """
import os
from launch import LaunchDescription
from launch.actions import OpaqueFunction
from launch.substitutions import LaunchConfiguration

def record(context):
    with open('{record}', 'w') as file:
        file.write(LaunchConfiguration('gz_args').perform(context) + chr(10))
        file.write(LaunchConfiguration('on_exit_shutdown').perform(context) + chr(10))
        file.write(os.environ['GZ_SIM_RESOURCE_PATH'])

def generate_launch_description():
    return LaunchDescription([OpaqueFunction(function=record)])
"""


@pytest.fixture
def record(stand_in, tmp_path):
    """Stand-ins for Gazebo's packages; the folder where they write down how they were called."""
    called = {name: stand_in(package, name) for package, name in EXECUTABLES.items()}
    stand_in('turtlebot3_gazebo', 'nothing')
    assert {path.parent for path in called.values()} == {tmp_path}
    launch = tmp_path / 'prefix' / 'share' / 'ros_gz_sim' / 'launch'
    launch.mkdir()
    (launch / 'gz_sim.launch.py').write_text(FAKE_GAZEBO.format(record=tmp_path / 'gz_sim'))
    return tmp_path


def lines(path):
    return path.read_text().splitlines()


@launch_pytest.fixture
def without_window(record, describe):
    return describe(LAUNCH_FILE, gui='false')


@launch_pytest.fixture
def with_window(record, describe):
    return describe(LAUNCH_FILE)


def test_without_gazebo_it_ends_with_one_sentence_that_says_what_to_install(launch_file):
    packages = pytest.importorskip('ament_index_python.packages')
    if set(packages.get_packages_with_prefixes()) & {*EXECUTABLES, 'turtlebot3_gazebo'}:
        pytest.skip('Gazebo or the TurtleBot3 is installed here')
    pytest.importorskip('ros2launch', reason='ros2 launch is not installed')
    ros2 = Path(sys.executable).with_name('ros2')
    done = subprocess.run(
        [str(ros2) if ros2.is_file() else 'ros2', 'launch', launch_file(LAUNCH_FILE)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, 'ROS_DISTRO': 'kilted'},
    )
    assert done.returncode != 0
    output = done.stdout + done.stderr
    assert 'Traceback' not in output
    errors = [line for line in output.splitlines() if 'ERROR' in line]
    assert len(errors) == 1
    assert errors[0].endswith(
        'sudo apt install ros-kilted-ros-gz-sim ros-kilted-ros-gz-bridge '
        'ros-kilted-turtlebot3-gazebo'
    )


@pytest.mark.launch(fixture=without_window)
def test_the_filter_stands_between_teleoperation_and_the_base(record, probe, started):
    commands = probe.listen(TwistStamped, 'cmd_vel')
    odometry, nominal = Odometry(), TwistStamped()
    odometry.header.frame_id = 'odom'
    odometry.pose.pose.orientation.w = 1.0
    nominal.twist.linear.x = 0.1
    probe.repeat('odom', odometry)
    probe.repeat('cmd_vel_nom', nominal)
    scan = LaserScan(angle_max=6.28, angle_increment=6.28 / 359, range_min=0.12, range_max=3.5)
    scan.ranges = [math.inf] * 360
    probe.repeat('scan', scan)
    probe.wait_for(
        lambda: any(command.twist.linear.x == 0.1 for command in commands),
        'the nominal command on cmd_vel',
    )
    probe.wait_for_node('/safety_filter')


@pytest.mark.launch(fixture=without_window)
def test_gazebo_runs_our_world_without_a_window_and_finds_the_robots_meshes(record, probe):
    probe.wait_for((record / 'gz_sim').is_file, 'Gazebo')
    gz_args, on_exit_shutdown, resources = lines(record / 'gz_sim')
    flags, world = gz_args.split('"')[:2]
    assert flags.split() == ['-r', '-s', '--headless-rendering']
    assert Path(world).name == 'arena.sdf'
    assert Path(world).is_file()
    assert on_exit_shutdown == 'true'
    assert resources.endswith('turtlebot3_gazebo/models')


@pytest.mark.launch(fixture=with_window)
def test_gazebo_shows_a_window_by_default(record, probe):
    probe.wait_for((record / 'gz_sim').is_file, 'Gazebo')
    assert lines(record / 'gz_sim')[0].startswith('-r "')


@pytest.mark.launch(fixture=without_window)
def test_the_burger_is_spawned_at_the_origin_of_our_world(record, probe):
    probe.wait_for((record / 'create.called').is_file, 'the spawner')
    arguments = lines(record / 'create.called')
    given = dict(zip(arguments[0::2], arguments[1::2], strict=False))
    assert given['-world'] == 'arena'
    assert [float(given[name]) for name in ('-x', '-y', '-Y')] == [0.0, 0.0, 0.0]
    assert given['-file'].endswith('turtlebot3_gazebo/models/turtlebot3_burger/model.sdf')


@pytest.mark.launch(fixture=without_window)
def test_the_bridge_reads_our_file(record, probe):
    probe.wait_for((record / 'parameter_bridge.called').is_file, 'the bridge')
    arguments = lines(record / 'parameter_bridge.called')
    files = [arguments[i + 1] for i, each in enumerate(arguments) if each == '--params-file']
    assert any('gazebo/bridge.yaml' in Path(file).read_text() for file in files)
