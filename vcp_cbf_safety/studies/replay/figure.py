"""Pictures of a replay: where the filter would have acted, when, and moments close up."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from numpy.typing import NDArray

from vcp_cbf_safety.colors import CONTACT, OBSTACLE, OUTCOME_COLORS
from vcp_cbf_safety.command import Outcome
from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.laser_scan import Returns, points_of
from vcp_cbf_safety.pose_history import PoseHistory
from vcp_cbf_safety.studies.replay.bag import Bag
from vcp_cbf_safety.studies.replay.shadow import ShadowCycle

mpl.use('Agg')
import matplotlib.pyplot as plt

_NOMINAL, _CHANGED = OUTCOME_COLORS['nominal'], OUTCOME_COLORS['filtered']
# How many points of scans are drawn.
_MOST_POINTS = 40_000


def draw_replay(
    path: Path, points: NDArray[np.float64], cycles: Sequence[ShadowCycle], radius: float
) -> None:
    """Write the picture.

    Args:
        path: file to write.
        points: (n, 2) what was seen [m].
        cycles: all of them.
        radius: of the robot's body [m].
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
    _close_up(near, strongest, radius)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_png(figure))


def timeline(cycles: Sequence[ShadowCycle]) -> bytes:
    """A picture of outcomes, barriers and speeds over time, as PNG."""
    figure, (outcomes, barriers, speeds) = plt.subplots(
        3, 1, figsize=(11.0, 6.0), sharex=True, layout='constrained', height_ratios=(1, 2, 2)
    )
    times = np.array([cycle.time for cycle in cycles])
    for outcome in Outcome:
        those = np.array([cycle.command.outcome is outcome for cycle in cycles])
        if those.any():
            color = OUTCOME_COLORS[str(outcome)]
            outcomes.vlines(times[those], 0.0, 1.0, color=color, lw=1.0, label=str(outcome))
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


def moment(points: NDArray[np.float64], cycle: ShadowCycle, radius: float) -> bytes:
    """A picture of one cycle with what bound it, as PNG."""
    figure, axes = plt.subplots(figsize=(3.6, 3.6), layout='constrained')
    axes.plot(*points.T, ',', color=OBSTACLE, rasterized=True)
    axes.set_aspect('equal')
    _close_up(axes, cycle, radius)
    axes.set_title('')
    return _png(figure)


def _png(figure: Figure) -> bytes:
    """The picture as bytes; it is closed."""
    drawn = BytesIO()
    figure.savefig(drawn, format='png', dpi=110)
    plt.close(figure)
    return drawn.getvalue()


def _close_up(axes: Axes, cycle: ShadowCycle, radius: float) -> None:
    robot = cycle.robot
    axes.add_patch(Circle((robot.x, robot.y), radius, fc='none', ec=_NOMINAL, lw=1.5))
    nose = (robot.x + radius * np.cos(robot.heading), robot.y + radius * np.sin(robot.heading))
    axes.plot((robot.x, nose[0]), (robot.y, nose[1]), color=_NOMINAL, lw=1.5)
    if cycle.bound is not None:
        x, y = cycle.bound
        axes.plot((robot.x, x), (robot.y, y), '--', color=CONTACT, lw=1.0)
        axes.plot(x, y, 'x', color=CONTACT, ms=8)
    reach = 5.0 * radius
    axes.set_xlim(robot.x - reach, robot.x + reach)
    axes.set_ylim(robot.y - reach, robot.y + reach)
    axes.set_title(
        f'Strongest intervention, at {cycle.time:.1f} s: {cycle.nominal.v:.2f} to '
        f'{cycle.command.v:.2f} m/s'
    )


def points_seen(recording: Bag) -> NDArray[np.float64]:
    """Points of the scans where the odometry puts them."""
    poses, found = PoseHistory(), []
    states = iter(recording.odometry)
    state = next(states, None)
    scans = sorted(
        ((each, topic) for topic, scans in recording.scans.items() for each in scans),
        key=lambda pair: pair[0].received,
    )
    for timed, topic in scans:
        while state is not None and state.received <= timed.received:
            poses.note(state.value, state.stamp)
            state = next(states, None)
        away = Returns(timed.value).distances
        beams = np.flatnonzero(away >= 0.0)
        try:
            mount = recording.mounts[topic]
            found.append(points_of(timed.value, mount, poses, beams.astype(float), away[beams]))
        except InputError:
            continue
    points = np.concatenate(found) if found else np.zeros((0, 2))
    return points[:: max(1, len(points) // _MOST_POINTS)]
