"""Writes messages as an MCAP that Foxglove, ROS 2 and the replay open; needs no ROS."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from shutil import move
from tempfile import TemporaryDirectory
from typing import NamedTuple

from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer
from rosbags.typesys import Stores, get_typestore

STORE = get_typestore(Stores.ROS2_JAZZY)


class Recorded(NamedTuple):
    """One message.

    Attributes:
        topic: where it came.
        time: when [ns since the epoch].
        raw: its bytes.
    """

    topic: str
    time: int
    raw: bytes


def write_recording(path: Path, kinds: Mapping[str, str], messages: Iterable[Recorded]) -> None:
    """Write messages as an MCAP.

    Args:
        path: file to write.
        kinds: types of the topics.
        messages: the oldest first.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=path.parent) as folder:
        bag = Path(folder) / 'bag'
        writer = Writer(bag, version=9, storage_plugin=StoragePlugin.MCAP)
        # For an MCAP this is the compression of its chunks, which every viewer reads.
        writer.set_compression(CompressionMode.STORAGE, CompressionFormat.ZSTD)
        with writer:
            ends = {
                topic: writer.add_connection(topic, kind, typestore=STORE)
                for topic, kind in kinds.items()
            }
            for message in messages:
                writer.write(ends[message.topic], message.time, message.raw)
        (made,) = bag.glob('*.mcap')
        move(made, path)
