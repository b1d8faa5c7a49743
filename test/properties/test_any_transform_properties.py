"""Whatever comes as transforms, a lookup answers a finite pose or one sentence."""

import math
from types import SimpleNamespace

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from geometry_msgs.msg import TransformStamped
from hypothesis import example, given
from hypothesis import strategies as st

from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.frames.planar import MOST_TILT, planar_of
from vcp_cbf_safety.ros.frames import Frames
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.ros.transform_reader import TransformReader

SETTINGS = NodeSettings.from_parameters({'use_tf': True})
NAMES = st.sampled_from(['odom', 'map', '/map', 'base', 'scan', ''])
NUMBERS = st.one_of(st.sampled_from([0.0, 1.0, -1.0, math.inf]), st.floats())
TURNS = st.one_of(st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS), st.just((0.0, 0.0, 0.6, 0.8)))
PLACES = st.tuples(NUMBERS, NUMBERS, NUMBERS)


@st.composite
def transforms(draw: st.DrawFn) -> TransformStamped:
    made = TransformStamped(child_frame_id=draw(NAMES))
    made.header.frame_id = draw(NAMES)
    made.header.stamp.sec = draw(st.integers(-5, 15))
    place, turn = made.transform.translation, made.transform.rotation
    place.x, place.y, place.z = draw(PLACES)
    turn.x, turn.y, turn.z, turn.w = draw(TURNS)
    return made


def asked(lookup):
    """See that a pose is finite, or that what is wrong is one sentence."""
    pose, sentence = None, 'nothing'
    try:
        pose = lookup()
    except InputError as error:
        sentence = str(error)
    assert sentence
    assert '\n' not in sentence
    assert pose is None or all(map(math.isfinite, pose))


@given(st.lists(st.tuples(transforms(), st.booleans()), max_size=12))
def test_whatever_comes_a_lookup_answers_a_pose_or_a_sentence(messages):
    lines = []
    frames = Frames(SETTINGS, lambda: 10.0)
    reader = TransformReader(frames.tree, lambda: 10.0, lines.append)
    for number, (message, fixed) in enumerate(messages):
        reader.read(SimpleNamespace(transforms=[message]), fixed, 0.1 * number)
        for source in ('map', 'base', 'scan', 'cellar'):
            asked(lambda: frames.to_world(source, 1.0, 0.1 * number))  # noqa: B023
            asked(lambda: frames.between('base', source, 0.5))  # noqa: B023
    assert all('\n' not in line for line in lines)


@given(PLACES, TURNS)
@example((0.0, 0.0, 0.0), (0.0, 0.0, 1e-3, 0.0))
def test_a_pose_in_space_becomes_one_on_the_floor_or_a_sentence(place, turn):
    asked(lambda: planar_of(place, turn, 'it'))


@given(st.floats(-math.pi, math.pi), st.floats(-1.5, 1.5))
def test_what_leans_is_refused_from_the_same_angle_on_whichever_way_it_looks(yaw, tilt):
    half = 0.5 * tilt
    # Rolled by the tilt, then turned.
    rolled = (math.sin(half), 0.0, 0.0, math.cos(half))
    s, c = math.sin(yaw / 2), math.cos(yaw / 2)
    turn = (c * rolled[0], s * rolled[0], s * rolled[3], c * rolled[3])
    if abs(abs(tilt) - MOST_TILT) < 1e-6:
        return
    if abs(tilt) > MOST_TILT:
        with pytest.raises(InputError, match='rolled or pitched'):
            planar_of((0.0, 0.0, 0.0), turn, 'it')
    else:
        found = planar_of((0.0, 0.0, 0.0), turn, 'it')
        assert math.remainder(found.yaw - yaw, math.tau) == pytest.approx(0.0, abs=0.01)
