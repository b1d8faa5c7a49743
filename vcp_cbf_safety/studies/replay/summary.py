"""Figures of a replay: the same bytes for the same bag and parameters."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.motion.braking import stopping_distance
from vcp_cbf_safety.studies.replay.shadow import ShadowCycle

# An intervention is over when the command has passed for so long [s].
_PAUSE = 0.5


def summary_of(cycles: Sequence[ShadowCycle], config: FilterConfig) -> dict[str, Any]:
    """Share of cycles that passed, outcomes, parameters, interventions and the nearest moment.

    Args:
        cycles: at least one.
        config: the filter's parameters.
    """
    changed = [cycle for cycle in cycles if not cycle.untouched]
    return {
        'cycles': len(cycles),
        'untouched': share_untouched(cycles),
        'outcomes': dict(Counter(str(cycle.command.outcome) for cycle in cycles)),
        'codes': dict(Counter(str(cycle.command.code) or 'none' for cycle in changed)),
        'parameters': {name: getattr(config, name) for name in FilterConfig.quantities()},
        'body_discs': [[*disc] for disc in config.body_discs],
        'nearest': _nearest(cycles),
        'interventions': _interventions(changed, config),
    }


def share_untouched(cycles: Sequence[ShadowCycle]) -> float:
    """Share of cycles in which the nominal command would have passed."""
    return sum(cycle.untouched for cycle in cycles) / len(cycles)


def _nearest(cycles: Sequence[ShadowCycle]) -> dict[str, Any] | None:
    """The moment with the smallest barrier; None where nothing was seen."""
    seen = [cycle for cycle in cycles if cycle.nearest.place is not None]
    if not seen:
        return None
    cycle = min(seen, key=lambda each: each.command.min_barrier)
    return {
        'hazard': cycle.nearest.name,
        'time_s': cycle.time,
        'barrier_m': cycle.command.min_barrier,
        'free_m': cycle.nearest.free,
        'robot_m': [cycle.robot.x, cycle.robot.y],
    }


def _interventions(changed: Sequence[ShadowCycle], config: FilterConfig) -> list[dict[str, Any]]:
    """Changed commands that follow each other as one intervention, as it was at its strongest."""
    found: list[dict[str, Any]] = []
    last = -1e9
    for cycle in changed:
        if cycle.time - last > _PAUSE:
            found.append({'begin_s': cycle.time, 'strongest_m_s': 0.0})
        last, now = cycle.time, found[-1]
        now['end_s'] = cycle.time
        if cycle.change >= now['strongest_m_s']:
            free = cycle.shaped.free
            now |= {
                'strongest_m_s': cycle.change, 'binding': cycle.command.binding,
                'free_m': free if cycle.shaped.place is not None else None,
                'stopping_m': stopping_distance(config, abs(cycle.robot.speed)),
                'reason': cycle.command.reason, 'code': str(cycle.command.code),
            }  # fmt: skip
    return found
