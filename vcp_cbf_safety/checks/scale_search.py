"""The largest scale of a command that passes a check."""

from collections.abc import Callable
from typing import TypeVar

Found = TypeVar('Found')

# Parts of the largest scale that are tried in turn. Between the first that passes and the one
# before it a better one is found, so finely.
COARSE = (1.0, 0.75, 0.5, 0.25)
FINEST = 1.0 / 64.0


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
    for part in COARSE:
        found = check(most * part)
        if found is None:
            good = most * part
            break
        bad, wrong = most * part, found
    return (good, None) if wrong is None else _between(check, good, bad, wrong)


def _between(
    check: Callable[[float], Found | None], good: float, bad: float, wrong: Found
) -> tuple[float, Found]:
    """Largest scale found by halving towards one that fails; what is wrong with the next."""
    while bad - good > FINEST:
        middle = 0.5 * (good + bad)
        found = check(middle)
        if found is None:
            good = middle
        else:
            bad, wrong = middle, found
    return good, wrong
