"""The parameters of trackers."""

from collections.abc import Mapping
from typing import Any

from vcp_cbf_safety.errors import ConfigurationError
from vcp_cbf_safety.ros.names import TOPIC_NAME
from vcp_cbf_safety.ros.trackers.table import TRACKERS


def trackers_of(checked: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Topic and type of message of every tracker.

    Raises:
        ConfigurationError: if topics and types do not fit; the message names the parameter.
    """
    topics, types = checked['tracker_topics'], checked['tracker_types']
    for index, topic in enumerate(topics):
        if not TOPIC_NAME.fullmatch(topic):
            raise ConfigurationError(
                f'tracker_topics[{index}] is {topic!r}; it must be the name of a topic'
            )
        if topic in topics[:index]:
            raise ConfigurationError(f'tracker_topics[{index}] is {topic!r} again')
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
