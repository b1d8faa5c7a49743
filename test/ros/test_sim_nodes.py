"""The simulator's nodes over DDS: what they publish, obey and refuse."""

import math
import signal
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import Twist, TwistStamped
from nav_msgs.msg import Odometry
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data
from std_msgs.msg import Bool
from visualization_msgs.msg import Marker, MarkerArray

from vcp_cbf_safety.ros.node_spec import NodeSpec
from vcp_cbf_safety.studies.processes import NodeProcesses

MODULES = {
    'arena_sim': 'vcp_cbf_safety.sim.arena_sim_node',
    'nominal_driver': 'vcp_cbf_safety.sim.nominal_driver_node',
}
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
TIMEOUT = 30.0


class Bench:
    """A node of the test's own, and the processes under test."""

    def __init__(self, context: Any, processes: NodeProcesses) -> None:
        self.node = Node('sim_bench', context=context)
        self.processes = processes
        self._executor = SingleThreadedExecutor(context=context)
        self._executor.add_node(self.node)

    def start(self, executable: str, name: str = '', **spec: Any) -> str:
        """Start a node; the name of its process."""
        made = NodeSpec(executable=executable, name=executable, **spec)
        label = name or made.full_name.strip('/').replace('/', '.')
        self.processes.start(label, MODULES[executable], made.arguments())
        return label

    def listen(self, kind: type, topic: str, qos: Any = 10) -> list[Any]:
        """Every message of a topic from now on."""
        messages: list[Any] = []
        self.node.create_subscription(kind, topic, messages.append, qos)
        return messages

    def wait_for(self, condition: Callable[[], Any]) -> Any:
        """Spin until a condition holds, and return what it returned."""
        ends = monotonic() + TIMEOUT
        while not (result := condition()):
            assert monotonic() < ends, 'the condition did not come true in time'
            self._executor.spin_once(timeout_sec=0.05)
        return result

    def keep_sending(self, message: Any, topic: str) -> Any:
        """Publish a message at 20 Hz; cancel the timer that is returned to stop."""
        publisher = self.node.create_publisher(type(message), topic, 10)
        return self.node.create_timer(0.05, lambda: publisher.publish(message))

    def exit_code(self, label: str) -> int:
        """Exit code of a process that ends by itself."""
        return self.processes.wait(label, TIMEOUT)

    def close(self) -> None:
        self._executor.shutdown()
        self.node.destroy_node()


@pytest.fixture
def bench(ros_environment: dict[str, str], ros_context: Any, tmp_path: Path) -> Iterator[Bench]:
    with NodeProcesses(ros_environment, tmp_path) as processes:
        made = Bench(ros_context, processes)
        yield made
        made.close()


def twist(v: float, omega: float = 0.0) -> Twist:
    message = Twist()
    message.linear.x, message.angular.z = v, omega
    return message


def world(**changes: Any) -> Mapping[str, Any]:
    """Parameters of a simulator with one robot at (0, 1), facing +x."""
    return {
        'robots': ['solo'], 'poses': [0.0, 1.0, 0.0], 'body_radius': 0.2, 'lag': 0.05,
        **changes,
    }  # fmt: skip


def truth_of(message: DiagnosticArray, name: str) -> dict[str, str]:
    (status,) = (each for each in message.status if each.name == name)
    return {pair.key: pair.value for pair in status.values} | {'message': status.message}


def test_odometry_streams_in_the_map_frame_with_rising_stamps(bench: Bench) -> None:
    bench.start('arena_sim', parameters=world())
    odometry = bench.listen(Odometry, '/solo/odom', qos_profile_sensor_data)
    bench.wait_for(lambda: len(odometry) >= 20)
    for message in odometry:
        assert message.header.frame_id == 'map'
        assert message.child_frame_id == 'solo/base_link'
        pose = message.pose.pose
        assert (pose.position.x, pose.position.y, pose.orientation.w) == (0.0, 1.0, 1.0)
    stamps = [m.header.stamp.sec + 1e-9 * m.header.stamp.nanosec for m in odometry]
    assert all(earlier < later for earlier, later in pairwise(stamps))


def test_transforms_lead_to_the_scanner_or_a_sentence_says_why_not(
    bench: Bench,
) -> None:
    label = bench.start('arena_sim', parameters=world(scan_beams=8))
    try:
        from tf2_msgs.msg import TFMessage
    except ImportError:
        said = 'there are no transforms on /tf, because tf2_msgs cannot be imported'
        bench.wait_for(lambda: said in bench.processes.output(label))
        return
    moving, fixed = bench.listen(TFMessage, '/tf'), bench.listen(TFMessage, '/tf_static', LATCHED)
    bench.wait_for(lambda: moving and fixed)
    (robot,), (mount,) = moving[-1].transforms, fixed[-1].transforms
    assert (robot.header.frame_id, robot.child_frame_id) == ('map', 'solo/base_link')
    assert (mount.header.frame_id, mount.child_frame_id) == ('solo/base_link', 'solo/base_scan')
    assert (robot.transform.translation.y, robot.transform.rotation.w) == (1.0, 1.0)


