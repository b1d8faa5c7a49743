"""The filter's parameters in a replay: those in the bag, or a guess, and those that are given."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import yaml

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.errors import ConfigurationError
from vcp_cbf_safety.ros.parameter import Kind
from vcp_cbf_safety.ros.parameters import PARAMETERS
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.studies.arguments import filter_parameters
from vcp_cbf_safety.studies.replay.bag import Bag

# Speed limits are so many times the fastest that was recorded.
_ROOM = 1.1


def settings_of(recording: Bag, given: Sequence[str]) -> NodeSettings:
    """The parameters of the node that the filter is to have.

    Args:
        recording: what a bag holds; a sentence on where they are from is added to its notes.
        given: `NAME=VALUE` of parameters.

    Raises:
        ConfigurationError: if one is not legal; the message names it.
    """
    values = {name: each for name, each in recording.parameters.items() if name in PARAMETERS}
    if values:
        recording.notes.append('parameters are those that the filter in the bag had')
    else:
        recording.notes.append(
            'the bag says nothing of parameters: speed limits are 1.1 times the fastest that was '
            'recorded, all others are defaults (--set body_radius=0.3)'
        )
        values = FilterConfig.defaults() | _limits(recording)
        values |= {'peers': [*recording.topics.peers], 'control_frequency': 50.0}
    values |= _given(given)
    frame = values.get('world_frame', recording.frame)
    hazards = values.get('hazard_frame') or (frame if recording.parameters else '')
    # Whatever is in another frame is brought into that of the odometry, if transforms are there.
    values |= {'use_tf': True, 'world_frame': recording.frame or 'odom', 'hazard_frame': hazards}
    return NodeSettings.from_parameters(
        {name: value for name, value in values.items() if name in PARAMETERS}
    )


def changed(settings: NodeSettings, name: str, value: float) -> NodeSettings:
    """The same with another value of a parameter of the filter.

    Raises:
        ConfigurationError: if that does not fit the others.
    """
    fields: dict[str, Any] = {name: value}
    return replace(settings, filter=replace(settings.filter, **fields))


def _limits(recording: Bag) -> dict[str, Any]:
    speeds = [each.value.speed for each in recording.odometry]
    speeds += [each.value.v for each in recording.nominal]
    rates = [abs(each.value.yaw_rate) for each in recording.odometry]
    rates += [abs(each.value.omega) for each in recording.nominal]
    return {
        'body_radius': 0.2, 'vcp_offset': 0.1,
        'min_speed': min(_ROOM * min(speeds), -0.05), 'max_speed': max(_ROOM * max(speeds), 0.1),
        'max_yaw_rate': max(_ROOM * max(rates), 0.1),
    }  # fmt: skip


def _given(settings: Sequence[str]) -> dict[str, Any]:
    """Values of `NAME=VALUE`; numbers of the filter, and the other parameters of the node."""
    values: dict[str, Any] = {}
    for setting in settings:
        name, _, text = setting.partition('=')
        parameter = PARAMETERS.get(name)
        if name in FilterConfig.quantities() or parameter is None:
            values |= filter_parameters([setting])
        elif parameter.kind is Kind.STRING:
            values[name] = text
        else:
            try:
                values[name] = yaml.safe_load(text)
            except yaml.YAMLError:
                raise ConfigurationError(f'--set {setting}: {text!r} is no value') from None
    if 'period' in values:
        values['control_frequency'] = 1.0 / values.pop('period')
    if values.get('footprint') or values.get('body_discs'):
        # Only one of them may be in force: the one that is given.
        values = {'footprint': '', 'body_discs': []} | values
    return values
