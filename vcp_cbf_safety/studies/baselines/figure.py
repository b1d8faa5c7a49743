"""Pictures of a scene: the ways of all robots, one panel for each rival."""

from collections.abc import Mapping
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from vcp_cbf_safety.colors import CONTACT, INK, OBSTACLE
from vcp_cbf_safety.studies.campaign.episode import EpisodeRecord


def draw_scene(path: Path, records: Mapping[str, EpisodeRecord]) -> None:
    """Write the picture.

    Args:
        path: PNG to write.
        records: what came of the scene, by rival.
    """
    box = next(iter(records.values())).episode.arena
    height = 3.4 * (box.y_max - box.y_min) / (box.x_max - box.x_min)
    figure = Figure(figsize=(3.6 * len(records), height + 0.7), layout='constrained')
    axes = figure.subplots(1, len(records), squeeze=False, sharey=True)[0]
    for axis, (rival, record) in zip(axes, records.items(), strict=True):
        _draw(axis, record)
        arrived = sum(each.arrived_at is not None for each in record.robots)
        contacts = sum(each.driven + each.suffered for each in record.robots)
        axis.set_title(
            f'{rival}\n{arrived} of {len(record.robots)} arrived, {contacts} contacts',
            fontsize=9, color=CONTACT if contacts else INK,
        )  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=100, metadata={'Software': None})


def _draw(axis: Axes, record: EpisodeRecord) -> None:
    box = record.episode.arena
    axis.add_patch(
        Rectangle(
            (box.x_min, box.y_min), box.x_max - box.x_min, box.y_max - box.y_min,
            fill=False, edgecolor=INK, linewidth=1.0,
        )
    )  # fmt: skip
    for circle in record.episode.circles:
        axis.add_patch(Circle((circle.x, circle.y), circle.radius, color=OBSTACLE))
    robots = [each for each in record.episode.robots if each.config is not None]
    for index, (robot, each) in enumerate(zip(robots, record.robots, strict=True)):
        color = f'C{index % 10}'
        axis.plot([p[0] for p in each.path], [p[1] for p in each.path], color=color, lw=1.2)
        x, y, *_ = each.path[-1]
        axis.add_patch(Circle((x, y), robot.model.body_radius, color=color, alpha=0.6))
        if robot.goal is not None:
            axis.plot(*robot.goal, marker='x', color=color, ms=5)
        for _, x, y in each.contacts:
            axis.plot(x, y, marker='o', ms=6, mfc='none', mec=CONTACT, mew=1.4)
    for robot in record.episode.robots:
        if robot.config is None:
            x, y, _ = robot.start
            axis.add_patch(Circle((x, y), robot.model.body_radius, color=INK, alpha=0.4))
    pad = 0.1
    axis.set(
        xlim=(box.x_min - pad, box.x_max + pad), ylim=(box.y_min - pad, box.y_max + pad),
        aspect='equal', xticks=[], yticks=[],
    )  # fmt: skip
