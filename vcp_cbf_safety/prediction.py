"""Where robot and peers will be when the command of this cycle takes effect."""

from collections import deque
from typing import NamedTuple

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.errors import HazardError
from vcp_cbf_safety.hazards import Circle, Hazards, Peer
from vcp_cbf_safety.response import Limits, limits_of, respond, respond_speed
from vcp_cbf_safety.unicycle import CLOCK_TICK, LARGEST_NUMBER, RobotState, Twist2D, advance

# Speeds that differ by less [m/s] are the same speed.
_STEADY = 1e-3

# A base that hardly speeds up, and one that brakes at once [m/s^2].
_SLOWEST, _HARDEST = 1e-6, 1e9

# What was in force longer ago than this [s] is forgotten: odometry that old predicts nothing.
MEMORY = 2.0


class CommandHistory:
    """The commands already sent to the base, newest last, and how long ago each was sent."""

    def __init__(self) -> None:
        self._sent: deque[tuple[float, Twist2D]] = deque()
        self._now = 0.0

    def elapse(self, seconds: float) -> None:
        """Let time pass since the newest command."""
        self._now += seconds
        while len(self._sent) > 1 and self._now - self._sent[1][0] > MEMORY:
            self._sent.popleft()

    def send(self, command: Twist2D) -> None:
        """Remember a command that is being sent now."""
        self._sent.append((self._now, command))

    @property
    def newest(self) -> Twist2D:
        """The command sent last; standing still before the first."""
        return self._sent[-1][1] if self._sent else Twist2D(0.0, 0.0)

    def in_force(self, start: float, end: float) -> list[tuple[float, Twist2D]]:
        """Commands between two ages, oldest first, with how long each was the newest one.

        Args:
            start: begin of the interval, seconds ago.
            end: end of the interval, seconds ago; may be negative, the newest command then lasts.

        Returns:
            (duration [s], command) each; before the first command the robot was told to stand.
        """
        begin, stop = self._now - start, self._now - end
        newest_first: list[tuple[float, Twist2D]] = []
        for sent, command in reversed(self._sent):
            if sent < stop:
                newest_first.append((max(sent, begin), command))
            if sent <= begin:
                break
        else:
            newest_first.append((begin, Twist2D(0.0, 0.0)))
        until = stop
        spans: list[tuple[float, Twist2D]] = []
        for since, command in newest_first:
            if until > since:
                spans.append((until - since, command))
            until = min(until, since)
        return spans[::-1]


class Ahead(NamedTuple):
    """A state in which the robot may be when a command takes effect.

    Attributes:
        state: the state, with age 0.
        limits: how quickly the base that gets there changes its speed; None for the configured.
    """

    state: RobotState
    limits: Limits | None = None


def predict_robot(
    config: FilterConfig,
    robot: RobotState,
    history: CommandHistory,
    limits: Limits | None = None,
) -> RobotState:
    """State of the robot when a command sent now takes effect (docs/theory.md, eq. 14).

    From the odometry's stamp on, the base follows the commands already sent, each after the
    actuation delay, with a first-order velocity response; poses move along exact arcs.

    Args:
        config: delay, lag and accelerations of the base.
        robot: measured state and its age.
        history: commands already sent.
        limits: how quickly the speed changes; None for the configured.

    Returns:
        The state actuation_delay from now, with age 0.
    """
    return _follow(config, robot, _told(config, robot, history), limits)


def _told(
    config: FilterConfig, robot: RobotState, history: CommandHistory
) -> list[tuple[float, Twist2D]]:
    """What the base follows from the odometry's stamp until the command takes effect."""
    return history.in_force(max(robot.age, 0.0) + config.actuation_delay, 0.0)


def _follow(
    config: FilterConfig,
    robot: RobotState,
    told: list[tuple[float, Twist2D]],
    limits: Limits | None,
) -> RobotState:
    pose = (robot.x, robot.y, robot.heading)
    v, omega, lag = robot.speed, robot.yaw_rate, config.velocity_lag
    limits = limits or limits_of(config)
    for duration, command in told:
        v, mean_v = respond_speed(config, v, command.v, duration, limits)
        omega, mean_omega = respond(
            omega, command.omega, duration, lag, config.max_yaw_acceleration
        )
        pose = advance(pose, mean_v, mean_omega, duration)
    return RobotState(*pose, speed=v, yaw_rate=omega)


