"""An episode in physics seen from above, as a GIF; it needs no graphics library."""

from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation, PillowWriter
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Circle as Disc
from matplotlib.patches import Polygon, Rectangle

from vcp_cbf_safety.colors import CONTACT, OBSTACLE
from vcp_cbf_safety.sim.polygon import outline
from vcp_cbf_safety.studies.physics.play import FRAME, PhysicsRecord

# At most so many pictures, and how many a second are shown.
_FRAMES, _RATE = 80, 8
# Where a contact began is marked for so long [s].
_MARKED = 1.0


def animate(record: PhysicsRecord, path: Path) -> None:
    """Write the motion of all robots; crosses are contacts, stars are goals.

    Args:
        record: what happened.
        path: GIF file to write.
    """
    matplotlib.use('Agg')
    count = len(record.track)
    figure, axes = plt.subplots(figsize=(4.0, 4.2))
    figure.set_layout_engine('constrained')
    moving = FuncAnimation(
        figure,
        lambda frame: _draw(axes, record, frame),
        frames=range(0, count, max(1, -(-count // _FRAMES))),
        init_func=lambda: [],
    )
    moving.save(path, writer=PillowWriter(fps=_RATE), dpi=90)
    plt.close(figure)


def _draw(axes: Axes, record: PhysicsRecord, frame: int) -> list[Artist]:
    axes.clear()
    episode, arena = record.record.episode, record.record.episode.arena
    width, height = arena.x_max - arena.x_min, arena.y_max - arena.y_min
    axes.add_patch(Rectangle((arena.x_min, arena.y_min), width, height, fill=False, lw=2.0))
    for circle in episode.circles:
        axes.add_patch(Disc((circle.x, circle.y), circle.radius, color=OBSTACLE, alpha=0.8))
    for index, robot in enumerate(episode.robots):
        color = f'C{index % 10}'
        x, y, heading = record.track[frame, index]
        axes.plot(*record.track[: frame + 1, index, :2].T, color=color, lw=0.8, alpha=0.6)
        if robot.model.footprint:
            body = outline(robot.model.footprint, (x, y, heading))
            axes.add_patch(Polygon(body, color=color, alpha=0.8))
        else:
            axes.add_patch(Disc((x, y), robot.model.body_radius, color=color, alpha=0.8))
        nose = outline([(0.0, 0.0), (robot.model.body_radius, 0.0)], (x, y, heading))
        axes.plot(*nose.T, color='black', lw=1.0)
        if robot.goal is not None:
            axes.plot(*robot.goal, marker='*', color=color, markersize=8)
    now = frame * FRAME
    for then, index, _, _ in record.touched:
        if then <= now <= then + _MARKED:
            x, y, _ = record.track[min(round(then / FRAME), len(record.track) - 1), index]
            axes.plot(x, y, marker='x', color=CONTACT, markersize=10, markeredgewidth=2)
    axes.set(
        title=f'{episode.family}, {now:.1f} s',
        aspect='equal',
        xlim=(arena.x_min - 0.1, arena.x_max + 0.1),
        ylim=(arena.y_min - 0.1, arena.y_max + 0.1),
    )
    return [*axes.patches, *axes.lines]
