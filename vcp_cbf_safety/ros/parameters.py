"""Every parameter of the node, declared once: type, default, range, unit, meaning."""

import dataclasses
from collections.abc import Mapping

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.ros.parameter import Kind, Parameter

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
    """Every field of FilterConfig but the period, which follows from control_frequency."""
    quantities = FilterConfig.quantities()
    parameters = []
    for field in dataclasses.fields(FilterConfig):
        default = _ROBOT_DEFAULTS.get(field.name, field.default)
        quantity = quantities.get(field.name)
        if field.name == 'period':
            continue
        if quantity is None:
            description = _SWITCHES.get(field.name, field.name.replace('_', ' ').capitalize())
            parameters.append(
                Parameter(
                    name=field.name, kind=Kind.BOOL, default=default, description=description
                )
            )
            continue
        parameters.append(
            Parameter(
                name=field.name, kind=Kind.DOUBLE, default=default, unit=quantity.unit,
                description=quantity.description, low=quantity.low, high=quantity.high,
            )
        )  # fmt: skip
    return parameters


_NODE_PARAMETERS = [
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
    Parameter(
        name='scan_topics', kind=Kind.STRINGS, default=[], example=['scan'], read_only=True,
        description='Topics of laser scanners (sensor_msgs/LaserScan); the robot needs all of '
        'them', rule='no topic twice',
    ),
    Parameter(
        name='scan_mounts', kind=Kind.DOUBLES, default=[], unit='m, m, rad',
        example=[0.1, 0.0, 0.0],
        description='Where the scanners are on the robot: x, y, yaw of each in base_link, one '
        'after the other; empty with use_tf where transforms from the frame of the scans to '
        'child_frame_id of odom say so',
        rule='three numbers for each of scan_topics, none beyond 1e6; or empty with use_tf',
    ),
    Parameter(
        name='scan_timeout', kind=Kind.DOUBLE, default=0.5, unit='s', low=0.01, high=10.0,
        description='A scan older than this, by receipt or stamp, stops the robot',
        rule='at least one period; at most 2 s',
    ),
    Parameter(
        name='scan_memory', kind=Kind.DOUBLE, default=1.0, unit='s', low=0.0, high=60.0,
        description='How long the robot keeps clear of what a scanner has seen and sees no '
        'longer, because the robot has turned or come too close',
    ),
    Parameter(
        name='scan_unseen', kind=Kind.STRING, default='stop', choices=('stop', 'slow', 'allow'),
        description='What the robot may do in a direction in which no scanner looks: not drive, '
        'creep with 0.1 m/s, or drive as everywhere', rule="'stop', 'slow' or 'allow'",
    ),
    Parameter(
        name='scan_range_min', kind=Kind.DOUBLE, default=0.0, unit='m', low=0.0, high=100.0,
        description='Readings below this, or below range_min of the scan, measure nothing',
    ),
    Parameter(
        name='scan_range_max', kind=Kind.DOUBLE, default=0.0, unit='m', low=0.0, high=1000.0,
        description='Readings beyond this, or beyond range_max of the scan, measure nothing; 0 '
        'for no limit of its own',
    ),
    Parameter(
        name='scan_point_radius', kind=Kind.DOUBLE, default=0.01, unit='m', low=0.0, high=1.0,
        description='Radius of the disc around every point that a scanner sees',
    ),
    Parameter(
        name='scan_self_radius', kind=Kind.DOUBLE, default=0.0, unit='m', low=0.0, high=5.0,
        description='Points that scanners see nearer to the axle centre than this are parts of '
        'the robot itself, and left out', rule='at most body_radius - position_uncertainty',
    ),
    Parameter(
        name='scan_speed_bound', kind=Kind.DOUBLE, default=0.0, unit='m/s', low=0.0, high=10.0,
        description='Highest speed of what scanners see; 0 where everything stands still that is '
        'not reported otherwise',
    ),
    Parameter(
        name='scan_stride', kind=Kind.INT, default=1, low=1, high=100,
        description='Of so many neighbouring beams only the one counts that met the nearest thing',
    ),
    Parameter(
        name='scan_min_hits', kind=Kind.INT, default=1, low=1, high=20,
        description='In so many scans in a row a beam must meet something before it counts; 1 '
        'believes every beam. More hides rain, and whatever appears for that long',
    ),
    Parameter(
        name='scan_allow_empty', kind=Kind.BOOL, default=False,
        description='Whether a scan is good in which no beam measured anything, not even that '
        'nothing is there',
    ),
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
        name='autostart', kind=Kind.BOOL, default=True, read_only=True,
        description='Configure and activate at start; false leaves that to a lifecycle manager',
    ),
]  # fmt: skip

PARAMETERS: Mapping[str, Parameter] = {
    parameter.name: parameter for parameter in [*_filter_parameters(), *_NODE_PARAMETERS]
}
