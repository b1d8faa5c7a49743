"""Pictures of runs; the only module that needs matplotlib."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vcp_cbf_safety.colors import CONTACT, INK, OBSTACLE, OUTCOME_COLORS, UNFILTERED
from vcp_cbf_safety.sim.polygon import outline
from vcp_cbf_safety.studies.demo.record import RobotRun, RunRecord, TrackPoint
from vcp_cbf_safety.studies.demo.scenario import RobotPlan, Scenario
from vcp_cbf_safety.studies.extras import require

# Colour and legend of each outcome; '' is a run without a filter.
OUTCOMES = {'': (UNFILTERED, 'no filter')} | {
    outcome: (OUTCOME_COLORS[outcome], legend)
    for outcome, legend in {
        'nominal': 'nominal command passed on',
        'filtered': 'filtered',
        'circulating': 'leaving a deadlock',
        'relaxed': 'relaxed',
        'braking': 'braking',
        'stopped': 'stopped',
        'idle': 'idle: no nominal command',
    }.items()
}

_DPI = 110
# A body that is a polygon is drawn so often along its way.
_OUTLINES = 12


def pyplot() -> Any:
    """matplotlib.pyplot without a display.

    Raises:
        MissingPackageError: if matplotlib is not installed.
    """
    require('matplotlib')
    import matplotlib

    matplotlib.use('Agg')
    import matplotlib.pyplot

    return matplotlib.pyplot


def draw_runs(
    scenario: Scenario, runs: Mapping[str, RunRecord], path: Path, *, tall: bool = False
) -> None:
    """Draw runs of a scenario beside each other.

    Args:
        scenario: what was run.
        runs: runs by title.
        path: PNG to write.
        tall: whether the world is higher than wide.
    """
    plt = pyplot()
    size = (4.6 * len(runs), 8.2) if tall else (7.2 * len(runs), 6.1)
    figure, axes = plt.subplots(
        1, len(runs), figsize=size, squeeze=False, sharey=True, layout='constrained'
    )
    # Constrained layout does not see the padded titles, nor, in matplotlib 3.6 of Ubuntu 24.04,
    # the legend; x, y, width and height of the rest.
    figure.get_layout_engine().set(rect=(0.0, 0.11, 1.0, 0.84))
    limits = _limits(scenario, runs)
    for axis, (title, run) in zip(axes[0], runs.items(), strict=True):
        _draw_world(axis, scenario, limits)
        for plan in scenario.robots:
            label = _label(plan.name) if len(scenario.robots) > 1 else ''
            _draw_robot(axis, plan, run.robots[plan.name], scenario, label)
        _mark_contacts(axis, run, scenario.body_radius)
        axis.set_title(title, fontsize=16, fontweight='bold', color=INK, pad=28)
        axis.text(
            0.5, 1.02, _summary(run), transform=axis.transAxes, ha='center', fontsize=12,
            color=CONTACT if run.collisions else INK,
        )  # fmt: skip
    axes[0][0].set_ylabel('y [m]')
    handles = _legend(plt, runs)
    figure.legend(
        handles=handles, loc='lower center', ncols=3 if tall else len(handles),
        frameon=False, fontsize=10.5, columnspacing=1.4, handletextpad=0.5,
    )  # fmt: skip
    save(figure, path)


def _label(name: str) -> str:
    """What fits into a body: 3 for robot3, P3 for person3."""
    return name.removeprefix('robot').replace('person', 'P')


def save(figure: Any, path: Path) -> None:
    """Write a figure as PNG and let go of its memory."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=_DPI)
    pyplot().close(figure)


def draw_track(axis: Any, track: Sequence[TrackPoint], **style: Any) -> None:
    """Draw a path in pieces of one outcome each."""
    begin = 0
    for index in range(1, len(track) + 1):
        if index < len(track) and track[index].outcome == track[begin].outcome:
            continue
        piece = track[begin : min(index + 1, len(track))]
        colour = OUTCOMES[track[begin].outcome][0]
        axis.plot(
            [each.x for each in piece], [each.y for each in piece], color=colour,
            **{'linewidth': 2.6, 'solid_capstyle': 'round', 'zorder': 3, **style},
        )  # fmt: skip
        begin = index


def disc(axis: Any, x: float, y: float, radius: float, **style: Any) -> None:
    """Draw a disc in metres."""
    axis.add_patch(pyplot().Circle((x, y), radius, **style))


def _body(axis: Any, scenario: Scenario, pose: Sequence[float], **style: Any) -> None:
    """Draw the body of a robot at x, y, heading."""
    style = {'edgecolor': INK, 'linewidth': 1.2, **style}
    if scenario.footprint:
        axis.add_patch(pyplot().Polygon(outline(scenario.footprint, pose), **style))
    else:
        disc(axis, pose[0], pose[1], scenario.body_radius, **style)


def _limits(scenario: Scenario, runs: Mapping[str, RunRecord]) -> tuple[float, ...]:
    """x_min, x_max, y_min, y_max of everything that there is to see [m]."""
    if scenario.arena is not None:
        arena = scenario.arena
        pad = 0.08
        return arena.x_min - pad, arena.x_max + pad, arena.y_min - pad, arena.y_max + pad
    places = [(each.x, each.y) for each in scenario.obstacles]
    places += [plan.goal for plan in scenario.robots]
    places += [plan.start[:2] for plan in scenario.robots]
    places += [
        (p.x, p.y) for run in runs.values() for each in run.robots.values() for p in each.track
    ]
    xs, ys = zip(*places, strict=True)
    pad = 3.0 * scenario.body_radius
    return min(xs) - pad, max(xs) + pad, min(ys) - pad, max(ys) + pad


