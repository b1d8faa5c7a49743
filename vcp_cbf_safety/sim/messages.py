"""States and obstacles of the simulator as ROS messages."""

import math
from collections.abc import Sequence

from builtin_interfaces.msg import Time
from nav_msgs.msg import Odometry
from sensor_msgs.msg import LaserScan
from visualization_msgs.msg import Marker, MarkerArray

from vcp_cbf_safety.hazards.hazards import Circle
from vcp_cbf_safety.motion.unicycle import RobotState
from vcp_cbf_safety.sim.box import Box
from vcp_cbf_safety.sim.lidar import Lidar

# Height of an obstacle's marker [m]; only for the eye.
_MARKER_HEIGHT = 0.5


def odometry_message(state: RobotState, stamp: Time, frame: str, child_frame: str) -> Odometry:
    """A robot's state as odometry: pose in `frame`, twist in `child_frame`."""
    message = Odometry()
    message.header.stamp = stamp
    message.header.frame_id = frame
    message.child_frame_id = child_frame
    pose, twist = message.pose.pose, message.twist.twist
    pose.position.x = state.x
    pose.position.y = state.y
    pose.orientation.z = math.sin(0.5 * state.heading)
    pose.orientation.w = math.cos(0.5 * state.heading)
    twist.linear.x = state.speed
    twist.angular.z = state.yaw_rate
    return message


def scan_message(ranges: Sequence[float], lidar: Lidar, stamp: Time, frame: str) -> LaserScan:
    """Ranges of a scanner as a scan whose beams were all sent at once."""
    message = LaserScan(
        angle_min=lidar.angle_min,
        angle_max=lidar.angle_min + lidar.angle_increment * (lidar.beams - 1),
        angle_increment=lidar.angle_increment,
        range_min=lidar.range_min,
        range_max=lidar.range_max,
        ranges=list(ranges),
    )
    message.header.stamp = stamp
    message.header.frame_id = frame
    return message


def obstacle_markers(obstacles: Sequence[Circle], stamp: Time, frame: str) -> MarkerArray:
    """Obstacles as cylinders that live until they are deleted."""
    markers = []
    for index, obstacle in enumerate(obstacles):
        marker = _standing(Marker.CYLINDER, index, stamp, frame)
        marker.pose.position.x, marker.pose.position.y = obstacle.x, obstacle.y
        marker.scale.x = marker.scale.y = 2.0 * obstacle.radius
        markers.append(marker)
    return MarkerArray(markers=markers)


def box_marker(box: Box, index: int, stamp: Time, frame: str) -> Marker:
    """A box as a marker that lives until it is deleted."""
    marker = _standing(Marker.CUBE, index, stamp, frame)
    marker.pose.position.x, marker.pose.position.y = box.x, box.y
    marker.pose.orientation.z = math.sin(0.5 * box.yaw)
    marker.pose.orientation.w = math.cos(0.5 * box.yaw)
    marker.scale.x, marker.scale.y = box.length, box.width
    return marker


def _standing(kind: int, index: int, stamp: Time, frame: str) -> Marker:
    marker = Marker(ns='obstacles', id=index, type=kind, action=Marker.ADD)
    marker.header.stamp = stamp
    marker.header.frame_id = frame
    marker.pose.position.z = 0.5 * _MARKER_HEIGHT
    marker.pose.orientation.w = 1.0
    marker.scale.z = _MARKER_HEIGHT
    marker.color.r, marker.color.g, marker.color.b, marker.color.a = 0.5, 0.5, 0.55, 1.0
    return marker