def test_a_robot_obeys_its_commands_and_stops_when_they_end(bench: Bench) -> None:
    bench.start('arena_sim', parameters=world())
    odometry = bench.listen(Odometry, '/solo/odom', qos_profile_sensor_data)
    timer = bench.keep_sending(twist(0.4, 0.5), '/solo/cmd_vel')
    bench.wait_for(lambda: odometry and odometry[-1].pose.pose.position.x > 0.2)
    assert odometry[-1].twist.twist.linear.x == pytest.approx(0.4, abs=0.01)
    assert odometry[-1].twist.twist.angular.z == pytest.approx(0.5, abs=0.01)
    timer.cancel()
    bench.wait_for(lambda: abs(odometry[-1].twist.twist.linear.x) < 1e-3)


def test_stamped_commands_are_obeyed_when_asked_for(bench: Bench) -> None:
    bench.start('arena_sim', parameters=world(enable_stamped_cmd_vel=True))
    odometry = bench.listen(Odometry, '/solo/odom', qos_profile_sensor_data)
    bench.keep_sending(TwistStamped(twist=twist(0.4)), '/solo/cmd_vel')
    bench.wait_for(lambda: odometry and odometry[-1].pose.pose.position.x > 0.1)


def test_obstacles_are_cylinders_with_their_diameters(bench: Bench) -> None:
    bench.start('arena_sim', parameters=world(obstacles=[2.0, 1.5, 0.3, -1.0, 0.5, 0.1]))
    arrays = bench.listen(MarkerArray, '/obstacles')
    bench.wait_for(lambda: len(arrays) >= 2)
    first, second = arrays[-1].markers
    assert (first.pose.position.x, first.pose.position.y) == (2.0, 1.5)
    assert first.scale.x == first.scale.y == 0.6
    assert second.scale.x == 0.2
    assert {first.type, second.type} == {Marker.CYLINDER}
    assert {first.action, second.action} == {Marker.ADD}
    assert first.header.frame_id == 'map'
    assert (first.ns, first.id) != (second.ns, second.id)
    assert first.lifetime.sec == first.lifetime.nanosec == 0


def test_ground_truth_reports_a_collision_and_is_there_for_who_comes_later(bench: Bench) -> None:
    bench.start('arena_sim', parameters=world(obstacles=[0.8, 1.0, 0.3]))
    truths = bench.listen(DiagnosticArray, '/arena_sim/ground_truth', LATCHED)
    bench.wait_for(lambda: truths)
    assert truth_of(truths[0], 'solo')['collisions'] == '0'
    assert float(truth_of(truths[0], 'solo')['worst_clearance_m']) == pytest.approx(0.3)
    bench.keep_sending(twist(0.4), '/solo/cmd_vel')
    bench.wait_for(lambda: truth_of(truths[-1], 'solo')['collisions'] == '1')
    found = truth_of(truths[-1], 'solo')
    assert found['message'] == 'touched obstacle0'
    _, x, y, against = found['collision.0'].split()
    assert (float(x), float(y), against) == (
        pytest.approx(0.3, abs=0.01), pytest.approx(1.0), 'obstacle0',
    )  # fmt: skip
    assert -0.01 < float(found['worst_clearance_m']) < 0.0
    later = bench.listen(DiagnosticArray, '/arena_sim/ground_truth', LATCHED)
    bench.wait_for(lambda: later)
    assert truth_of(later[0], 'solo')['collisions'] == '1'


def test_a_long_robot_touches_with_its_front(bench: Bench) -> None:
    corners = '[[0.45, 0.1], [-0.1, 0.1], [-0.1, -0.1], [0.45, -0.1]]'
    bench.start('arena_sim', parameters=world(obstacles=[0.8, 1.05, 0.1], footprint=corners))
    truths = bench.listen(DiagnosticArray, '/arena_sim/ground_truth', LATCHED)
    bench.keep_sending(twist(0.4), '/solo/cmd_vel')
    bench.wait_for(lambda: truths and truth_of(truths[-1], 'solo')['collisions'] == '1')
    _, x, _, against = truth_of(truths[-1], 'solo')['collision.0'].split()
    assert (float(x), against) == (pytest.approx(0.7 - 0.45, abs=0.01), 'obstacle0')


def test_goal_driver_brings_the_robot_to_its_goal_and_says_so(bench: Bench) -> None:
    bench.start('arena_sim', parameters=world())
    bench.start(
        'nominal_driver',
        namespace='solo',
        parameters={'goal': [0.6, 1.3], 'speed': 0.6},
        remappings=(('cmd_vel_nom', 'cmd_vel'),),
    )
    arrivals = bench.listen(Bool, '/solo/nominal_driver/arrived', LATCHED)
    odometry = bench.listen(Odometry, '/solo/odom', qos_profile_sensor_data)
    # Odometry too: late discovery can bring the latched arrival first.
    bench.wait_for(lambda: arrivals and arrivals[-1].data and odometry)
    place = odometry[-1].pose.pose.position
    assert math.dist((place.x, place.y), (0.6, 1.3)) < 0.15


