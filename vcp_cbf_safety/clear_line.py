"""Whether one line per hazard that moves by itself proves a command clear of all of them."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.near_hazards import NearHazard
from vcp_cbf_safety.prediction import Ahead
from vcp_cbf_safety.reachability import DIRECTIONS, MotionBounds, supports_along
from vcp_cbf_safety.response import respond, time_to_zero
from vcp_cbf_safety.stop_pieces import longest_piece
from vcp_cbf_safety.unicycle import RobotState, Twist2D

# Steps of the supports; a divisor of those of `reach_of`.
STEPS = 12

# Part of the time after which hazard and robot are seen for a second direction.
_LATER = 1.0 / 3.0

# Rounding, in this look and in the full one [m].
_ROUNDING = 1e-6


def is_plainly_clear(
    config: FilterConfig,
    command: Twist2D,
    starts: Sequence[Ahead],
    near: Sequence[NearHazard],
    inflation: float,
    duration: float,
) -> bool:
    """Whether a command passes both looks of `look_ahead.LookAhead`, as one line can tell.

    Docs/theory.md, eq. 20c: a bound, for both looks, on what `foresight.depths` finds along one
    of its own directions. Spares most cycles the looks.

    Args:
        config: the filter's parameters.
        command: what the robot is told.
        starts: states in which the robot may be when it takes effect, the expected one first.
        near: hazards that move by themselves.
        inflation: body radius and all that distances may be wrong by [m].
        duration: longest time until the robot stands [s].
    """
    states = [start.state for start in starts]
    hold, least = config.hold_time, abs(command.omega)
    omega = max(least, *(abs(state.yaw_rate) for state in states))
    looks = ((states[:1], hold + config.velocity_lag), (states, hold))
    ways = [_way_of(config, command, omega, *look) for look in looks]
    # A robot that hardly rolls drives into nobody.
    ways = [way for way in ways if way.fastest > config.contact_speed]
    return not ways or all(
        any(
            _tells_apart(ways, each, angle, inflation, duration)
            for angle in _directions(states[0], each.bounds, duration)
        )
        for each in near
    )


class _Way(NamedTuple):
    """Bounds of the ways that some states lead to while the robot rolls.

    Attributes:
        places: where they begin [m].
        course: in which direction the first sets out [rad].
        right, left: from there to the outermost courses, the first not positive [rad].
        fastest: highest speed [m/s].
        until: when it is slower than the contact speed for good [s].
        longest: no way is longer, until it stands [m].
        least: no way is shorter, until it rolls no more [m].
        piece: longest time between two points that the full look takes [s].
    """

    places: list[tuple[float, float]]
    course: float
    right: float
    left: float
    fastest: float
    until: float
    longest: float
    least: float
    piece: float


def _way_of(
    config: FilterConfig,
    command: Twist2D,
    omega: float,
    states: Sequence[RobotState],
    hold: float,
) -> _Way:
    """Bounds of the ways of a robot that is told a command for a while, and then to stand.

    Args:
        config: lag and accelerations of the base.
        command: what it is told.
        omega: the highest yaw rate with which any stop may begin [rad/s].
        states: in which it may be at the beginning.
        hold: for how long it is told the command [s].
    """
    lag, braking, heading = config.velocity_lag, config.max_deceleration, states[0].heading
    speeds = [command.v, *[state.speed for state in states]]
    yaw_rates = [command.omega, *[state.yaw_rate for state in states]]
    sizes = [abs(speed) for speed in speeds]
    fastest, slowest = max(sizes), min(sizes)
    slow = config.contact_speed
    braked = time_to_zero(max(fastest - slow, 0.0), slow, lag, braking)
    if min(speeds) < 0.0 < max(speeds):
        right, left = -math.tau, math.tau  # it may turn back
    else:
        aside = [math.remainder(state.heading - heading, math.tau) for state in states]
        limit = config.max_yaw_acceleration
        right = min(aside) + _until_standing(min(0.0, *yaw_rates), hold, lag, limit)
        left = max(aside) + _until_standing(max(0.0, *yaw_rates), hold, lag, limit)
    return _Way(
        [(state.x, state.y) for state in states],
        heading if max(speeds) > 0.0 else heading + math.pi,
        right,
        left,
        fastest,
        hold + braked,
        _until_standing(fastest, hold, lag, braking),
        slowest * hold + _while_braking(slowest, braked, lag, braking)[0],
        longest_piece(
            config, hold, omega, min(max(abs(command.omega), abs(s.yaw_rate)) for s in states)
        ),
    )


def _while_braking(rate: float, time: float, lag: float, limit: float) -> tuple[float, float]:
    """What a rate that goes to zero adds up to in a time, and what is left of it."""
    if time == 0.0:
        return 0.0, rate
    left, mean = respond(rate, 0.0, time, lag, limit)
    return mean * time, left


def _until_standing(rate: float, hold: float, lag: float, limit: float) -> float:
    """What a rate adds up to that is kept for a while and then goes to zero, in the end."""
    time = abs(rate) / limit + lag
    added, left = _while_braking(rate, time, lag, limit)
    # By now the lag alone is slower than the limit.
    return rate * hold + added + left * lag


def _directions(robot: RobotState, bounds: MotionBounds, duration: float) -> Iterator[float]:
    """Two of the directions of the full look, from a hazard to the robot [rad]."""
    yield math.atan2(robot.y - bounds.y, robot.x - bounds.x)
    time, step = _LATER * duration, math.tau / DIRECTIONS
    ahead = robot.speed * time
    x = robot.x + ahead * math.cos(robot.heading) - bounds.x - bounds.vx * (bounds.since + time)
    y = robot.y + ahead * math.sin(robot.heading) - bounds.y - bounds.vy * (bounds.since + time)
    yield robot.heading + step * round((math.atan2(y, x) - robot.heading) / step)


def _tells_apart(
    ways: Sequence[_Way], hazard: NearHazard, angle: float, inflation: float, duration: float
) -> bool:
    """Whether a direction tells a hazard from the front of the robot on all of its ways."""
    supports = supports_along(hazard.bounds, angle, duration, STEPS)
    contact = hazard.radius + inflation
    return all(_is_beyond(way, angle, contact, supports, duration / STEPS) for way in ways)


def _is_beyond(
    way: _Way, angle: float, contact: float, supports: Sequence[float], step: float
) -> bool:
    """Whether the robot stays beyond the supports of a hazard along a direction.

    Supports are convex in time. What a robot that moves away has driven is concave, for the
    least bound of its speed never rises. So what is between them is least at the ends.
    """

    def support(time: float) -> float:
        """At a time, and a bound of it beyond the last of them."""
        index = min(int(time / step), STEPS - 1)
        return supports[index] + (time / step - index) * (supports[index + 1] - supports[index])

    x, y = math.cos(angle), math.sin(angle)
    room = min(x * px + y * py for px, py in way.places) - _ROUNDING
    aside = math.remainder(angle - way.course, math.tau)
    away = min(max(abs(aside - way.right), abs(aside - way.left)), math.pi)
    cosine = math.cos(away)
    if cosine <= 0.0:  # it may come nearer, the nearest in the end
        end = min(way.until + way.piece, STEPS * step)
        return room + cosine * way.longest - contact >= max(supports[0], support(end))
    room -= contact * math.sin(away)
    return room >= max(supports[0], support(way.piece)) and room + cosine * way.least >= max(
        support(way.until), support(way.until + way.piece)
    )
