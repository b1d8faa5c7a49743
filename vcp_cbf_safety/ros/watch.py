"""One input that may fail and come back: no flapping, one line in the log each way."""

from collections.abc import Callable
from typing import NamedTuple


class Log(NamedTuple):
    """Where sentences for people go."""

    info: Callable[[str], object]
    warning: Callable[[str], object]
    debug: Callable[[str], object] = lambda sentence: None


class Watch:
    """Remembers whether an input is good, with hysteresis.

    A fault counts at once. An input that failed is good again only when it has been without fault
    for the recovery time and another message has come meanwhile, so that a source which is too
    slow does not start and stop the robot for ever. One that nothing has come from yet has not
    failed: its first good message is enough.

    Args:
        what: the input, for people.
        log: takes one warning when it fails and one line when it is good again.
    """

    def __init__(self, what: str, log: Log) -> None:
        self._what = what
        self._log = log
        self.reset()

    def reset(self) -> None:
        """Start over: nothing has failed."""
        self._failed: float | None = None
        self._good_since: float | None = None
        self._good_from = 0

    def observe(
        self,
        fault: str,
        messages: int,
        recovery_time: float,
        now: float,
        *,
        awaited: bool = False,
    ) -> str:
        """Take what one cycle sees.

        Args:
            fault: what is wrong with the input, '' for nothing.
            messages: how many messages it has sent.
            recovery_time: how long it must be good before it is relied on again [s].
            now: monotonic time [s].
            awaited: whether the fault is only that the first message has not come yet.

        Returns:
            Why it cannot be relied on, '' when it can.
        """
        if fault:
            self._good_since = None
            if self._failed is None and not awaited:
                self._failed = now
                self._log.warning(fault)
            return fault
        if self._failed is None:
            return ''
        if self._good_since is None:
            self._good_since, self._good_from = now, messages
        lasted = now - self._good_since >= recovery_time
        if lasted and (messages > self._good_from or recovery_time == 0.0):
            self._log.info(f'{self._what} is good again after {now - self._failed:.2f} s')
            self.reset()
            return ''
        return (
            f'{self._what} is back; the robot drives on when it has been good for recovery_time '
            f'({recovery_time:g} s)'
        )
