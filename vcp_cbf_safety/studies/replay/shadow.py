"""The filter beside a recorded robot that does not obey it, in cycles as the node has them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.command import Outcome, SafeCommand
from vcp_cbf_safety.motion.unicycle import RobotState, Twist2D
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.safety_filter import SafetyFilter
from vcp_cbf_safety.studies.replay.bag import Bag, Timed
from vcp_cbf_safety.studies.replay.near import NOTHING, NearestThing, near_of
from vcp_cbf_safety.studies.replay.world import RecordedWorld

# So long before a span of cycles everything is read as if it began there [s]; markers and fixed
# transforms, which may hold for good, from the begin of the recording.
WARM_UP = 10.0
# The filter itself remembers for no longer what it told the base [s].
_FILTER_MEMORY = 2.0
# Of each stretch of time of this length [s] the closest moment keeps what was around it.
_STRETCH = 1.0

_ODOMETRY, _NOMINAL, _SENT = 'odometry', 'nominal', 'sent'


class Span(NamedTuple):
    """Cycles from the first up to the last but one, counted from the begin of the recording."""

    first: int
    last: int


@dataclass(slots=True)
class ShadowCycle:
    """One cycle.

    Attributes:
        time: since the recording began [s].
        robot: as the odometry said.
        nominal: what it was told.
        command: what the filter would have said, without its record.
        shaped: the hazard that shaped the command, or else the nearest.
        nearest: the hazard with the smallest barrier.
        around: (n, 3) centres and radii of what was seen [m], at the closest moments only.
    """

    time: float
    robot: RobotState
    nominal: Twist2D
    command: SafeCommand
    shaped: NearestThing = NOTHING
    nearest: NearestThing = NOTHING
    around: NDArray[np.float32] | None = None

    @property
    def untouched(self) -> bool:
        """Whether the nominal command would have passed."""
        return self.command.outcome is Outcome.NOMINAL

    @property
    def change(self) -> float:
        """By how much the speed would have been another one [m/s]."""
        return abs(self.nominal.v - self.command.v)


@dataclass(slots=True)
class Played:
    """What came out.

    Attributes:
        cycles: all that had odometry and a nominal command.
        faults: what could not be used, one sentence each.
    """

    cycles: list[ShadowCycle] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


# Told of every cycle with its whole command: when [s since the epoch], and what came out.
Listener = Callable[[float, ShadowCycle, SafeCommand], None]


def cycles_in(recording: Bag, period: float) -> int:
    """How many cycles a recording has."""
    begin, end = recording.odometry[0].received, recording.odometry[-1].received
    return int((max(end, recording.nominal[-1].received) - begin) / period) + 1


def play(
    recording: Bag,
    settings: NodeSettings,
    spans: Sequence[Span],
    told: Callable[[int], object] = lambda cycle: None,
    listener: Listener = lambda time, cycle, command: None,
) -> Played:
    """Run the filter beside a recording.

    Args:
        recording: what a bag holds.
        settings: the parameters; cycles come once a period of the filter.
        spans: which cycles, in order.
        told: hears of which cycle it is at.
        listener: see `Listener`.
    """
    config, begin = settings.filter, recording.odometry[0].received
    played, closest = Played(), dict[int, ShadowCycle]()
    windows = [
        (begin + config.period * span.first - WARM_UP, begin + config.period * span.last)
        for span in spans
    ]
    inputs = _Inputs(recording, settings, windows)
    warm = round(_FILTER_MEMORY / config.period)
    safety_filter, reached = SafetyFilter(config), 0
    for span in spans:
        if span.first - reached > warm:
            safety_filter, reached = SafetyFilter(config), span.first - warm
        for number in range(reached, span.last):
            now = begin + config.period * number
            inputs.advance(now)
            if number >= span.first:
                told(number)
            if not inputs.are_fresh(now):
                continue
            if number >= span.first:
                cycle, command = _step(safety_filter, inputs, settings, now)
                cycle.time = now - begin
                played.cycles.append(cycle)
                listener(now, cycle, command)
                _keep_closer(closest, cycle)
            # Whatever it would have said, the base followed something else.
            elapsed = 0.0 if number >= span.first else config.period
            safety_filter.note_sent(config.within_limits(inputs.sent), elapsed)
        reached = span.last
    played.faults = [*inputs.world.faults.values()]
    return played


class _Inputs:
    """What had come at a time.

    Attributes:
        world: what is around the robot.
    """

    def __init__(
        self, recording: Bag, settings: NodeSettings, windows: Sequence[tuple[float, float]]
    ) -> None:
        self.world = RecordedWorld(recording, settings)
        self._settings = settings
        self._events = _events(recording, windows)
        self._next = next(self._events, None)
        self._odom: Timed | None = None
        self._nominal: Timed | None = None
        self._sent: Twist2D | None = None

    @property
    def nominal(self) -> Twist2D:
        """The newest command."""
        assert self._nominal is not None
        command: Twist2D = self._nominal.value
        return command

    @property
    def sent(self) -> Twist2D:
        """What the base follows."""
        return self.nominal if self._sent is None else self._sent

    def robot(self, now: float) -> RobotState:
        """The newest state, with its age at a time [s]."""
        assert self._odom is not None
        state: RobotState = self._odom.value
        return replace(state, age=max(now - self._odom.stamp, 0.0))

    def are_fresh(self, now: float) -> bool:
        """Whether odometry and command are no older than the filter wants them at a time [s]."""
        odom, nominal, settings = self._odom, self._nominal, self._settings
        if odom is None or nominal is None or now - odom.stamp > settings.odom_timeout:
            return False
        return now - nominal.received <= settings.cmd_timeout

    def advance(self, now: float) -> None:
        """Take what has come until a time [s]."""
        while self._next is not None and self._next[0] <= now:
            _, what, timed = self._next
            if what == _ODOMETRY:
                self._odom = timed
                self.world.poses.note(timed.value, timed.stamp)
            elif what == _NOMINAL:
                self._nominal = timed
            elif what == _SENT:
                self._sent = timed.value
            else:
                self.world.take(what, timed)
            self._next = next(self._events, None)


def _step(
    safety_filter: SafetyFilter, inputs: _Inputs, settings: NodeSettings, now: float
) -> tuple[ShadowCycle, SafeCommand]:
    robot, nominal = inputs.robot(now), inputs.nominal
    around, period = inputs.world.look(now, robot), settings.filter.period
    if around.brake:
        command = safety_filter.brake(around.brake, period)
    else:
        command = safety_filter.step(nominal, robot, around.hazards, period)
    return _cycle(robot, nominal, command, settings), command


def _events(
    recording: Bag, windows: Sequence[tuple[float, float]]
) -> Iterator[tuple[float, str, Timed]]:
    """Everything that counts in some windows of time, in the order of receipt."""
    topics = recording.topics
    fixed = (topic for topic, holds in topics.transforms.items() if holds)
    lasting = {*topics.obstacles, *fixed}
    named = {
        _ODOMETRY: recording.odometry, _NOMINAL: recording.nominal, _SENT: recording.sent,
        **recording.others,
    }  # fmt: skip
    found = []
    # Of what came at the same time, odometry counts first: a scan is placed by it.
    for what, all_of_it in named.items():
        kept = all_of_it
        if what not in lasting:
            times = np.array([timed.received for timed in all_of_it])
            edges = [np.searchsorted(times, window).tolist() for window in windows]
            numbers = {number for low, high in edges for number in range(low, high + 1)}
            kept = [all_of_it[i] for i in sorted(numbers) if i < len(all_of_it)]
        found.append([(timed.received, what, timed) for timed in kept])
    yield from sorted(chain.from_iterable(found), key=itemgetter(0))


def _cycle(
    robot: RobotState, nominal: Twist2D, command: SafeCommand, settings: NodeSettings
) -> ShadowCycle:
    record = command.record
    cycle = ShadowCycle(0.0, robot, nominal, command)
    if record is None:
        return cycle
    names = record.assembly.names
    if names:
        nearest = int(record.assembly.body_barriers.argmin())
        cycle.nearest = cycle.shaped = near_of(record, nearest, robot, settings)
        if command.binding in names and command.binding != names[nearest]:
            index = names.index(command.binding)
            cycle.shaped = near_of(record, index, robot, settings)
        seen = record.prediction.seen
        cycle.around = np.column_stack((seen.centers, seen.radii)).astype(np.float32)
    cycle.command = replace(command, record=None)
    return cycle


def _keep_closer(closest: dict[int, ShadowCycle], cycle: ShadowCycle) -> None:
    """Forget what was around, but at the closest moment of each stretch of time."""
    if cycle.around is None:
        return
    before = closest.setdefault(int(cycle.time / _STRETCH), cycle)
    if cycle.command.min_barrier < before.command.min_barrier:
        before.around = None
        closest[int(cycle.time / _STRETCH)] = cycle
    elif cycle is not before:
        cycle.around = None
