"""The test pattern: steps of speed with ten stops from full speed, then steps of the yaw rate."""

from collections.abc import Sequence
from typing import NamedTuple

# Stops from full speed; the weakest of them says what the base can be trusted to do.
STOPS = 10

# Where the robot is asked for half of what it can, a gain shows beside a limit.
_HALF = 0.5
# A robot that is slow backwards takes longer to come back, so many times at most.
_LONGER = 3.0
# Stops from less than this of the fastest do not count.
_FAST = 0.7


class PatternStep(NamedTuple):
    """A command that holds for a while."""

    seconds: float
    v: float
    omega: float


def drive_pattern(speed: float, reverse: float, yaw_rate: float, hold: float) -> list[PatternStep]:
    """Steps to and fro, each followed by a stop, then steps of the yaw rate.

    Args:
        speed: full speed [m/s], positive.
        reverse: full speed backwards [m/s], positive; 0 for a robot that only drives ahead.
        yaw_rate: highest yaw rate [rad/s], positive.
        hold: how long each step holds, and each stop after it [s].
    """
    back, longer, stops = -reverse or speed, 1.0, 2
    if reverse < _FAST * speed:  # too slow for its stops to count
        longer = min(speed / reverse, _LONGER) if reverse else 1.0
        stops = 1 if reverse else 2
    there = [(speed, 1.0), (back, longer)]
    speeds = [*(there * (STOPS // stops)), (_HALF * speed, 1.0), (_HALF * back, longer)]
    rates = [yaw_rate, -yaw_rate, _HALF * yaw_rate, -_HALF * yaw_rate] * 2
    steps = [PatternStep(1.5, 0.0, 0.0)]
    for v, times in speeds:
        steps += [PatternStep(times * hold, v, 0.0), PatternStep(hold, 0.0, 0.0)]
    for omega in rates:
        steps += [PatternStep(hold, 0.0, omega), PatternStep(hold, 0.0, 0.0)]
    return steps


def seconds_of(steps: Sequence[PatternStep]) -> float:
    """How long a pattern takes [s]."""
    return sum(step.seconds for step in steps)


def reach_of(steps: Sequence[PatternStep]) -> float:
    """How far from its start the pattern leads at most, with half a step and a second more [m]."""
    x, furthest = 0.0, 0.0
    for step in steps:
        x += step.v * step.seconds
        furthest = max(furthest, abs(x))
    longest = max((abs(step.v * step.seconds) for step in steps), default=0.0)
    return furthest + 0.5 * longest + max(abs(step.v) for step in steps)


def command_at(steps: Sequence[PatternStep], time: float) -> PatternStep | None:
    """The step in force some time after the beginning [s]; None when the pattern is over."""
    for step in steps:
        if time < step.seconds:
            return step
        time -= step.seconds
    return None