def test_a_driver_that_waits_commands_zero_until_the_start(bench: Bench) -> None:
    bench.start('arena_sim', parameters=world())
    bench.start(
        'nominal_driver', namespace='solo',
        parameters={'goal': [3.0, 1.0], 'wait_for_start': True},
    )  # fmt: skip
    commands = bench.listen(Twist, '/solo/cmd_vel_nom')
    bench.wait_for(lambda: len(commands) >= 10)
    assert all(each == Twist() for each in commands)
    start = bench.node.create_publisher(Bool, '/start', LATCHED)
    start.publish(Bool(data=True))
    bench.wait_for(lambda: commands[-1].linear.x > 0.0)


def test_recorded_commands_are_published_bit_by_bit(bench: Bench, tmp_path: Path) -> None:
    drive = tmp_path / 'drive.csv'
    drive.write_text('stamp,v,omega\n5.0,0.1,0.30000000000000004\n5.8,0.2,-1e-3\n6.6,0.0,0.7\n')
    commands = bench.listen(Twist, '/solo/cmd_vel_nom')
    arrivals = bench.listen(Bool, '/solo/nominal_driver/arrived', LATCHED)
    bench.start('arena_sim', parameters=world())
    bench.start(
        'nominal_driver', namespace='solo',
        parameters={'style': 'recorded', 'recording': str(drive), 'wait_for_start': True},
    )  # fmt: skip
    bench.wait_for(lambda: commands)
    bench.node.create_publisher(Bool, '/start', LATCHED).publish(Bool(data=True))
    bench.wait_for(lambda: arrivals and arrivals[-1].data)
    sent = dict.fromkeys((each.linear.x, each.angular.z) for each in commands)
    assert list(sent) == [(0.0, 0.0), (0.1, 0.30000000000000004), (0.2, -1e-3), (0.0, 0.7)]


def test_random_driver_stays_within_its_speeds(bench: Bench) -> None:
    bench.start('arena_sim', parameters=world())
    bench.start(
        'nominal_driver', namespace='solo',
        parameters={
            'style': 'random', 'speed': 0.3, 'min_speed': -0.1, 'max_yaw_rate': 0.8,
            'frequency': 100.0,
        },
    )  # fmt: skip
    commands = bench.listen(Twist, '/solo/cmd_vel_nom')
    bench.wait_for(lambda: len({each.linear.x for each in commands}) >= 3)
    assert all(-0.1 <= each.linear.x <= 0.3 for each in commands)
    assert all(abs(each.angular.z) <= 0.8 for each in commands)


@pytest.mark.parametrize('executable', ['arena_sim', 'nominal_driver'])
@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_node_ends_with_exit_code_0_on_a_signal(
    bench: Bench, executable: str, number: signal.Signals
) -> None:
    parameters = world() if executable == 'arena_sim' else {'goal': [1.0, 0.0]}
    label = bench.start(executable, parameters=parameters)
    bench.wait_for(lambda: executable in bench.node.get_node_names())
    bench.processes.signal(label, number)
    assert bench.exit_code(label) == 0, bench.processes.output(label)
    assert 'Traceback' not in bench.processes.output(label)


@pytest.mark.parametrize(
    ('executable', 'parameters', 'words'),
    [
        ('arena_sim', {'robots': ['a', 'b'], 'poses': [0.0, 0.0, 0.0]}, 'poses has 3 numbers'),
        ('arena_sim', {'robots': ['a', 'a'], 'poses': [0.0] * 6}, 'different names'),
        ('arena_sim', {}, 'robots is []'),
        ('arena_sim', world(obstacles=[1.0, 2.0]), 'obstacles of arena_sim has 2 numbers'),
        ('arena_sim', world(obstacles=[1.0, 2.0, -0.1]), 'circle radius is -0.1'),
        ('arena_sim', world(arena=[1.0, 0.0, -1.0, 2.0]), 'x_min must be below x_max'),
        ('arena_sim', world(footprint='[[1, 1]]'), 'footprint has 1 corners'),
        ('arena_sim', world(lag=-1.0), 'lag'),
        ('arena_sim', world(lag='slow'), 'lag of arena_sim has the wrong type'),
        ('nominal_driver', {'style': 'sideways'}, "style is 'sideways'"),
        ('nominal_driver', {}, 'goal is []'),
        ('nominal_driver', {'style': 'recorded'}, 'recording is empty'),
        ('nominal_driver', {'style': 'recorded', 'recording': 'no.csv'}, 'no.csv cannot be read'),
        ('nominal_driver', {'style': 'random', 'min_speed': 2.0}, 'min_speed is 2.0'),
    ],
)
def test_illegal_parameters_end_a_node_with_one_sentence(
    bench: Bench, executable: str, parameters: Mapping[str, Any], words: str
) -> None:
    label = bench.start(executable, parameters=parameters)
    assert bench.exit_code(label) == 1
    output = bench.processes.output(label)
    assert words in output
    assert 'Traceback' not in output
