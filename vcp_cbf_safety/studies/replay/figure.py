"""Pictures of a replay: where the filter would have acted, when, and moments close up."""

import math
from collections.abc import Sequence
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Polygon
from numpy.typing import NDArray

from vcp_cbf_safety.body.disc import BodyDisc, containing_radius
from vcp_cbf_safety.colors import CONTACT, OBSTACLE, OUTCOME_COLORS
from vcp_cbf_safety.command import Outcome
from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.frames.planar import Planar
from vcp_cbf_safety.motion.pose_history import PoseHistory
from vcp_cbf_safety.motion.unicycle import RobotState
from vcp_cbf_safety.ros.scan_reader import laser_scan_of
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.sensing.laser_scan import Returns, points_of
from vcp_cbf_safety.studies.replay.bag import Bag, stamp_of
from vcp_cbf_safety.studies.replay.shadow import ShadowCycle

mpl.use('Agg')
import matplotlib.pyplot as plt

_NOMINAL, _CHANGED = OUTCOME_COLORS['nominal'], OUTCOME_COLORS['filtered']
# How many points of how many scans are drawn.
_MOST_POINTS, _MOST_SCANS = 40_000, 1_000
# What has at least this radius [m] is no point; at most so many of these are drawn.
_LARGE, _MOST_LARGE = 0.05, 500
# Cycles further apart than this [s] do not follow each other.
_GAP = 0.3


class DrawnBody(NamedTuple):
    """The robot's body.

    Attributes:
        discs: those that cover it.
        outline: corners of its footprint [m]; none without one.
    """

    discs: tuple[BodyDisc, ...]
    outline: tuple[tuple[float, float], ...] = ()


def draw_replay(
    path: Path, points: NDArray[np.float64], cycles: Sequence[ShadowCycle], body: DrawnBody
) -> None:
    """Write the picture.

    Args:
        path: file to write.
        points: (n, 2) what was seen [m].
        cycles: all of them.
        body: of the robot.
    """
    figure, (world, near) = plt.subplots(1, 2, figsize=(12.0, 6.2), layout='constrained')
    track = np.array([(m.robot.x, m.robot.y) for m in cycles])
    changed = np.array([not m.untouched for m in cycles])
    for axes in (world, near):
        axes.plot(*points.T, ',', color=OBSTACLE, rasterized=True)
        axes.plot(*track.T, '-', color=_NOMINAL, lw=1.2, label='nominal passed')
        axes.plot(*track[changed].T, '.', color=_CHANGED, ms=4, label='filter would have acted')
        axes.set_aspect('equal')
        axes.set_xlabel('x [m]')
        axes.set_ylabel('y [m]')
    world.legend(loc='best', fontsize=9)
    world.set_title('Where the robot was, and what it saw')
    strongest = max(cycles, key=lambda cycle: cycle.change)
    for x, y, radius in _large_discs(cycles):
        world.add_patch(Circle((x, y), radius, color=OBSTACLE, alpha=0.6))
    seen = min(
        (cycle for cycle in cycles if cycle.around is not None),
        key=lambda cycle: abs(cycle.time - strongest.time),
        default=strongest,
    )
    _close_up(near, strongest, body, seen.around)
    near.set_title(
        f'Strongest intervention, at {strongest.time:.1f} s: {strongest.nominal.v:.2f} to '
        f'{strongest.command.v:.2f} m/s'
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_png(figure))


def timeline(cycles: Sequence[ShadowCycle]) -> bytes:
    """A picture of outcomes, barriers and speeds over time, as PNG."""
    figure, (outcomes, barriers, speeds) = plt.subplots(
        3, 1, figsize=(11.0, 6.0), sharex=True, layout='constrained', height_ratios=(1, 2, 2)
    )
    times = np.array([cycle.time for cycle in cycles])
    for outcome, runs in _runs(cycles).items():
        color = OUTCOME_COLORS[str(outcome)]
        outcomes.broken_barh(runs, (0.0, 1.0), color=color, lw=0.3, label=str(outcome))
    outcomes.set_yticks([])
    outcomes.set_ylim(0.0, 1.0)
    outcomes.legend(loc='lower left', bbox_to_anchor=(0.0, 1.0), ncols=4, frameon=False)
    barriers.plot(times, [c.command.min_barrier for c in cycles], color=_NOMINAL, lw=1.0)
    barriers.axhline(0.0, color=CONTACT, lw=0.8)
    barriers.set_ylabel('smallest barrier [m]')
    speeds.plot(times, [c.nominal.v for c in cycles], color=_NOMINAL, lw=1.0, label='nominal v')
    speeds.plot(times, [c.command.v for c in cycles], color=_CHANGED, lw=1.0, label='safe v')
    speeds.set_xlabel('time [s]')
    speeds.set_ylabel('speed [m/s]')
    speeds.legend(loc='best', fontsize=9)
    for axes in (barriers, speeds):
        axes.grid(alpha=0.3)
    return _png(figure)


