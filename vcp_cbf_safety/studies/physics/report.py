"""Figures of episodes in physics, as a table and as JSON."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from rich.table import Table

from vcp_cbf_safety.studies.campaign.report import Tally
from vcp_cbf_safety.studies.physics.play import PhysicsRecord

_COLUMNS = (
    'model', 'family', 'episodes', 'robots', 'at fault', 'suffered', 'worst clearance\n[cm]',
    'arrived', 'time [s]', 'times real time',
)  # fmt: skip


def figures_of(model: str, family: str, records: Sequence[PhysicsRecord]) -> dict[str, Any]:
    """Figures of the episodes of one family and model.

    `at_fault` and `suffered` are contacts; `touched` says of each when, which robot, what it
    touched and how fast the robot itself closed in [s, m/s].
    """
    tally, steps = Tally(), []
    for each in records:
        tally.add(each.record)
        for robot in each.record.robots:
            steps += robot.step_times
    p50, p99 = np.percentile(steps, (50, 99)).tolist()
    return {
        'model': model,
        'family': family,
        'episodes': len(records),
        'robots': tally.robots,
        'at_fault': tally.driven,
        'suffered': tally.suffered,
        'worst_clearance_m': tally.worst_clearance_m,
        'worst_over_margin_m': tally.worst_over_margin_m,
        'goals': tally.goals,
        'arrived': tally.arrived,
        'mean_time_s': tally.time_s / tally.arrived if tally.arrived else None,
        'interventions': tally.interventions,
        'outcomes': dict(tally.outcomes),
        'real_time_factor': sum(e.simulated for e in records) / sum(e.taken for e in records),
        'step_ms': {'p50': 1e3 * p50, 'p99': 1e3 * p99},
        'largest_tilt_rad': max(each.tilt for each in records),
        'touched': [
            {'episode': e, 'time_s': t, 'robot': r, 'what': what, 'closing_m_s': own}
            for e, each in enumerate(records)
            for t, r, what, own in each.touched
        ],
    }


def table_of(rows: Sequence[dict[str, Any]]) -> Table:
    """The figures of all families as a table."""
    table = Table(*_COLUMNS, title='Ground truth in physics')
    for row in rows:
        table.add_row(
            row['model'],
            row['family'],
            str(row['episodes']),
            str(row['robots']),
            str(row['at_fault']),
            str(row['suffered']),
            f'{100.0 * row["worst_clearance_m"]:.1f}',
            f'{row["arrived"]} of {row["goals"]}',
            f'{row["mean_time_s"]:.1f}' if row['arrived'] else '',
            f'{row["real_time_factor"]:.1f}',
        )
    return table
