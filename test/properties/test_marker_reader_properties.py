"""Markers read from bytes are those that rclpy reads, whatever is in the message."""

import numpy as np
import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from builtin_interfaces.msg import Duration, Time
from geometry_msgs.msg import Point, Pose, Quaternion, Vector3
from hypothesis import given
from hypothesis import strategies as st
from rclpy.serialization import deserialize_message, serialize_message
from sensor_msgs.msg import CompressedImage
from std_msgs.msg import ColorRGBA, Header
from visualization_msgs.msg import Marker, MarkerArray, MeshFile, UVCoordinate

from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.ros import marker_reader
from vcp_cbf_safety.ros.marker_reader import begins_anew, read_markers
from vcp_cbf_safety.ros.markers import markers_of

floats = st.floats(width=32)
doubles = st.floats()
whole = st.integers(-(2**31), 2**31 - 1)
unsigned = st.integers(0, 2**32 - 1)
# Lengths that end on every remainder of the alignment, and letters of several bytes.
texts = st.text(st.characters(codec='utf-8', exclude_characters='\0'), max_size=9)
data = st.binary(max_size=9).map(list)
times = st.builds(Time, sec=whole, nanosec=unsigned)
headers = st.builds(Header, stamp=times, frame_id=texts)
colors = st.builds(ColorRGBA, r=floats, g=floats, b=floats, a=floats)
uses = st.booleans()
markers = st.builds(
    Marker,
    header=headers,
    ns=texts,
    id=whole,
    type=st.integers(-1, 13),
    action=st.integers(0, 4),
    pose=st.builds(
        Pose,
        position=st.builds(Point, x=doubles, y=doubles, z=doubles),
        orientation=st.builds(Quaternion, x=doubles, y=doubles, z=doubles, w=doubles),
    ),
    scale=st.builds(Vector3, x=doubles, y=doubles, z=doubles),
    color=colors,
    lifetime=st.builds(Duration, sec=whole, nanosec=unsigned),
    frame_locked=uses,
    points=st.lists(st.builds(Point, x=doubles, y=doubles, z=doubles), max_size=3),
    colors=st.lists(colors, max_size=3),
    texture_resource=texts,
    texture=st.builds(CompressedImage, header=headers, format=texts, data=data),
    uv_coordinates=st.lists(st.builds(UVCoordinate, u=floats, v=floats), max_size=3),
    text=texts,
    mesh_resource=texts,
    mesh_file=st.builds(MeshFile, filename=texts, data=data),
    mesh_use_embedded_materials=uses,
)
# Most senders set a few fields.
plain = st.builds(Marker, header=headers, ns=texts, id=whole, action=st.integers(0, 3))
messages = st.builds(MarkerArray, markers=st.lists(markers | plain, max_size=4))


def alike(found, expected):
    """Whether markers are the same, numbers that are none included."""
    for one, other in zip(found, expected, strict=True):
        assert one[:6] == other[:6]
        np.testing.assert_array_equal(one.geometry, other.geometry)
        assert one.lifetime == other.lifetime
        np.testing.assert_array_equal(one.points, other.points)


def without_rclpy(raw):
    """The markers as the reader reads them by itself, None where it leaves them to rclpy."""
    try:
        return list(marker_reader._read(raw))
    except (marker_reader._UnexpectedError, marker_reader.struct.error, ValueError):
        return None


@given(message=messages)
def test_markers_are_read_as_rclpy_reads_them(message):
    raw = serialize_message(message)
    alike(without_rclpy(raw), markers_of(message))
    alike(read_markers(raw), markers_of(deserialize_message(raw, MarkerArray)))
    first = message.markers[0] if message.markers else Marker()
    assert begins_anew(raw) == (first.action == Marker.DELETEALL and first.ns == '')


@given(message=messages, share=st.floats(0.0, 1.0, exclude_max=True))
def test_a_message_that_is_cut_off_is_an_error(message, share):
    message.markers.append(Marker(ns='last'))
    raw = serialize_message(message)
    end = int(share * len(raw))
    assert without_rclpy(raw[:end]) is None
    with pytest.raises(InputError, match=f'its {end} bytes are no MarkerArray'):
        list(read_markers(raw[:end]))
    assert begins_anew(raw[:end]) in (True, False)


@given(
    message=messages.filter(lambda each: each.markers),
    changes=st.lists(
        st.tuples(st.floats(0.0, 1.0, exclude_max=True), st.integers(0, 255)), max_size=3
    ),
)
def test_bytes_that_make_no_sense_are_read_as_rclpy_reads_them_or_are_an_error(message, changes):
    raw = bytearray(serialize_message(message))
    for share, byte in changes:
        raw[int(share * len(raw))] = byte
    raw = bytes(raw)
    try:
        expected = list(markers_of(deserialize_message(raw, MarkerArray)))
    except Exception:  # noqa: BLE001 - whatever it says
        expected = None
    try:
        found = list(read_markers(raw))
    except InputError:
        found = None
    if expected is not None:
        assert found is not None
        alike(found, expected)


@given(message=messages)
def test_the_other_byte_order_is_left_to_rclpy(message):
    raw = serialize_message(message)
    other = b'\x00\x00' + raw[2:]
    try:
        expected = list(markers_of(deserialize_message(other, MarkerArray)))
    except Exception:  # noqa: BLE001 - the bytes are not swapped
        with pytest.raises(InputError):
            list(read_markers(other))
    else:
        alike(read_markers(other), expected)


@pytest.mark.parametrize('raw', [b'', b'\x00', b'\x00\x01\x00\x00', b'\xff' * 40])
def test_what_is_no_message_at_all_is_an_error(raw):
    with pytest.raises(InputError):
        list(read_markers(raw))
    assert not begins_anew(raw)
