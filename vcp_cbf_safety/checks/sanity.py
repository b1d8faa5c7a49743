"""What a cycle refuses: commands and states that are no sensible numbers, or come too late."""

import math

import numpy as np

from vcp_cbf_safety.body.disc import BodyDisc
from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.errors import InputError, InsideBodyError, LateCycleError, OldStateError
from vcp_cbf_safety.hazards.discs import MOTION, Motion, X, Y
from vcp_cbf_safety.motion.prediction import MEMORY, Prediction
from vcp_cbf_safety.motion.unicycle import CLOCK_TICK, LARGEST_NUMBER, RobotState, Twist2D

# No ground robot is faster [m/s, rad/s]; its way to standing would be beyond all maps.
_FASTEST = Twist2D(v=100.0, omega=100.0)

# Rounding of distances [m].
_ROUNDING = 1e-6


def check_numbers(nominal: Twist2D, robot: RobotState, goal: tuple[float, float] | None) -> None:
    """Raise InputError unless every number of command, state and goal is finite and sensible."""
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
    if goal is not None:
        numbers |= {'x of the goal': goal[0], 'y of the goal': goal[1]}
    for name, number in numbers.items():
        if not abs(number) <= LARGEST_NUMBER:
            raise InputError(f'{name} is {number}; it must be a number up to {LARGEST_NUMBER:g}')
    for name, number, limit, unit in (
        ('speed', robot.speed, _FASTEST.v, 'm/s'),
        ('yaw_rate', robot.yaw_rate, _FASTEST.omega, 'rad/s'),
    ):
        if abs(number) > limit:
            raise InputError(
                f'{name} of the robot state is {number} {unit}; no ground robot does more than '
                f'{limit:g} {unit}'
            )
    if robot.age < -CLOCK_TICK:
        raise InputError(f'age of the robot state is {robot.age} s; it must not be negative')


def is_late(config: FilterConfig, elapsed: float) -> bool:
    """Whether a command has been in force for longer than the hold time."""
    return elapsed > config.hold_time + CLOCK_TICK


def check_timing(config: FilterConfig, robot: RobotState, late: bool, elapsed: float) -> None:
    """Raise LateCycleError or OldStateError where too much time has passed.

    Args:
        config: hold time and actuation delay.
        robot: measured state and its age.
        late: whether this cycle must brake because it comes late.
        elapsed: time since the cycle before [s].
    """
    longest = MEMORY - config.actuation_delay
    if robot.age > longest:
        raise OldStateError(
            f'age of the robot state is {robot.age:.3g} s; it must not exceed {longest:g} s, for '
            'which the filter remembers what it told the base'
        )
    if late:
        raise LateCycleError(
            f'this cycle comes {elapsed:.3g} s after the one before; while the robot moves '
            f'it must not come later than {config.hold_time:g} s (period + period_jitter)'
        )


def check_apart(config: FilterConfig, prediction: Prediction) -> None:
    """Raise InsideBodyError where something has its centre inside the body, which nothing can.

    It must be there as it was seen and as it is predicted: a prediction may be wrong, and what was
    seen at different times may be apart at each of them. What a measured distance may be wrong
    by is allowed for.

    Args:
        config: discs of the body, and position_uncertainty.
        prediction: robot and hazards.
    """
    for disc in config.discs:
        _check_disc(config, prediction, disc)


def _check_disc(config: FilterConfig, prediction: Prediction, disc: BodyDisc) -> None:
    robot, seen = prediction.robot, prediction.seen
    surely = max(disc.radius - config.position_uncertainty - _ROUNDING, 0.0)
    x, y = (prediction.scene.centers - _place(disc, prediction.ahead)).T
    for index in np.flatnonzero(x * x + y * y < surely**2).tolist():
        place = seen.table[index, X : Y + 1].tolist()
        if math.dist(place, _place(disc, robot)) >= surely:
            continue
        distance = math.dist(place, (robot.x, robot.y))
        what, why = seen.names[index], 'perception may see the robot itself'
        if seen.table[index, MOTION] >= Motion.TWIST:
            what = f'peer {what}'
            why = 'the odometry of the two robots may have different origins'
        raise InsideBodyError(
            f'{what} is inside the body, {distance:.2f} m from its centre: {why}'
        )


def _place(disc: BodyDisc, robot: RobotState) -> tuple[float, float]:
    if disc.x == disc.y == 0.0:
        return robot.x, robot.y
    return disc.place(robot.x, robot.y, math.cos(robot.heading), math.sin(robot.heading))
