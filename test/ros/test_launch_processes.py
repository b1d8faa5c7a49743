"""Every launch file's nodes, started as plain processes: names, parameters, remaps, commands.

What is started here is the very list of nodes that the launch files hand to launch, as the command
line that launch would run.
"""

import fnmatch
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
import rclpy
import yaml
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import Twist, TwistStamped
from nav_msgs.msg import Odometry
from rcl_interfaces.srv import GetParameters
from rclpy.executors import SingleThreadedExecutor
from rclpy.parameter import parameter_value_to_python
from rclpy.signals import SignalHandlerOptions
from ros_rig import open_field
from rosgraph_msgs.msg import Clock

from vcp_cbf_safety.ros.deployments import config_file, filter_alone, filter_in_gazebo
from vcp_cbf_safety.ros.node_spec import NodeSpec
from vcp_cbf_safety.studies.demo.scenario import MODULES, nodes_of
from vcp_cbf_safety.studies.demo.scene_parameters import scenario_named
from vcp_cbf_safety.studies.processes import NodeProcesses, isolated_environment

PATIENCE = 60.0


class Deployment:
    """Nodes of a launch file as processes in a domain of their own, and a node that watches."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self.processes = NodeProcesses(environment, folder)
        self.context = rclpy.Context()
        rclpy.init(
            context=self.context,
            domain_id=int(environment['ROS_DOMAIN_ID']),
            signal_handler_options=SignalHandlerOptions.NO,
        )
        self.node = rclpy.create_node('observer', context=self.context)
        self._executor = SingleThreadedExecutor(context=self.context)
        self._executor.add_node(self.node)

    def start(self, *specs: NodeSpec) -> None:
        """Start nodes and wait until they are all in the graph."""
        for spec in specs:
            name = spec.full_name.replace('/', '.')
            self.processes.start(name, MODULES[spec.executable], spec.arguments())
        self.wait_for(lambda: {spec.full_name for spec in specs} <= set(self.node_names()))

    def node_names(self) -> list[str]:
        pairs = self.node.get_node_names_and_namespaces()
        return [f'{namespace.rstrip("/")}/{name}' for name, namespace in pairs]

    def listen(self, kind: type, topic: str) -> list[Any]:
        """Every message that arrives on a topic from now on."""
        messages: list[Any] = []
        self.node.create_subscription(kind, topic, messages.append, 50)
        return messages

    def repeat(self, topic: str, message: Any) -> None:
        """Publish a message at 20 Hz from now on."""
        publisher = self.node.create_publisher(type(message), topic, 1)
        self.node.create_timer(0.05, lambda: publisher.publish(message))

    def topics_in(self, spec: NodeSpec) -> dict[str, str]:
        """Topics that a node subscribes to, with their types."""
        where = spec.name, f'/{spec.namespace.strip("/")}'
        found = self.node.get_subscriber_names_and_types_by_node(*where)
        return {topic: types[0] for topic, types in found}

    def topics_out(self, spec: NodeSpec) -> dict[str, str]:
        """Topics that a node publishes, with their types."""
        where = spec.name, f'/{spec.namespace.strip("/")}'
        found = self.node.get_publisher_names_and_types_by_node(*where)
        return {topic: types[0] for topic, types in found}

    def parameters(self, spec: NodeSpec, names: Sequence[str]) -> dict[str, Any]:
        """Values that a node says its parameters have."""
        client = self.node.create_client(GetParameters, f'{spec.full_name}/get_parameters')
        self.wait_for(client.service_is_ready)
        # Over DDS the first answer to a new client can be lost: ask again until one comes.
        futures = []

        def answered() -> bool:
            if not futures or monotonic() > futures[-1][0] + 5.0:
                request = GetParameters.Request(names=list(names))
                futures.append((monotonic(), client.call_async(request)))
            return any(future.done() for _, future in futures)

        self.wait_for(answered)
        answer = next(future.result() for _, future in futures if future.done())
        values = [parameter_value_to_python(value) for value in answer.values]
        return dict(zip(names, values, strict=True))

    def wait_for(self, condition: Callable[[], Any]) -> None:
        """Spin until a condition holds; a process that ends meanwhile is a failure."""
        ends = monotonic() + PATIENCE
        while not condition():
            ended = self.processes.ended()
            assert not ended, {name: self.processes.output(name)[-500:] for name in ended}
            assert monotonic() < ends, f'not within {PATIENCE} s; nodes: {self.node_names()}'
            self._executor.spin_once(timeout_sec=0.05)

    def close(self) -> None:
        self.processes.stop()
        self._executor.shutdown()
        self.node.destroy_node()
        rclpy.try_shutdown(context=self.context)


@pytest.fixture
def deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    with isolated_environment(tmp_path) as environment:
        for name, value in environment.items():
            if os.environ.get(name) != value:
                monkeypatch.setenv(name, value)
        made = Deployment(environment, tmp_path)
        yield made
        made.close()


def written(spec: NodeSpec) -> dict[str, Any]:
    """Parameters of a node as its files and single values say, the later ones winning."""
    values: dict[str, Any] = {}
    for path in spec.parameter_files:
        for pattern, section in yaml.safe_load(path.read_text()).items():
            if fnmatch.fnmatch(spec.full_name, pattern):
                values |= section['ros__parameters']
    return values | spec.parameters


def odometry(frame: str = 'odom') -> Odometry:
    message = Odometry()
    message.header.frame_id = frame
    message.pose.pose.orientation.w = 1.0
    return message


def outcomes(states: Sequence[DiagnosticStatus]) -> set[str]:
    return {v.value for state in states for v in state.values if v.key == 'outcome'}


def assert_parameters_arrived(deployment: Deployment, spec: NodeSpec) -> None:
    wanted = written(spec)
    assert wanted
    found = deployment.parameters(spec, list(wanted))
    for name, value in wanted.items():
        got = list(found[name]) if isinstance(value, list) and found[name] else found[name]
        assert got == value or (value == [] and not got), f'{name} of {spec.full_name}'


def test_safety_filter_launch_has_its_parameters_and_its_topics_at_the_root(deployment):
    spec = filter_alone(config_file('safety_filter.yaml'))
    deployment.start(spec)
    deployment.wait_for(lambda: '/cmd_vel' in deployment.topics_out(spec))
    assert_parameters_arrived(deployment, spec)
    twist = 'geometry_msgs/msg/Twist'
    heard, told = {'/odom', '/cmd_vel_nom', '/obstacles'}, {'/cmd_vel', '/diagnostics'}
    deployment.wait_for(lambda: heard <= set(deployment.topics_in(spec)))
    deployment.wait_for(lambda: told <= set(deployment.topics_out(spec)))
    ins, outs = deployment.topics_in(spec), deployment.topics_out(spec)
    assert ins['/odom'] == 'nav_msgs/msg/Odometry'
    assert ins['/cmd_vel_nom'] == outs['/cmd_vel'] == twist
    assert ins['/obstacles'] == 'visualization_msgs/msg/MarkerArray'
    assert outs['/diagnostics'] == 'diagnostic_msgs/msg/DiagnosticArray'


def test_safety_filter_launch_with_namespace_moves_every_relative_topic(deployment):
    spec = filter_alone(config_file('safety_filter.yaml'), namespace='robot7')
    deployment.start(spec)
    deployment.wait_for(lambda: '/robot7/cmd_vel' in deployment.topics_out(spec))
    assert_parameters_arrived(deployment, spec)
    wanted = {'/robot7/odom', '/robot7/cmd_vel_nom', '/robot7/obstacles'}
    deployment.wait_for(lambda: wanted <= set(deployment.topics_in(spec)))
    deployment.wait_for(lambda: '/robot7/safety_filter/state' in deployment.topics_out(spec))


def test_safety_filter_launch_with_topics_of_the_user_is_on_them_and_on_no_others(deployment):
    outside = {
        'odom': '/localisation/odom', 'cmd_vel_nom': 'joy_vel', 'cmd_vel': 'base/cmd_vel',
        'obstacles': 'obstacles',
    }  # fmt: skip
    spec = filter_alone(config_file('safety_filter.yaml'), namespace='robot7', topics=outside)
    deployment.start(spec)
    deployment.wait_for(lambda: '/robot7/base/cmd_vel' in deployment.topics_out(spec))
    wanted = {'/localisation/odom', '/robot7/joy_vel', '/robot7/obstacles'}
    deployment.wait_for(lambda: wanted <= set(deployment.topics_in(spec)))
    assert not {'/robot7/odom', '/robot7/cmd_vel_nom'} & set(deployment.topics_in(spec))
    assert '/robot7/cmd_vel' not in deployment.topics_out(spec)


def test_safety_filter_launch_with_a_params_file_of_the_user_follows_it(deployment, tmp_path):
    robot = tmp_path / 'robot.yaml'
    robot.write_text('/**: {ros__parameters: {max_speed: 0.1}}')
    spec = filter_alone(robot, namespace='robot7')
    deployment.start(spec)
    commands = deployment.listen(Twist, '/robot7/cmd_vel')
    nominal = Twist()
    nominal.linear.x = 5.0
    deployment.repeat('/robot7/odom', odometry())
    deployment.repeat('/robot7/cmd_vel_nom', nominal)
    deployment.wait_for(lambda: any(c.linear.x == pytest.approx(0.1) for c in commands))
    assert max(c.linear.x for c in commands) <= 0.1 + 1e-9
    assert_parameters_arrived(deployment, spec)


def test_safety_filter_launch_with_use_sim_time_takes_time_from_the_clock_topic(deployment):
    spec = filter_alone(config_file('safety_filter.yaml'), use_sim_time=True)
    deployment.start(spec)
    deployment.wait_for(lambda: '/clock' in deployment.topics_in(spec))
    assert_parameters_arrived(deployment, spec)


def test_gazebo_launch_filters_stamped_commands_in_simulated_time(deployment):
    spec = filter_in_gazebo()
    deployment.start(spec)
    commands = deployment.listen(TwistStamped, '/cmd_vel')
    nominal, clock = TwistStamped(), Clock()
    nominal.twist.linear.x = 0.1
    nominal.header.stamp.sec = clock.clock.sec = 7
    position = odometry()
    position.header.stamp.sec = 7
    deployment.repeat('/clock', clock)
    deployment.repeat('/odom', position)
    deployment.repeat('/scan', open_field())
    deployment.repeat('/cmd_vel_nom', nominal)
    deployment.wait_for(
        lambda: any(c.twist.linear.x == 0.1 and c.header.stamp.sec == 7 for c in commands)
    )
    assert_parameters_arrived(deployment, spec)
    bridge = {
        f'/{entry["ros_topic_name"]}': entry
        for entry in yaml.safe_load(config_file('gazebo/bridge.yaml').read_text())
    }
    ins, outs = deployment.topics_in(spec), deployment.topics_out(spec)
    assert ins['/odom'] == bridge['/odom']['ros_type_name']
    assert ins['/clock'] == bridge['/clock']['ros_type_name']
    assert outs['/cmd_vel'] == bridge['/cmd_vel']['ros_type_name'] == ins['/cmd_vel_nom']


def test_gazebo_launch_keeps_the_robot_off_the_first_cylinder_of_the_world(deployment):
    deployment.start(filter_in_gazebo())
    commands = deployment.listen(TwistStamped, '/cmd_vel')
    # Nose to nose with the cylinder at (1.0, 0.6), nearer than the margin allows to come.
    position = odometry()
    position.pose.pose.position.x, position.pose.pose.position.y = 1.0 - 0.20 - 0.124 - 0.06, 0.6
    nominal = TwistStamped()
    nominal.twist.linear.x = 0.2
    deployment.repeat('/odom', position)
    deployment.repeat('/scan', open_field())
    deployment.repeat('/cmd_vel_nom', nominal)
    states = deployment.listen(DiagnosticStatus, '/safety_filter/state')
    deployment.wait_for(lambda: 'filtered' in outcomes(states))
    seen = len(commands)
    deployment.wait_for(lambda: len(commands) > seen + 50)
    assert max(command.twist.linear.x for command in commands) < 0.05


def test_multi_robot_launch_has_its_parameters_and_remaps_in_every_node(deployment):
    specs = nodes_of(scenario_named('told'), filtered=True, wait_for_start=False)
    deployment.start(*specs)
    filters = [spec for spec in specs if spec.executable == 'safety_filter']
    assert len(filters) == 3
    for spec in filters:
        # A node's subscriptions are discovered one after the other.
        wanted = {'/obstacles', f'/{spec.namespace}/cmd_vel_nom'}
        wanted |= {f'/{other.namespace}/odom' for other in filters}
        deployment.wait_for(lambda s=spec, w=wanted: w <= set(deployment.topics_in(s)))
        assert f'/{spec.namespace}/obstacles' not in deployment.topics_in(spec)
    for spec in specs:
        assert_parameters_arrived(deployment, spec)


def test_multi_robot_launch_moves_every_robot_and_nobody_touches_anything(deployment):
    specs = nodes_of(scenario_named('told'), filtered=True, wait_for_start=False)
    deployment.start(*specs)
    robots = sorted({spec.namespace for spec in specs if spec.namespace})
    truths = deployment.listen(DiagnosticArray, '/arena_sim/ground_truth')
    commands = {robot: deployment.listen(Twist, f'/{robot}/cmd_vel') for robot in robots}

    def values() -> dict[str, dict[str, str]]:
        statuses = truths[-1].status if truths else []
        return {status.name: {v.key: v.value for v in status.values} for status in statuses}

    deployment.wait_for(
        lambda: all(any(c.linear.x > 0.1 for c in commands[robot]) for robot in robots)
    )
    deployment.wait_for(lambda: float(values().get('world', {}).get('time_s', 0.0)) > 8.0)
    assert {robot: values()[robot]['collisions'] for robot in robots} == dict.fromkeys(robots, '0')
    codes = deployment.processes.stop()
    assert set(codes.values()) == {0}, codes
