"""The parameters that name peers and their topics."""

import re
from collections.abc import Sequence

from vcp_cbf_safety.errors import ConfigurationError
from vcp_cbf_safety.ros.names import TOPIC_NAME

_PEER_NAME = re.compile(r'[A-Za-z]\w*(/[A-Za-z]\w*)*', re.ASCII)


def peers_of(names: Sequence[str], own_name: str) -> tuple[str, ...]:
    """Names of the other robots.

    Args:
        names: the parameter `peers`.
        own_name: namespace of the node without leading slash; it may not be a peer.

    Raises:
        ConfigurationError: if one is no name, is there twice, or is that of this robot.
    """
    for index, name in enumerate(names):
        if not _PEER_NAME.fullmatch(name):
            raise ConfigurationError(
                f'peers[{index}] is {name!r}; it must be the name of a robot: letters, digits and '
                'underscores, a letter first'
            )
        if name in names[:index]:
            raise ConfigurationError(f'peers[{index}] is {name!r} again; each peer is named once')
        if name == own_name:
            raise ConfigurationError(
                f'peers[{index}] is {name!r}, the namespace of this robot; a robot is not its own '
                'peer'
            )
    return tuple(names)


def peer_odom_topic_of(pattern: str) -> str:
    """Pattern of the odometry topics of peers.

    Raises:
        ConfigurationError: if it does not make the name of a topic for each peer.
    """
    if '{peer}' not in pattern or not TOPIC_NAME.fullmatch(pattern.replace('{peer}', 'peer')):
        raise ConfigurationError(
            f'peer_odom_topic is {pattern!r}; it must be a topic name that contains {{peer}}, '
            "such as '/{peer}/odom': no other braces, no slash at the end nor two in a row, no "
            'part that begins with a digit'
        )
    return pattern
