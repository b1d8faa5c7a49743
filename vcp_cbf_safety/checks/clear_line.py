"""Whether one line per hazard that moves by itself proves a command clear of all of them."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from vcp_cbf_safety.checks.near_hazards import NearHazard
from vcp_cbf_safety.checks.reachability import DIRECTIONS, MotionBounds, supports_along
from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.motion.braking import rolls_on, time_to_slow, turns_on
from vcp_cbf_safety.motion.prediction import Ahead
from vcp_cbf_safety.motion.response import respond_speed
from vcp_cbf_safety.motion.stop_pieces import longest_piece
from vcp_cbf_safety.motion.stopping_trajectory import highest_rates
from vcp_cbf_safety.motion.unicycle import RobotState, Twist2D

# Steps of the supports, first and where they do not tell; divisors of those of `reach_of`.
STEPS = (12, 24)

# Parts of the time after which hazard and robot are seen for further directions.
_LATER = (2.0 / 3.0, 1.0 / 3.0, 1.0)

# Rounding, in this look and in the full one [m].
_ROUNDING = 1e-6


def is_plainly_clear(
    config: FilterConfig,
    command: Twist2D,
    scale: float,
    starts: Sequence[Ahead],
    near: Sequence[NearHazard],
    inflation: float,
    duration: float,
) -> bool:
    """Whether a part of a command passes both looks of `LookAhead`, as far as one line can tell.

    Docs/theory.md, eq. 20c: a bound, for both looks, on what `foresight.depths` finds along one
    of its own directions. Spares most cycles the looks.

    Args:
        config: the filter's parameters.
        command: the whole command.
        scale: how much of it the robot is told.
        starts: states in which the robot may be when it takes effect, the expected one first.
        near: hazards that move by themselves.
        inflation: body radius and all that distances may be wrong by [m].
        duration: longest time until the robot stands [s].
    """
    hold, expected = config.hold_time, starts[0]
    _, omega = highest_rates(starts, command)
    looks = [(expected, hold + config.velocity_lag), *((start, hold) for start in starts)]
    told = Twist2D(scale * command.v, scale * command.omega)
    ways = [_way_of(config, told, omega, *look) for look in looks]
    # A robot that hardly rolls drives into nobody.
    ways = [way for way in ways if way.fastest > config.contact_speed]
    return not ways or all(
        any(
            _tells_apart(ways, each, angle, inflation, duration, steps)
            for angle, steps in _lines(expected.state, each.bounds, duration)
        )
        for each in near
    )


class _Way(NamedTuple):
    """Bounds of a way.

    Attributes:
        x, y: where it begins [m].
        course: in which direction the robot sets out [rad].
        right, left: from there to the outermost courses, the first not positive [rad].
        fastest: highest speed [m/s].
        longest: no longer is the way, until the robot stands [m].
        driven: how long it is at least when the robot is told to stop, and when it rolls no
            more; between them, and before, the robot has driven no less than a concave function
            of the time [m].
        times: when that is [s].
        pieces: longest time between two points of the full look, until the robot is told to stop
            and after it [s].
    """

    x: float
    y: float
    course: float
    right: float
    left: float
    fastest: float
    longest: float
    driven: tuple[float, float]
    times: tuple[float, float]
    pieces: tuple[float, float]


def _way_of(
    config: FilterConfig, command: Twist2D, omega: float, start: Ahead, hold: float
) -> _Way:
    """Bounds of the way of a robot that is told a command for a while, and then to stand.

    Args:
        config: lag and accelerations of the base.
        command: what it is told.
        omega: the highest yaw rate with which any of the stops may begin [rad/s].
        start: state in which it is at the beginning.
        hold: for how long it is told the command [s].
    """
    state, slow = start.state, config.contact_speed
    speed, yaw_rate = state.speed, state.yaw_rate
    fastest = max(abs(speed), abs(command.v))
    last, mean = respond_speed(config, speed, command.v, hold, start.limits)
    last, held = abs(last), abs(mean) * hold
    braked = time_to_slow(config, last, slow)
    whole = rolls_on(config, last)
    while_rolling = whole - rolls_on(config, min(last, slow))
    right, left = min(yaw_rate, command.omega, 0.0), max(yaw_rate, command.omega, 0.0)
    right = right * hold + turns_on(config, right)
    left = left * hold + turns_on(config, left)
    if speed * command.v < 0.0:  # it turns back
        right, left, held = -math.tau, math.tau, fastest * hold
    forward = speed + command.v > 0.0
    return _Way(
        state.x,
        state.y,
        state.heading if forward else state.heading + math.pi,
        right,
        left,
        fastest,
        held + whole,
        (min(held, abs(speed) * hold), held + while_rolling),
        (hold, hold + braked),
        (0.5 * hold, longest_piece(config, omega, max(abs(yaw_rate), abs(command.omega)))),
    )


def _lines(
    robot: RobotState, bounds: MotionBounds, duration: float
) -> Iterator[tuple[float, int]]:
    """Directions of the full look, from hazard to robot [rad], and how many steps to take."""
    towards = math.atan2(robot.y - bounds.y, robot.x - bounds.x)
    few, many = STEPS
    yield towards, few
    yield _direction_after(_LATER[0] * duration, robot, bounds), few
    yield towards, many
    for part in _LATER:
        yield _direction_after(part * duration, robot, bounds), many


def _direction_after(time: float, robot: RobotState, bounds: MotionBounds) -> float:
    """The one of the full look that is nearest to that from the hazard to the robot then [rad]."""
    ahead, since = robot.speed * time, bounds.since + time
    x = robot.x + ahead * math.cos(robot.heading) - bounds.x - bounds.vx * since
    y = robot.y + ahead * math.sin(robot.heading) - bounds.y - bounds.vy * since
    step = math.tau / DIRECTIONS
    return robot.heading + step * round((math.atan2(y, x) - robot.heading) / step)


def _tells_apart(
    ways: Sequence[_Way],
    hazard: NearHazard,
    angle: float,
    inflation: float,
    duration: float,
    steps: int,
) -> bool:
    """Whether a direction tells a hazard from the front of the robot on all of its ways."""
    supports = supports_along(hazard.bounds, angle, duration, steps)
    contact = hazard.radius + inflation
    return all(_is_beyond(way, angle, contact, supports, duration / steps) for way in ways)


def _is_beyond(
    way: _Way, angle: float, contact: float, supports: Sequence[float], step: float
) -> bool:
    """Whether the robot stays beyond the supports of a hazard along a direction.

    Supports are convex in time. What a robot that moves away has driven is concave, for the
    least bound of its speed never rises. So what is between them is least at the ends.
    """
    last = len(supports) - 1

    def support(time: float) -> float:
        """At a time, and a bound of it beyond the last of them."""
        index = min(int(time / step), last - 1)
        return supports[index] + (time / step - index) * (supports[index + 1] - supports[index])

    room = way.x * math.cos(angle) + way.y * math.sin(angle) - _ROUNDING
    aside = math.remainder(angle - way.course, math.tau)
    away = min(max(abs(aside - way.right), abs(aside - way.left)), math.pi)
    cosine = math.cos(away)
    (told, standing), (first, second) = way.times, way.pieces
    if cosine <= 0.0:  # it may come nearer, the nearest in the end
        end = min(standing + max(first, second), last * step)
        return room + cosine * way.longest - contact >= max(supports[0], support(end))
    room -= contact * math.sin(away)
    begin, end = room + cosine * way.driven[0], room + cosine * way.driven[1]
    return (
        room >= max(supports[0], support(first))
        and begin >= max(support(told), support(told + max(first, second)))
        and end >= max(support(standing), support(standing + second))
    )
