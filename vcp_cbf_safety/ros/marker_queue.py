"""Messages with obstacle markers wait here and are read in slices, so that no cycle comes late."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from time import perf_counter
from typing import NamedTuple

from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.ros.marker_reader import begins_anew, read_markers
from vcp_cbf_safety.ros.obstacles import ObstacleStore
from vcp_cbf_safety.ros.polling import RawMessage

# The share of a period that one cycle spends on these messages.
_SHARE = 0.5
# A message that waits for longer than this is news no more; one that waits for less than that has
# been caught up with [s].
_TOO_LONG, _CAUGHT_UP = 0.5, 0.1
# So many messages, and bytes, may wait. A latched sender may have a thousand.
_MOST_MESSAGES, _MOST_BYTES = 5000, 1 << 26
# Somebody else than the control cycle looks for messages when it has not for so long [s].
IDLE = 0.1


class _Waiting(NamedTuple):
    number: int
    raw: bytes
    begins_anew: bool
    received: float  # monotonic time [s]
    ros_received: float  # ROS time [s], 0 while unknown


class MarkerQueue:
    """Reads messages into a store of obstacles, in the order in which they came.

    A message takes effect when all of it has been read; until then the obstacles that were known
    before stay in force. No message is left out, but for those that a later one makes void
    because it begins with DELETEALL of every namespace.

    Attributes:
        read_s: how long reading took for the newest message that has taken effect [s].
        delay_s: how long that message had waited until then [s].

    Args:
        store: where the obstacles are.
        ros_now: current ROS time [s], on the clock of the stamps; 0 while that clock is unknown.
    """

    def __init__(self, store: ObstacleStore, ros_now: Callable[[], float]) -> None:
        self.read_s = self.delay_s = 0.0
        self._store = store
        self._ros_now = ros_now
        self._take: Callable[[], Iterable[RawMessage]] = tuple
        self._polled = self._drained = -float('inf')
        self._count = 0
        self._lost = 0  # number of the newest message that was lost
        self._waiting: deque[_Waiting] = deque()
        self._bytes = 0
        self._reading: _Waiting | None = None
        self._steps: Iterator[None] = iter(())
        self._spent = 0.0
        self._is_behind = False
        self._broken = ''  # why the newest message that was read could not be

    def __len__(self) -> int:
        """How many messages have not taken effect, the one that is being read included."""
        return len(self._waiting) + (self._reading is not None)

    def connect(self, take: Callable[[], Iterable[RawMessage]]) -> None:
        """Take messages from here from now on."""
        self._take = take

    def poll(self, now: float) -> None:
        """Take what has arrived until a monotonic time [s], and read for a share of a period."""
        self._poll(now, _SHARE * min(self._store.config.period, IDLE))

    def poll_when_idle(self, now: float) -> None:
        """Poll unless that has been done lately: no control cycle does it."""
        if now - self._polled >= IDLE:
            self._poll(now, _SHARE * IDLE)

    @property
    def fault(self) -> str:
        """Why the obstacles are not those that were sent, '' when they are."""
        topic = self._store.topic
        if self._broken:
            return (
                f'a message on {topic} cannot be read, {self._broken}: look at its sender; the '
                'robot stands until a good one comes'
            )
        if self._lost:
            return (
                f'messages on {topic} were lost because too many waited, or with one that could '
                'not be read, so that obstacles may be missing; the robot stands until a message '
                'that begins with DELETEALL and an empty ns tells all of them again'
            )
        if self._is_behind:
            return (
                f'obstacles on {topic} come faster than they can be read, a message has waited '
                f'for more than {_TOO_LONG:g} s; send one SPHERE_LIST instead of many markers, or '
                'send less often'
            )
        return ''

    def _poll(self, now: float, seconds: float) -> None:
        ends = perf_counter() + seconds
        since = min(now - self._drained, now)
        self._polled = now
        for message in self._take():
            # Whatever the wall clock says, it came after the last look.
            waited = min(max(message.waited, 0.0), since)
            self._put(message.raw, now - waited, waited)
            if perf_counter() >= ends:
                break
        else:
            self._drained = now
        self._read(ends, now)
        oldest = self._reading or (self._waiting[0] if self._waiting else None)
        age = 0.0 if oldest is None else now - oldest.received
        self._is_behind = age > (_CAUGHT_UP if self._is_behind else _TOO_LONG)
        self._store.unread_since = float('inf') if oldest is None else oldest.received

    def _put(self, raw: bytes, received: float, waited: float) -> None:
        anew = begins_anew(raw)
        if anew:
            # The one that is being read is read to its end, or none ever would be.
            self._waiting.clear()
            self._bytes = 0
        ros_now = self._ros_now()
        ros_received = ros_now - waited if ros_now > 0.0 else 0.0
        self._count += 1
        self._waiting.append(_Waiting(self._count, raw, anew, received, ros_received))
        self._bytes += len(raw)
        while len(self._waiting) > _MOST_MESSAGES or self._bytes > _MOST_BYTES:
            dropped = self._waiting.popleft()
            self._bytes -= len(dropped.raw)
            self._lost = dropped.number

    def _read(self, ends: float, now: float) -> None:
        """Read until the stopwatch shows `ends` or nothing waits."""
        while self._reading is not None or self._waiting:
            message = self._reading or self._begin()
            started = perf_counter()
            is_done = self._go_on(message, ends)
            self._spent += perf_counter() - started
            if is_done:
                self._reading = None
                self.read_s, self.delay_s = self._spent, max(0.0, now - message.received)
            if perf_counter() >= ends:
                return

    def _begin(self) -> _Waiting:
        message = self._reading = self._waiting.popleft()
        self._bytes -= len(message.raw)
        self._spent = 0.0
        self._steps = self._store.taking(
            read_markers(message.raw), message.received, message.ros_received
        )
        return message

    def _go_on(self, message: _Waiting, ends: float) -> bool:
        """Go on with a message; True when it is done with."""
        try:
            for _ in self._steps:
                if perf_counter() >= ends:
                    return False
        except InputError as error:
            # It has had no effect, and what it made void is gone.
            self._broken = str(error)
            if message.begins_anew:
                self._lost = message.number
        else:
            self._broken = ''
            if message.begins_anew and message.number > self._lost:
                self._lost = 0
        return True
