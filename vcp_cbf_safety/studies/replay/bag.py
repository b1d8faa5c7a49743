"""What a ROS 2 bag holds of one robot and of what is around it, read without ROS."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from rosbags.highlevel import AnyReader

from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.frames.transforms import Transforms
from vcp_cbf_safety.ros.conversions import checked_twist_of, robot_state_of
from vcp_cbf_safety.ros.transform_reader import TransformReader
from vcp_cbf_safety.sensing.laser_scan import Mount
from vcp_cbf_safety.studies.replay.opened import BagError, opened
from vcp_cbf_safety.studies.replay.recorded_parameters import values_of
from vcp_cbf_safety.studies.replay.topics import ANY, Asked, Topics, choose

# A stamp further than this from its receipt is of another clock [s].
_SAME_CLOCK = 10.0
# So many messages with transforms say where a scanner is that no fixed one knows.
_FIRST_TRANSFORMS = 500


class Timed(NamedTuple):
    """A value, when it came and when it was measured [s]."""

    received: float
    stamp: float
    value: Any


@dataclass(slots=True)
class Bag:
    """What a bag holds, each list in the order of receipt.

    Attributes:
        topics: what was read.
        read: makes a message of a type of its bytes.
        kinds: types of the topics.
        odometry: states of the robot.
        frame, base: frames of its odometry and of itself.
        nominal: commands (v, omega).
        sent: what the base was told, where that was something else.
        others: bytes of scans, markers, transforms and of peers' odometry, by topic.
        mounts: of the scanners, by topic.
        parameters: of the robot's filter, by name; none where nothing is known.
        notes: what was guessed or is missing, one sentence each.
    """

    topics: Topics
    read: Callable[[bytes, str], Any]
    kinds: dict[str, str]
    odometry: list[Timed] = field(default_factory=list)
    frame: str = ''
    base: str = ''
    nominal: list[Timed] = field(default_factory=list)
    sent: list[Timed] = field(default_factory=list)
    others: dict[str, list[Timed]] = field(default_factory=dict)
    mounts: dict[str, Mount] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def message(self, topic: str, raw: bytes) -> Any:
        """The message of bytes of a topic.

        Raises:
            InputError: if they are none.
        """
        try:
            return self.read(raw, self.kinds[topic])
        except Exception as error:  # noqa: BLE001 - damaged bytes raise whatever they lead to
            raise InputError(f'a message on {topic} cannot be read: {_plain(error)}') from None


def read_bag(
    path: Path, asked: Asked = ANY, told: Callable[[float], object] = lambda share: None
) -> Bag:
    """Read a bag: a folder, a .mcap or a .db3 file.

    Args:
        path: the bag.
        asked: topics; what is not named is found by type.
        told: hears which share has been read.

    Raises:
        BagError: if it is no bag, or has no odometry or no commands. A bag that ends in the middle
            is used as far as it can be read, which is noted.
    """
    notes: list[str] = []
    recording: Bag | None = None
    try:
        with opened(path, notes) as reader:
            kinds = {each.topic: each.msgtype for each in reader.connections}
            if not reader.message_count:
                raise BagError(f'{path} is empty: it has no messages')
            topics = choose(path, kinds, asked, notes)
            read = reader.typestore.deserialize_cdr
            recording = Bag(topics, read, kinds, notes=notes)
            _read(reader, recording, told)
    except BagError:
        raise
    except Exception as error:  # noqa: BLE001 - damaged bags raise whatever their bytes lead to
        if recording is None or not recording.odometry:
            raise BagError(f'{path} is no bag that can be read: {_plain(error)}') from None
        notes.append(f'the bag is damaged, and read up to there: {_plain(error)}')
    if not recording.odometry or not recording.nominal:
        what = 'odometry' if not recording.odometry else 'nominal commands'
        raise BagError(f'{path} has no {what} that could be read')
    _find_mounts(recording)
    return recording


def _plain(error: Exception) -> str:
    return ' '.join(str(error).split()) or type(error).__name__


def _read(reader: AnyReader, recording: Bag, told: Callable[[float], object]) -> None:
    topics = recording.topics
    others = {*topics.scans, *topics.obstacles, *topics.transforms, *topics.peers.values()}
    wanted = {topics.odometry, topics.nominal, topics.sent, topics.parameters, *others}
    connections = [each for each in reader.connections if each.topic in wanted]
    total = sum(each.msgcount for each in connections)
    refused: dict[str, str] = {}
    for number, (connection, time, raw) in enumerate(reader.messages(connections=connections)):
        topic, received = connection.topic, 1e-9 * time
        if not number % 5000:
            told(number / max(total, 1))
        if topic in others:
            recording.others.setdefault(topic, []).append(Timed(received, received, raw))
            continue
        try:
            _note(recording, topic, recording.message(topic, raw), received)
        except InputError as error:
            refused.setdefault(topic, str(error))
    recording.notes += [f'{error}; it is left out' for error in refused.values()]


def _note(recording: Bag, topic: str, message: Any, received: float) -> None:
    topics = recording.topics
    if topic == topics.parameters:
        if message.node == f'{topics.robot}/safety_filter':
            recording.parameters |= values_of(message)
    elif topic == topics.odometry:
        recording.frame = recording.frame or message.header.frame_id
        recording.base = recording.base or message.child_frame_id
        state = robot_state_of(message, recording.frame, topic, 0.0)
        recording.odometry.append(Timed(received, stamp_of(message, received), state))
    else:
        command = checked_twist_of(message, topic)
        into = recording.sent if topic == topics.sent else recording.nominal
        into.append(Timed(received, received, command))


def stamp_of(message: Any, received: float) -> float:
    """When a message was measured [s]; when it came, where its stamp is of another clock."""
    stamp = message.header.stamp
    seconds = float(stamp.sec + 1e-9 * stamp.nanosec)
    return seconds if abs(seconds - received) < _SAME_CLOCK else received


def _find_mounts(recording: Bag) -> None:
    """Where the scanners are, by transforms."""
    topics, tree = recording.topics, Transforms()
    reader = TransformReader(tree, lambda: 0.0, lambda sentence: None)
    for topic, fixed in topics.transforms.items():
        messages = recording.others.get(topic, [])
        for timed in messages if fixed else messages[:_FIRST_TRANSFORMS]:
            reader.read(recording.message(topic, timed.value), fixed, timed.received)
    for topic in topics.scans:
        scans = recording.others.get(topic)
        if not scans:
            continue
        frame = recording.message(topic, scans[0].value).header.frame_id.lstrip('/')
        base = recording.base.lstrip('/')
        try:
            recording.mounts[topic] = Mount(*tree.newest(base, frame).pose)
        except InputError:
            recording.mounts[topic] = Mount()
            if frame != base:
                recording.notes.append(
                    f'nothing says where {frame} of {topic} is: taken to be at the axle'
                )
