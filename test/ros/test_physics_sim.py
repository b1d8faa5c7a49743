"""The node physics_sim over DDS: what it publishes, obeys and refuses."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

pytest.importorskip('mujoco', reason='mujoco is not installed; it comes with the extra `physics`')

from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import Twist, TwistStamped
from nav_msgs.msg import OccupancyGrid, Odometry
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import LaserScan
from visualization_msgs.msg import Marker, MarkerArray

from vcp_cbf_safety.resources import share_directory
from vcp_cbf_safety.ros.node_spec import NodeSpec
from vcp_cbf_safety.studies.processes import NodeProcesses

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
TIMEOUT = 40.0


class Listener:
    """Hears a simulator in a process of its own, and drives its robot."""

    def __init__(self, context: Any, processes: NodeProcesses) -> None:
        self.processes = processes
        self._driver: Any = None
        self.node = Node('physics_bench', context=context)
        self._executor = SingleThreadedExecutor(context=context)
        self._executor.add_node(self.node)

    def start(self, parameters: Mapping[str, Any]) -> None:
        spec = NodeSpec(executable='physics_sim', name='physics_sim', parameters=parameters)
        module = 'vcp_cbf_safety.sim.physics_sim_node'
        self.processes.start('physics_sim', module, spec.arguments())

    def listen(self, kind: type, topic: str, qos: Any = 10) -> list[Any]:
        messages: list[Any] = []
        self.node.create_subscription(kind, topic, messages.append, qos)
        return messages

    def drive_until(self, condition: Any, speed: float | None = 0.0) -> Any:
        """Command the robot at about 20 Hz until a condition holds; None leaves that to others."""
        ends = monotonic() + TIMEOUT
        while not (result := condition()):
            assert monotonic() < ends, self.processes.output('physics_sim')
            if speed is not None:
                message = Twist()
                message.linear.x = speed
                self._drive().publish(message)
            for _ in range(10):
                self._executor.spin_once(timeout_sec=0.005)
        return result

    def _drive(self) -> Any:
        self._driver = self._driver or self.node.create_publisher(Twist, '/solo/cmd_vel', 10)
        return self._driver

    def close(self) -> None:
        self._executor.shutdown()
        self.node.destroy_node()


@pytest.fixture
def listener(
    ros_environment: dict[str, str], ros_context: Any, tmp_path: Path
) -> Iterator[Listener]:
    with NodeProcesses(ros_environment, tmp_path) as processes:
        made = Listener(ros_context, processes)
        yield made
        made.close()


def seconds(stamp: Any) -> float:
    return stamp.sec + 1e-9 * stamp.nanosec


def test_a_robot_drives_into_a_post_and_the_ground_truth_says_so(
    listener: Listener, tmp_path: Path
) -> None:
    (tmp_path / 'room.pgm').write_bytes(b'P5\n4 2\n255\n' + bytes([0, 255, 255, 0] + [255] * 4))
    (tmp_path / 'room.yaml').write_text(
        'image: room.pgm\nresolution: 0.5\norigin: [-1.0, 2.0, 0]\nnegate: 0\n'
        'occupied_thresh: 0.65\nfree_thresh: 0.25\n'
    )
    odometry = listener.listen(Odometry, '/solo/odom', qos_profile_sensor_data)
    scans = listener.listen(LaserScan, '/solo/scan')
    clock = listener.listen(Clock, '/clock')
    markers = listener.listen(MarkerArray, '/obstacles')
    maps = listener.listen(OccupancyGrid, '/map', LATCHED)
    truths = listener.listen(DiagnosticArray, '/physics_sim/ground_truth', LATCHED)
    listener.start(
        {
            'model': 'turtlebot4', 'robots': ['solo'], 'poses': [0.0, 0.0, 0.0],
            'obstacles': [0.8, 0.0, 0.1], 'boxes': [0.0, -1.0, 0.0, 0.4, 0.2],
            'map': str(tmp_path / 'room.yaml'), 'odometry': 'encoders',
        }
    )  # fmt: skip

    def status() -> dict[str, str]:
        (found,) = (each for each in truths[-1].status if each.name == 'solo')
        return {pair.key: pair.value for pair in found.values}

    listener.drive_until(lambda: scans and truths and markers and maps)
    # The scanner is 4 cm behind the axle, and turned by a quarter: the post is to its right.
    scan = scans[0]
    ahead = round((-0.5 * 3.14159 - scan.angle_min) / scan.angle_increment)
    assert scan.ranges[ahead] == pytest.approx(0.74, abs=0.05)
    assert [each.type for each in markers[-1].markers] == [Marker.CYLINDER, Marker.CUBE]
    assert list(maps[0].data) == [0, 0, 0, 0, 100, 0, 0, 100]
    assert status()['collisions'] == '0'
    listener.drive_until(lambda: status()['collisions'] == '1', speed=0.3)
    _, x, y, against = status()['collision.0'].split()
    assert (float(x), float(y)) == (pytest.approx(0.525, abs=0.01), pytest.approx(0.0, abs=0.01))
    assert against == 'obstacle0'
    # Wheels are counted, and their radii are not quite known.
    assert odometry[-1].pose.pose.position.x == pytest.approx(0.525, abs=0.03)
    stamps = [seconds(message.header.stamp) for message in odometry]
    times = [seconds(message.clock) for message in clock]
    assert all(earlier <= later for each in (stamps, times) for earlier, later in pairwise(each))
    assert set(times[10:-10]) & set(stamps)


def test_the_filter_with_measured_limits_keeps_off_what_its_scanner_sees(
    listener: Listener,
) -> None:
    config = share_directory() / 'config'
    odometry = listener.listen(Odometry, '/solo/odom', qos_profile_sensor_data)
    truths = listener.listen(DiagnosticArray, '/physics_sim/ground_truth', LATCHED)
    nominal = listener.node.create_publisher(TwistStamped, '/solo/cmd_vel_nom', 10)
    filter_node = NodeSpec(
        executable='safety_filter',
        name='safety_filter',
        namespace='solo',
        parameter_files=(
            config / 'turtlebot4.yaml',
            config / 'physics' / 'limits' / 'turtlebot4.yaml',
        ),
        parameters={'use_sim_time': True, 'world_frame': 'map', 'obstacles_timeout': 0.0},
        remappings=(('obstacles', 'nothing'),),
    )
    listener.processes.start(
        'safety_filter', 'vcp_cbf_safety.ros.safety_filter_node', filter_node.arguments()
    )
    listener.start(
        {
            'robots': ['solo'], 'poses': [0.0, 0.0, 0.0], 'arena': [-1.0, -1.0, 1.2, 1.0],
            'enable_stamped_cmd_vel': True,
        }
    )  # fmt: skip

    def stands_before_the_wall() -> bool:
        command = TwistStamped()
        command.header.stamp = odometry[-1].header.stamp if odometry else Time()
        command.twist.linear.x = 0.3
        nominal.publish(command)
        return bool(odometry) and seconds(odometry[-1].header.stamp) > 8.0

    listener.drive_until(stands_before_the_wall, speed=None)
    (found,) = (each for each in truths[-1].status if each.name == 'solo')
    truth = {pair.key: pair.value for pair in found.values}
    assert truth['collisions'] == '0'
    assert 0.03 < float(truth['worst_clearance_m']) < 0.3
    assert max(message.twist.twist.linear.x for message in odometry) > 0.2


@pytest.mark.parametrize(
    ('parameters', 'words'),
    [
        ({'model': 'hovercraft'}, 'there is no model hovercraft; there are turtlebot3_burger'),
        ({'boxes': [0.0, 0.0, 0.0, -1.0, 1.0]}, 'boxes[0]'),
        ({'map': 'nowhere.yaml'}, 'nowhere.yaml cannot be read as a map'),
        ({'odometry': 'gps'}, "odometry is 'gps'; it must be truth or encoders"),
    ],
)
def test_illegal_parameters_end_it_with_one_sentence(
    listener: Listener, parameters: Mapping[str, Any], words: str
) -> None:
    listener.start({'robots': ['solo'], 'poses': [0.0, 0.0, 0.0], **parameters})
    assert listener.processes.wait('physics_sim', TIMEOUT) == 1
    output = listener.processes.output('physics_sim')
    assert words in output
    assert 'Traceback' not in output
