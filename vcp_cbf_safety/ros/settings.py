"""The node's parameters as one value that is legal as a whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.errors import ConfigurationError, HazardError
from vcp_cbf_safety.hazards.hazards import Arena, Circle
from vcp_cbf_safety.motion.prediction import MEMORY
from vcp_cbf_safety.motion.unicycle import LARGEST_NUMBER
from vcp_cbf_safety.ros.body_settings import Body, body_of, peer_body_of
from vcp_cbf_safety.ros.names import TOPIC_NAME
from vcp_cbf_safety.ros.parameters import PARAMETERS
from vcp_cbf_safety.ros.peer_settings import peer_odom_topic_of, peers_of
from vcp_cbf_safety.ros.scan_settings import scanners_of
from vcp_cbf_safety.ros.timing import TimingLimits
from vcp_cbf_safety.ros.tracker_settings import trackers_of
from vcp_cbf_safety.sensing.scanner import ScannerConfig

_TIMEOUTS = ('odom_timeout', 'cmd_timeout', 'peer_timeout', 'peer_lost_timeout')
# Timeouts that must be at least one period, and without which parameter they are of no account.
_AT_LEAST_A_PERIOD = {
    **dict.fromkeys(_TIMEOUTS, ''), 'scan_timeout': 'scan_topics',
    'tracker_timeout': 'tracker_topics', 'transform_timeout': 'use_tf',
}  # fmt: skip
# Parameters that need no rule beyond their own.
_PLAIN = (
    'peer_responsibility', 'peer_lost_action', *_TIMEOUTS,
    'odom_stuck_timeout', 'check_odom_twist', 'stop_on_odom_reset', 'obstacles_timeout',
    'map_occupied', 'map_unknown_occupied', 'scan_timeout', 'scan_unseen',
    'scan_range_min', 'scan_range_max', 'tracker_timeout', 'tracker_velocity_uncertainty',
    'use_tf', 'transform_timeout', 'recovery_time',
    'mode', 'allow_disable', 'brake_on_bypass', 'autostart',
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSettings:
    """All parameters of the node, checked one by one and against each other.

    Attributes:
        filter: parameters of the filter itself; its period is 1 / control_frequency.
        body: what its body is made of.
        world_frame: frame of everything.
        stamped: whether commands are TwistStamped.
        arena: the box to stay in, or None.
        circles: the static obstacles.
        hazard_frame: frame of both.
        peers: names of the other robots.
        peer_odom_topic: pattern of their odometry topics.
        peer_radius: radius of the discs that contain their bodies [m].
        peer_inner_radius: radius of discs in which there is nothing but their bodies [m].
        peer_responsibility: this robot's share of keeping apart from them.
        peer_lost_action: 'brake' or 'ignore', what to do about one that stays away.
        odom_timeout, cmd_timeout, peer_timeout: oldest usable input [s].
        peer_lost_timeout: age of a peer's odometry at which peer_lost_action follows [s].
        odom_stuck_timeout: how long odometry may say the same of a robot told to move [s].
        check_odom_twist: whether the robot brakes where a twist contradicts its poses.
        stop_on_odom_reset: whether it stands until it is released when odometry started again.
        obstacles_timeout: how old the newest obstacles may be, 0 for any age [s].
        map_topic: topic of a map, '' for none.
        map_occupied: from where on a cell of the map is occupied [%].
        map_unknown_occupied: whether unknown cells are.
        scan_topics: topics of laser scanners.
        scanners: how to read each of them.
        scan_mounts_by_transform: whether transforms say where they are on the robot.
        scan_timeout: oldest usable scan [s].
        scan_unseen: 'stop', 'slow' or 'allow', where no scanner looks.
        scan_range_min, scan_range_max: readings outside measure nothing, 0 for no limit [m].
        trackers: topic and type of message of every tracker.
        tracker_timeout: oldest usable list of obstacles of a tracker [s].
        tracker_velocity_uncertainty: largest error of their velocities [m/s].
        use_tf: whether transforms are heard.
        transform_timeout: oldest usable transform [s].
        recovery_time: how long an input that failed must be good [s].
        mode: 'enforce' or 'shadow'.
        allow_disable: whether the filter may be switched off.
        brake_on_bypass: whether the robot brakes when somebody drives around the filter.
        autostart: whether the node activates itself.
        timing_limits: from where on the diagnostics warn of the timing of cycles.
        barriernet_enabled: whether a network advises the filter.
        barriernet_model: its file, '' for the one of the package.
        barriernet_budget: longest time for its answer [s].
    """

    filter: FilterConfig
    body: Body
    world_frame: str
    stamped: bool
    arena: Arena | None
    circles: tuple[Circle, ...]
    hazard_frame: str
    peers: tuple[str, ...]
    peer_odom_topic: str
    peer_radius: float
    peer_inner_radius: float
    peer_responsibility: float
    peer_lost_action: str
    odom_timeout: float
    cmd_timeout: float
    peer_timeout: float
    peer_lost_timeout: float
    odom_stuck_timeout: float
    check_odom_twist: bool
    stop_on_odom_reset: bool
    obstacles_timeout: float
    map_topic: str
    map_occupied: int
    map_unknown_occupied: bool
    scan_topics: tuple[str, ...]
    scanners: tuple[ScannerConfig, ...]
    scan_mounts_by_transform: bool
    scan_timeout: float
    scan_unseen: str
    scan_range_min: float
    scan_range_max: float
    trackers: tuple[tuple[str, str], ...]
    tracker_timeout: float
    tracker_velocity_uncertainty: float
    use_tf: bool
    transform_timeout: float
    recovery_time: float
    mode: str
    allow_disable: bool
    brake_on_bypass: bool
    autostart: bool
    timing_limits: TimingLimits
    barriernet_enabled: bool
    barriernet_model: str
    barriernet_budget: float

    @classmethod
    def from_parameters(
        cls, values: Mapping[str, Any] | None = None, own_name: str = ''
    ) -> 'NodeSettings':
        """Settings from parameter values; what is missing has its default.

        Args:
            values: parameter values by name.
            own_name: namespace of the node without leading slash; it may not be a peer.

        Raises:
            ConfigurationError: if a value is illegal or two contradict each other; the message
                names parameter, value and rule.
        """
        given = dict(values or {})
        for name in given:
            if name not in PARAMETERS:
                raise ConfigurationError(f'{name} is not a parameter of the safety filter')
        checked = {
            name: parameter.checked(given.get(name, parameter.default))
            for name, parameter in PARAMETERS.items()
        }
        body, peer_body = body_of(checked), peer_body_of(checked)
        config = _filter_config(checked, body)
        _check_timeouts(checked, config.period)
        if not checked['world_frame']:
            raise ConfigurationError("world_frame is ''; it must name a frame")
        return cls(
            filter=config,
            body=body,
            world_frame=checked['world_frame'],
            stamped=checked['enable_stamped_cmd_vel'],
            arena=_arena(checked['arena'], config) if checked['arena'] else None,
            circles=_circles(checked['obstacles']),
            hazard_frame=_hazard_frame(checked),
            peers=peers_of(checked['peers'], own_name),
            map_topic=_map_topic(checked['map_topic']),
            scan_topics=tuple(checked['scan_topics']),
            scanners=scanners_of(checked, config),
            peer_radius=peer_body.outer,
            peer_inner_radius=peer_body.inner,
            trackers=trackers_of(checked),
            scan_mounts_by_transform=checked['use_tf'] and not checked['scan_mounts'],
            peer_odom_topic=peer_odom_topic_of(checked['peer_odom_topic']),
            timing_limits=_timing_limits(checked),
            barriernet_enabled=checked['barriernet.enabled'],
            barriernet_model=checked['barriernet.model'],
            barriernet_budget=1e-3 * checked['barriernet.budget_ms'],
            **{name: checked[name] for name in _PLAIN},
        )

    def peer_topic(self, peer: str) -> str:
        """Odometry topic of a peer."""
        return self.peer_odom_topic.replace('{peer}', peer)


def _filter_config(checked: Mapping[str, Any], body: Body) -> FilterConfig:
    fields = {name: checked[name] for name in FilterConfig.__dataclass_fields__ if name in checked}
    known = {'period': 1.0 / checked['control_frequency'], 'body_discs': body.discs}
    return FilterConfig(**(fields | known))


def _check_timeouts(checked: Mapping[str, Any], period: float) -> None:
    for name, used_by in _AT_LEAST_A_PERIOD.items():
        if checked[name] < period and (not used_by or checked[used_by]):
            raise ConfigurationError(
                f'{name} is {checked[name]} s at a control_frequency of '
                f'{checked["control_frequency"]} Hz; it must be at least one period, {period:g} s'
            )
    if checked['peer_lost_timeout'] < checked['peer_timeout']:
        raise ConfigurationError(
            f'peer_lost_timeout is {checked["peer_lost_timeout"]} s with a peer_timeout of '
            f'{checked["peer_timeout"]} s; it must not be shorter'
        )
    if checked['odom_timeout'] + checked['actuation_delay'] > MEMORY:
        raise ConfigurationError(
            f'odom_timeout is {checked["odom_timeout"]} s with an actuation_delay of '
            f'{checked["actuation_delay"]} s; together they must not exceed {MEMORY:g} s, the '
            'time for which the filter remembers what it told the base'
        )


def _timing_limits(checked: Mapping[str, Any]) -> TimingLimits:
    names = (f'diagnostics.{name}' for name in TimingLimits._fields)
    limits = TimingLimits(*(checked[name] for name in names))
    if limits.late_error < limits.late_warn:
        raise ConfigurationError(
            f'diagnostics.late_error is {limits.late_error} with a diagnostics.late_warn of '
            f'{limits.late_warn}; it must not be smaller'
        )
    return limits


def _arena(limits: Sequence[float], config: FilterConfig) -> Arena:
    if len(limits) != 4:
        raise ConfigurationError(
            f'arena is {list(limits)}; it must be four numbers: x_min, y_min, x_max, '
            'y_max; [] for no arena'
        )
    _check_size('arena', limits)
    try:
        arena = Arena(limits[0], limits[1], limits[2], limits[3])
    except HazardError as error:
        raise ConfigurationError(str(error)) from None
    needed = 2.0 * (max(disc.radius for disc in config.discs) + config.margin)
    narrowest = min(arena.x_max - arena.x_min, arena.y_max - arena.y_min)
    if narrowest <= needed:
        raise ConfigurationError(
            f'arena is {list(limits)}, {narrowest:g} m at its narrowest; it must be wider than '
            f'the body with its margin, {needed:g} m'
        )
    return arena


def _circles(numbers: Sequence[float]) -> tuple[Circle, ...]:
    if len(numbers) % 3:
        raise ConfigurationError(
            f'obstacles has {len(numbers)} numbers; it must be a multiple of three: '
            'x, y, radius of each obstacle'
        )
    _check_size('obstacles', numbers)
    circles = []
    for index in range(len(numbers) // 3):
        x, y, radius = numbers[3 * index : 3 * index + 3]
        if radius <= 0.0:
            raise ConfigurationError(
                f'obstacles[{index}].radius is {radius} m; a radius must be positive'
            )
        circles.append(Circle(x, y, radius, name=f'obstacles[{index}]'))
    return tuple(circles)


def _hazard_frame(checked: Mapping[str, Any]) -> str:
    frame: str = checked['hazard_frame'] or checked['world_frame']
    if frame.lstrip('/') != checked['world_frame'].lstrip('/') and not checked['use_tf']:
        raise ConfigurationError(
            f"hazard_frame is '{frame}' and world_frame is '{checked['world_frame']}'; set use_tf "
            'to true, or give arena and obstacles in world_frame'
        )
    return frame


def _check_size(name: str, numbers: Sequence[float]) -> None:
    for index, number in enumerate(numbers):
        if abs(number) > LARGEST_NUMBER:
            raise ConfigurationError(
                f'{name}[{index}] is {number} m; it must be a number up to {LARGEST_NUMBER:g} m'
            )


def _map_topic(topic: str) -> str:
    if topic and not TOPIC_NAME.fullmatch(topic):
        raise ConfigurationError(
            f'map_topic is {topic!r}; it must be the name of a topic, or empty'
        )
    return topic
