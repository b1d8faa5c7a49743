"""What parameters would have to be for fewer interventions, tried on the record of these."""

from collections.abc import Callable, Sequence
from typing import Any

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.errors import ConfigurationError
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.studies.replay.bag import Bag
from vcp_cbf_safety.studies.replay.settings import changed
from vcp_cbf_safety.studies.replay.shadow import ShadowCycle, Span
from vcp_cbf_safety.studies.replay.windows import Job, play_jobs

# What is tried, by parameter: factors on its value, the smallest change first. What the base can
# do must be measured, what is kept free is a decision.
_TRIED: dict[str, tuple[float, ...]] = {
    'margin': (0.5, 0.0),
    'steering_gain': (3.0, 15.0),
    'body_gain': (2.0,),
    'max_deceleration': (2.0,),
    'max_acceleration': (2.0,),
    'velocity_lag': (0.5,),
    'actuation_delay': (0.0,),
    'position_uncertainty': (0.0,),
    'max_yaw_rate': (1.5,),
    'max_speed': (1.5,),
}
# At most so many cycles are tried, those that were changed most.
_MOST = 100


def advice_of(
    recording: Bag,
    settings: NodeSettings,
    cycles: Sequence[ShadowCycle],
    told: Callable[[float], object] = lambda share: None,
) -> list[dict[str, Any]]:
    """How many of the changed commands would pass with other values of one parameter.

    Args:
        recording: what a bag holds.
        settings: the parameters in force.
        cycles: what came out with these.
        told: hears which share is done.

    Returns:
        For each parameter its value now and the smallest change of those tried that lets most
        commands pass, with the share of changed commands that do: the best first. A parameter
        with which none passes is left out.
    """
    period = settings.filter.period
    touched = sorted((c for c in cycles if not c.untouched), key=lambda c: -c.change)[:_MOST]
    spans = _spans(sorted(round(cycle.time / period) for cycle in touched))
    jobs, tried = [], []
    for name, value in _values(settings.filter) if spans else ():
        try:
            jobs.append(Job(changed(settings, name, value), spans))
            tried.append((name, value))
        except ConfigurationError:
            continue  # it does not fit the other parameters
    best: dict[str, dict[str, Any]] = {}
    for (name, value), result in zip(tried, play_jobs(recording, jobs, told), strict=True):
        played = result.played.cycles
        share = sum(cycle.untouched for cycle in played) / max(len(played), 1)
        if share > best.get(name, {'passing': 0.0})['passing']:
            now = getattr(settings.filter, name)
            best[name] = {'parameter': name, 'now': now, 'value': value, 'passing': share}
    return sorted(best.values(), key=lambda each: -each['passing'])


def _values(config: FilterConfig) -> list[tuple[str, float]]:
    return [
        (name, getattr(config, name) * factor)
        for name, factors in _TRIED.items()
        for factor in factors
        if getattr(config, name) * factor != getattr(config, name)
    ]


def _spans(numbers: Sequence[int]) -> tuple[Span, ...]:
    """Cycles in runs without a gap."""
    found: list[Span] = []
    for number in numbers:
        if found and number == found[-1].last:
            found[-1] = Span(found[-1].first, number + 1)
        else:
            found.append(Span(number, number + 1))
    return tuple(found)
