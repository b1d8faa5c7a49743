"""Reads a serialised MarkerArray marker by marker, ten times as fast as deserialising it.

Of most markers only a few numbers count, and building message objects of all the others takes
longer than a control cycle. Reading one by one, a cycle can stop after any marker and the next one
go on.
"""

import struct
from collections.abc import Iterator
from struct import Struct

import numpy as np
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import CompressedImage
from visualization_msgs.msg import Marker, MarkerArray, MeshFile, UVCoordinate

from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.ros.markers import NO_POINTS, ObstacleMarker, markers_of

# Plain CDR, little endian: two bytes, then two of options. Places count from behind them.
_LITTLE_ENDIAN = b'\x00\x01'
_HEADER = 4

# The layout that is read here.
_KNOWN_FIELDS = {
    Marker: (
        'std_msgs/Header', 'string', 'int32', 'int32', 'int32', 'geometry_msgs/Pose',
        'geometry_msgs/Vector3', 'std_msgs/ColorRGBA', 'builtin_interfaces/Duration', 'boolean',
        'sequence<geometry_msgs/Point>', 'sequence<std_msgs/ColorRGBA>', 'string',
        'sensor_msgs/CompressedImage', 'sequence<visualization_msgs/UVCoordinate>', 'string',
        'string', 'visualization_msgs/MeshFile', 'boolean',
    ),
    CompressedImage: ('std_msgs/Header', 'string', 'sequence<uint8>'),
    MeshFile: ('string', 'sequence<uint8>'),
    UVCoordinate: ('float', 'float'),
}  # fmt: skip
_IS_KNOWN = all(
    tuple(kind.get_fields_and_field_types().values()) == fields
    for kind, fields in _KNOWN_FIELDS.items()
)

# Stamp and length of frame_id; id, type and action; from the pose to the number of points.
_START, _LENGTH, _KIND = Struct('<iII'), Struct('<I'), Struct('<iii')
_MIDDLE = Struct('<10d16xiI?3xI')
# What most markers end with behind their points: lists and strings that are all empty.
_EMPTY_STRING = b'\x01\x00\x00\x00\x00\x00\x00\x00'
_USUAL_END = (
    b'\x00' * 4 + _EMPTY_STRING + b'\x00' * 8 + 2 * _EMPTY_STRING + b'\x00' * 8
    + 3 * _EMPTY_STRING + b'\x00' * 5
)  # fmt: skip


class _UnexpectedError(Exception):
    """These bytes are not what is read here."""


def read_markers(raw: bytes) -> Iterator[ObstacleMarker]:
    """The markers of a serialised MarkerArray, in order.

    What is not plain little-endian CDR, or not as expected, is left to rclpy, all at once.

    Args:
        raw: the message as it came, with its four bytes of header.

    Raises:
        InputError: where the message is broken.
    """
    read = 0
    if _IS_KNOWN and raw[:2] == _LITTLE_ENDIAN:
        try:
            for marker in _read(raw):
                yield marker
                read += 1
            return
        except (_UnexpectedError, struct.error, ValueError):
            pass
    try:
        message = deserialize_message(raw, MarkerArray)
    except (RuntimeError, MemoryError) as error:
        raise InputError(f'its {len(raw)} bytes are no MarkerArray') from error
    yield from list(markers_of(message))[read:]


def begins_anew(raw: bytes) -> bool:
    """Whether a message begins with DELETEALL of every namespace and so makes others void."""
    try:
        first = next(read_markers(raw), None)
    except InputError:
        return False
    return first is not None and first.action == Marker.DELETEALL and not first.namespace


def _read(raw: bytes) -> Iterator[ObstacleMarker]:
    # Without the header, so that places are multiples of what is aligned.
    body = raw[_HEADER:]
    (count,) = _LENGTH.unpack_from(body)
    at = 4
    texts = _Texts()
    for _ in range(count):
        at += -at % 4
        seconds, nanoseconds, length = _START.unpack_from(body, at)
        at += 12 + length
        frame = texts[body[at - length : at]]
        at += -at % 4
        (length,) = _LENGTH.unpack_from(body, at)
        at += 4 + length
        namespace = texts[body[at - length : at]]
        at += -at % 4
        number, kind, action = _KIND.unpack_from(body, at)
        at += 12
        at += -at % 8
        middle = _MIDDLE.unpack_from(body, at)
        at += _MIDDLE.size
        where = NO_POINTS
        if middle[13]:
            at += -at % 8
            where = np.frombuffer(body, '<f8', 3 * middle[13], at).reshape(-1, 3)
            at += 24 * middle[13]
        at = at + len(_USUAL_END) if body.startswith(_USUAL_END, at) else _end(body, at)
        yield ObstacleMarker(
            namespace,
            number,
            kind,
            action,
            frame,
            seconds + 1e-9 * nanoseconds,
            middle[:10],
            middle[10] + 1e-9 * middle[11],
            where,
        )


class _Texts(dict[bytes, str]):
    """The texts of strings; many markers say the same."""

    def __missing__(self, raw: bytes) -> str:
        # As all strings do, it must end with a zero, and have no other.
        if raw[-1:] != b'\x00' or b'\x00' in raw[:-1]:
            raise _UnexpectedError
        text = self[raw] = raw[:-1].decode()
        return text


def _end(body: bytes, at: int) -> int:
    """The place behind a marker, from the one behind its points."""
    at = _skip(body, at, 16)  # colors
    at = _skip(body, at, 1)  # texture_resource
    at += -at % 4 + 8  # stamp of the texture
    for size in (1, 1, 1, 8, 1, 1, 1, 1):
        # Its frame_id, format and data; uv_coordinates, text and mesh_resource; name and data of
        # mesh_file.
        at = _skip(body, at, size)
    at += 1  # mesh_use_embedded_materials
    if at > len(body):
        raise _UnexpectedError
    return at


def _skip(body: bytes, at: int, size: int) -> int:
    """The place behind a sequence whose elements have a size; a string is one of bytes."""
    at += -at % 4
    (length,) = _LENGTH.unpack_from(body, at)
    end: int = at + 4 + size * length
    return end
