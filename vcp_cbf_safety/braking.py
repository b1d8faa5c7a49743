"""What a base can stop: the braking law and the commands within reach."""

import math
from collections.abc import Callable

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.constraints import positive_part
from vcp_cbf_safety.hazards import Array
from vcp_cbf_safety.unicycle import Twist2D

# Keeps the square root differentiable at zero [m^2/s^2]; no speed changes by more than 1e-9 m/s.
_SMOOTHING = 1e-18


def stoppable_speed(distance: Array, deceleration: Array, reaction_time: Array) -> Array:
    """Highest approach speed that can still be stopped within a distance (docs/theory.md, eq. 8).

    s(d) = -a tau + sqrt((a tau)^2 + 2 a d), the speed for which s tau + s^2 / (2 a) = d; zero at
    and below d = 0.

    Args:
        distance: free distance d, any shape [m].
        deceleration: a, positive [m/s^2].
        reaction_time: tau, time before the base brakes [s].

    Returns:
        Speed, same shape as distance [m/s].
    """
    reach = deceleration * reaction_time
    square = reach * reach + _SMOOTHING
    return (square + 2.0 * deceleration * positive_part(distance)) ** 0.5 - square**0.5


def reachable_interval(
    now: tuple[Array, Array],
    nominal: Array,
    speed_up: Array,
    limits: tuple[Array, Array],
    lowest: Callable[..., Array] = min,
    highest: Callable[..., Array] = max,
) -> tuple[Array, Array]:
    """Bounds of one component of the command (docs/theory.md, eq. 16).

    The filter asks for no more than the base reaches in one period, counted from where it is and
    from what it was told last. Towards standing still and towards the nominal command there is no
    such bound: a base that is told to stop stops as fast as it can by itself.

    Args:
        now: predicted value and last command.
        nominal: nominal value.
        speed_up: largest change in one period.
        limits: lowest and highest legal value, with zero between.
        lowest: least of its arguments; for tensors, elementwise.
        highest: greatest of its arguments.

    Returns:
        Lowest and highest value the program may choose; contains zero.
    """
    low = lowest(lowest(*now) - speed_up, nominal, 0.0)
    high = highest(highest(*now) + speed_up, nominal, 0.0)
    return highest(limits[0], low), lowest(limits[1], high)


def ramp_down(config: FilterConfig, command: Twist2D, elapsed: float) -> Twist2D:
    """Next command of a stop with the full deceleration.

    Args:
        config: decelerations of the base.
        command: what the base was told last.
        elapsed: time since then [s].
    """
    return Twist2D(
        _towards_zero(command.v, config.max_deceleration * elapsed),
        _towards_zero(command.omega, config.max_yaw_acceleration * elapsed),
    )


def _towards_zero(value: float, step: float) -> float:
    return math.copysign(max(abs(value) - step, 0.0), value) if abs(value) > step else 0.0
