"""What filters made of recorded commands: untouched, changed, by how much, when and why."""

import bisect
import struct
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.sim.clearance import clearances
from vcp_cbf_safety.sim.mrclam import Dataset
from vcp_cbf_safety.studies.demo.heard import Heard

# A filter's cycle takes the newest nominal command that has arrived; one sent earlier than this
# [s of the wall clock] before the answer is not taken for its cause.
MATCHING_WINDOW = 1.0

# Changes closer together than this [s of the recording] are one.
_SAME_CHANGE = 0.5

# Outcomes of a filter that has no input to work with; no hazard is named then.
_BY_THE_NODE = ('braking', 'stopped', 'idle')


@dataclass(frozen=True, slots=True)
class ReplayedCycle:
    """One cycle of a filter.

    Attributes:
        time: recording time [s].
        untouched: whether the command was bit-identical to a nominal one sent just before.
        without_input: whether the filter said that it had no fresh input.
        speed, yaw_rate: difference to the newest nominal command [m/s, rad/s].
        why: hazard that shaped the command, or the filter's reason; '' for none.
    """

    time: float
    untouched: bool
    without_input: bool
    speed: float
    yaw_rate: float
    why: str


@dataclass(frozen=True, slots=True)
class Change:
    """A stretch of the recording in which a filter published something else than the nominal.

    Attributes:
        begin, end: recording times [s].
        cycles: how many commands were changed.
        speed, yaw_rate: largest differences to the nominal command [m/s, rad/s].
        why: name of the hazard that most often shaped the command, or the filter's reason.
        without_input: whether the filter had no fresh input.
    """

    begin: float
    end: float
    cycles: int
    speed: float
    yaw_rate: float
    why: str
    without_input: bool


@dataclass(frozen=True, slots=True)
class Approach:
    """The nearest that a robot came to anything: surface distance [m], time [s], to what."""

    distance: float
    time: float
    what: str


@dataclass(frozen=True, slots=True)
class RobotReport:
    """What a filter did with one robot's recording.

    Attributes:
        cycles: its cycles, in order.
        out_of_reach: how many commands it published while nothing was within reach and it had
            fresh input.
        out_of_reach_identical: how many of those were bit-identical to a nominal command.
        changes: what it changed and when.
        nearest: the nearest approach in the recording.
        diagnostics: the filter's last diagnostics.
    """

    cycles: tuple[ReplayedCycle, ...]
    out_of_reach: int
    out_of_reach_identical: int
    changes: tuple[Change, ...]
    nearest: Approach
    diagnostics: dict[str, str]

    @property
    def untouched_share(self) -> float:
        """Share of the cycles whose command was bit-identical to a nominal one."""
        return sum(each.untouched for each in self.cycles) / max(1, len(self.cycles))

    @property
    def without_input(self) -> int:
        """Cycles without fresh input, as the filter said."""
        return sum(each.without_input for each in self.cycles)

    def figures(self) -> dict[str, Any]:
        """As it goes into the JSON file."""
        return {
            'cycles': len(self.cycles),
            'untouched_share': round(self.untouched_share, 4),
            'without_input_cycles': self.without_input,
            'out_of_reach_cycles': self.out_of_reach,
            'out_of_reach_bit_identical': self.out_of_reach_identical,
            'changed': [
                {
                    'from_s': round(each.begin, 2),
                    'to_s': round(each.end, 2),
                    'cycles': each.cycles,
                    'max_speed_change_mps': round(each.speed, 4),
                    'max_yaw_rate_change_radps': round(each.yaw_rate, 4),
                    'why': each.why,
                    'without_input': each.without_input,
                }
                for each in self.changes
            ],
            'nearest_approach_m': round(self.nearest.distance, 4),
            'nearest_approach_s': round(self.nearest.time, 2),
            'nearest_approach_to': self.nearest.what,
            'solve_p50_ms': _number(self.diagnostics, 'solve_p50_ms'),
            'solve_p99_ms': _number(self.diagnostics, 'solve_p99_ms'),
            'tick_p99_ms': _number(self.diagnostics, 'tick_p99_ms'),
            'late_ticks': int(self.diagnostics.get('late_ticks', 0)),
        }


