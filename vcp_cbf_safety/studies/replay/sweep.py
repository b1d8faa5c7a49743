"""The same bag with several values of one parameter."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.errors import ConfigurationError
from vcp_cbf_safety.studies.arguments import filter_parameters
from vcp_cbf_safety.studies.replay.bag import Bag
from vcp_cbf_safety.studies.replay.shadow import play
from vcp_cbf_safety.studies.replay.summary import summary_of

_VALUES = 5


class Variant(NamedTuple):
    """A configuration in which one parameter has another value."""

    parameter: str
    value: float
    config: FilterConfig


def variants_of(sweeps: Sequence[str], config: FilterConfig) -> list[Variant]:
    """The configurations of some `NAME=FROM:TO`.

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
            changed: dict[str, Any] = {name: value}
            found.append(Variant(name, value, replace(config, **changed)))
    return found


def play_variant(recording: Bag, variant: Variant) -> dict[str, Any]:
    """What comes out with a configuration: share that passed, number and size of interventions."""
    cycles, _ = play(recording, variant.config, lambda seconds: None)
    summary = summary_of(cycles, variant.config)
    slower = (each['strongest_m_s'] for each in summary['interventions'])
    return {
        'parameter': variant.parameter,
        'value': variant.value,
        'untouched': summary['untouched'],
        'interventions': len(summary['interventions']),
        'strongest_m_s': max(slower, default=0.0),
    }
