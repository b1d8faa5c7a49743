"""What is around a recorded robot: markers, transforms, peers, walls; judged by ground truth."""

import math

import pytest

pytest.importorskip('rosbags', reason='rosbags is not installed')

from replay_bench import (
    cylinders,
    parameter_event,
    pose_odometry,
    record,
    run,
    summarized,
    transform,
    twist,
    write,
)
from rosbags.highlevel import AnyReader

from vcp_cbf_safety.frames.planar import Planar
from vcp_cbf_safety.hazards.hazards import Circle
from vcp_cbf_safety.motion.unicycle import Twist2D
from vcp_cbf_safety.sim.base import BaseModel
from vcp_cbf_safety.sim.world import World
from vcp_cbf_safety.studies.replay import windows
from vcp_cbf_safety.studies.replay.bag import read_bag
from vcp_cbf_safety.studies.replay.settings import settings_of
from vcp_cbf_safety.studies.replay.topics import Asked
from vcp_cbf_safety.studies.replay.windows import play_jobs, windows_of

STEP, RADIUS, MARGIN = 0.02, 0.16, 0.05
POSTS = (
    Circle(1.2, 0.8, 0.2, name='post/0'),
    Circle(2.0, -0.36, 0.25, name='post/1'),
    Circle(3.5, 1.0, 0.3, name='post/2'),
)
TYPES = {
    '/odom': 'nav_msgs/msg/Odometry', '/cmd_vel': 'geometry_msgs/msg/Twist',
    '/obstacles': 'visualization_msgs/msg/MarkerArray', '/tf': 'tf2_msgs/msg/TFMessage',
}  # fmt: skip
PARAMETERS = (f'body_radius={RADIUS}', f'margin={MARGIN}', 'position_uncertainty=0')
ARGUMENTS = [text for each in PARAMETERS for text in ('--set', each)]


def drive(messages_at, seconds=7.0, footprint=()):
    """A robot that passes close by post 1; messages of every step, and (time, clearance)."""
    radius = max((math.hypot(*corner) for corner in footprint), default=RADIUS)
    base = BaseModel(body_radius=radius, footprint=footprint, lag=0.1)
    world = World({'robot': (0.0, 0.0, 0.0)}, base=base, obstacles=POSTS)
    messages, nearest = [], (0.0, math.inf)
    for step in range(round(seconds / STEP)):
        command = Twist2D(0.6, 0.12 * math.sin(0.9 * world.time) - 0.03)
        world.command('robot', command)
        messages += messages_at(100.0 + STEP * step, world.state('robot'), command, step)
        worst = world.worst_clearance('robot')
        world.step(STEP)
        if world.worst_clearance('robot') < worst:
            nearest = (world.time, world.worst_clearance('robot'))
    assert not world.collisions('robot')
    return messages, nearest


def beside_markers(at, state, command, step):
    found = [
        ('/odom', at, pose_odometry(at, state.x, state.y, state.heading, state.speed,
                                    state.yaw_rate)),
        ('/cmd_vel', at, twist(command.v, command.omega)),
    ]  # fmt: skip
    if step % 10 == 0:
        found.append(('/obstacles', at, markers(at, 'odom')))
    return found


def markers(at, frame):
    return cylinders(at, frame, [('post', each.x, each.y, each.radius) for each in POSTS])


def check_nearest(report, truth):
    time, clearance = truth
    nearest = report['nearest']
    assert nearest['hazard'] == 'post/1'
    assert nearest['time_s'] == pytest.approx(time, abs=0.1)
    assert nearest['free_m'] == pytest.approx(clearance, abs=0.01)
    assert nearest['barrier_m'] == pytest.approx(clearance - MARGIN, abs=0.01)


