"""The filter beside a recorded robot that does not obey it, in cycles as the node has them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from vcp_cbf_safety.command import Outcome, SafeCommand
from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.hazards import Hazards
from vcp_cbf_safety.pose_history import PoseHistory
from vcp_cbf_safety.safety_filter import SafetyFilter
from vcp_cbf_safety.scanner import Scanner, ScannerConfig
from vcp_cbf_safety.studies.replay.bag import Bag, Timed
from vcp_cbf_safety.unicycle import RobotState, Twist2D

# Odometry and commands older than this [s] are not used, as with the node's defaults.
ODOM_TIMEOUT, CMD_TIMEOUT = 0.3, 0.5


@dataclass(slots=True)
class ShadowCycle:
    """One cycle.

    Attributes:
        time: since the recording began [s].
        robot: as the odometry said.
        nominal: what it was told.
        command: what the filter would have said.
        hazard: what shaped the command, or else what was nearest; '' when nothing was seen.
        bound: its centre [m]; None when nothing was seen.
        free: free distance of the body to that, without margins [m].
    """

    time: float
    robot: RobotState
    nominal: Twist2D
    command: SafeCommand
    hazard: str
    bound: tuple[float, float] | None
    free: float

    @property
    def untouched(self) -> bool:
        """Whether the nominal command would have passed."""
        return self.command.outcome is Outcome.NOMINAL

    @property
    def change(self) -> float:
        """By how much the speed would have been another one [m/s]."""
        return abs(self.nominal.v - self.command.v)


def play(
    recording: Bag, config: FilterConfig, told: Callable[[float], None]
) -> tuple[list[ShadowCycle], list[str]]:
    """Run the filter beside a recording.

    Args:
        recording: what a bag holds.
        config: the filter's parameters; cycles come once a period.
        told: hears how far it is [s].

    Returns:
        All cycles that had odometry and a nominal command, and faults of scans, once each.
    """
    scanners = {
        topic: Scanner(ScannerConfig(mount=mount), topic)
        for topic, mount in recording.mounts.items()
    }
    poses, safety_filter = PoseHistory(), SafetyFilter(config)
    events = _events(recording)
    now = begin = recording.odometry[0].received
    end = max(recording.odometry[-1].received, recording.nominal[-1].received)
    odom: Timed | None = None
    nominal: Timed | None = None
    moments, faults = [], {}
    pending = next(events, None)
    while now <= end:
        while pending is not None and pending[1].received <= now:
            what, timed = pending
            if what == 'odometry':
                odom = timed
                poses.note(timed.value, timed.stamp)
            elif what == 'nominal':
                nominal = timed
            else:
                try:
                    scanners[what].take(timed.value, poses)
                except InputError as error:
                    faults[_without_numbers(str(error))] = str(error)
            pending = next(events, None)
        fresh = odom is not None and now - odom.stamp <= ODOM_TIMEOUT
        if fresh and nominal is not None and now - nominal.received <= CMD_TIMEOUT:
            assert odom is not None
            robot = replace(odom.value, age=max(now - odom.stamp, 0.0))
            discs = [scanner.discs(now) for scanner in scanners.values()]
            hazards = Hazards(discs=discs)
            command = safety_filter.step(nominal.value, robot, hazards, config.period)
            moments.append(_moment(now - begin, robot, nominal.value, command, config))
            safety_filter.note_sent(config.within_limits(nominal.value), 0.0)
        told(now - begin)
        now += config.period
    return moments, list(faults.values())


def _events(recording: Bag) -> Iterator[tuple[str, Timed]]:
    merged = [('odometry', each) for each in recording.odometry]
    merged += [('nominal', each) for each in recording.nominal]
    merged += [(topic, each) for topic, scans in recording.scans.items() for each in scans]
    # Of what came at the same time, odometry counts first: a scan is placed by it.
    merged.sort(key=lambda event: (event[1].received, event[0] != 'odometry'))
    yield from merged


def _moment(
    time: float, robot: RobotState, nominal: Twist2D, command: SafeCommand, config: FilterConfig
) -> ShadowCycle:
    hazard, bound, free = '', None, float('nan')
    if command.record is not None and command.record.prediction.seen.names:
        seen = command.record.prediction.seen
        hazard = command.binding or ''
        if hazard not in seen.names:
            hazard = command.record.assembly.nearest or ''
        index = seen.names.index(hazard)
        x, y = seen.centers[index].tolist()
        bound = (x, y)
        away = float(np.hypot(x - robot.x, y - robot.y))
        free = away - float(seen.radii[index]) - config.body_radius
    shown = replace(command, record=None)
    return ShadowCycle(time, robot, nominal, shown, hazard, bound, free)


def _without_numbers(sentence: str) -> str:
    return ''.join(each for each in sentence if not each.isdigit())
