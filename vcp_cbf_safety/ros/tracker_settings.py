"""The parameters of trackers."""

from collections.abc import Mapping
from typing import Any

from vcp_cbf_safety.errors import ConfigurationError
from vcp_cbf_safety.ros.names import check_topic_names
from vcp_cbf_safety.ros.trackers.table import TRACKERS


def trackers_of(checked: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Topic and type of message of every tracker.

    Raises:
        ConfigurationError: if topics and types do not fit; the message names the parameter.
    """
    topics, types = checked['tracker_topics'], checked['tracker_types']
    check_topic_names('tracker_topics', topics)
    if len(types) != len(topics):
        raise ConfigurationError(
            f'tracker_types has {len(types)} entries for {len(topics)} tracker_topics; it must '
            'have one for each'
        )
    for index, kind in enumerate(types):
        if kind not in TRACKERS:
            raise ConfigurationError(
                f'tracker_types[{index}] is {kind!r}; it must be one of {", ".join(TRACKERS)}'
            )
    return tuple(zip(topics, types, strict=True))
