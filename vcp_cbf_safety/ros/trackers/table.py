"""Messages of trackers that can be read, by their type."""

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from vcp_cbf_safety.errors import ConfigurationError
from vcp_cbf_safety.ros.trackers import (
    costmap_converter,
    derived_object,
    nav2_dynamic,
    obstacle_detector,
)
from vcp_cbf_safety.ros.trackers.tracked import Tracked

TRACKERS: dict[str, Callable[[Any], Iterator[Tracked]]] = {
    'costmap_converter_msgs/msg/ObstacleArrayMsg': costmap_converter.read,
    'derived_object_msgs/msg/ObjectArray': derived_object.read,
    'nav2_dynamic_msgs/msg/ObstacleArray': nav2_dynamic.read,
    'obstacle_detector/msg/Obstacles': obstacle_detector.read,
}


def message_type(kind: str) -> type:
    """The class of a message, 'package/msg/Name'.

    Raises:
        ConfigurationError: if it is not installed; the message names the package.
    """
    package, _, name = kind.split('/')
    try:
        found: type = getattr(import_module(f'{package}.msg'), name)
    except (ImportError, AttributeError) as error:
        raise ConfigurationError(
            f'tracker_types has {kind!r}, and {package} is not installed or not sourced: {error}'
        ) from None
    return found
