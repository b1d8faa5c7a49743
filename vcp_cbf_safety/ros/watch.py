"""One input that may fail and come back: no flapping, one line in the log each way."""

from collections.abc import Callable
from typing import NamedTuple


class Log(NamedTuple):
    """Where sentences for people go."""

    info: Callable[[str], object]
    warning: Callable[[str], object]


class Watch:
    """Remembers whether an input is good, with hysteresis.

    A fault counts at once. An input is good again only when it has been without fault for the
    recovery time and another message has come meanwhile, so that a source which is too slow does
    not start and stop the robot for ever.

    Args:
        what: the input, for people.
        log: takes one warning when it fails and one line when it is good again.
    """

    def __init__(self, what: str, log: Log) -> None:
        self._what = what
        self._log = log
        self._begin(0.0)

    def _begin(self, now: float) -> None:
        self._bad = True
        self._logged = False
        self._failed = now
        self._good_since: float | None = None
        self._good_from = 0

    def reset(self, now: float) -> None:
        """Start over: not good yet, and no news that it is not."""
        self._begin(now)

    def observe(self, fault: str, messages: int, recovery_time: float, now: float) -> str:
        """Take what one cycle sees.

        Args:
            fault: what is wrong with the input, '' for nothing.
            messages: how many messages it has sent.
            recovery_time: how long it must be good before it is relied on again [s].
            now: monotonic time [s].

        Returns:
            Why it cannot be relied on, '' when it can.
        """
        if fault:
            if not self._bad:
                self._bad, self._logged, self._failed = True, True, now
                self._log.warning(fault)
            self._good_since = None
            return fault
        if not self._bad:
            return ''
        if self._good_since is None:
            self._good_since, self._good_from = now, messages
        lasted = now - self._good_since >= recovery_time
        if lasted and (messages > self._good_from or recovery_time == 0.0):
            self._bad = False
            if self._logged:
                self._log.info(f'{self._what} is good again after {now - self._failed:.2f} s')
            return ''
        return (
            f'{self._what} is back; the robot drives on when it has been good for recovery_time '
            f'({recovery_time:g} s)'
        )
