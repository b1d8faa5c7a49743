"""Messages become plain values and back; whatever cannot be trusted is an error that says why.

Reading takes whatever has the fields of a message, so that a recording can be read without ROS.
"""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from transforms3d.euler import quat2euler

from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.frames.planar import check_rotation
from vcp_cbf_safety.hazards.hazards import Peer
from vcp_cbf_safety.motion.unicycle import LARGEST_NUMBER, RobotState, Twist2D

if TYPE_CHECKING:
    from geometry_msgs.msg import Quaternion, Twist, TwistStamped
    from nav_msgs.msg import Odometry

_LOCALISED = 'publish odometry that is localised there'


def heading_of(orientation: 'Quaternion', source: str) -> float:
    """Yaw of an orientation [rad].

    Args:
        orientation: a quaternion, not necessarily of length 1.
        source: what to call its origin in the error.

    Raises:
        InputError: if it is zero or not finite, or no sensible number.
    """
    w, x, y, z = orientation.w, orientation.x, orientation.y, orientation.z
    check_rotation((x, y, z, w), source)
    if x == 0.0 and y == 0.0:  # upright, as nearly all robots are
        return math.atan2(2.0 * w * z, w * w - z * z)
    return float(quat2euler((w, x, y, z), 'sxyz')[2])


def check_frame(
    frame_id: str, world_frame: str, source: str, remedy: str = 'publish it there'
) -> None:
    """See that a message is in the world frame; a leading slash does not count.

    Args:
        frame_id: frame of the message.
        world_frame: the frame it must be in.
        source: what to call the message in the error.
        remedy: how to bring such a message into another frame.

    Raises:
        InputError: if it is in another frame; the message names both ways out.
    """
    if frame_id.lstrip('/') == world_frame.lstrip('/'):
        return
    sentence = (
        f"{source} is in frame '{frame_id}'; it must be in world_frame, '{world_frame}': {remedy}"
    )
    if frame_id:
        sentence += f", or set world_frame to '{frame_id}' if everything else is in that frame too"
    raise InputError(sentence)


def check_frame_without_transforms(frame_id: str, world_frame: str, source: str) -> None:
    """As `check_frame`, for what could be in another frame if transforms were heard."""
    named = 'publish it there, set use_tf to true'
    check_frame(frame_id, world_frame, source, named if frame_id else 'publish it there')


def robot_state_of(message: 'Odometry', world_frame: str, source: str, age: float) -> RobotState:
    """State of the robot from its odometry.

    Args:
        message: pose in the world frame, twist in the base frame.
        world_frame: the frame it must be in.
        source: topic, for errors.
        age: time since the measurement [s].

    Raises:
        InputError: if the frame is another one, the orientation is no rotation, or a number is
            not finite.
    """
    check_frame(message.header.frame_id, world_frame, source, _LOCALISED)
    position, twist = message.pose.pose.position, message.twist.twist
    state = RobotState(
        position.x,
        position.y,
        heading_of(message.pose.pose.orientation, source),
        twist.linear.x,
        twist.angular.z,
        age,
    )
    for name in ('x', 'y', 'speed', 'yaw_rate'):
        if not math.isfinite(getattr(state, name)):
            raise InputError(f'{source} has {name} {getattr(state, name)}; it must be finite')
    return state


def peer_of(state: RobotState, name: str, radius: float, responsibility: float) -> Peer:
    """A peer from its state."""
    return Peer(
        state.x, state.y, state.heading, state.speed, state.yaw_rate,
        radius, responsibility, name, state.age,
    )  # fmt: skip


def twist_of(message: 'Twist | TwistStamped') -> Twist2D:
    """Forward speed and yaw rate of a command; the other four numbers mean nothing here."""
    twist = getattr(message, 'twist', message)
    return Twist2D(twist.linear.x, twist.angular.z)


def checked_twist_of(message: 'Twist | TwistStamped', source: str) -> Twist2D:
    """A command that is a speed.

    Args:
        message: the command.
        source: topic, for errors.

    Raises:
        InputError: if a number is not finite, or far beyond what any robot does.
    """
    command = twist_of(message)
    for name in ('v', 'omega'):
        number = getattr(command, name)
        if not abs(number) <= LARGEST_NUMBER:
            raise InputError(
                f'{name} of the nominal command is {number} on {source}; it must be a number up '
                f'to {LARGEST_NUMBER:g}'
            )
    return command


def command_writer(
    stamped: bool, stamp: Callable[[], object]
) -> 'Callable[[float, float, str], Twist | TwistStamped]':
    """A function that writes (v, omega, frame_id) into a message of the configured type.

    Args:
        stamped: TwistStamped instead of Twist.
        stamp: gives the current time as a builtin_interfaces/Time.
    """
    from geometry_msgs.msg import Twist, TwistStamped

    def write(v: float, omega: float, frame_id: str) -> Twist | TwistStamped:
        message = TwistStamped() if stamped else Twist()
        twist = message.twist if stamped else message
        twist.linear.x, twist.angular.z = v, omega
        if stamped:
            message.header.stamp = stamp()
            message.header.frame_id = frame_id
        return message

    return write
