"""Bags with the filter in their shadow: what is read, what is guessed, and what it would do."""

import json
import math

import numpy as np
import pytest

pytest.importorskip('rosbags', reason='rosbags is not installed')

from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import Stores, get_typestore

from vcp_cbf_safety.laser_scan import Mount
from vcp_cbf_safety.studies.replay.__main__ import main
from vcp_cbf_safety.studies.replay.bag import BagError, read_bag

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


def write(path, *, until=4.5, plugin=StoragePlugin.MCAP, leave_out=(), stop_at=10.0):
    """A robot that drives at a post with 0.6 m/s and stops before it, or not at all."""
    speed = 0.6
    with Writer(path, version=9, storage_plugin=plugin) as writer:
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


@pytest.mark.parametrize('plugin', [StoragePlugin.MCAP, StoragePlugin.SQLITE3])
def test_all_of_it_is_read_and_what_was_guessed_is_said(tmp_path, plugin):
    found = read_bag(write(tmp_path / 'bag', plugin=plugin), '', '', [])
    assert (len(found.odometry), len(found.nominal), len(found.scans['/scan'])) == (90, 90, 45)
    assert found.mounts == {'/scan': Mount(0.1, 0.0, 0.0)}
    assert found.notes == [
        'odometry is taken from /odom', 'nominal command is taken from /cmd_vel',
    ]  # fmt: skip
    assert found.odometry[20].value.x == pytest.approx(0.6)


def run(tmp_path, bag, *arguments):
    code = main([str(bag), '--out', str(tmp_path / 'out'), '--set', 'body_radius=0.2', *arguments])
    return code, json.loads((tmp_path / 'out' / 'replay.json').read_text())


def test_a_robot_that_stops_far_away_is_not_touched(tmp_path):
    code, report = run(tmp_path, write(tmp_path / 'bag', stop_at=0.6))
    assert (code, report['untouched'], report['interventions']) == (0, 1.0, [])
    assert (tmp_path / 'out' / 'replay.png').stat().st_size > 10_000


def test_before_a_post_the_filter_would_have_acted_because_of_a_beam(tmp_path, capsys):
    _, report = run(tmp_path, write(tmp_path / 'bag', until=4.2))
    assert report['untouched'] < 0.9
    first = report['interventions'][0]
    assert first['binding'].startswith('/scan[')
    # It would not have waited until it was too late, nor acted from the beginning.
    assert 1.0 < first['begin_s'] < 3.9
    assert '/scan[' in capsys.readouterr().out


def test_less_margin_is_less_intervention(tmp_path):
    bag = write(tmp_path / 'bag', until=4.2)
    wide, narrow = (
        run(tmp_path, bag, '--set', f'margin={margin}')[1]['untouched'] for margin in (0.4, 0.0)
    )
    assert wide < narrow


@pytest.mark.parametrize(
    ('leave_out', 'arguments', 'words'),
    [
        (('/odom',), (), 'has no topic of type nav_msgs/msg/Odometry for the odometry'),
        (('/cmd_vel',), (), 'has no topic of type geometry_msgs/msg/Twist or'),
        ((), ('--odom', '/nothing'), 'has no topic /nothing; it has /cmd_vel, /odom, /scan'),
        ((), ('--scan', '/odom'), 'has no scans on /odom'),
        ((), ('--set', 'margins=1'), "there is no parameter 'margins'"),
        ((), ('--set', 'margin=wide'), "'wide' is not a number"),
        ((), ('--set', 'margin=-1'), 'margin is -1.0 m; it must be between'),
    ],
)
def test_a_mistake_is_one_sentence(tmp_path, capsys, leave_out, arguments, words):
    bag = write(tmp_path / 'bag', leave_out=leave_out)
    assert main([str(bag), *arguments]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count('\n') == 1


def test_a_bag_that_is_none_is_refused(tmp_path):
    with pytest.raises(BagError, match='does not exist'):
        read_bag(tmp_path / 'none', '', '', [])
    (tmp_path / 'text.mcap').write_text('no bag')
    with pytest.raises(BagError, match=r'text.mcap is (no bag that can be read|damaged): .'):
        read_bag(tmp_path / 'text.mcap', '', '', [])


def test_a_bag_that_ends_in_the_middle_is_refused_or_read_so_far(tmp_path):
    folder = write(tmp_path / 'bag')
    (file,) = folder.glob('*.mcap')
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(BagError, match=r'bag is (no bag that can be read|damaged): .'):
        read_bag(folder, '', '', [])
