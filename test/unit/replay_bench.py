"""A small bag: a robot with a scanner that drives at a post; and its replay."""

import json
import math

import numpy as np
from rosbags.rosbag2 import CompressionFormat, StoragePlugin, Writer
from rosbags.typesys import Stores, get_typestore

from vcp_cbf_safety.studies.replay.__main__ import main
from vcp_cbf_safety.studies.replay.bag import read_bag
from vcp_cbf_safety.studies.replay.settings import settings_of
from vcp_cbf_safety.studies.replay.summary import summary_of
from vcp_cbf_safety.studies.replay.topics import ANY
from vcp_cbf_safety.studies.replay.windows import play_jobs, windows_of

STORE = get_typestore(Stores.ROS2_JAZZY)
BEAMS = 91
POST = (3.0, 0.0, 0.2)


def types(name):
    return STORE.types[name]


def header(time, frame):
    stamp = types('builtin_interfaces/msg/Time')(int(time), round(1e9 * (time % 1.0)))
    return types('std_msgs/msg/Header')(stamp, frame)


def odometry(time, x, speed):
    point, turn = types('geometry_msgs/msg/Point'), types('geometry_msgs/msg/Quaternion')
    vector, twist = types('geometry_msgs/msg/Vector3'), types('geometry_msgs/msg/Twist')
    pose = types('geometry_msgs/msg/Pose')(point(x, 0.0, 0.0), turn(0.0, 0.0, 0.0, 1.0))
    return types('nav_msgs/msg/Odometry')(
        header(time, 'odom'),
        'base_link',
        types('geometry_msgs/msg/PoseWithCovariance')(pose, np.zeros(36)),
        types('geometry_msgs/msg/TwistWithCovariance')(
            twist(vector(speed, 0.0, 0.0), vector(0.0, 0.0, 0.0)), np.zeros(36)
        ),
    )


def command(speed):
    vector = types('geometry_msgs/msg/Vector3')
    return types('geometry_msgs/msg/Twist')(vector(speed, 0.0, 0.0), vector(0.0, 0.0, 0.0))


def scan(time, x):
    bearings = np.linspace(-1.5, 1.5, BEAMS)
    away = POST[0] - x - 0.1
    room = POST[2] ** 2 - (away * np.sin(bearings)) ** 2
    met = (room > 0.0) & (away > 0.0)
    near = away * np.cos(bearings) - np.sqrt(np.maximum(room, 0.0))
    ranges = np.where(met, near, math.inf).astype(np.float32)
    return types('sensor_msgs/msg/LaserScan')(
        header(time, 'laser'),
        -1.5,
        1.5,
        3.0 / (BEAMS - 1),
        0.0,
        0.1,
        0.05,
        8.0,
        ranges,
        ranges[:0],
    )


def mount():
    vector, turn = types('geometry_msgs/msg/Vector3'), types('geometry_msgs/msg/Quaternion')
    transform = types('geometry_msgs/msg/Transform')(
        vector(0.1, 0.0, 0.0), turn(0.0, 0.0, 0.0, 1.0)
    )
    stamped = types('geometry_msgs/msg/TransformStamped')(
        header(0.0, 'base_link'), 'laser', transform
    )
    return types('tf2_msgs/msg/TFMessage')([stamped])


def write(
    path, *, until=4.5, plugin=StoragePlugin.MCAP, leave_out=(), stop_at=10.0, compression=None
):
    """A robot that drives at a post with 0.6 m/s and stops before it, or not at all."""
    speed = 0.6
    writer = Writer(path, version=9, storage_plugin=plugin)
    if compression is not None:
        writer.set_compression(compression, CompressionFormat.ZSTD)
    with writer:
        topics = {
            '/odom': 'nav_msgs/msg/Odometry', '/cmd_vel': 'geometry_msgs/msg/Twist',
            '/scan': 'sensor_msgs/msg/LaserScan', '/tf_static': 'tf2_msgs/msg/TFMessage',
        }  # fmt: skip
        ends = {
            topic: writer.add_connection(topic, kind, typestore=STORE)
            for topic, kind in topics.items()
            if topic not in leave_out
        }

        def send(topic, time, message):
            if topic in ends:
                raw = STORE.serialize_cdr(message, ends[topic].msgtype)
                writer.write(ends[topic], round(1e9 * (100.0 + time)), raw)

        send('/tf_static', 0.0, mount())
        for k in range(round(until / 0.05)):
            time = 0.05 * k
            x = min(speed * time, stop_at)
            send('/odom', time, odometry(100.0 + time, x, speed if x < stop_at else 0.0))
            send('/cmd_vel', time, command(speed if x < stop_at else 0.0))
            if k % 2 == 0:
                send('/scan', time, scan(100.0 + time, x))
    return path


