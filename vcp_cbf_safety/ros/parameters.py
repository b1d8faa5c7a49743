"""Every parameter of the node, declared once: type, default, range, unit, meaning."""

import dataclasses
from collections.abc import Mapping

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.ros.body_parameters import BODY_PARAMETERS
from vcp_cbf_safety.ros.parameter import Kind, Parameter
from vcp_cbf_safety.ros.sensor_parameters import SENSOR_PARAMETERS

# Robot parameters without a default in FilterConfig: a small indoor robot, on the slow side. They
# let the node start without a file; every real robot has its own (config/).
_ROBOT_DEFAULTS = {
    'body_radius': 0.2,
    'vcp_offset': 0.1,
    'min_speed': -0.2,
    'max_speed': 0.5,
    'max_yaw_rate': 1.5,
}

_SWITCHES = {
    'resolve_deadlock': 'Turn the nominal command aside when the robot is held up by what it '
    'must not touch',
}


def _filter_parameters() -> list[Parameter]:
    """Every number and switch of FilterConfig but the period, which is 1 / control_frequency."""
    quantities = FilterConfig.quantities()
    parameters = []
    for field in dataclasses.fields(FilterConfig):
        default = _ROBOT_DEFAULTS.get(field.name, field.default)
        quantity = quantities.get(field.name)
        if field.name in ('period', 'body_discs'):
            continue
        if quantity is None:
            text = _SWITCHES.get(field.name, field.name.replace('_', ' ').capitalize())
            made = Parameter(name=field.name, kind=Kind.BOOL, default=default, description=text)
            parameters.append(made)
            continue
        parameters.append(
            Parameter(
                name=field.name, kind=Kind.DOUBLE, default=default, unit=quantity.unit,
                description=quantity.description, low=quantity.low, high=quantity.high,
            )
        )  # fmt: skip
    return parameters


