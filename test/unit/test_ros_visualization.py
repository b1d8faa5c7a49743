"""Markers of a cycle."""

import math
from dataclasses import replace

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from builtin_interfaces.msg import Time
from documents import names, rows
from visualization_msgs.msg import Marker

from vcp_cbf_safety import (
    Arena,
    BodyDisc,
    Circle,
    FilterConfig,
    Hazards,
    Outcome,
    Peer,
    RobotState,
    SafetyFilter,
    Twist2D,
    standing_discs,
)
from vcp_cbf_safety.colors import OUTCOME_COLORS, rgb
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.ros.visualization import Visualizer, markers_of_cycle

CONFIG = FilterConfig(
    body_radius=0.2, vcp_offset=0.1, period=0.05, min_speed=-0.2, max_speed=1.0, max_yaw_rate=2.0
)
SETTINGS = NodeSettings.from_parameters({'arena': [-3.0, -3.0, 3.0, 3.0]})
ARENA = Arena(-3.0, -3.0, 3.0, 3.0)
SQUARE = ((0.2, 0.2), (-0.2, 0.2), (-0.2, -0.2), (0.2, -0.2))
ROBOT = RobotState(0.5, -0.2, 0.3, 0.6)


@pytest.fixture
def command():
    points = standing_discs(tuple(f'scan[{i}]' for i in range(300)), 0.5, 1.2, 0.01)
    circles = [Circle(1.4, 0.2, 0.3, name='post'), Circle(-2.0, 2.0, 0.3)]
    peers = [Peer(-2.0, -2.0, 0.0, 0.0, 0.0, 0.2), Peer(1.6, -1.2, 1.5, 0.2, 0.0, 0.2)]
    hazards = Hazards(ARENA, circles, peers, [points])
    return SafetyFilter(CONFIG).step(Twist2D(0.9, 0.0), ROBOT, hazards)


def by_name(made):
    found = {}
    for marker in made:
        found.setdefault(marker.ns, []).append(marker)
    return found


def test_every_namespace_of_the_document_is_there_and_no_other(command):
    made = by_name(markers_of_cycle(CONFIG, ARENA, command, ROBOT, SQUARE))
    said = {each for row in rows('interface.md', 'Markers of the filter')
            for each in names(row['namespace'])}  # fmt: skip
    assert set(made) - {''} == said


def test_every_outcome_has_a_color():
    assert {outcome.value for outcome in Outcome} | {'circulating'} == set(OUTCOME_COLORS)
    assert rgb('#ff8000') == pytest.approx((1.0, 0.502, 0.0), abs=1e-3)


def test_the_body_is_where_the_robot_is_and_as_large_as_it_is(command):
    (body,) = by_name(markers_of_cycle(CONFIG, ARENA, command, ROBOT))['body']
    place = body.pose.position
    assert (place.x, place.y, body.scale.x) == (ROBOT.x, ROBOT.y, 2.0 * CONFIG.body_radius)


def test_a_body_of_discs_and_its_footprint_turn_with_the_robot(command):
    config = replace(CONFIG, body_discs=(BodyDisc(0.3, 0.0, 0.2), BodyDisc(-0.3, 0.1, 0.25)))
    robot = RobotState(1.0, 2.0, 0.5 * math.pi)
    made = by_name(markers_of_cycle(config, ARENA, command, robot, SQUARE))
    front, rear = made['body']
    assert (front.pose.position.x, front.pose.position.y) == pytest.approx((1.0, 2.3))
    assert (rear.pose.position.x, rear.pose.position.y) == pytest.approx((0.9, 1.7))
    assert (front.scale.x, rear.scale.x) == (0.4, 0.5)
    (line,) = made['footprint']
    assert len(line.points) == 5
    assert (line.points[1].x, line.points[1].y) == pytest.approx((0.8, 1.8))


def test_the_line_to_what_binds_ends_at_its_edge(command):
    assert command.binding == 'post'
    (line,) = by_name(markers_of_cycle(CONFIG, ARENA, command, ROBOT))['binding']
    edge = line.points[-1]
    assert math.hypot(edge.x - 1.4, edge.y - 0.2) == pytest.approx(0.3, abs=0.02)


def test_the_line_of_a_long_body_begins_at_the_disc_that_is_nearest():
    discs = (BodyDisc(0.4, 0.0, 0.2), BodyDisc(-0.4, 0.0, 0.2))
    config, robot = replace(CONFIG, body_discs=discs), RobotState(0.0, 0.0, 0.0)
    post = Hazards(circles=[Circle(-0.4, 0.5, 0.1, name='post')])
    turned = SafetyFilter(config).step(Twist2D(0.0, -2.0), robot, post)
    assert turned.binding == 'post'
    made = by_name(markers_of_cycle(config, None, turned, robot))
    (line,) = made['binding']
    assert [(p.x, p.y) for p in line.points] == [
        pytest.approx((-0.4, 0.0)), pytest.approx((-0.4, 0.4))
    ]  # fmt: skip
    assert len(made['margin']) == 2