def predict_extremes(
    config: FilterConfig, robot: RobotState, history: CommandHistory
) -> list[Ahead]:
    """Other states than that of `predict_robot` in which a legal base may be (assumption A5).

    A base brakes with max_deceleration or harder, and speeds up with max_acceleration or more
    slowly. While its speed changes, the harder or slower one is elsewhere. Driving one way
    straight on, every legal base is between the extremes. While it turns, or turns back, one in
    500 random bases was further out than the bend in the margins, by 2 cm at most.

    Args:
        config: delay, lag and accelerations of the base.
        robot: measured state and its age.
        history: commands already sent.

    Returns:
        None to three states, none of them where the speed follows the commands.
    """
    told = _told(config, robot, history)
    speeds = (robot.speed, *[command.v for _, command in told])
    if max(speeds) - min(speeds) < _STEADY:
        return []
    up, down = limits_of(config)
    extremes = [Limits(_SLOWEST, _HARDEST)]
    if min(speeds) < 0.0 < max(speeds):
        extremes += [Limits(_SLOWEST, down), Limits(up, _HARDEST)]
    return [Ahead(_follow(config, robot, told, each), each) for each in extremes]


def predict_hazards(config: FilterConfig, hazards: Hazards) -> Hazards:
    """Hazards when a command sent now takes effect (docs/theory.md, eq. 15).

    Peers follow their last twist along an exact arc, moving circles their velocity, both from
    when they were measured on. Peers grow by how they may have sped up and turned since, circles
    by how they may have sped up and by what their velocity may be wrong.

    Args:
        config: actuation_delay, peer_max_acceleration and peer_max_yaw_rate.
        hazards: hazards as last seen.

    Returns:
        The same hazards, moved and grown; those that stand still are unchanged.

    Raises:
        HazardError: if a peer's heading, twist or age, or a moving circle's age or velocity
            uncertainty, is no number of sensible size.
    """
    for i, peer in enumerate(hazards.peers):
        _check(peer, peer.name or f'peers[{i}]', ('heading', 'speed', 'yaw_rate', 'age'))
    circles = [
        _moved_circle(config, c, c.name or f'circles[{i}]') if c.moves else c
        for i, c in enumerate(hazards.circles)
    ]
    return Hazards(hazards.arena, circles, [_moved_peer(config, p) for p in hazards.peers])


def _check(hazard: Circle | Peer, name: str, fields: tuple[str, ...]) -> None:
    for field in fields:
        number = getattr(hazard, field)
        if not abs(number) <= LARGEST_NUMBER:
            raise HazardError(
                f'{field} of {name} is {number}; it must be a number up to {LARGEST_NUMBER:g}'
            )
    if hazard.age < -CLOCK_TICK:
        raise HazardError(f'age of {name} is {hazard.age} s; it must not be negative')


def _moved_circle(config: FilterConfig, circle: Circle, name: str) -> Circle:
    _check(circle, name, ('age', 'velocity_uncertainty'))
    ahead = circle.age + config.actuation_delay
    growth = (circle.velocity_uncertainty + 0.5 * config.peer_max_acceleration * ahead) * ahead
    return Circle(
        circle.x + circle.vx * ahead,
        circle.y + circle.vy * ahead,
        circle.radius + growth,
        circle.vx,
        circle.vy,
        circle.name,
        velocity_uncertainty=circle.velocity_uncertainty,
    )


def _moved_peer(config: FilterConfig, peer: Peer) -> Peer:
    ahead = peer.age + config.actuation_delay
    speed, turning = abs(peer.speed), config.peer_max_yaw_rate + abs(peer.yaw_rate)
    # Elsewhere than its last twist says, it is by what it speeds up and turns. Turned back, it is
    # twice its way from there.
    growth = 0.5 * config.peer_max_acceleration * ahead**2
    growth += speed * ahead * min(0.5 * turning * ahead, 2.0)
    return Peer(
        *advance((peer.x, peer.y, peer.heading), peer.speed, peer.yaw_rate, ahead),
        peer.speed,
        peer.yaw_rate,
        peer.radius + growth,
        peer.responsibility,
        peer.name,
        twist_known=peer.twist_known,
    )
