"""A few episodes side by side: the same worlds, other contestants."""

from collections.abc import Mapping
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, Rectangle

from vcp_cbf_safety.colors import CONTACT, OBSTACLE, OUTCOME_COLORS
from vcp_cbf_safety.learning.contacts import EpisodeEnd
from vcp_cbf_safety.learning.environment import Environment
from vcp_cbf_safety.learning.evaluation import Episodes
from vcp_cbf_safety.learning.worlds import EnvironmentConfig, Worlds

# Peers are drawn every so many cycles, the fainter the longer ago.
_EVERY = 20

_PEER, _WAY = '#d98032', OUTCOME_COLORS['nominal']


def draw(config: EnvironmentConfig, seed: int, drives: Mapping[str, Episodes], file: Path) -> None:
    """Save a picture: one row for each contestant, one column for each traced episode.

    Args:
        config: of the worlds.
        seed: of the worlds.
        drives: episodes by the contestant's name.
        file: PNG to write.
    """
    matplotlib.use('Agg')
    columns = next(iter(drives.values())).robots.shape[1]
    world = Environment(config, seed, autoreset=False).world
    figure, grid = plt.subplots(
        len(drives),
        columns,
        figsize=(2.6 * columns, 2.75 * len(drives)),
        squeeze=False,
        layout='constrained',
    )
    for row, (name, episodes) in zip(grid, drives.items(), strict=True):
        row[0].set_ylabel(name)
        for index, axes in enumerate(row):
            _draw_world(axes, world, index)
            _draw_way(axes, world, episodes, index, config)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=80)
    plt.close(figure)


def _draw_world(axes: Axes, world: Worlds, index: int) -> None:
    half_x, half_y = world.arena[index].tolist()
    axes.add_patch(Rectangle((-half_x, -half_y), 2 * half_x, 2 * half_y, fill=False, lw=1.5))
    circles = zip(
        world.circles[index].tolist(),
        world.circle_radii[index].tolist(),
        world.circle_real[index].tolist(),
        strict=True,
    )
    for place, radius, real in circles:
        if real:
            axes.add_patch(Circle(place, radius, color=OBSTACLE, lw=0.0))
    axes.plot(*world.goal[index].tolist(), marker='*', color='black', markersize=8)
    axes.set(
        xlim=(-half_x - 0.1, half_x + 0.1),
        ylim=(-half_y - 0.1, half_y + 0.1),
        aspect='equal',
        xticks=[],
        yticks=[],
    )


def _draw_way(
    axes: Axes, world: Worlds, episodes: Episodes, index: int, config: EnvironmentConfig
) -> None:
    way = episodes.robots[:, index]
    steps = int(np.isfinite(way[:, 0]).sum())
    real = world.peer_real[index].numpy()
    radii = world.peer_radii[index].numpy()
    for step in range((steps - 1) % _EVERY, steps, _EVERY):
        for peer in np.flatnonzero(real).tolist():
            shade = 0.1 + 0.5 * (step + 1) / steps
            place = tuple(episodes.peers[step, index, peer].tolist())
            axes.add_patch(Circle(place, radii[peer], color=_PEER, alpha=shade, lw=0.0))
    axes.plot(way[:steps, 0], way[:steps, 1], color=_WAY, lw=1.4)
    outcome = EpisodeEnd(int(episodes.outcome[index]))
    color = _WAY if outcome is EpisodeEnd.ARRIVED else CONTACT
    radius = config.filter.body_radius + world.extra[index].item()
    axes.add_patch(
        Circle(tuple(way[steps - 1, :2].tolist()), radius, color=color, lw=0.0, zorder=3)
    )
    said = outcome.name.lower().replace('_', ' ')
    axes.set_title(f'{said}, {episodes.duration[index]:.1f} s', fontsize=8, color=color)
