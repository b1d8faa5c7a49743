"""Picture of a replayed recording: where and when the filters changed a command."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from vcp_cbf_safety.colors import INK, OBSTACLE, OUTCOME_COLORS
from vcp_cbf_safety.sim.mrclam import Dataset
from vcp_cbf_safety.studies.demo.figure import disc, pyplot, save
from vcp_cbf_safety.studies.demo.replay_report import RobotReport, Surfaces

_UNTOUCHED, _CHANGED = OUTCOME_COLORS['nominal'], OUTCOME_COLORS['filtered']


def draw_replay(
    dataset: Dataset,
    reports: Mapping[str, RobotReport],
    surfaces: Surfaces,
    radii: tuple[float, float],
    path: Path,
) -> None:
    """Draw the map on the left and each robot's nearest distance over time on the right.

    Args:
        dataset: what was played.
        reports: what the filters did, by robot.
        surfaces: distances in the recording.
        radii: of a robot's body and of a landmark [m].
        path: PNG to write.
    """
    plt = pyplot()
    figure = plt.figure(figsize=(13.5, 8.0), layout='constrained')
    left, right = figure.subfigures(1, 2, width_ratios=(1.0, 1.25))
    _draw_map(left.subplots(), dataset, reports, radii)
    rows = right.subplots(len(reports), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
    for axis, (name, report) in zip(rows, reports.items(), strict=True):
        _draw_distance(axis, name, report, surfaces)
    rows[0].set_title('Distance to the nearest surface [m]', fontsize=13, color=INK, loc='left')
    rows[-1].set_xlabel('time in the recording [s]')
    handles = [
        plt.Line2D([], [], color=_UNTOUCHED, linewidth=3, label='command passed on bit by bit'),
        plt.Line2D([], [], color=_CHANGED, linewidth=3, label='command changed'),
    ]
    # Room for the legend, which matplotlib 3.6 of Ubuntu 24.04 does not make.
    figure.get_layout_engine().set(rect=(0.0, 0.04, 1.0, 0.96))
    figure.legend(handles=handles, loc='lower center', ncols=2, frameon=False)
    save(figure, path)


def _draw_map(
    axis: Any, dataset: Dataset, reports: Mapping[str, RobotReport], radii: tuple[float, float]
) -> None:
    body, landmark = radii
    for x, y in dataset.landmarks:
        disc(axis, x, y, landmark, color=OBSTACLE, zorder=1)
    begin = dataset.common_span[0]
    for robot in dataset.robots:
        report = reports[robot.name]
        times = np.array([each.time for each in report.cycles])
        places = _places(robot.poses, times + begin)
        for x, y, colour in _pieces(places, report):
            axis.plot(x, y, color=colour, linewidth=2.4, solid_capstyle='round', zorder=3)
        if not len(places):
            continue
        x_end, y_end = places[-1].tolist()
        disc(axis, x_end, y_end, body, facecolor='#9ecae1', edgecolor=INK, alpha=0.9, zorder=4)
        axis.text(
            x_end, y_end, robot.name.removeprefix('robot'), ha='center', va='center', zorder=5,
            fontweight='bold', color=INK,
        )  # fmt: skip
    axis.set_aspect('equal')
    axis.autoscale_view()
    axis.set_xlabel('x [m]')
    axis.set_ylabel('y [m]')
    axis.set_title('Recorded robots and landmarks', fontsize=13, color=INK)


def _draw_distance(axis: Any, name: str, report: RobotReport, surfaces: Surfaces) -> None:
    free = surfaces.of(name)[0].min(axis=1)
    axis.axhline(0.0, color=INK, linewidth=0.8)
    times = np.array([each.time for each in report.cycles])
    points = np.column_stack([times, np.interp(times, surfaces.times, free)])
    for x, y, colour in _pieces(points, report):
        axis.plot(x, y, color=colour, linewidth=2.0, solid_capstyle='round')
    for change in report.changes:
        axis.axvspan(change.begin, max(change.end, change.begin + 0.1), color=_CHANGED, alpha=0.18)
    axis.set_ylabel(name, color=INK)
    axis.text(
        0.995, 1.0, f'{report.untouched_share:.1%} untouched', transform=axis.transAxes,
        ha='right', va='bottom', fontsize=10, color=INK,
    )  # fmt: skip
    for side in ('top', 'right'):
        axis.spines[side].set_visible(False)


def _places(poses: np.ndarray, stamps: np.ndarray) -> np.ndarray:
    return np.column_stack([np.interp(stamps, poses[:, 0], poses[:, axis]) for axis in (1, 2)])


def _pieces(points: np.ndarray, report: RobotReport) -> list[tuple[Any, Any, str]]:
    """Stretches of equal colour, each joined to the next."""
    same = np.array([each.untouched for each in report.cycles], dtype=bool)
    ends = [*(np.flatnonzero(np.diff(same)) + 1).tolist(), len(same)]
    pieces, begin = [], 0
    for end in ends:
        if end > begin:
            piece = points[begin : end + 1]
            pieces.append((piece[:, 0], piece[:, 1], _UNTOUCHED if same[begin] else _CHANGED))
        begin = end
    return pieces
