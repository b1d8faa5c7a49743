"""Last check before a command goes out: follow it, and the stop after it, to the end."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.foresight import Movers, Way, met_on
from vcp_cbf_safety.prediction import respond, respond_speed
from vcp_cbf_safety.scene import Scene
from vcp_cbf_safety.unicycle import RobotState, Twist2D, advance

# Share of the command that is tried in turn; at zero the robot does the best it can: it brakes.
_SHARES = (1.0, 0.75, 0.5, 0.25)

# The hold time is looked at in this many pieces, the stop after it in at least so many, none of
# them longer than this [s] unless the stop takes forever. Between the points a barrier can fall
# below both neighbours by an eighth of the bend of one piece.
_HOLD_PIECES = 2
_LEAST_STOP_PIECES, _MOST_STOP_PIECES = 8, 64
_LONGEST_PIECE = 0.1

# A first-order response has lost 99 % of its speed after this many time constants.
_LAGS_TO_STOP = 5.0

# Rounding that a barrier may lose on the way [m].
_ROUNDING = 1e-9


class Checked(NamedTuple):
    """How much of a command may go out.

    Attributes:
        share: of speed and yaw rate, 0 to 1.
        met: name of the hazard that a larger share could have met, moving by itself; None when
            that was not the reason.
    """

    share: float
    met: str | None


def stopping_distance(config: FilterConfig, speed: float) -> float:
    """Longest way of the base from a speed to standing, when it brakes after one hold time [m]."""
    speed = abs(speed)
    reaction = config.hold_time + config.velocity_lag
    return speed * reaction + speed**2 / (2.0 * config.max_deceleration)


def way_to_stop(config: FilterConfig, robot: RobotState, command: Twist2D) -> Way:
    """How the axle centre moves while the command holds and while the robot then stops.

    The base answers with its lag and its limits: a robot that is told to reverse still rolls
    forward for a while, and turns meanwhile (docs/theory.md, eq. 17).

    Args:
        config: hold time, lag and accelerations of the base.
        robot: state when the command takes effect.
        command: what it is told for one hold time, before it is told to stand.

    Returns:
        Its positions at the ends of pieces of the way, each with speed and direction of that
        piece: the faster of its ends.
    """
    pose, v, omega = (robot.x, robot.y, robot.heading), robot.speed, robot.yaw_rate
    lag, time = config.velocity_lag, 0.0
    points, directions, speeds, times = [], [], [], []
    stop_time = _stopping_time(config, robot, command)
    stop_pieces = min(math.ceil(stop_time / _LONGEST_PIECE), _MOST_STOP_PIECES)
    for pieces, total, target in (
        (_HOLD_PIECES, config.hold_time, command),
        (max(stop_pieces, _LEAST_STOP_PIECES), stop_time, Twist2D(0.0, 0.0)),
    ):
        duration = total / pieces
        if duration == 0.0:
            continue
        for _ in range(pieces):
            before = v
            v, mean_v = respond_speed(config, v, target.v, duration)
            omega, mean_omega = respond(
                omega, target.omega, duration, lag, config.max_yaw_acceleration
            )
            pose = advance(pose, mean_v, mean_omega, duration)
            time += duration
            faster = v if abs(v) > abs(before) else before
            forward = math.copysign(1.0, faster)
            points.append(pose[:2])
            directions.append((forward * math.cos(pose[2]), forward * math.sin(pose[2])))
            speeds.append(abs(faster))
            times.append(time)
    return Way(*map(np.array, (points, directions, speeds, times)))


def _stopping_time(config: FilterConfig, robot: RobotState, command: Twist2D) -> float:
    """How long a stop takes after the command has held, for all that can be seen of it [s]."""
    fastest = max(abs(robot.speed), abs(command.v))
    return fastest / config.max_deceleration + _LAGS_TO_STOP * config.velocity_lag


def longest_stop(config: FilterConfig, robot: RobotState, command: Twist2D) -> tuple[float, float]:
    """Bounds of `way_to_stop`: how far it leads at most [m], and how long it takes [s]."""
    way = stopping_distance(config, max(abs(command.v), abs(robot.speed)))
    return way, config.hold_time + _stopping_time(config, robot, command)


def safe_share(
    config: FilterConfig,
    command: Twist2D,
    robot: RobotState,
    scene: Scene,
    inflation: float,
    barriers_now: NDArray[np.float64],
    normals_now: NDArray[np.float64],
    movers: Movers | None = None,
) -> Checked:
    """Largest tried share of the command after which the robot can stop short of everything.

    On the path of the command and of the stop after it no body barrier may fall below
    min(0, now), with hazards held still (their motion is in the rows), and no hazard that moves
    by itself may be met in front of the robot while that moves, whatever it does (docs/theory.md,
    eq. 17 and 20). Speed and yaw rate shrink together, so the robot stays on the same curve. A
    robot that could stop after the last command can stop now, so the share 0 keeps the promise.

    Args:
        config: the filter's parameters.
        command: the command to check.
        robot: state when it takes effect.
        scene: the hazards.
        inflation: body radius plus margins [m].
        barriers_now: (n,) body barriers at the robot's position [m].
        normals_now: (n, 2) unit normals there, from hazard to robot.
        movers: hazards that move by themselves and can reach the robot; None when none can.

    Returns:
        Share 1 when the command is fine as it is; 0 when not even a quarter of it is.
    """
    if movers is None and _is_plainly_safe(config, command, robot, barriers_now, normals_now):
        return Checked(1.0, None)
    met: str | None = None
    floor = np.minimum(barriers_now, 0.0) - _ROUNDING
    for share in _SHARES:
        tried = Twist2D(share * command.v, share * command.omega)
        way = way_to_stop(config, robot, tried)
        if not (scene.barriers(way.points, inflation).h >= floor).all():
            continue
        found = None if movers is None else met_on(movers, way)
        if found is None:
            return Checked(share, met)
        met = found
    return Checked(0.0, met)


def _is_plainly_safe(
    config: FilterConfig,
    command: Twist2D,
    robot: RobotState,
    barriers: NDArray[np.float64],
    normals: NDArray[np.float64],
) -> bool:
    """Whether the way to the stop is too short, or leads too far aside, to reach anything.

    A distance to a convex hazard is convex, h(p + d) >= h(p) + n . d, and on a way of length S on
    which the robot turns by at most D, n . d >= -S (max(0, -n . e) + D), with e the direction in
    which it sets out. Spares most cycles the roll-out.
    """
    if not len(barriers):
        return True
    way = stopping_distance(config, max(abs(command.v), abs(robot.speed)))
    if float(barriers.min()) > way:
        return True
    if command.v * robot.speed < 0.0:
        return False  # it sets out in one direction and goes on in the other
    omega = max(abs(command.omega), abs(robot.yaw_rate))
    reaction = config.hold_time + config.velocity_lag
    turn = omega * reaction + omega**2 / (2.0 * config.max_yaw_acceleration)
    forward = math.copysign(1.0, command.v + robot.speed)
    direction = np.array((forward * math.cos(robot.heading), forward * math.sin(robot.heading)))
    approach = np.maximum(turn - normals @ direction, 0.0)
    return bool((np.maximum(barriers, 0.0) >= way * approach).all())