def test_of_a_near_miss_hazard_time_and_smallest_barrier_are_named(tmp_path, capsys):
    messages, truth = drive(beside_markers)
    assert 0.0 < truth[1] < 0.1
    bag = record(tmp_path / 'bag', TYPES, messages)
    _, report = run(tmp_path, bag, *ARGUMENTS)
    check_nearest(report, truth)
    assert any(each['binding'] == 'post/1' for each in report['interventions'])
    page = (tmp_path / 'out' / 'replay.html').read_text(encoding='utf-8')
    assert '<b>post/1</b>' in page
    assert f'{report["nearest"]["free_m"]:.3f} m from the body' in page
    assert 'nearest: post/1 at ' in capsys.readouterr().out
    again = summarized(bag, *PARAMETERS)
    assert again == {name: report[name] for name in again}


def test_markers_in_a_map_are_where_transforms_say(tmp_path):
    shift = Planar(3.0, -2.0, 0.7)
    back = shift.inverse()

    def shifted(at, state, command, step):
        x, y, heading = back.after(Planar(state.x, state.y, state.heading))
        odometry = pose_odometry(at, x, y, heading, state.speed, state.yaw_rate)
        found = [('/odom', at, odometry), ('/cmd_vel', at, twist(command.v, command.omega))]
        found.append(('/tf', at, transform(at, 'map', 'odom', *shift)))
        return found + [('/obstacles', at, markers(at, 'map'))] * (step % 10 == 0)

    messages, truth = drive(shifted)
    bag = record(tmp_path / 'bag', TYPES, messages)
    check_nearest(summarized(bag, *PARAMETERS), truth)


def test_markers_that_nobody_can_place_are_left_out_and_that_is_said(tmp_path):
    def elsewhere(at, state, command, step):
        return [
            (topic, time, markers(at, 'map') if topic == '/obstacles' else message)
            for topic, time, message in beside_markers(at, state, command, step)
        ]

    messages, _ = drive(elsewhere, seconds=1.0)
    recording = read_bag(record(tmp_path / 'bag', TYPES, messages))
    jobs = windows_of(recording, settings_of(recording, PARAMETERS))
    (result,) = play_jobs(recording, jobs)
    (fault,) = result.played.faults
    assert fault.startswith('what is in map is left out: no transform from map to odom')


def test_of_several_robots_the_first_is_looked_at_and_the_others_are_its_peers(tmp_path):
    kinds = {
        f'/{robot}/{topic}': kind
        for robot in ('alice', 'bob')
        for topic, kind in (
            ('odom', 'nav_msgs/msg/Odometry'), ('cmd_vel_nom', 'geometry_msgs/msg/Twist'),
            ('cmd_vel', 'geometry_msgs/msg/Twist'),
        )
    }  # fmt: skip
    messages = []
    for k in range(150):
        at, x = 100.0 + 0.02 * k, 0.3 * 0.02 * k
        messages += [
            ('/bob/odom', at, pose_odometry(at, 2.0 - x, 0.3, math.pi, 0.3, 0.0)),
            ('/alice/odom', at, pose_odometry(at, x, 0.0, 0.0, 0.3, 0.0)),
        ]
        for robot in ('alice', 'bob'):
            messages += [
                (f'/{robot}/cmd_vel_nom', at, twist(0.6, 0.0)),
                (f'/{robot}/cmd_vel', at, twist(0.3, 0.0)),
            ]
    bag = record(tmp_path / 'bag', kinds, messages)
    recording = read_bag(bag)
    assert any('alice is looked at, the first robot by name' in each for each in recording.notes)
    assert recording.topics.sent == '/alice/cmd_vel'
    assert summarized(bag)['nearest']['hazard'] == 'bob'
    asked = Asked(odom='/bob/odom')
    assert summarized(bag, asked=asked)['nearest']['hazard'] == 'alice'


