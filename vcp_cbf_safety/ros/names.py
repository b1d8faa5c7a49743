"""What ROS 2 accepts as names."""

import re
from collections.abc import Sequence

from vcp_cbf_safety.errors import ConfigurationError

# The name of a topic, without substitutions.
TOPIC_NAME = re.compile(r'(~?/)?[A-Za-z_]\w*(/[A-Za-z_]\w*)*', re.ASCII)


def check_topic_names(parameter: str, topics: Sequence[str]) -> None:
    """See that a list of topics holds names, and each of them once.

    Raises:
        ConfigurationError: if not; the message names the parameter.
    """
    for index, topic in enumerate(topics):
        if not TOPIC_NAME.fullmatch(topic):
            raise ConfigurationError(
                f'{parameter}[{index}] is {topic!r}; it must be the name of a topic'
            )
        if topic in topics[:index]:
            raise ConfigurationError(f'{parameter}[{index}] is {topic!r} again')
