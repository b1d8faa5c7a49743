"""Odometry, nominal commands and scans of a ROS 2 bag, as plain values, read without ROS."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from rosbags.highlevel import AnyReader, AnyReaderError
from transforms3d.euler import quat2euler

from vcp_cbf_safety.errors import VcpCbfError
from vcp_cbf_safety.laser_scan import LaserScan, Mount
from vcp_cbf_safety.unicycle import RobotState, Twist2D

_ODOMETRY = 'nav_msgs/msg/Odometry'
_SCAN = 'sensor_msgs/msg/LaserScan'
_TWISTS = ('geometry_msgs/msg/Twist', 'geometry_msgs/msg/TwistStamped')
_TRANSFORMS = 'tf2_msgs/msg/TFMessage'
# Names that nominal commands have, the best first.
_NOMINAL = ('cmd_vel_nom', 'cmd_vel_nav', 'cmd_vel_teleop', 'cmd_vel')


class BagError(VcpCbfError):
    """A bag cannot be used; the message names it and says why."""


class Timed(NamedTuple):
    """A value, when it came and when it was measured [s]."""

    received: float
    stamp: float
    value: Any


@dataclass(slots=True)
class Bag:
    """What a bag holds, each list in the order of receipt.

    Attributes:
        odometry: states of the robot.
        nominal: commands (v, omega).
        scans: by topic.
        mounts: of the scanners, by topic.
        notes: what was guessed or is missing, one sentence each.
    """

    odometry: list[Timed] = field(default_factory=list)
    nominal: list[Timed] = field(default_factory=list)
    scans: dict[str, list[Timed]] = field(default_factory=dict)
    mounts: dict[str, Mount] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def read_bag(
    path: Path,
    odom: str,
    nominal: str,
    scans: list[str] | None,
    names: Sequence[str] = _NOMINAL,
) -> Bag:
    """Read a bag: a folder, a .mcap or a .db3 file.

    Args:
        path: the bag.
        odom, nominal: topics; '' guesses by type.
        scans: topics of scanners; all of them when empty, none when None.
        names: that the topic of the commands may have, the best guess first.

    Raises:
        BagError: if it is no bag, or has no odometry or no commands. A bag that ends in the middle
            is used as far as it can be read, which is noted.
    """
    if not path.exists():
        raise BagError(f'{path} does not exist')
    recording = Bag()
    try:
        with AnyReader([path]) as reader:
            topics = {each.topic: each.msgtype for each in reader.connections}
            chosen = _chosen(path, topics, odom, nominal, scans, names, recording.notes)
            _read(reader, chosen, recording)
    except BagError:
        raise
    except (AnyReaderError, OSError) as error:
        raise BagError(f'{path} is no bag that can be read: {_plain(error)}') from None
    except Exception as error:  # noqa: BLE001 - damaged bags raise whatever their bytes lead to
        if not recording.odometry:
            raise BagError(f'{path} is damaged: {_plain(error)}') from None
        recording.notes.append(f'the bag is damaged, and read up to there: {_plain(error)}')
    if not recording.odometry or not recording.nominal:
        what = 'odometry' if not recording.odometry else 'nominal commands'
        raise BagError(f'{path} has no {what} that could be read')
    return recording


def _plain(error: Exception) -> str:
    return ' '.join(str(error).split()) or type(error).__name__


def _chosen(
    path: Path,
    topics: dict[str, str],
    odom: str,
    nominal: str,
    scans: list[str] | None,
    names: Sequence[str],
    notes: list[str],
) -> dict[str, str]:
    """What each topic that is read stands for: odometry, nominal, scan or transforms."""
    chosen: dict[str, str] = {}

    def choose(what: str, asked: str, kinds: tuple[str, ...], order: Callable[[str], int]) -> None:
        fitting = sorted((t for t, kind in topics.items() if kind in kinds), key=order)
        if asked and asked not in topics:
            raise BagError(f'{path} has no topic {asked}; it has {", ".join(sorted(topics))}')
        if not asked and not fitting:
            raise BagError(f'{path} has no topic of type {" or ".join(kinds)} for the {what}')
        chosen[asked or fitting[0]] = what
        if not asked:
            notes.append(f'{what} is taken from {fitting[0]}')

    choose('odometry', odom, (_ODOMETRY,), len)

    def rank(topic: str) -> int:
        name = topic.rsplit('/', 1)[-1]
        return names.index(name) if name in names else len(names)

    choose('nominal command', nominal, _TWISTS, rank)
    if scans is None:
        return chosen
    found = scans or sorted(topic for topic, kind in topics.items() if kind == _SCAN)
    for topic in found:
        if topics.get(topic) != _SCAN:
            raise BagError(f'{path} has no scans on {topic}')
        chosen[topic] = 'scan'
    if not found:
        notes.append('there are no scans: the filter sees nothing')
    chosen |= {topic: 'transforms' for topic, kind in topics.items() if kind == _TRANSFORMS}
    return chosen


def _read(reader: Any, chosen: dict[str, str], recording: Bag) -> None:
    frames: dict[str, str] = {}
    transforms: dict[str, Mount] = {}
    connections = [each for each in reader.connections if each.topic in chosen]
    for connection, time, raw in reader.messages(connections=connections):
        topic, received = connection.topic, 1e-9 * time
        message = reader.deserialize(raw, connection.msgtype)
        what = chosen[topic]
        if what == 'odometry':
            recording.odometry.append(Timed(received, _stamp(message, received), _state(message)))
        elif what == 'nominal command':
            twist = getattr(message, 'twist', message)
            command = Twist2D(float(twist.linear.x), float(twist.angular.z))
            recording.nominal.append(Timed(received, received, command))
        elif what == 'scan':
            stamp = _stamp(message, received)
            frames[topic] = message.header.frame_id
            scan = Timed(received, stamp, _scan(message, stamp))
            recording.scans.setdefault(topic, []).append(scan)
        else:
            for each in message.transforms:
                place, turn = each.transform.translation, each.transform.rotation
                mount = Mount(float(place.x), float(place.y), _yaw(turn))
                transforms.setdefault(each.child_frame_id.lstrip('/'), mount)
    for topic, frame in frames.items():
        found = transforms.get(frame.lstrip('/'))
        recording.mounts[topic] = found or Mount()
        if found is None:
            recording.notes.append(f'nothing says where {frame} is: taken to be at the axle')


def _stamp(message: Any, received: float) -> float:
    stamp = message.header.stamp
    seconds = float(stamp.sec + 1e-9 * stamp.nanosec)
    return seconds or received


def _yaw(q: Any) -> float:
    return float(quat2euler((q.w, q.x, q.y, q.z), 'sxyz')[2])


def _state(message: Any) -> RobotState:
    pose, twist = message.pose.pose, message.twist.twist
    return RobotState(
        float(pose.position.x),
        float(pose.position.y),
        _yaw(pose.orientation),
        float(twist.linear.x),
        float(twist.angular.z),
    )


def _scan(message: Any, stamp: float) -> LaserScan:
    return LaserScan(
        np.asarray(message.ranges, dtype=np.float64),
        float(message.angle_min),
        float(message.angle_increment),
        float(message.range_min),
        float(message.range_max),
        stamp,
        float(message.time_increment),
    )