def test_parameters_in_the_bag_are_those_of_the_filter(tmp_path):
    told = {
        'body_radius': 0.17, 'margin': 0.03, 'arena': [-1.0, -1.0, 1.8, 1.0], 'max_speed': 0.9,
        'world_frame': 'odom', 'footprint': '', 'peers': [],
    }  # fmt: skip
    kinds = TYPES | {'/parameter_events': 'rcl_interfaces/msg/ParameterEvent'}
    messages = [('/parameter_events', 99.0, parameter_event('/safety_filter', told))]
    messages += [('/parameter_events', 99.0, parameter_event('/other', {'margin': 1.0}))]
    for k in range(100):
        at = 100.0 + 0.02 * k
        messages.append(('/odom', at, pose_odometry(at, 0.6 * 0.02 * k, 0.0, 0.0, 0.6, 0.0)))
        messages.append(('/cmd_vel', at, twist(0.6, 0.0)))
    bag = record(tmp_path / 'bag', kinds, messages)
    settings = settings_of(read_bag(bag), [])
    assert (settings.filter.body_radius, settings.filter.margin) == (0.17, 0.03)
    assert settings.filter.max_speed == 0.9
    report = summarized(bag, 'body_radius=0.17')
    assert report['nearest']['hazard'] == 'arena.x_max'
    last = 0.6 * 0.02 * 99
    assert report['nearest']['free_m'] == pytest.approx(1.8 - last - 0.17, abs=0.02)


def test_a_body_is_what_its_footprint_says(tmp_path):
    corners = ((0.2, 0.1), (-0.3, 0.1), (-0.3, -0.1), (0.2, -0.1))
    messages, truth = drive(beside_markers, footprint=corners)
    bag = record(tmp_path / 'bag', TYPES, messages)
    text = [list(corner) for corner in corners]
    report = summarized(bag, *PARAMETERS, f'footprint={text}')
    assert len(report['body_discs']) > 1
    # The discs cover the corners, so they stick out a little elsewhere.
    assert truth[1] - 0.06 < report['nearest']['free_m'] < truth[1] + 0.01


def test_the_recording_of_the_filter_is_as_long_as_that_of_the_robot(tmp_path):
    bag = write(tmp_path / 'bag', until=4.2)
    _, report = run(tmp_path, bag)
    with AnyReader([tmp_path / 'out' / 'replay.mcap']) as reader:
        kinds = {each.topic: each.msgtype for each in reader.connections}
        found = {topic: [] for topic in kinds}
        for connection, time, raw in reader.messages():
            message = reader.deserialize(raw, connection.msgtype)
            found[connection.topic].append((1e-9 * time, message))
    assert kinds == {
        '/replay/cmd_vel': 'geometry_msgs/msg/TwistStamped',
        '/replay/state': 'diagnostic_msgs/msg/DiagnosticStatus',
        '/replay/telemetry': 'std_msgs/msg/Float64MultiArray',
        '/replay/markers': 'visualization_msgs/msg/MarkerArray',
    }
    commands = found['/replay/cmd_vel']
    assert len(commands) == len(found['/replay/telemetry']) == report['cycles']
    # On the clock of the recording, and slower than the driver before the post.
    assert 100.0 <= commands[0][0] < commands[-1][0] <= 104.2
    assert commands[-1][1].twist.linear.x < 0.5
    states = [{each.key: each.value for each in state.values} for _, state in
              found['/replay/state']]  # fmt: skip
    assert states[0]['outcome'] == 'nominal'
    assert any(state['binding'].startswith('/scan[') for state in states)
    spaces = {each.ns for _, message in found['/replay/markers'] for each in message.markers}
    assert {'body', 'points', 'nominal', 'safe', 'reason', 'binding'} <= spaces
    labels = found['/replay/telemetry'][0][1].layout.dim[0].label
    assert labels.startswith('min_barrier_m,')


def test_in_windows_on_all_cores_it_is_the_same_as_in_one(tmp_path, monkeypatch):
    recording = read_bag(write(tmp_path / 'bag', until=4.2))
    settings = settings_of(recording, ['body_radius=0.2'])
    whole = [each for result in play_jobs(recording, windows_of(recording, settings))
             for each in result.played.cycles]  # fmt: skip
    monkeypatch.setattr(windows, '_WINDOW', 0.9)
    jobs = windows_of(recording, settings)
    assert len(jobs) == 5
    parts = [each for result in play_jobs(recording, jobs) for each in result.played.cycles]
    assert [each.time for each in parts] == [each.time for each in whole]
    assert [each.command.v for each in parts] == pytest.approx([each.command.v for each in whole])