def _runs(cycles: Sequence[ShadowCycle]) -> dict[Outcome, list[tuple[float, float]]]:
    """When each outcome began, and for how long it stayed [s]."""
    found: dict[Outcome, list[tuple[float, float]]] = {}
    begin = cycles[0]
    for cycle, after in pairwise([*cycles, cycles[-1]]):
        # The last of all, another outcome, or a gap ends a run.
        goes_on = after.command.outcome is cycle.command.outcome and after is not cycle
        if not goes_on or after.time - cycle.time > _GAP:
            runs = found.setdefault(cycle.command.outcome, [])
            runs.append((begin.time, cycle.time - begin.time))
            begin = after
    return {outcome: found[outcome] for outcome in Outcome if outcome in found}


def moment(points: NDArray[np.float64], cycle: ShadowCycle, body: DrawnBody) -> bytes:
    """A picture of one cycle with what shaped its command, as PNG."""
    figure = plt.figure(figsize=(3.6, 3.6))
    axes = figure.add_axes((0.14, 0.09, 0.84, 0.89))
    axes.set_aspect('equal')
    _close_up(axes, cycle, body, cycle.around)
    (low, high), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    x, y = points.T
    shown = (x > low) & (x < high) & (y > bottom) & (y < top)
    axes.plot(*points[shown].T, ',', color=OBSTACLE, rasterized=True)
    return _png(figure)


def _png(figure: Figure) -> bytes:
    """The picture as bytes; it is closed."""
    drawn = BytesIO()
    figure.savefig(drawn, format='png', dpi=110)
    plt.close(figure)
    return drawn.getvalue()


def _close_up(
    axes: Axes, cycle: ShadowCycle, body: DrawnBody, around: NDArray[np.float32] | None
) -> None:
    robot, reach = cycle.robot, 5.0 * containing_radius(body.discs)
    for x, y, radius in () if around is None else around.tolist():
        axes.add_patch(Circle((x, y), radius, color=OBSTACLE))
    _draw_body(axes, robot, body)
    if cycle.shaped.place is not None:
        x, y = cycle.shaped.place
        axes.plot((robot.x, x), (robot.y, y), '--', color=CONTACT, lw=1.0)
        axes.plot(x, y, 'x', color=CONTACT, ms=8)
        reach = max(reach, 1.2 * math.dist((x, y), (robot.x, robot.y)))
    axes.set_xlim(robot.x - reach, robot.x + reach)
    axes.set_ylim(robot.y - reach, robot.y + reach)


def _draw_body(axes: Axes, robot: RobotState, body: DrawnBody) -> None:
    """Outline of the robot, the discs that cover it, and where it looks."""
    pose = Planar(robot.x, robot.y, robot.heading)
    width = 0.6 if body.outline else 1.5
    for disc in body.discs:
        place = pose.place(disc.x, disc.y)
        axes.add_patch(Circle(place, disc.radius, fc='none', ec=_NOMINAL, lw=width))
    if body.outline:
        corners = [pose.place(x, y) for x, y in body.outline]
        axes.add_patch(Polygon(corners, closed=True, fc='none', ec=_NOMINAL, lw=1.5))
    nose = pose.place(max(disc.x + disc.radius for disc in body.discs), 0.0)
    axes.plot((robot.x, nose[0]), (robot.y, nose[1]), color=_NOMINAL, lw=1.5)


def _large_discs(cycles: Sequence[ShadowCycle]) -> list[tuple[float, float, float]]:
    """Obstacles that are no points, where they were seen, each place once."""
    seen = {
        (round(x, 2), round(y, 2), round(radius, 2))
        for cycle in cycles
        if cycle.around is not None
        for x, y, radius in cycle.around[cycle.around[:, 2] >= _LARGE].tolist()
    }
    return sorted(seen)[:: max(1, len(seen) // _MOST_LARGE)]


def points_seen(recording: Bag, settings: NodeSettings) -> NDArray[np.float64]:
    """Points of some of the scans where the odometry puts them, over the whole recording."""
    scans = sorted(
        ((timed, topic) for topic in recording.mounts for timed in recording.others[topic]),
        key=lambda pair: pair[0].received,
    )
    poses, found = PoseHistory(), [np.zeros((0, 2))]
    states = iter(recording.odometry)
    state = next(states, None)
    for timed, topic in scans[:: max(1, len(scans) // _MOST_SCANS)]:
        while state is not None and state.received <= timed.received:
            poses.note(state.value, state.stamp)
            state = next(states, None)
        try:
            message = recording.message(topic, timed.value)
            scan = laser_scan_of(message, topic, stamp_of(message, timed.received), settings)
            away = Returns(scan).distances
            beams = np.flatnonzero(away >= 0.0)
            mount = recording.mounts[topic]
            found.append(points_of(scan, mount, poses, beams.astype(float), away[beams]))
        except InputError:
            continue
    points = np.concatenate(found)
    return points[:: max(1, len(points) // _MOST_POINTS)]
