"""Pictures of what was measured."""

from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

from benchmarks.report import node_cases

mpl.use('Agg')

import matplotlib.pyplot as plt
from matplotlib.ticker import LogLocator, NullFormatter

# Of baselines in the order of a report; the last one is the floor.
_COLORS = ('#1f6fb4', '#e08214', '#2c9f45', '#9457a8', '#8c564b', '#d6527d', '#c62828')
_MARKERS = 'osD^vPX'


def draw_steps(report: dict[str, Any], path: Path) -> None:
    """Time of a step that is held back against the number of circles; whiskers end at p99.

    Args:
        report: what benchmarks/step.py wrote.
        path: PNG to write.
    """
    plain = ('{} circles', '{} points')
    scenes = [s for s in report['scenes'] if s['name'] in [p.format(s['circles']) for p in plain]]
    names = list(dict.fromkeys(name for scene in scenes for name in scene['baselines']))
    figure, axes = plt.subplots(figsize=(8.5, 5.2), layout='constrained')
    whole = [n for n in names if any('step_us' in s['baselines'].get(n, {}) for s in scenes)]
    for index, name in enumerate(names):
        part = 'step_us' if name in whole else 'solve_us'
        there = [s for s in scenes if name in s['baselines']]
        times = [s['baselines'][name][part] for s in there]
        median = np.array([t['p50'] for t in times])
        tail = np.array([t['p99'] for t in times])
        # a little apart, so that whiskers do not hide each other
        places = np.array([s['circles'] for s in there]) * 1.025 ** (index - len(names) // 2)
        look: dict[str, Any] = {'color': '#555555', 'ls': '--', 'marker': '.'}
        if name in whole:
            place = whole.index(name)
            look = {'color': _COLORS[place], 'marker': _MARKERS[place]}
        axes.errorbar(
            places, median, yerr=(0.0 * median, np.maximum(tail - median, 0.0)), label=name,
            lw=2.4 if index == 0 else 1.3, ms=5, elinewidth=0.9, capsize=2.5, **look,
        )  # fmt: skip
    counts = [s['circles'] for s in scenes]
    axes.set_xscale('log')
    axes.set_yscale('log')
    axes.set_xticks(counts, [str(n) for n in counts], minor=False)
    axes.set_xticks([], minor=True)
    axes.set(
        xlabel='circles that stand still, beside the arena',
        ylabel='one step: median, whisker to p99 [us]',
        title='A filter step that changes the command, by who solves its program',
    )
    axes.grid(which='both', alpha=0.25)
    figure.legend(loc='outside right center', frameon=False, title='solved by')
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def draw_node(report: dict[str, Any], path: Path) -> None:
    """Time from nominal to safe command of every case: median, thick to p90, thin to p99.

    Args:
        report: what benchmarks/node.py wrote.
        path: PNG to write.
    """
    # Where a network corrects every command none comes back as it was, and there is no time.
    cases = [
        (f'{case}: {node}', node, found)
        for case, node, found in node_cases(report)
        if 'p50_ms' in found
    ]
    figure, axes = plt.subplots(figsize=(8.5, 1.2 + 0.32 * len(cases)), layout='constrained')
    for place, (_, node, case) in enumerate(cases):
        color = '#777777' if node == 'relay' else _COLORS[0]
        for end, width in (('p99_ms', 1.2), ('p90_ms', 5.0)):
            axes.plot((case['p50_ms'], case[end]), (place, place), color=color, lw=width)
        axes.plot(case['p50_ms'], place, 'o', color=color, ms=6)
    axes.set_yticks(range(len(cases)), [name for name, _, _ in cases])
    axes.invert_yaxis()
    axes.set_xscale('log')
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.xaxis.set_major_formatter('{x:g}')
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set(
        xlabel='median, thick line to p90, thin line to p99 [ms]',
        title='From nominal to safe command, both ways through DDS',
    )
    axes.grid(axis='x', which='both', alpha=0.25)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    plt.close(figure)
