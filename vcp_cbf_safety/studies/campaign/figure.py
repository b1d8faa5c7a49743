"""One picture of one episode: walls, hazards, paths coloured by outcome, contacts."""

from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
from matplotlib.lines import Line2D
from matplotlib.patches import Circle as Disc
from matplotlib.patches import Patch, Polygon, Rectangle

from vcp_cbf_safety.colors import CONTACT, OBSTACLE, OUTCOME_COLORS
from vcp_cbf_safety.sim.base import BaseModel, Pose
from vcp_cbf_safety.sim.polygon import outline
from vcp_cbf_safety.studies.campaign.episode import EpisodeRecord

# A body that is a polygon is drawn so often along its way.
_OUTLINES = 12


def draw(record: EpisodeRecord, path: Path, title: str) -> None:
    """Save a picture of an episode as PNG.

    Args:
        record: what happened.
        path: file to write.
        title: headline.
    """
    matplotlib.use('Agg')
    episode = record.episode
    arena = episode.arena
    figure, axes = plt.subplots(figsize=(6.0, 6.4))
    width, height = arena.x_max - arena.x_min, arena.y_max - arena.y_min
    axes.add_patch(Rectangle((arena.x_min, arena.y_min), width, height, fill=False, lw=2.0))
    for circle in episode.circles:
        moving = bool(circle.vx or circle.vy)
        axes.add_patch(
            Disc((circle.x, circle.y), circle.radius, color=OBSTACLE, alpha=0.3 if moving else 0.8)
        )
        if moving:
            axes.annotate(
                '', (circle.x + circle.vx, circle.y + circle.vy), (circle.x, circle.y),
                arrowprops={'arrowstyle': '->', 'color': '#666666'},
            )  # fmt: skip
    filtered = [r for r in episode.robots if r.config is not None]
    for robot, result in zip(filtered, record.robots, strict=True):
        xs, ys, headings, outcomes = zip(*result.path, strict=True)
        axes.scatter(xs, ys, s=3.0, c=[OUTCOME_COLORS[o] for o in outcomes], linewidths=0.0)
        poses = [*zip(xs, ys, headings, strict=True)]
        between = poses[:: max(1, len(poses) // _OUTLINES)] if robot.model.footprint else poses[:1]
        for pose in (*between, poses[-1]):
            axes.add_patch(_body(robot.model, pose))
        if robot.goal is not None:
            axes.plot(*robot.goal, marker='*', color='black', markersize=9)
        for _, x, y in result.contacts:
            axes.plot(x, y, marker='x', color=CONTACT, markersize=10, markeredgewidth=2)
    axes.set(
        title=title,
        aspect='equal',
        xlabel='x [m]',
        ylabel='y [m]',
        xlim=(arena.x_min - 0.1, arena.x_max + 0.1),
        ylim=(arena.y_min - 0.1, arena.y_max + 0.1),
    )
    handles = [
        Line2D([], [], marker='o', ls='', color=color, label=name)
        for name, color in OUTCOME_COLORS.items()
    ]
    # Room for the legend, which matplotlib 3.6 of Ubuntu 24.04 does not make.
    figure.set_layout_engine('constrained', rect=(0.0, 0.08, 1.0, 0.92))
    figure.legend(handles=handles, loc='lower center', ncols=4, frameon=False)
    figure.savefig(path, dpi=100)
    plt.close(figure)


def _body(model: BaseModel, pose: Pose) -> Patch:
    if model.footprint:
        return Polygon(outline(model.footprint, pose), fill=False, lw=0.8)
    return Disc(pose[:2], model.body_radius, fill=False, lw=0.8)
