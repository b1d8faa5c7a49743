"""Says over DDS where frames are, as a localisation and a robot's description do."""

import math

import pytest
from geometry_msgs.msg import TransformStamped
from rclpy.time import Time
from ros_rig import LATCHED

TFMessage = pytest.importorskip(
    'tf2_msgs.msg', reason='tf2_msgs is not installed: make tf2-msgs'
).TFMessage

HERE = (0.0, 0.0, 0.0)
# Every robot has a tree of its own, as Nav2 has it.
REMAPS = ['-r', '/tf:=tf', '-r', '/tf_static:=tf_static']


def transform(parent, child, pose, stamp=0.0, roll=0.0):
    made = TransformStamped(child_frame_id=child)
    made.header.frame_id = parent
    made.header.stamp = Time(nanoseconds=int(1e9 * stamp)).to_msg()
    made.transform.translation.x, made.transform.translation.y = pose[:2]
    turn = made.transform.rotation
    if roll:
        turn.x, turn.w = math.sin(roll / 2), math.cos(roll / 2)
    else:
        turn.z, turn.w = math.sin(pose[2] / 2), math.cos(pose[2] / 2)
    return made


class Localisation:
    """Says 20 times a second where frames are in the map.

    Attributes:
        poses: of each frame that it sends.
        late: how old the stamps are [s].
        more: transforms that it sends too.
    """

    def __init__(self, rig):
        self._rig = rig
        self._publisher = rig.node.create_publisher(TFMessage, 'tf', 100)
        self._static = rig.node.create_publisher(TFMessage, 'tf_static', LATCHED)
        rig.node.create_timer(0.05, self.send)
        self.reset()

    def reset(self):
        self.poses, self.late, self.more = {'odom': HERE}, 0.0, []

    def send(self):
        stamp = self._rig.now() - self.late
        made = [transform('map', child, pose, stamp) for child, pose in self.poses.items()]
        for each in self.more:
            each.header.stamp = Time(nanoseconds=int(1e9 * stamp)).to_msg()
        if made or self.more:
            self._publisher.publish(TFMessage(transforms=[*made, *self.more]))

    def fix(self, *transforms):
        self._static.publish(TFMessage(transforms=list(transforms)))
