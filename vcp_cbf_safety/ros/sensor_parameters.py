"""The parameters of laser scanners and trackers."""

from vcp_cbf_safety.ros.parameter import Kind, Parameter

SENSOR_PARAMETERS = [
    Parameter(
        name='scan_topics',
        kind=Kind.STRINGS,
        default=[],
        example=['scan'],
        read_only=True,
        description='Topics of laser scanners (sensor_msgs/LaserScan); the robot needs all of '
        'them',
        rule='no topic twice',
    ),
    Parameter(
        name='scan_mounts',
        kind=Kind.DOUBLES,
        default=[],
        unit='m, m, rad',
        example=[0.1, 0.0, 0.0],
        description='Where the scanners are on the robot: x, y, yaw of each in base_link, one '
        'after the other; empty with use_tf where transforms from the frame of the scans to '
        'child_frame_id of odom say so',
        rule='three numbers for each of scan_topics, none beyond 1e6; or empty with use_tf',
    ),
    Parameter(
        name='scan_timeout',
        kind=Kind.DOUBLE,
        default=0.5,
        unit='s',
        low=0.01,
        high=10.0,
        description='A scan older than this, by receipt or stamp, stops the robot',
        rule='at least one period; at most 2 s',
    ),
    Parameter(
        name='scan_memory',
        kind=Kind.DOUBLE,
        default=1.0,
        unit='s',
        low=0.0,
        high=60.0,
        description='How long the robot keeps clear of what a scanner has seen and sees no '
        'longer, because the robot has turned or come too close',
    ),
    Parameter(
        name='scan_unseen',
        kind=Kind.STRING,
        default='stop',
        choices=('stop', 'slow', 'allow'),
        description='What the robot may do in a direction in which no scanner looks: not drive, '
        'creep with 0.1 m/s, or drive as everywhere',
        rule="'stop', 'slow' or 'allow'",
    ),
    Parameter(
        name='scan_range_min',
        kind=Kind.DOUBLE,
        default=0.0,
        unit='m',
        low=0.0,
        high=100.0,
        description='Readings below this, or below range_min of the scan, measure nothing',
    ),
    Parameter(
        name='scan_range_max',
        kind=Kind.DOUBLE,
        default=0.0,
        unit='m',
        low=0.0,
        high=1000.0,
        description='Readings beyond this, or beyond range_max of the scan, measure nothing; 0 '
        'for no limit of its own',
    ),
    Parameter(
        name='scan_point_radius',
        kind=Kind.DOUBLE,
        default=0.01,
        unit='m',
        low=0.0,
        high=1.0,
        description='Radius of the disc around every point that a scanner sees',
    ),
    Parameter(
        name='scan_self_radius',
        kind=Kind.DOUBLE,
        default=0.0,
        unit='m',
        low=0.0,
        high=5.0,
        description='Points that scanners see nearer to the axle centre than this are parts of '
        'the robot itself, and left out',
        rule='at most body_radius, or what a disc of the body '
        'has around the axle centre, - position_uncertainty',
    ),
    Parameter(
        name='scan_speed_bound',
        kind=Kind.DOUBLE,
        default=0.0,
        unit='m/s',
        low=0.0,
        high=10.0,
        description='Highest speed of what scanners see; 0 where everything stands still that is '
        'not reported otherwise',
    ),
    Parameter(
        name='scan_stride',
        kind=Kind.INT,
        default=1,
        low=1,
        high=100,
        description='Of so many neighbouring beams only the one counts that met the nearest thing',
    ),
    Parameter(
        name='scan_min_hits',
        kind=Kind.INT,
        default=1,
        low=1,
        high=20,
        description='In so many scans in a row a beam must meet something before it counts; 1 '
        'believes every beam. More hides rain, and whatever appears for that long',
    ),
    Parameter(
        name='scan_allow_empty',
        kind=Kind.BOOL,
        default=False,
        description='Whether a scan is good in which no beam measured anything, not even that '
        'nothing is there',
    ),
    Parameter(
        name='tracker_topics',
        kind=Kind.STRINGS,
        default=[],
        example=['obstacles_tracked'],
        read_only=True,
        description='Topics of trackers, which report obstacles with velocities in world_frame; '
        'the robot needs all of them',
        rule='no topic twice',
    ),
    Parameter(
        name='tracker_types',
        kind=Kind.STRINGS,
        default=[],
        read_only=True,
        example=['costmap_converter_msgs/msg/ObstacleArrayMsg'],
        description='Type of the messages on each of tracker_topics',
        rule='one for each of '
        'tracker_topics: costmap_converter_msgs/msg/ObstacleArrayMsg, '
        'derived_object_msgs/msg/ObjectArray, nav2_dynamic_msgs/msg/ObstacleArray or '
        'obstacle_detector/msg/Obstacles',
    ),
    Parameter(
        name='tracker_timeout',
        kind=Kind.DOUBLE,
        default=0.5,
        unit='s',
        low=0.01,
        high=10.0,
        description='A list of obstacles older than this, by receipt or stamp, stops the robot',
        rule='at least one period',
    ),
    Parameter(
        name='tracker_velocity_uncertainty',
        kind=Kind.DOUBLE,
        default=0.2,
        unit='m/s',
        low=0.0,
        high=10.0,
        description='Largest error of the velocities that trackers report; an '
        'obstacle with a velocity of exactly 0 stands still',
    ),
]
