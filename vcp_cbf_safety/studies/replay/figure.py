"""Picture of a replay: the path with interventions, the strongest one close up, and the speeds."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle
from numpy.typing import NDArray

from vcp_cbf_safety.colors import CONTACT, OBSTACLE, OUTCOME_COLORS
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


def draw_replay(path: Path, recording: Bag, cycles: list[ShadowCycle], radius: float) -> None:
    """Write the picture.

    Args:
        path: file to write.
        recording: what the bag holds.
        cycles: all of them.
        radius: of the robot's body [m].
    """
    figure = plt.figure(figsize=(12.0, 9.0), layout='constrained')
    grid = figure.add_gridspec(2, 2, height_ratios=(2.2, 1.0))
    world, near = figure.add_subplot(grid[0, 0]), figure.add_subplot(grid[0, 1])
    speeds = figure.add_subplot(grid[1, :])
    points = _points(recording)
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
    strongest = max(cycles, key=_change)
    _close_up(near, strongest, radius)
    times = [m.time for m in cycles]
    speeds.plot(times, [m.nominal.v for m in cycles], color=_NOMINAL, lw=1.0, label='nominal v')
    speeds.plot(times, [m.command.v for m in cycles], color=_CHANGED, lw=1.0, label='safe v')
    speeds.set_xlabel('time [s]')
    speeds.set_ylabel('speed [m/s]')
    speeds.legend(loc='best', fontsize=9)
    speeds.grid(alpha=0.3)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _change(cycle: ShadowCycle) -> float:
    return abs(cycle.nominal.v - cycle.command.v)


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


def _points(recording: Bag) -> NDArray[np.float64]:
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
