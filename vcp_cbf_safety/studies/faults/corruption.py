"""What can happen to the messages of one topic on their way, without ROS."""

import copy
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

# Longest interval between two messages that a flood fills with copies [s].
_FLOODED_INTERVAL = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFault:
    """A fault of one line.

    Attributes:
        kind: a name in `KINDS`.
        amount: how much of it, in the unit that `KINDS` names.
        delay: how much later every message arrives [s].

    Raises:
        ValueError: if there is no such kind, or a number is not finite or negative where it may
            not be.
    """

    kind: str = 'pass'
    amount: float = 0.0
    delay: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f'kind is {self.kind!r}; it must be one of {", ".join(KINDS)}')
        if not math.isfinite(self.amount):
            raise ValueError(f'amount is {self.amount}; it must be finite')
        if not 0.0 <= self.delay < math.inf:
            raise ValueError(f'delay is {self.delay} s; it must not be negative')
        if self.kind == 'flood' and not self.amount > 0.0:
            raise ValueError(f'amount of a flood is {self.amount} Hz; it must be positive')


class Due(NamedTuple):
    """A message that leaves the line: when [s] and what."""

    time: float
    message: Any


class Line:
    """Passes the messages of one topic on, or does to them what the fault says.

    Attributes:
        injected: when the fault in force began to matter [s], None while it has not: the first
            altered message, or the last good one where messages are held back.
    """

    def __init__(self, seed: int = 0) -> None:
        self.injected: float | None = None
        self._fault = LineFault()
        self._origin: tuple[float, float, float] | None = None
        self._random = np.random.default_rng(seed)
        self._last: Due | None = None
        self._interval = _FLOODED_INTERVAL
        self._taken = -math.inf

    def apply(self, fault: LineFault) -> None:
        """Have a fault from now on."""
        self._fault, self.injected, self._origin = fault, None, None
        silent = fault.kind == 'restart' and fault.amount > 0.0
        if (silent or fault.kind in ('stop', 'freeze', 'stick')) and self._last is not None:
            self.injected = self._last.time

    def take(self, message: Any, now: float) -> list[Due]:
        """What leaves the line because of a message that enters it at a time [s]."""
        self._interval = min(now - self._taken, _FLOODED_INTERVAL)
        self._taken = now
        fault = self._fault
        leaving = [Due(each.time + fault.delay, each.message) for each in self._emit(message, now)]
        if fault.kind == 'pass' and not fault.delay:
            self._last = Due(now, message)
        elif self.injected is None:
            self.injected = now
        return leaving

    def _emit(self, message: Any, now: float) -> list[Due]:
        kind, amount = self._fault.kind, self._fault.amount
        if kind == 'stop' or (kind == 'lose' and self._random.random() < amount):
            return []
        if kind == 'restart':
            return self._restarted(message, now)
        if kind == 'freeze':
            return [Due(now, self._last.message)] if self._last else []
        if kind == 'stick':
            return [Due(now, _with_header(self._last.message, message))] if self._last else []
        if kind == 'flood':
            return [Due(now + k / amount, message) for k in range(round(self._interval * amount))]
        if kind in _ALTERATIONS:
            message = copy.deepcopy(message)
            _ALTERATIONS[kind](message, amount)
        return [Due(now, message)]

    def _restarted(self, message: Any, now: float) -> list[Due]:
        """Odometry of a driver that counts from where the robot is after a silence."""
        began = now if self.injected is None else self.injected
        if self._origin is None and now < began + self._fault.amount:
            return []
        message = copy.deepcopy(message)
        self._origin = self._origin or _pose(message)
        _put(message, self._origin)
        return [Due(now, message)]


def _pose(message: Any) -> tuple[float, float, float]:
    where = message.pose.pose
    heading = 2.0 * math.atan2(where.orientation.z, where.orientation.w)
    return where.position.x, where.position.y, heading


def _put(message: Any, origin: tuple[float, float, float]) -> None:
    """Write the pose as it is seen from an origin."""
    x, y, heading = _pose(message)
    x, y, turned = x - origin[0], y - origin[1], origin[2]
    where = message.pose.pose
    where.position.x = math.cos(turned) * x + math.sin(turned) * y
    where.position.y = math.cos(turned) * y - math.sin(turned) * x
    half = 0.5 * (heading - turned)
    where.orientation.z, where.orientation.w = math.sin(half), math.cos(half)


def _with_header(message: Any, newer: Any) -> Any:
    message = copy.deepcopy(message)
    message.header = newer.header
    return message


def _nan_position(message: Any, amount: float) -> None:
    message.pose.pose.position.x = math.nan


def _shifted(message: Any, amount: float) -> None:
    message.pose.pose.position.x += amount


def _teleported(message: Any, amount: float) -> None:
    message.pose.pose.position.x = amount
    message.pose.pose.position.y = 0.0


def _scaled_twist(message: Any, amount: float) -> None:
    message.twist.twist.linear.x *= amount


def _turned_twist(message: Any, amount: float) -> None:
    twist = message.twist.twist.linear
    seen = _pose(message)[2] - amount
    twist.x, twist.y = twist.x * math.cos(seen), twist.x * math.sin(seen)


def _restamped(message: Any, amount: float) -> None:
    message.header.stamp.sec += round(amount)


def _other_frame(message: Any, amount: float) -> None:
    message.header.frame_id = 'elsewhere'


def _nan_speed(message: Any, amount: float) -> None:
    message.linear.x = math.nan


def _huge(message: Any, amount: float) -> None:
    message.linear.x = message.angular.z = amount


_ALTERATIONS: Mapping[str, Callable[[Any, float], None]] = {
    'nan_position': _nan_position,
    'shift': _shifted,
    'teleport': _teleported,
    'scale_twist': _scaled_twist,
    'turn_twist': _turned_twist,
    'restamp': _restamped,
    'other_frame': _other_frame,
    'nan_speed': _nan_speed,
    'huge': _huge,
}

# Kinds of faults and the unit of their amount.
KINDS: Mapping[str, str] = {
    'pass': '',
    'stop': '',
    'freeze': '',
    'stick': '',
    'lose': 'share of the messages',
    'flood': 'Hz',
    'nan_position': '',
    'shift': 'm along x',
    'teleport': 'm, the x it is put to, at y = 0',
    'scale_twist': 'forward speed said, for each m/s',
    'turn_twist': 'rad, direction of the x axis that the twist is told in',
    'restart': 's of silence before poses count from where the robot is',
    'restamp': 's, whole seconds added to the stamp',
    'other_frame': '',
    'nan_speed': '',
    'huge': 'm/s and rad/s',
}
