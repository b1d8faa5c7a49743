"""What a cycle refuses: commands and states that are no sensible numbers."""

from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.unicycle import LARGEST_NUMBER, RobotState, Twist2D


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