def summarized(bag, *given, asked=ANY):
    """Figures of a replay without its pictures."""
    recording = read_bag(bag, asked)
    settings = settings_of(recording, ['body_radius=0.2', *given])
    played = [each.played for each in play_jobs(recording, windows_of(recording, settings))]
    cycles = [cycle for each in played for cycle in each.cycles]
    return summary_of(cycles, settings.filter)


def run(tmp_path, bag, *arguments):
    code = main([str(bag), '--out', str(tmp_path / 'out'), '--set', 'body_radius=0.2', *arguments])
    return code, json.loads((tmp_path / 'out' / 'replay.json').read_text())


def record(path, topics, messages, plugin=StoragePlugin.MCAP):
    """Any bag: types by topic, and (topic, seconds, message) in order."""
    with Writer(path, version=9, storage_plugin=plugin) as writer:
        ends = {
            topic: writer.add_connection(topic, kind, typestore=STORE)
            for topic, kind in topics.items()
        }
        for topic, time, message in messages:
            raw = STORE.serialize_cdr(message, ends[topic].msgtype)
            writer.write(ends[topic], round(1e9 * time), raw)
    return path


def pose_odometry(time, x, y, heading, speed, yaw_rate, frame='odom', base='base_link'):
    """Odometry anywhere."""
    message = odometry(time, x, speed)
    message.header.frame_id, message.child_frame_id = frame, base
    message.pose.pose.position.y = y
    message.pose.pose.orientation.z = math.sin(0.5 * heading)
    message.pose.pose.orientation.w = math.cos(0.5 * heading)
    message.twist.twist.angular.z = yaw_rate
    return message


def twist(v, omega):
    message = command(v)
    message.angular.z = omega
    return message


def transform(time, parent, child, x, y, yaw):
    message = mount()
    (each,) = message.transforms
    each.header.frame_id, each.child_frame_id = parent, child
    each.header.stamp = header(time, '').stamp
    each.transform.translation.x, each.transform.translation.y = x, y
    each.transform.rotation.z, each.transform.rotation.w = math.sin(yaw / 2), math.cos(yaw / 2)
    return message


def cylinders(time, frame, discs):
    """A MarkerArray of (ns, x, y, radius)."""
    point, vector = types('geometry_msgs/msg/Point'), types('geometry_msgs/msg/Vector3')
    turn = types('geometry_msgs/msg/Quaternion')
    nobody = header(0.0, '')
    made = [
        types('visualization_msgs/msg/Marker')(
            header(time, frame), name, number, 3, 0,
            types('geometry_msgs/msg/Pose')(point(x, y, 0.0), turn(0.0, 0.0, 0.0, 1.0)),
            vector(2.0 * radius, 2.0 * radius, 0.5),
            types('std_msgs/msg/ColorRGBA')(0.5, 0.5, 0.5, 1.0),
            types('builtin_interfaces/msg/Duration')(0, 0), False, [], [], '',
            types('sensor_msgs/msg/CompressedImage')(nobody, '', np.zeros(0, np.uint8)),
            [], '', '', types('visualization_msgs/msg/MeshFile')('', np.zeros(0, np.uint8)), False,
        )
        for number, (name, x, y, radius) in enumerate(discs)
    ]  # fmt: skip
    return types('visualization_msgs/msg/MarkerArray')(made)


def parameter_event(node, values):
    """A rcl_interfaces/ParameterEvent that says what the parameters of a node are."""
    stamp = header(0.0, '').stamp
    told = [parameter(name, value) for name, value in values.items()]
    return types('rcl_interfaces/msg/ParameterEvent')(stamp, node, told, [], [])


def parameter(name, value):
    numbers, texts = np.zeros(0), []
    kind = {bool: 1, float: 3, str: 4}.get(type(value), 8)
    if kind == 8 and value and isinstance(value[0], str):
        kind, texts = 9, value
    elif kind == 8:
        numbers = np.array(value, float)
    content = types('rcl_interfaces/msg/ParameterValue')(
        kind, kind == 1 and value, 0, value if kind == 3 else 0.0, value if kind == 4 else '',
        np.zeros(0, np.uint8), np.zeros(0, bool), np.zeros(0, np.int64), numbers, texts,
    )  # fmt: skip
    return types('rcl_interfaces/msg/Parameter')(name, content)