def _draw_world(axis: Any, scenario: Scenario, limits: tuple[float, ...]) -> None:
    if scenario.arena is not None:
        arena = scenario.arena
        corners = (arena.x_min, arena.y_min), arena.x_max - arena.x_min, arena.y_max - arena.y_min
        axis.add_patch(
            pyplot().Rectangle(*corners, fill=False, edgecolor=INK, linewidth=3, zorder=2)
        )
    for each in scenario.obstacles:
        disc(axis, each.x, each.y, each.radius, color=OBSTACLE, zorder=1, linewidth=0)
    axis.set_xlim(limits[0], limits[1])
    axis.set_ylim(limits[2], limits[3])
    axis.set_aspect('equal')
    axis.set_xlabel('x [m]')
    axis.tick_params(colors=INK, labelsize=9)
    for side in axis.spines.values():
        side.set_visible(False)


def _draw_robot(
    axis: Any, plan: RobotPlan, robot: RobotRun, scenario: Scenario, label: str
) -> None:
    radius = scenario.body_radius
    draw_track(axis, robot.track)
    if scenario.footprint:
        for point in robot.track[:: max(1, len(robot.track) // _OUTLINES)]:
            pose = (point.x, point.y, point.heading)
            _body(axis, scenario, pose, fill=False, linewidth=0.6, alpha=0.5, zorder=3)
    axis.plot(
        [plan.start[0], plan.goal[0]], [plan.start[1], plan.goal[1]],
        color=INK, linewidth=0.8, linestyle=(0, (2, 4)), alpha=0.6, zorder=2,
    )  # fmt: skip
    axis.plot(
        *plan.goal, marker='*', markersize=19, color='#ffd24d', markeredgecolor=INK, zorder=4
    )
    _body(axis, scenario, plan.start, facecolor='white', zorder=4)
    axis.text(
        *plan.start[:2], label, ha='center', va='center', fontsize=10,
        color=INK, zorder=8,
    )  # fmt: skip
    if not robot.track:
        return
    end = robot.track[-1]
    _body(
        axis, scenario, (end.x, end.y, end.heading),
        facecolor='#9ecae1' if robot.arrived_at else '#f3a6a0', alpha=0.85, zorder=5,
    )  # fmt: skip
    along = (math.cos(end.heading), math.sin(end.heading))
    axis.plot(
        [end.x + share * radius * along[0] for share in (0.6, 1.25)],
        [end.y + share * radius * along[1] for share in (0.6, 1.25)],
        color=INK, linewidth=1.6, zorder=6,
    )  # fmt: skip
    axis.text(
        end.x, end.y, label, ha='center', va='center', fontsize=10,
        fontweight='bold', color=INK, zorder=8,
    )  # fmt: skip


def _mark_contacts(axis: Any, run: RunRecord, radius: float) -> None:
    """Ring each robot that touched something, once for all that it touched in one place."""
    for robot in run.robots.values():
        marked: list[tuple[float, float]] = []
        for contact in robot.contacts:
            place = (contact.x, contact.y)
            if any(math.dist(place, other) < radius for other in marked):
                continue
            marked.append(place)
            disc(
                axis, *place, 1.45 * radius, fill=False, edgecolor=CONTACT, linewidth=2.2, zorder=7
            )


def _summary(run: RunRecord) -> str:
    collisions = 'collision' if run.collisions == 1 else 'collisions'
    goals = f'{run.goals_reached} of {len(run.robots)} goals reached'
    nearest = f'never nearer than {100.0 * max(0.0, run.worst_clearance):.0f} cm'
    return f'{run.collisions} {collisions}, {goals}' + ('' if run.collisions else f', {nearest}')


def _legend(plt: Any, runs: Mapping[str, RunRecord]) -> list[Any]:
    seen = {p.outcome for run in runs.values() for r in run.robots.values() for p in r.track}
    line = plt.Line2D
    handles = [
        line([], [], color=colour, linewidth=3, label=label)
        for outcome, (colour, label) in OUTCOMES.items()
        if outcome in seen
    ]
    circle = {'linestyle': '', 'marker': 'o', 'markersize': 11, 'markeredgecolor': INK}
    handles += [
        line([], [], **circle, color='white', label='start'),
        line([], [], **circle, color='#9ecae1', label='end, arrived'),
    ]
    stranded = any(r.arrived_at is None for run in runs.values() for r in run.robots.values())
    if stranded:
        handles.append(line([], [], **circle, color='#f3a6a0', label='end, not arrived'))
    star = {'linestyle': '', 'marker': '*', 'markersize': 14, 'markeredgecolor': INK}
    handles.append(line([], [], **star, color='#ffd24d', label='goal'))
    if any(run.collisions for run in runs.values()):
        ring = {**circle, 'markersize': 14, 'markeredgecolor': CONTACT, 'markeredgewidth': 2}
        handles.append(line([], [], **ring, color='none', label='collision'))
    return handles