_NODE_PARAMETERS = [
    *BODY_PARAMETERS,
    Parameter(
        name='control_frequency', kind=Kind.DOUBLE, default=50.0, unit='Hz', low=1.0, high=1000.0,
        description='How often a command is published at least; a nominal command that arrives '
        'between two of them does not wait', read_only=True,
    ),
    Parameter(
        name='world_frame', kind=Kind.STRING, default='odom', read_only=True,
        description='Frame of the odometry, in which the filter works; a message in another '
        'frame needs use_tf', rule='not empty',
    ),
    Parameter(
        name='use_tf', kind=Kind.BOOL, default=False, read_only=True,
        description='Hear /tf and /tf_static, so that scanners, map, markers, peers and '
        'hazard_frame may be in frames other than world_frame',
    ),
    Parameter(
        name='transform_timeout', kind=Kind.DOUBLE, default=1.0, unit='s', low=0.01, high=60.0,
        description='A transform to world_frame older than this, by receipt or stamp, stops a '
        'robot that needs it', rule='at least one period',
    ),
    Parameter(
        name='enable_stamped_cmd_vel', kind=Kind.BOOL, default=False, read_only=True,
        description='TwistStamped instead of Twist, on cmd_vel_nom and cmd_vel alike',
    ),
    Parameter(
        name='arena', kind=Kind.DOUBLES, default=[], unit='m', example=[-5.0, -5.0, 5.0, 5.0],
        description='Box that the body stays inside of: x_min, y_min, x_max, y_max in '
        'hazard_frame; empty for none',
        rule='empty, or four numbers, x_min < x_max and y_min < y_max, wide enough for the robot, '
        'none beyond 1e6',
    ),
    Parameter(
        name='obstacles', kind=Kind.DOUBLES, default=[], unit='m', example=[1.0, 2.0, 0.3],
        description='Circles that are always there, beside those on the topic obstacles: '
        'x, y, radius of each in hazard_frame, one after the other',
        rule='a multiple of three numbers, none beyond 1e6, radii positive',
    ),
    Parameter(
        name='hazard_frame', kind=Kind.STRING, default='', read_only=True,
        description='Frame of arena and obstacles; empty for world_frame. In map, a correction '
        'of the localisation moves them, not the robot', rule='another one only with use_tf',
    ),
    Parameter(
        name='peers', kind=Kind.STRINGS, default=[], example=['robot2', 'robot3'],
        description='Names of the other robots', rule='no name twice, not the own namespace, '
        'none whose odometry topic is odom of this robot',
    ),
    Parameter(
        name='peer_odom_topic', kind=Kind.STRING, default='/{peer}/odom', read_only=True,
        description='Odometry topic of a peer; {peer} stands for its name',
        rule='a topic name that contains {peer}',
    ),
    Parameter(
        name='peer_radius', kind=Kind.DOUBLE, default=0.2, unit='m', low=0.01, high=5.0,
        description="Radius of the disc around a peer's axle centre that covers its body",
    ),
    Parameter(
        name='peer_responsibility', kind=Kind.DOUBLE, default=1.0, low=0.01, high=1.0,
        description="This robot's share of keeping apart from a peer: 1 when peers do not give "
        'way, 0.5 when they run this filter too',
    ),
    Parameter(
        name='odom_timeout', kind=Kind.DOUBLE, default=0.3, unit='s', low=0.01, high=10.0,
        description='Odometry older than this, by receipt or stamp, stops the robot',
        rule='at least one period; at most 2 s together with actuation_delay',
    ),
    Parameter(
        name='odom_stuck_timeout', kind=Kind.DOUBLE, default=0.0, unit='s', low=0.0, high=10.0,
        description='Odometry that says the same numbers for longer than this stops a robot that '
        'is told to move, until they change or it is to stand; 0 switches that off, because '
        'odometry without noise says the same of a robot that is held',
    ),
    Parameter(
        name='check_odom_twist', kind=Kind.BOOL, default=True,
        description='Brake while the twist in the odometry of the robot or a peer is not how its '
        'poses move, as far as position_uncertainty can tell; false where poses are not the '
        'integral of twists, as in recordings that are played faster',
    ),
    Parameter(
        name='stop_on_odom_reset', kind=Kind.BOOL, default=True,
        description='Stop the robot until ~/release when odometry jumps to within 5 cm of (0, 0) '
        'from more than 0.5 m away, or is somewhere after a gap longer than odom_timeout where '
        'the robot cannot have got while it braked: a driver that has started again counts from '
        'another origin. false where the localisation may jump so: the robot brakes for a jump '
        'and drives on',
    ),
    Parameter(
        name='obstacles_timeout', kind=Kind.DOUBLE, default=0.0, unit='s', low=0.0, high=600.0,
        description='When nothing has come on the topic obstacles for longer than this, from the '
        'start on, the robot stops; 0 when nobody has to publish there. Set it where perception '
        'or a map node reports obstacles: one that has died reports a free world',
    ),
    Parameter(
        name='map_topic', kind=Kind.STRING, default='', read_only=True,
        description='Topic of a map (nav_msgs/OccupancyGrid) whose occupied cells '
        'are obstacles; the robot needs it. Empty for none', rule='empty, or a topic name',
    ),
    Parameter(
        name='map_occupied', kind=Kind.INT, default=65, unit='%', low=1, high=100,
        description='Cells of the map that are so likely occupied, or more, are obstacles',
    ),
    Parameter(
        name='map_unknown_occupied', kind=Kind.BOOL, default=False,
        description='Whether cells of the map of which nothing is known are obstacles too',
    ),
    *SENSOR_PARAMETERS,
    Parameter(
        name='cmd_timeout', kind=Kind.DOUBLE, default=0.5, unit='s', low=0.01, high=10.0,
        description='A nominal command older than this has ended: the robot brakes to rest and '
        'is idle until the next one',
        rule='at least one period',
    ),
    Parameter(
        name='peer_timeout', kind=Kind.DOUBLE, default=0.5, unit='s', low=0.01, high=10.0,
        description='A peer, or a marker that moves, not heard of for longer than this may be '
        'anywhere that it could have reached since', rule='at least one period',
    ),
    Parameter(
        name='peer_lost_timeout', kind=Kind.DOUBLE, default=2.0, unit='s', low=0.01, high=600.0,
        rule='at least peer_timeout',
        description='A peer, or a marker that moves, not heard of for longer than this is lost',
    ),
    Parameter(
        name='peer_lost_action', kind=Kind.STRING, default='brake', choices=('brake', 'ignore'),
        description='What the robot does about a peer that is lost or was never there, or a '
        'marker that is lost: brake, or take it to be gone', rule="'brake' or 'ignore'",
    ),
    Parameter(
        name='recovery_time', kind=Kind.DOUBLE, default=0.2, unit='s', low=0.0, high=10.0,
        description='How long an input that failed must be good before the robot drives on; one '
        'that has not failed, such as the first odometry or a nominal command after silence, '
        'counts at once',
    ),
    Parameter(
        name='mode', kind=Kind.STRING, default='enforce', choices=('enforce', 'shadow'),
        description='Whether the filter changes commands, or passes them on unchanged and reports '
        'what it would have done (while the filter is active to that only with '
        'allow_disable)', rule="'enforce' or 'shadow'",
    ),
    Parameter(
        name='allow_disable', kind=Kind.BOOL, default=False, read_only=True,
        description='Whether the service ~/enable may switch the filter off, and the parameter '
        'mode may change to shadow while the filter is active',
    ),
    Parameter(
        name='brake_on_bypass', kind=Kind.BOOL, default=False,
        description='Brake while somebody else publishes on cmd_vel, or two publish on odom or '
        'cmd_vel_nom',
    ),
    Parameter(
        name='barriernet.enabled', kind=Kind.BOOL, default=False,
        description='Let a trained network correct nominal commands; the rows stay as they are. '
        'Needs the extra `learning`; without an answer that can be used they go uncorrected',
        rule='while the filter is active true only for the model that is loaded',
    ),
    Parameter(
        name='barriernet.model', kind=Kind.STRING, default='',
        description='File of the network, X.safetensors, with X.safetensors.yaml beside it; empty '
        'for the one that comes with the package',
        rule='only while the filter is inactive or the network off',
    ),
    Parameter(
        name='barriernet.budget_ms', kind=Kind.DOUBLE, default=5.0, unit='ms', low=0.001,
        high=1000.0,
        description='An answer of the network that takes longer is not used; after three of them '
        'in a row the network is off until a parameter changes',
    ),
    Parameter(
        name='diagnostics.late_warn', kind=Kind.DOUBLE, default=0.05, low=0.0, high=1.0,
        description='Share of the control cycles of the last second that may come late before '
        'the diagnostics warn',
    ),
    Parameter(
        name='diagnostics.late_error', kind=Kind.DOUBLE, default=0.5, low=0.0, high=1.0,
        description='The same before the diagnostics call it an error',
        rule='at least diagnostics.late_warn',
    ),
    Parameter(
        name='diagnostics.duration_warn', kind=Kind.DOUBLE, default=0.8, low=0.0, high=10.0,
        description='How long a control cycle may take, in periods, before the diagnostics warn: '
        'the 99th percentile of the last second',
    ),
    Parameter(
        name='autostart', kind=Kind.BOOL, default=True, read_only=True,
        description='Configure and activate at start; false leaves that to a lifecycle manager',
    ),
]  # fmt: skip

PARAMETERS: Mapping[str, Parameter] = {
    parameter.name: parameter for parameter in [*_filter_parameters(), *_NODE_PARAMETERS]
}
