"""What a base can stop: the braking law and the commands within reach."""

import math
from collections.abc import Callable

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.constraints import positive_part
from vcp_cbf_safety.hazards import Array

# Keeps the square root differentiable at zero [m^2/s^2]; no speed changes by more than 1e-9 m/s.
SMOOTHING = 1e-18


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
    square = reach * reach + SMOOTHING
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


def next_of_stop(config: FilterConfig, speed: float, last: float) -> float:
    """Next speed command of a stop that brakes as hard as the base can (docs/theory.md, eq. 19).

    The command is ahead of the base by what the full deceleration takes away in one lag and one
    hold time: a base with that lag and that limit answers as if it were told to stand at once.

    Args:
        config: lag, deceleration and hold time of the base.
        speed: of the base when the command takes effect [m/s].
        last: speed command before this one; a stop never asks for more [m/s].

    Returns:
        Speed [m/s]; zero when the base is nearly there, or was told another direction.
    """
    lead = config.max_deceleration * (config.velocity_lag + config.hold_time)
    left = min(abs(speed) - lead, abs(last))
    return math.copysign(left, speed) if left > 0.0 and speed * last > 0.0 else 0.0
