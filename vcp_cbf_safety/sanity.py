"""What a cycle refuses: commands and states that are no sensible numbers, or come too late."""

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.prediction import MEMORY
from vcp_cbf_safety.unicycle import LARGEST_NUMBER, RobotState, Twist2D

# How the reason begins that a cycle gives when it comes too late.
LATE_CYCLE = 'this cycle comes'

# Rounding of clocks is not lateness [s].
_CLOCK_TICK = 1e-6


def check_numbers(nominal: Twist2D, robot: RobotState) -> None:
    """Raise InputError unless every number of command and state is finite and sensible."""
    numbers = {
        'v of the nominal command': nominal.v,
        'omega of the nominal command': nominal.omega,
        'x of the robot state': robot.x,
        'y of the robot state': robot.y,
        'heading of the robot state': robot.heading,
        'speed of the robot state': robot.speed,
        'yaw_rate of the robot state': robot.yaw_rate,
        'age of the robot state': robot.age,
    }
    for name, number in numbers.items():
        if not abs(number) <= LARGEST_NUMBER:
            raise InputError(f'{name} is {number}; it must be a number up to {LARGEST_NUMBER:g}')
    if robot.age < 0.0:
        raise InputError(f'age of the robot state is {robot.age} s; it must not be negative')


def is_late(config: FilterConfig, elapsed: float) -> bool:
    """Whether a command has been in force for longer than the hold time."""
    return elapsed > config.hold_time + _CLOCK_TICK


def check_timing(config: FilterConfig, robot: RobotState, late: bool, elapsed: float) -> None:
    """Raise InputError where more time has passed than the filter knows about.

    Args:
        config: hold time and actuation delay.
        robot: measured state and its age.
        late: whether this cycle must brake because it comes late.
        elapsed: time since the cycle before [s].
    """
    longest = MEMORY - config.actuation_delay
    if robot.age > longest:
        raise InputError(
            f'age of the robot state is {robot.age:.3g} s; it must not exceed {longest:g} s, for '
            'which the filter remembers what it told the base'
        )
    if late:
        raise InputError(
            f'{LATE_CYCLE} {elapsed:.3g} s after the one before; while the robot moves '
            f'it must not come later than {config.hold_time:g} s (period + period_jitter)'
        )
