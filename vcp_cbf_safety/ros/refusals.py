"""Obstacle markers that were refused: something is there that nobody can place."""

from collections.abc import Callable
from typing import NamedTuple

from vcp_cbf_safety.ros.said_once import SaidOnce

Key = tuple[str, int]

# So many refused markers, and so many warnings, are remembered one by one; a sender that numbers
# on and on could fill the memory.
MOST_REFUSED = 1000


class _Refusal(NamedTuple):
    why: str
    expires: float  # monotonic time [s], inf for never


class Refusals:
    """The refused markers by namespace and id.

    Args:
        warn: takes one sentence for each marker that is refused, once until it has been good for a
            while, also when it is deleted meanwhile.
    """

    def __init__(self, warn: Callable[[str], object]) -> None:
        self._said = SaidOnce(warn, MOST_REFUSED)
        self._refused: dict[Key, _Refusal] = {}
        self._more_until = -float('inf')

    def __len__(self) -> int:
        return len(self._refused)

    def copy(self) -> 'Refusals':
        """Refusals that can be changed without these; what has been said is said in both."""
        made = Refusals.__new__(Refusals)
        made._said = self._said
        made._refused = dict(self._refused)
        made._more_until = self._more_until
        return made

    @property
    def next_expiry(self) -> float:
        """Monotonic time when the first of them is over, inf for never [s]."""
        return min((each.expires for each in self._refused.values()), default=float('inf'))

    def add(self, key: Key, why: str, expires: float, now: float) -> None:
        """Take a refused marker.

        Args:
            key: its namespace and id.
            why: what is wrong with it, one sentence that names it.
            expires: monotonic time when its lifetime is over, inf for never [s].
            now: monotonic time of its receipt [s].
        """
        if key not in self._refused and len(self._refused) >= MOST_REFUSED:
            # Which ones these are is not known any more, so that only the last expiry ends it.
            self._more_until = max(self._more_until, expires)
            return
        self._refused[key] = _Refusal(why, expires)
        self._said.bad(key, f'refused as an obstacle: {why}', now)

    def accept(self, key: Key, now: float) -> None:
        """Take that a marker is good now."""
        self._refused.pop(key, None)
        self._said.good(key, now)

    def end(self, key: Key) -> None:
        """Forget a marker that is replaced or deleted."""
        self._refused.pop(key, None)

    def end_all(self, namespace: str) -> None:
        """Forget the markers of a namespace, those of every one when it is empty."""
        if not namespace:
            self._more_until = -float('inf')
        for key in [key for key in self._refused if namespace in ('', key[0])]:
            del self._refused[key]

    def expire(self, now: float) -> None:
        """Forget those whose lifetime is over at a monotonic time [s]."""
        self._refused = {k: each for k, each in self._refused.items() if each.expires > now}

    def sentence(self, now: float) -> str:
        """Why there is something that cannot be placed at a monotonic time [s], '' when not."""
        if self._more_until > now:
            return (
                f'more than {MOST_REFUSED} markers were refused as obstacles; delete all with '
                'DELETEALL and an empty ns'
            )
        if not self._refused:
            return ''
        first = next(iter(self._refused.values())).why
        others = len(self._refused) - 1
        more = f', and so are {others} more' if others else ''
        return (
            f'refused as an obstacle: {first}{more}; the robot stands until that is replaced, '
            'deleted or expires'
        )
