"""The largest scale of a command that passes a check."""

import math
from collections.abc import Callable
from typing import TypeVar

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.unicycle import Twist2D

Found = TypeVar('Found')

# Parts of the largest scale that are tried in turn. Between the first that passes and the one
# before it a better one is found, so finely.
_COARSE = (1.0, 0.75, 0.5, 0.25)
_FINEST = 1.0 / 64.0


def largest_scale(
    check: Callable[[float], Found | None], most: float = 1.0
) -> tuple[float, Found | None]:
    """Largest scale up to `most` that is found to pass, to 1/64 where larger scales fail.

    Args:
        check: what is wrong with a scale; None when nothing is.
        most: largest scale to try, positive.

    Returns:
        A scale that has itself been checked, or 0, which is not; and what is wrong with the next
        larger one that was tried, None when that scale is `most`.
    """
    good, bad, wrong = 0.0, most, None
    for part in _COARSE:
        found = check(most * part)
        if found is None:
            good = most * part
            break
        bad, wrong = most * part, found
    return (good, None) if wrong is None else _between(check, good, bad, wrong)


def gentle_scale(
    config: FilterConfig,
    command: Twist2D,
    last: Twist2D,
    check: Callable[[float], Found | None],
) -> tuple[float, Found | None]:
    """Largest scale that passes a check among those that change the speed no faster than the base.

    Args:
        config: accelerations of the base and period.
        command: what is to be scaled.
        last: what the base was told last.
        check: what is wrong with a scale; None when nothing is.

    Returns:
        A scale, the least of them where none passes, so it need not have passed; and what is wrong
        with the next larger one that was tried, None when that scale is the largest.
    """
    if command.v == 0.0:
        return 1.0, None
    forward, size = math.copysign(1.0, command.v), abs(command.v)
    told = max(forward * last.v, 0.0)
    high = (told + config.max_acceleration * config.period) / size
    low = max(told - config.max_deceleration * config.period, 0.0) / size
    bad = min(high, 1.0)
    wrong = check(bad)
    if wrong is None:
        return bad, None
    return _between(check, min(low, bad), bad, wrong)


def _between(
    check: Callable[[float], Found | None], good: float, bad: float, wrong: Found
) -> tuple[float, Found]:
    """Largest scale found by halving towards one that fails; what is wrong with the next."""
    while bad - good > _FINEST:
        middle = 0.5 * (good + bad)
        found = check(middle)
        if found is None:
            good = middle
        else:
            bad, wrong = middle, found
    return good, wrong
