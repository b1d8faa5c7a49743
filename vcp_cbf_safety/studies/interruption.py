"""Ctrl-C and its relatives as a flag, so that no process is started or forgotten half-way."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interruption:
    """Remembers the first signal that asked to stop."""

    def __init__(self) -> None:
        self.signal: int | None = None

    def check(self) -> None:
        """Raise KeyboardInterrupt if a signal has come."""
        if self.signal is not None:
            raise KeyboardInterrupt

    @property
    def exit_code(self) -> int:
        """What a shell expects of a process that was stopped by the signal."""
        return 0 if self.signal is None else 128 + self.signal


@contextmanager
def listening() -> Iterator[Interruption]:
    """Take SIGINT, SIGTERM and SIGHUP as flags while the block runs; main thread only."""
    interruption = Interruption()

    def remember(number: int, frame: FrameType | None) -> None:
        interruption.signal = interruption.signal or number

    before = {number: signal.signal(number, remember) for number in _SIGNALS}
    try:
        yield interruption
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
