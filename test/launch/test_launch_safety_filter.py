"""safety_filter.launch.py starts the filter as its arguments say, and ends it in order."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

launch_pytest = pytest.importorskip(
    'launch_pytest', reason='launch_pytest is not installed (apt: ros-<distro>-launch-pytest)'
)

from diagnostic_msgs.msg import DiagnosticStatus  # noqa: E402
from geometry_msgs.msg import Twist, TwistStamped  # noqa: E402
from nav_msgs.msg import Odometry  # noqa: E402

LAUNCH_FILE = 'safety_filter.launch.py'


ROBOTS = ('robot1', 'robot2', 'robot3')


@pytest.fixture
def rviz(stand_in):
    """A stand-in for RViz: the file in which it writes down how it was called."""
    return stand_in('rviz2', 'rviz2')


def odometry(frame='odom'):
    message = Odometry()
    message.header.frame_id = frame
    message.pose.pose.orientation.w = 1.0
    return message


def twist(v, omega=0.0):
    message = Twist()
    message.linear.x, message.angular.z = v, omega
    return message


def environment_of(pid):
    pairs = Path(f'/proc/{pid}/environ').read_bytes().split(b'\0')
    return dict(pair.decode().split('=', 1) for pair in pairs if b'=' in pair)


@launch_pytest.fixture
def default(describe):
    return describe(LAUNCH_FILE)


@launch_pytest.fixture
def with_namespace(describe):
    return describe(LAUNCH_FILE, namespace='robot7')


@launch_pytest.fixture
def with_topics(describe):
    return describe(
        LAUNCH_FILE,
        namespace='robot7',
        odom_topic='/localisation/odom',
        cmd_vel_nom_topic='joy_vel',
        cmd_vel_topic='/base/cmd_vel',
    )


@launch_pytest.fixture
def with_params_file(describe, tmp_path):
    robot = tmp_path / 'my robot.yaml'
    robot.write_text(
        '/**: {ros__parameters: {max_speed: 0.1, world_frame: hall, enable_stamped_cmd_vel: true}}'
    )
    return describe(LAUNCH_FILE, params_file=str(robot))


@launch_pytest.fixture
def three_robots(describe):
    first, *others = (describe(LAUNCH_FILE, namespace=robot) for robot in ROBOTS)
    for other in others:
        first.add_action(other.entities[-1])
    return first


@launch_pytest.fixture
def with_a_wrong_value(describe, tmp_path):
    robot = tmp_path / 'robot.yaml'
    robot.write_text('/**: {ros__parameters: {max_speed: -1.0}}')
    return describe(LAUNCH_FILE, params_file=str(robot))


@launch_pytest.fixture
def with_a_file_for_another_node(describe, tmp_path):
    robot = tmp_path / 'robot.yaml'
    robot.write_text('/robot8/safety_filter: {ros__parameters: {max_speed: 0.3}}')
    return describe(LAUNCH_FILE, params_file=str(robot), namespace='robot7')


@launch_pytest.fixture
def with_rviz(describe, rviz, tmp_path):
    robot = tmp_path / 'robot.yaml'
    robot.write_text(
        '/**: {ros__parameters: {world_frame: hall, scan_topics: [front, /rear],'
        ' scan_mounts: [0.1, 0.0, 0.0, -0.1, 0.0, 3.1]}}'
    )
    return describe(
        LAUNCH_FILE, rviz='true', params_file=str(robot), namespace='robot7', odom_topic='/odom7'
    )


@launch_pytest.fixture
def with_rviz_that_is_not_there(describe, said):
    return describe(LAUNCH_FILE, rviz='true')


@launch_pytest.fixture
def with_respawn(describe):
    return describe(LAUNCH_FILE, respawn='true')


@launch_pytest.fixture
def with_a_profile_of_the_user(describe, monkeypatch):
    monkeypatch.setenv('FASTDDS_DEFAULT_PROFILES_FILE', '/home/me/profile.xml')
    return describe(LAUNCH_FILE)


@pytest.mark.launch(fixture=default)
def test_a_safe_command_comes_out_as_it_went_in_and_the_filter_ends_cleanly(probe, started):
    commands = probe.listen(Twist, 'cmd_vel')
    probe.repeat('odom', odometry())
    probe.repeat('cmd_vel_nom', twist(0.1, 0.2))
    probe.wait_for(lambda: twist(0.1, 0.2) in commands, 'the nominal command on cmd_vel')
    probe.wait_for_node('/safety_filter')
    yield
    assert not started.failures()


@pytest.mark.launch(fixture=with_namespace)
def test_everything_moves_into_the_namespace(probe):
    commands = probe.listen(Twist, '/robot7/cmd_vel')
    probe.repeat('/robot7/odom', odometry())
    probe.repeat('/robot7/cmd_vel_nom', twist(0.1))
    probe.wait_for(lambda: twist(0.1) in commands, 'the nominal command on /robot7/cmd_vel')
    probe.wait_for_node('/robot7/safety_filter')
    assert '/safety_filter' not in probe.node_names()


@pytest.mark.launch(fixture=with_topics)
def test_topics_have_the_names_of_the_arguments_and_the_others_their_own(probe):
    commands = probe.listen(Twist, '/base/cmd_vel')
    probe.repeat('/localisation/odom', odometry())
    probe.repeat('/robot7/joy_vel', twist(0.1))
    probe.wait_for(lambda: twist(0.1) in commands, 'the nominal command on /base/cmd_vel')
    probe.wait_for(
        lambda: probe.node.count_subscribers('/robot7/obstacles'), 'the subscription to obstacles'
    )


@pytest.mark.launch(fixture=with_params_file)
def test_a_params_file_sets_limits_frame_and_message_type(probe):
    commands = probe.listen(TwistStamped, 'cmd_vel')
    nominal = TwistStamped(twist=twist(5.0))
    probe.repeat('odom', odometry('hall'))
    probe.repeat('cmd_vel_nom', nominal)
    probe.wait_for(
        lambda: any(c.twist.linear.x == pytest.approx(0.1) for c in commands),
        'cmd_vel at max_speed of the file',
    )
    assert max(c.twist.linear.x for c in commands) == pytest.approx(0.1)


@pytest.mark.launch(fixture=three_robots)
def test_three_robots_have_a_filter_each_and_hear_only_their_own_driver(probe, started):
    commands = {robot: probe.listen(Twist, f'/{robot}/cmd_vel') for robot in ROBOTS}
    asked = {robot: twist(0.1 + 0.05 * number) for number, robot in enumerate(ROBOTS)}
    for robot in ROBOTS:
        probe.repeat(f'/{robot}/odom', odometry())
        probe.repeat(f'/{robot}/cmd_vel_nom', asked[robot])
    probe.wait_for(
        lambda: all(asked[robot] in commands[robot] for robot in ROBOTS), 'the nominal commands'
    )
    for robot in ROBOTS:
        assert max(each.linear.x for each in commands[robot]) == asked[robot].linear.x
    yield
    assert len(started) == 3
    assert not started.failures()


@pytest.mark.launch(fixture=with_a_wrong_value)
def test_a_params_file_with_an_illegal_value_ends_the_filter_with_a_sentence(probe, started):
    assert 'max_speed is -1.0' in output_of_failure(probe, started)


@pytest.mark.launch(fixture=with_a_file_for_another_node)
def test_a_params_file_for_another_robot_ends_the_filter_with_a_sentence(probe, started):
    error = output_of_failure(probe, started)
    assert 'has parameters for /robot8/safety_filter and nothing for this node' in error


def output_of_failure(probe, started):
    """What the only process says that fails by itself."""
    probe.wait_for(lambda: started.exit_codes, 'the filter to end')
    ((code, output),) = started.failures().values()
    assert code == 1
    assert 'Traceback' not in output
    return output


@pytest.mark.launch(fixture=with_rviz)
def test_rviz_shows_the_topics_of_the_robot_in_its_frame(probe, rviz):
    probe.wait_for(rviz.is_file, 'RViz')
    file = Path(rviz.read_text().splitlines()[1])
    view = yaml.safe_load(file.read_text())['Visualization Manager']
    file.unlink()
    topics = {each['Topic']['Value'] for each in view['Displays'] if 'Topic' in each}
    assert topics == {
        '/robot7/safety_filter/markers', '/robot7/obstacles', '/robot7/front', '/rear', '/odom7'
    }  # fmt: skip
    assert view['Global Options']['Fixed Frame'] == 'hall'
    probe.wait_for_node('/robot7/safety_filter')


@pytest.mark.launch(fixture=with_rviz_that_is_not_there)
def test_without_rviz_one_sentence_says_so_and_the_filter_starts(probe, started, said):
    packages = pytest.importorskip('ament_index_python.packages')
    if 'rviz2' in packages.get_packages_with_prefixes():
        pytest.skip('rviz2 is installed here')
    probe.wait_for_node('/safety_filter')
    (sentence,) = said
    assert sentence.startswith('rviz:=true needs rviz2, which is not installed: sudo apt install')
    assert len(started) == 1


@pytest.mark.launch(fixture=with_respawn)
def test_a_killed_filter_comes_back_and_filters_again(probe, started):
    commands = probe.listen(Twist, 'cmd_vel')
    probe.repeat('odom', odometry())
    probe.repeat('cmd_vel_nom', twist(0.1))
    probe.wait_for(lambda: twist(0.1) in commands, 'the first command')
    os.kill(started[0].pid, signal.SIGKILL)
    probe.wait_for(lambda: len(started) == 2, 'launch to start the filter again')
    commands.clear()
    probe.wait_for(lambda: twist(0.1) in commands, 'a command of the second filter')
    yield
    assert [started.exit_codes[event.pid] for event in started] == [-signal.SIGKILL, 0]


@pytest.mark.launch(fixture=default)
def test_without_respawn_a_filter_without_odometry_says_what_it_waits_for(probe):
    states = probe.listen(DiagnosticStatus, 'safety_filter/state')
    probe.wait_for(lambda: any('/odom' in state.message for state in states), 'a state')


@pytest.mark.launch(fixture=default)
def test_quick_discovery_is_on_unless_the_user_has_a_profile(probe, started):
    probe.wait_for_node('/safety_filter')
    profile = environment_of(started[0].pid)['FASTDDS_DEFAULT_PROFILES_FILE']
    assert Path(profile).name == 'fastdds_discovery.xml'
    assert Path(profile).is_file()


@pytest.mark.launch(fixture=with_a_profile_of_the_user)
def test_a_profile_of_the_user_stays(probe, started):
    probe.wait_for_node('/safety_filter')
    environment = environment_of(started[0].pid)
    assert environment['FASTDDS_DEFAULT_PROFILES_FILE'] == '/home/me/profile.xml'


@pytest.mark.parametrize('argument', ['respawn:=maybe', 'log_level:=loud', 'use_sim_time:=1'])
def test_an_argument_that_makes_no_sense_is_refused_by_name(launch_file, argument):
    assert argument.split(':=')[0] in failure(launch_file(LAUNCH_FILE), argument)


def test_a_params_file_that_is_not_there_is_refused_instead_of_ignored(launch_file):
    error = failure(launch_file(LAUNCH_FILE), 'params_file:=/no/such/robot.yaml')
    assert 'the parameter file /no/such/robot.yaml of node safety_filter is not a file' in error
    assert 'Traceback' not in error


def test_a_name_that_no_topic_can_have_is_refused_in_one_sentence(launch_file):
    error = failure(launch_file(LAUNCH_FILE), 'odom_topic:=1odom')
    assert "odom_topic is '1odom'; it must be the name of a topic" in error
    assert 'Traceback' not in error


def failure(path, *arguments):
    """What `ros2 launch` prints about a launch that fails."""
    pytest.importorskip('ros2launch', reason='ros2 launch is not installed')
    ros2 = Path(sys.executable).with_name('ros2')
    command = [str(ros2) if ros2.is_file() else 'ros2', 'launch', path, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    return done.stdout + done.stderr
