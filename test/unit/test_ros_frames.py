"""Transforms as a node hears them: taken from messages, fresh enough, or a sentence on them."""

import math
import sys
from types import SimpleNamespace

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from geometry_msgs.msg import TransformStamped
from rclpy.time import Time
from ros_bench import Bench, source_of

from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.frames.planar import Planar
from vcp_cbf_safety.ros.frames import Frames
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.ros.sources.transforms import TransformSource
from vcp_cbf_safety.ros.transform_reader import TransformReader

NOW, ROS_NOW, TIMEOUT = 50.0, 1000.0, 1.0


def transform(parent, child, x=0.0, yaw=0.0, stamp=ROS_NOW):
    message = TransformStamped(child_frame_id=child)
    message.header.frame_id = parent
    message.header.stamp = Time(seconds=stamp).to_msg()
    message.transform.translation.x = x
    message.transform.rotation.z, message.transform.rotation.w = (
        math.sin(yaw / 2),
        math.cos(yaw / 2),
    )
    return message


class Listener:
    """Frames of a node, and what reads messages into them."""

    def __init__(self, ros_now=ROS_NOW, **parameters):
        settings = NodeSettings.from_parameters({'use_tf': True} | parameters)
        self.frames, self.lines = Frames(settings, lambda: ros_now), []
        self._reader = TransformReader(self.frames.tree, lambda: ros_now, self.lines.append)

    def hear(self, *transforms, fixed=False, received=NOW):
        self._reader.read(SimpleNamespace(transforms=transforms), fixed, received)

    def to_world(self, frame='map', now=NOW):
        return self.frames.to_world(frame, TIMEOUT, now)


@pytest.fixture
def listener():
    return Listener()


def test_what_is_in_the_world_frame_needs_no_transform(listener):
    assert listener.to_world('odom') is None
    assert listener.to_world('/odom') is None


def test_a_map_above_the_odometry_is_brought_into_its_frame(listener):
    listener.hear(transform('map', 'odom', x=2.0, yaw=math.pi / 2))
    assert listener.to_world() == pytest.approx((0.0, 2.0, -math.pi / 2))
    listener.hear(transform('/map', '/odom', x=3.0))
    assert listener.to_world('/map') == pytest.approx((-3.0, 0.0, 0.0))


def test_without_a_transform_a_sentence_names_it(listener):
    with pytest.raises(
        InputError, match=r"^no transform from map to odom: nobody sends where 'map'"
    ):
        listener.to_world()


def test_where_transforms_are_not_heard_the_sentence_says_so():
    with pytest.raises(InputError, match=r'^no transform from map to odom: use_tf is false$'):
        Listener(use_tf=False).to_world()


def test_a_transform_that_is_silent_is_old(listener):
    listener.hear(transform('map', 'odom'))
    assert listener.to_world(now=NOW + 1.0) is not None
    with pytest.raises(
        InputError,
        match=r'^the transform from map to odom is older than transform_timeout \(1 s\): the '
        r'newest came 1\.5 s ago',
    ):
        listener.to_world(now=NOW + 1.5)


def test_a_transform_that_comes_late_is_old(listener):
    listener.hear(transform('map', 'odom', stamp=ROS_NOW - 3.0))
    with pytest.raises(
        InputError, match=r'map to odom is older .* by its stamp, 3\.0 s: it comes'
    ):
        listener.to_world()


def test_a_transform_of_a_localisation_that_stamps_ahead_counts_from_its_receipt(listener):
    listener.hear(transform('map', 'odom', stamp=ROS_NOW + 1.0))
    assert listener.to_world() == Planar()


def test_stamps_count_for_nothing_where_nobody_set_them_or_the_clock_is_unknown():
    listener = Listener()
    listener.hear(transform('map', 'odom', stamp=0.0))
    assert listener.to_world() == Planar()
    listener = Listener(ros_now=0.0)
    listener.hear(transform('map', 'odom', stamp=5.0))
    assert listener.to_world() == Planar()


def test_what_is_fixed_never_ages(listener):
    listener.hear(transform('map', 'odom', x=1.0), fixed=True)
    assert listener.to_world(now=NOW + 1e6) == Planar(-1.0, 0.0, 0.0)


def test_a_frame_that_moves_with_the_robot_is_none_for_what_stands(listener):
    listener.hear(transform('odom', 'base_link'))
    with pytest.raises(
        InputError, match=r'from base_link to odom is of use: .* moves with the robot'
    ):
        listener.to_world('base_link')


def test_a_transform_that_is_not_flat_is_refused_only_where_it_is_needed(listener):
    tilted = transform('base_link', 'camera')
    tilted.transform.rotation.x, tilted.transform.rotation.w = math.sin(1.0), math.cos(1.0)
    listener.hear(tilted, transform('base_link', 'base_scan'), fixed=True)
    assert listener.lines == []
    assert listener.frames.between('base_link', 'base_scan', 0.0) == Planar()
    with pytest.raises(
        InputError,
        match=r'from camera to base_link: the transform from camera to base_link is rolled or',
    ):
        listener.frames.between('base_link', 'camera', 0.0)


def test_a_transform_that_is_none_is_said_once(listener):
    for _ in range(3):
        listener.hear(transform('odom', 'odom'), transform('', 'base_link'))
    assert listener.lines == [
        'a transform says where odom is in itself; it is left out',
        "a transform from 'base_link' to '' has a frame without a name; it is left out",
    ]


def test_a_transform_with_numbers_that_are_none_is_told_to_whoever_needs_it(listener):
    listener.hear(transform('map', 'odom'))
    listener.hear(transform('map', 'odom', x=math.nan))
    with pytest.raises(InputError, match=r'no transform from map to odom: .* has x nan m'):
        listener.to_world()
    listener.hear(transform('map', 'odom', stamp=ROS_NOW + 0.1))
    assert listener.to_world() == Planar()


def test_some_time_ago_a_frame_was_elsewhere(listener):
    listener.hear(transform('base_link', 'turret', x=1.0, stamp=ROS_NOW - 1.0))
    listener.hear(transform('base_link', 'turret', x=2.0, stamp=ROS_NOW))
    assert listener.frames.between('base_link', 'turret', 0.5).x == pytest.approx(1.5)


def test_where_the_messages_are_not_installed_one_sentence_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, 'tf2_msgs', None)
    monkeypatch.setitem(sys.modules, 'tf2_msgs.msg', None)
    bench = Bench(use_tf=True)
    source = source_of(TransformSource, bench.sources)
    source.connect(None)
    source.connect(None)
    assert len(bench.lines) == 1
    assert 'use_tf is true and tf2_msgs cannot be imported' in bench.lines[0]
    assert bench.cycle(3).brake == ''
    with pytest.raises(InputError, match='no transform from map to odom: tf2_msgs cannot be'):
        bench.frames.to_world('map', TIMEOUT, bench.now)


def test_a_node_that_does_not_use_transforms_hears_none():
    bench = Bench()
    source_of(TransformSource, bench.sources).connect(None)
    assert bench.lines == []
