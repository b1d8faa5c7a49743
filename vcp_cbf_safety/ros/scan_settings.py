"""The parameters of laser scanners as one value for each scanner."""

from collections.abc import Mapping
from typing import Any

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.errors import ConfigurationError
from vcp_cbf_safety.motion.pose_history import MEMORY
from vcp_cbf_safety.motion.unicycle import LARGEST_NUMBER
from vcp_cbf_safety.ros.names import check_topic_names
from vcp_cbf_safety.sensing.laser_scan import Mount
from vcp_cbf_safety.sensing.scanner import ScannerConfig


def scanners_of(checked: Mapping[str, Any], config: FilterConfig) -> tuple[ScannerConfig, ...]:
    """How to read each of the scanners of a robot with this filter.

    Raises:
        ConfigurationError: if topics and mounts do not fit; the message names the parameter.
    """
    topics, mounts = checked['scan_topics'], checked['scan_mounts']
    check_topic_names('scan_topics', topics)
    by_transform = checked['use_tf'] and not mounts
    if len(mounts) != 3 * len(topics) and not by_transform:
        raise ConfigurationError(
            f'scan_mounts has {len(mounts)} numbers for {len(topics)} scan_topics; it must have '
            'three for each: x, y, yaw in base_link; or none, with use_tf, where transforms say so'
        )
    for index, number in enumerate(mounts):
        if abs(number) > LARGEST_NUMBER:
            raise ConfigurationError(
                f'scan_mounts[{index}] is {number}; it must be a number up to {LARGEST_NUMBER:g}'
            )
    # Around the axle centre there is surely nothing but the robot up to here.
    own = max(disc.radius - disc.distance for disc in config.discs)
    inside = max(own - config.position_uncertainty, 0.0)
    if checked['scan_self_radius'] > inside:
        body = 'a disc of the body' if config.body_discs else 'body_radius'
        raise ConfigurationError(
            f'scan_self_radius is {checked["scan_self_radius"]} m; it must not exceed what {body} '
            f'has around the axle centre, less position_uncertainty, {inside:g} m: what is '
            'further out may be an obstacle'
        )
    if checked['scan_timeout'] > MEMORY:
        raise ConfigurationError(
            f'scan_timeout is {checked["scan_timeout"]} s; it must not exceed {MEMORY:g} s, for '
            'which the filter remembers where the robot was'
        )
    return tuple(
        ScannerConfig(
            mount=Mount(*mounts[3 * index : 3 * index + 3]),
            point_radius=checked['scan_point_radius'],
            memory=checked['scan_memory'],
            speed_bound=checked['scan_speed_bound'],
            stride=checked['scan_stride'],
            min_hits=checked['scan_min_hits'],
            allow_empty=checked['scan_allow_empty'],
            self_radius=checked['scan_self_radius'],
        )
        for index in range(len(topics))
    )
