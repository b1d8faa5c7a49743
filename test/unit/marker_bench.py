"""Markers for a store of obstacles, and the store with what it says."""

import math

from geometry_msgs.msg import Point
from rclpy.time import Time
from visualization_msgs.msg import Marker, MarkerArray

from vcp_cbf_safety import FilterConfig
from vcp_cbf_safety.ros.markers import markers_of
from vcp_cbf_safety.ros.obstacles import ObstacleStore

CONFIG = FilterConfig(
    body_radius=0.2, vcp_offset=0.1, period=0.02, min_speed=-0.2, max_speed=1.0, max_yaw_rate=2.0,
    position_uncertainty=0.02, peer_max_speed=1.5, peer_max_acceleration=1.0,
)  # fmt: skip
# ROS time when the monotonic clock is zero [s].
EPOCH = 1000.0


def marker(
    number=0, action=Marker.ADD, kind=Marker.CYLINDER, lifetime=0.0, x=1.0, y=0.0, ns='a',
    stamp=0.0,
):  # fmt: skip
    made = Marker(ns=ns, id=number, action=action, type=kind)
    made.header.frame_id = 'map'
    made.header.stamp = Time(nanoseconds=round(1e9 * stamp)).to_msg()
    made.pose.position.x, made.pose.position.y = x, y
    made.scale.x = made.scale.y = 0.4
    made.lifetime.sec, made.lifetime.nanosec = int(lifetime), int(1e9 * (lifetime % 1.0))
    return made


class Store(ObstacleStore):
    """A store that keeps its warnings and takes markers one by one."""

    def __init__(self):
        self.warnings, self.notes = [], []
        super().__init__(
            topic='/obstacles',
            world_frame='map',
            config=CONFIG,
            warn=self.warnings.append,
            note=self.notes.append,
        )

    def at_rest(self, now):
        return self.near(None, lambda robot: math.inf, now)

    def circles(self, now=0.0):
        return [*self.at_rest(now), *self.moving(now)]

    def names(self, now=0.0):
        return [circle.name for circle in self.circles(now)]

    def send(self, *markers, now=0.0):
        self.take(markers_of(MarkerArray(markers=list(markers))), now, EPOCH + now)


def deleted(number=0, ns='a'):
    return marker(number, action=Marker.DELETE, ns=ns)


def all_deleted(ns=''):
    return marker(action=Marker.DELETEALL, ns=ns)


def cloud(number=0, *xs, kind=Marker.SPHERE_LIST):
    made = marker(number, kind=kind, x=0.0)
    made.points = [Point(x=x) for x in xs]
    return made
