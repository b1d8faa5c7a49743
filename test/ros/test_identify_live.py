"""Identification of a simulated robot over DDS: simulator, filter and command are processes."""

import re
import signal
import subprocess
import sys
from time import monotonic

import pytest
from nav_msgs.msg import Odometry
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from std_srvs.srv import Trigger

pytest.importorskip('scipy')
pytest.importorskip('matplotlib')
pytest.importorskip('rich')
pytest.importorskip('rosbags')

BASE = {
    'body_radius': 0.2, 'lag': 0.15, 'delay': 0.08, 'max_speed': 1.0, 'max_acceleration': 1.5,
    'max_yaw_acceleration': 4.0, 'max_yaw_rate': 3.0, 'speed_noise': 0.003,
    'yaw_rate_noise': 0.005, 'position_noise': 0.002,
}  # fmt: skip
PATIENCE = 150.0


class Robot:
    """A simulated robot and its filter; the command that identifies it; what odometry says."""

    def __init__(self, filters, context, environment, folder, mode):
        self.name = filters.name()
        self.folder = folder
        parameters = ['-p', f"robots:=['{self.name}']", '-p', 'poses:=[0.0, 1.0, 0.0]']
        for key, value in BASE.items():
            parameters += ['-p', f'{key}:={value}']
        filters.processes.start(
            'sim', 'vcp_cbf_safety.sim.arena_sim_node', ['--ros-args', *parameters]
        )
        filters.launch({'mode': mode, 'world_frame': 'map', 'arena': [-50.0, -50.0, 50.0, 50.0]},
                       name=self.name)  # fmt: skip
        self.node = Node('watcher', context=context)
        self._executor = SingleThreadedExecutor(context=context)
        self._executor.add_node(self.node)
        self.speeds = []
        self.node.create_subscription(
            Odometry, f'/{self.name}/odom', self._on_odometry, qos_profile_sensor_data
        )
        self._environment = environment

    def _on_odometry(self, message):
        self.speeds.append(abs(message.twist.twist.linear.x))

    def identify(self, answer, *arguments):
        self.process = subprocess.Popen(
            [
                sys.executable, '-m', 'vcp_cbf_safety.studies.identify', '--live',
                '--namespace', self.name, '--speed', '0.6', '--yaw-rate', '1.5',
                '--hold', '0.4', '--out', str(self.folder), *arguments,
            ],
            env=self._environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )  # fmt: skip
        self.process.stdin.write(answer)
        self.process.stdin.flush()

    def wait_for(self, condition):
        ends = monotonic() + PATIENCE
        while not condition():
            assert monotonic() < ends, 'the condition did not come true in time'
            self._executor.spin_once(timeout_sec=0.05)

    def end(self):
        """Exit code, stdout and stderr of the command."""
        out, err = self.process.communicate(timeout=PATIENCE)
        assert 'Traceback' not in err
        return self.process.returncode, out, err

    def stands(self):
        return len(self.speeds) > 20 and max(self.speeds[-20:]) < 0.02

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self._executor.shutdown()
        self.node.destroy_node()


@pytest.fixture
def robot_in(filters, ros_context, ros_environment, tmp_path):
    made = []

    def make(mode):
        made.append(Robot(filters, ros_context, ros_environment, tmp_path, mode))
        return made[0]

    yield make
    made[0].close()


def test_a_robot_is_driven_and_its_base_measured(robot_in):
    robot = robot_in('shadow')
    robot.identify('yes\n')
    code, out, err = robot.end()
    assert code == 0, err
    assert 'm of free floor' in out
    found = dict(re.findall(r'^    (\w+): (\S+)', out, re.MULTILINE))
    # The simulator reads commands every 10 ms, and the machine delays both ends a little.
    assert float(found['actuation_delay']) == pytest.approx(0.085, abs=0.025)
    assert float(found['velocity_lag']) == pytest.approx(0.15, abs=0.02)
    assert float(found['max_acceleration']) == pytest.approx(1.5, rel=0.15)
    assert float(found['max_deceleration']) == pytest.approx(1.5, rel=0.2)
    assert float(found['max_yaw_acceleration']) == pytest.approx(4.0, rel=0.15)
    assert (robot.folder / f'identify-{robot.name}.png').is_file()


def test_a_filter_that_would_change_the_commands_is_refused(robot_in):
    robot = robot_in('enforce')
    robot.identify('yes\n')
    code, _, err = robot.end()
    assert code == 2
    assert 'the filter is in mode enforce' in err


def test_a_signal_ends_it_with_a_robot_that_stands(robot_in):
    robot = robot_in('shadow')
    robot.identify('yes\n')
    robot.wait_for(lambda: robot.speeds and robot.speeds[-1] > 0.1)
    robot.process.send_signal(signal.SIGTERM)
    code, _, err = robot.end()
    assert code == 128 + signal.SIGTERM
    assert 'told to stand' in err
    robot.speeds.clear()
    robot.wait_for(robot.stands)


def test_the_emergency_stop_ends_the_pattern(robot_in):
    robot = robot_in('shadow')
    stop = robot.node.create_client(Trigger, f'/{robot.name}/safety_filter/emergency_stop')
    robot.identify('yes\n')
    robot.wait_for(lambda: robot.speeds and robot.speeds[-1] > 0.1 and stop.service_is_ready())
    stop.call_async(Trigger.Request())
    code, _, err = robot.end()
    assert code == 2
    assert 'the filter is in mode emergency_stop' in err
    robot.wait_for(robot.stands)


def test_a_filter_that_dies_ends_the_pattern(robot_in, filters):
    robot = robot_in('shadow')
    robot.identify('yes\n')
    robot.wait_for(lambda: robot.speeds and robot.speeds[-1] > 0.1)
    filters.processes.signal(robot.name, signal.SIGKILL)
    code, _, err = robot.end()
    assert code == 2
    assert 'no longer says its state' in err
    robot.wait_for(robot.stands)
