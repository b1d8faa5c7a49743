"""How old messages are by their stamps, and which stamps are no use."""

import math
from collections.abc import Callable
from typing import Any

# Clocks of two computers differ by this much in everyday life [s].
_TOLERANCE = 0.05
# A message that is up to this much older than the one before was overtaken on its way [s].
_OVERTAKEN = 0.2
# A clock that was wrong is trusted again when a message seems to take no longer than this [s].
_LONGEST_TRANSPORT = 1.0


class StampReader:
    """Reads the stamps of one topic.

    A stamp of zero means that nobody set it, and the message counts from its receipt. So it does
    when the stamp lies in the future, or when it got older faster than time passes because a clock
    has jumped, until the stamps make sense again; that is one warning each time. Any other old
    stamp is believed: the message is old.

    Args:
        topic: name for the warning.
        ros_now: current ROS time [s], on the clock of the stamps; 0 while that clock is unknown.
        warn: takes a sentence.
    """

    def __init__(
        self, topic: str, ros_now: Callable[[], float], warn: Callable[[str], object]
    ) -> None:
        self._topic = topic
        self._ros_now = ros_now
        self._warn = warn
        self._trusted = True
        self._last = 0.0
        self._last_age = math.inf
        self._last_receipt = -math.inf

    def age(self, stamp: Any, received: float, waited: float = 0.0) -> float | None:
        """How old the content of a message was at its receipt [s].

        Args:
            stamp: builtin_interfaces/Time of the message.
            received: monotonic time of its receipt [s].
            waited: how long ago it was received [s].

        Returns:
            The age, 0 when the stamp is no use; None for a message that was overtaken by the one
            before, which is to be ignored.
        """
        seconds = stamp.sec + 1e-9 * stamp.nanosec
        now = self._ros_now()
        if seconds == 0.0 or now == 0.0:
            return 0.0
        age, back = now - waited - seconds, self._last - seconds
        impossible = age - self._last_age - (received - self._last_receipt)
        sane = -_TOLERANCE <= age <= _LONGEST_TRANSPORT
        if self._trusted and 0.0 < back <= _OVERTAKEN and sane:
            return None
        self._last, self._last_age, self._last_receipt = seconds, age, received
        if age < -_TOLERANCE:
            self._distrust(f'{-age:.3f} s in the future')
        elif back > _TOLERANCE:
            self._distrust(f'{back:.3f} s before the stamp of the message before')
        elif impossible > _LONGEST_TRANSPORT:
            self._distrust(f'{age:.3f} s old all at once, so a clock has jumped')
        elif sane:
            self._trusted = True
        return max(age, 0.0) if self._trusted else 0.0

    def _distrust(self, how: str) -> None:
        if self._trusted:
            self._warn(
                f'the stamp of a message on {self._topic} is {how}; its messages count from their '
                'receipt until the stamps make sense again'
            )
        self._trusted = False