def test_the_nominal_command_leads_where_it_would_in_a_second(command):
    line, head = by_name(markers_of_cycle(CONFIG, ARENA, command, ROBOT))['nominal']
    end = line.points[-1]
    assert math.hypot(end.x - ROBOT.x, end.y - ROBOT.y) == pytest.approx(0.9)
    assert (head.type, head.points[0]) == (Marker.ARROW, end)


@pytest.mark.parametrize(
    ('nominal', 'heading'),
    [((0.5, 0.0), 0.3), ((-0.2, 0.0), 0.3 + math.pi), ((0.0, 1.0), 1.3), ((0.5, -1.0), -0.7)],
)
def test_the_arrow_points_where_the_command_drives_or_turns_to(nominal, heading):
    command = SafetyFilter(CONFIG).step(Twist2D(*nominal), ROBOT, Hazards())
    _, head = by_name(markers_of_cycle(CONFIG, None, command, ROBOT))['nominal']
    begin, end = head.points
    angle = math.atan2(end.y - begin.y, end.x - begin.x)
    assert math.cos(angle - heading) == pytest.approx(1.0)


def test_a_command_to_stand_has_no_arrow():
    command = SafetyFilter(CONFIG).step(Twist2D(0.0, 0.0), ROBOT, Hazards())
    assert len(by_name(markers_of_cycle(CONFIG, None, command, ROBOT))['nominal']) == 1


def test_rows_lead_to_what_leaves_little_room_and_are_red_where_there_is_none(command):
    (rows_,) = by_name(markers_of_cycle(CONFIG, ARENA, command, ROBOT))['rows']
    assert rows_.type == Marker.LINE_LIST
    assert len(rows_.points) == len(rows_.colors) <= 40
    # The first one is that with the least room: what binds.
    end, color = rows_.points[1], rows_.colors[1]
    assert math.hypot(end.x - 1.4, end.y - 0.2) == pytest.approx(0.3, abs=0.02)
    assert (color.r, color.g) == pytest.approx((1.0, 0.0), abs=0.05)


def test_in_the_open_no_row_is_drawn():
    far = Hazards(circles=[Circle(5.0, 5.0, 0.3)])
    command = SafetyFilter(CONFIG).step(Twist2D(0.2, 0.0), ROBOT, far)
    assert 'rows' not in by_name(markers_of_cycle(CONFIG, None, command, ROBOT))


def test_the_reach_of_what_moves_is_a_closed_line_around_it(command):
    (line,) = by_name(markers_of_cycle(CONFIG, ARENA, command, ROBOT))['reach']
    assert line.points[0] == line.points[-1]
    xs, ys = [p.x for p in line.points], [p.y for p in line.points]
    assert min(xs) < 1.6 - 0.2 < 1.6 + 0.2 < max(xs)
    assert min(ys) < -1.2 - 0.2 < -1.2 + 0.2 < max(ys)


def test_each_message_deletes_the_markers_before_and_every_marker_has_a_name(command):
    made = markers_of_cycle(CONFIG, ARENA, command, ROBOT)
    assert made[0].action == Marker.DELETEALL
    assert len({(marker.ns, marker.id) for marker in made}) == len(made)


def test_a_robot_that_brakes_without_odometry_is_shown_where_it_was(command):
    braked = SafetyFilter(CONFIG).brake('no odometry')
    made = by_name(markers_of_cycle(CONFIG, None, braked, ROBOT))
    assert set(made) == {'', 'body', 'reason'}
    assert made['reason'][0].text == 'stopped: no odometry'
    assert set(by_name(markers_of_cycle(CONFIG, None, braked, None))) == {''}


class Topic:
    """A publisher with some subscribers."""

    def __init__(self, subscribers):
        self.subscribers, self.sent = subscribers, []

    def get_subscription_count(self):
        return self.subscribers

    def publish(self, message):
        self.sent.append(message)


@pytest.mark.parametrize(('subscribers', 'count'), [(0, 0), (1, 10)])
def test_markers_are_made_ten_times_a_second_and_only_while_somebody_listens(
    command, subscribers, count
):
    topic = Topic(subscribers)
    visualizer = Visualizer(topic, 'odom', 'map', Time)
    for cycle in range(50):
        visualizer.show(SETTINGS, command, 10.0 + 0.02 * cycle)
    assert len(topic.sent) == pytest.approx(count, abs=1)
    frames = {(m.ns, m.header.frame_id) for each in topic.sent for m in each.markers}
    assert {frame for namespace, frame in frames if namespace != 'arena'} <= {'odom'}
    assert ('arena', 'map') in frames or not count
