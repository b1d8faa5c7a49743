"""What every source of hazards offers, and what it is told."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from vcp_cbf_safety.hazards.discs import Discs
from vcp_cbf_safety.hazards.hazards import ANY_SPEED, Arena, Circle, Peer, SpeedLimits
from vcp_cbf_safety.motion.pose_history import PoseHistory
from vcp_cbf_safety.motion.unicycle import RobotState
from vcp_cbf_safety.ros.frames import Frames
from vcp_cbf_safety.ros.inputs import Inputs
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.ros.watch import Log

if TYPE_CHECKING:
    from vcp_cbf_safety.ros.connections import Connections


class Context(NamedTuple):
    """What a source is made with.

    Attributes:
        inputs: holds newest messages, and knows how old they are.
        resolve: full name of a topic.
        log: takes sentences for people.
        ros_now: ROS time [s].
        settings: the node's parameters.
        frames: bring into the world frame what is in another one.
        now: monotonic time [s].
    """

    inputs: Inputs
    resolve: Callable[[str], str]
    log: Log
    ros_now: Callable[[], float]
    settings: NodeSettings
    frames: Frames
    now: float


class Moment(NamedTuple):
    """What a source is told in a cycle.

    Attributes:
        settings: the node's parameters.
        robot: where the robot is, as far as known.
        poses: where it was in the last seconds.
        jumped: whether its odometry has jumped: places seen before are not where they were.
        peers: robots that sources before this one see.
        now: monotonic time [s].
        cycle: number of the cycle.
    """

    settings: NodeSettings
    robot: RobotState | None
    poses: PoseHistory
    jumped: bool
    peers: Sequence[Peer]
    now: float
    cycle: int


class Seen(NamedTuple):
    """What a source sees in a cycle, in the world frame.

    Attributes:
        arena: a box to stay in.
        circles, peers, discs: hazards, in whatever form comes naturally.
        speed_limits: how fast the robot may drive for its sake.
        brake: why the robot must brake, one sentence each, the most important one first.
        faults: what else is not as it should be, one sentence each.
        restart: why what it reports may count from another origin than before, '' when not.
    """

    arena: Arena | None = None
    circles: Sequence[Circle] = ()
    peers: Sequence[Peer] = ()
    discs: Sequence[Discs] = ()
    speed_limits: SpeedLimits = ANY_SPEED
    brake: Sequence[str] = ()
    faults: Sequence[str] = ()
    restart: str = ''


class Source:
    """Something that reports hazards.

    A new one is a class in a file of its own and a line in `table.SOURCES`.
    """

    def follow(self, settings: NodeSettings, now: float) -> None:
        """Take changed parameters at a monotonic time [s]."""

    def connect(self, connections: 'Connections') -> None:
        """Subscribe to what it needs and is not subscribed to; after every change again."""

    def reset(self, now: float) -> None:
        """Start over, as when the node is activated."""

    def poll(self, now: float) -> None:
        """Take messages that wait."""

    def look(self, moment: Moment) -> Seen:
        """What it sees in this cycle; nothing, unless it says otherwise."""
        return Seen()

    def values(self, now: float) -> dict[str, str]:
        """What the diagnostics say of it, by key."""
        return {}
