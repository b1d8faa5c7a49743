"""The same bag with several values of one parameter."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from vcp_cbf_safety.errors import ConfigurationError
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.studies.arguments import filter_parameters
from vcp_cbf_safety.studies.replay.bag import Bag
from vcp_cbf_safety.studies.replay.settings import changed
from vcp_cbf_safety.studies.replay.summary import share_untouched, summary_of
from vcp_cbf_safety.studies.replay.windows import play_jobs, windows_of

_VALUES = 5


class Variant(NamedTuple):
    """Settings in which one parameter has another value."""

    parameter: str
    value: float
    settings: NodeSettings


def variants_of(sweeps: Sequence[str], settings: NodeSettings) -> list[Variant]:
    """The settings of some `NAME=FROM:TO`.

    Raises:
        ConfigurationError: if one is not of this form, there is no such parameter, or a value is
            not legal or does not fit the other parameters.
    """
    found = []
    for text in sweeps:
        name, _, ends = text.partition('=')
        first, colon, last = ends.partition(':')
        if not colon:
            raise ConfigurationError(
                f'--sweep {text}: it must be NAME=FROM:TO, as margin=0.02:0.10'
            )
        low, high = (filter_parameters([f'{name}={end}'])[name] for end in (first, last))
        for value in np.linspace(low, high, _VALUES).round(6).tolist():
            found.append(Variant(name, value, changed(settings, name, value)))
    return found


def compared(
    recording: Bag, variants: Sequence[Variant], told: Callable[[float], object]
) -> list[dict[str, Any]]:
    """What comes out with each: share that passed, number and size of interventions.

    Args:
        recording: what a bag holds.
        variants: what to compare.
        told: hears which share is done.
    """
    windows = [
        [replace(job, writes=False) for job in windows_of(recording, variant.settings)]
        for variant in variants
    ]
    results = iter(play_jobs(recording, [*chain.from_iterable(windows)], told))
    found = []
    for variant, jobs in zip(variants, windows, strict=True):
        cycles = [cycle for _ in jobs for cycle in next(results).played.cycles]
        interventions = summary_of(cycles, variant.settings.filter)['interventions']
        slower = (each['strongest_m_s'] for each in interventions)
        found.append(
            {
                'parameter': variant.parameter,
                'value': variant.value,
                'untouched': share_untouched(cycles),
                'interventions': len(interventions),
                'strongest_m_s': max(slower, default=0.0),
            }
        )
    return found