class Surfaces:
    """Distances between the surfaces of the recorded robots and landmarks, over time."""

    def __init__(
        self, dataset: Dataset, body_radius: float, landmark_radius: float, seconds: float
    ) -> None:
        begin = dataset.common_span[0]
        self.times = np.arange(0.0, seconds, 0.02)
        self._names = [robot.name for robot in dataset.robots]
        self._paths = [
            np.column_stack(
                [
                    np.interp(self.times + begin, robot.poses[:, 0], robot.poses[:, axis])
                    for axis in (1, 2)
                ]
            )
            for robot in dataset.robots
        ]
        self._landmarks = dataset.landmarks
        self._body_radius, self._landmark_radius = body_radius, landmark_radius

    def of(self, robot: str) -> tuple[NDArray[np.float64], list[str]]:
        """Distances (times, things) of a robot [m], and the names of the things."""
        own = self._paths[self._names.index(robot)]
        others = [name for name in self._names if name != robot]
        paths = [self._paths[self._names.index(name)] for name in others]
        landmarks = np.broadcast_to(self._landmarks[:, None], (len(self._landmarks), *own.shape))
        centers = np.concatenate((np.reshape(paths, (-1, *own.shape)), landmarks))
        radii = [self._body_radius] * len(others) + [self._landmark_radius] * len(landmarks)
        free, _ = clearances(own, self._body_radius, centers.swapaxes(0, 1), radii, None)
        return free, [*others, *(f'landmark {index}' for index in range(len(landmarks)))]

    def nearest(self, robot: str) -> Approach:
        """The nearest approach of a robot."""
        distances, names = self.of(robot)
        when, what = np.unravel_index(distances.argmin(), distances.shape)
        return Approach(float(distances[when, what]), float(self.times[when]), names[what])


def robot_report(heard: Heard, surfaces: Surfaces, robot: str, reach: float) -> RobotReport:
    """Compare a filter's commands with the nominal ones.

    Args:
        heard: messages of the robot's topics.
        surfaces: distances in the recording.
        robot: its name.
        reach: surface distance beyond which a hazard cannot shape a command [m].
    """
    cycles = judged(heard)
    free = surfaces.of(robot)[0].min(axis=1)
    distances = np.interp([each.time for each in cycles], surfaces.times, free)
    far = [
        each.untouched
        for each, distance in zip(cycles, distances, strict=True)
        if distance > reach and not each.without_input
    ]
    return RobotReport(
        cycles=tuple(cycles),
        out_of_reach=len(far),
        out_of_reach_identical=sum(far),
        changes=tuple(_changes(cycles)),
        nearest=surfaces.nearest(robot),
        diagnostics=heard.diagnostics,
    )


def judged(heard: Heard) -> list[ReplayedCycle]:
    """Each answer beside the nominal commands sent before it and the state published with it.

    A filter publishes the state of a cycle after its command, so the state in force is the last
    one before the next command.
    """
    cycles = []
    sent_at = [each.wall for each in heard.sent]
    states = sorted(heard.states)
    state_at = [each.wall for each in states]
    nexts = [*(each.wall for each in heard.answers), np.inf][1:]
    for answer, following in zip(heard.answers, nexts, strict=True):
        count = bisect.bisect_right(sent_at, answer.wall)
        state = states[bisect.bisect_left(state_at, following) - 1] if states else None
        if count == 0 or state is None:
            continue
        newest = heard.sent[count - 1]
        causes = heard.sent[bisect.bisect_left(sent_at, answer.wall - MATCHING_WINDOW) : count]
        command = (answer.v, answer.omega)
        no_hazard = state.outcome in _BY_THE_NODE and not state.binding
        cycles.append(
            ReplayedCycle(
                time=newest.time,
                untouched=any(same_bits(command, (each.v, each.omega)) for each in causes),
                without_input=no_hazard,
                speed=abs(answer.v - newest.v),
                yaw_rate=abs(answer.omega - newest.omega),
                why=state.reason if no_hazard else state.binding,
            )
        )
    return cycles


def same_bits(first: tuple[float, float], second: tuple[float, float]) -> bool:
    """Whether two commands are the same to the last bit; 0.0 and -0.0 are not."""
    return struct.pack('<2d', *first) == struct.pack('<2d', *second)


def _changes(cycles: Sequence[ReplayedCycle]) -> list[Change]:
    """Stretches of changed commands, those for want of input apart from those for a hazard."""
    stretches: list[list[ReplayedCycle]] = []
    for cycle in cycles:
        if cycle.untouched:
            continue
        last = stretches[-1][-1] if stretches else None
        if (
            last is not None
            and cycle.time - last.time <= _SAME_CHANGE
            and cycle.without_input == last.without_input
        ):
            stretches[-1].append(cycle)
        else:
            stretches.append([cycle])
    return [
        Change(
            begin=stretch[0].time,
            end=stretch[-1].time,
            cycles=len(stretch),
            speed=max(each.speed for each in stretch),
            yaw_rate=max(each.yaw_rate for each in stretch),
            why=Counter(each.why for each in stretch).most_common(1)[0][0],
            without_input=stretch[0].without_input,
        )
        for stretch in stretches
    ]


def _number(diagnostics: dict[str, str], key: str) -> float | None:
    return float(diagnostics[key]) if key in diagnostics else None
