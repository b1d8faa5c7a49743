"""What lies between the ways that are looked at, and peers that are left their part of the gap."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from vcp_cbf_safety import Arena, Circle, FilterConfig, Hazards, Peer, RobotState, Twist2D
from vcp_cbf_safety.checks.rollout import Checked, safe_scale
from vcp_cbf_safety.checks.surroundings import surroundings_of
from vcp_cbf_safety.motion.prediction import Ahead, unpredicted
from vcp_cbf_safety.motion.response import Limits
from vcp_cbf_safety.motion.stop_fan import fans_of, grid_of
from vcp_cbf_safety.qp.assembly import assemble, rules_of, total_inflation

# A body of a centimetre, so that a way and the next one leave room for it between them.
NEEDLE = FilterConfig(
    body_radius=0.01, vcp_offset=0.05, period=0.05, min_speed=-3.0, max_speed=3.0,
    max_yaw_rate=2.0, max_deceleration=1.0, max_yaw_acceleration=8.0, actuation_delay=0.0,
    velocity_lag=0.0, margin=0.0, position_uncertainty=0.0,
)  # fmt: skip
ROLLING = RobotState(0.0, 0.0, 0.0, speed=3.0)
ONWARD = Twist2D(3.0, 2.0)


def checked(
    config: FilterConfig, hazards: Hazards, starts: list[Ahead], command: Twist2D
) -> Checked:
    """The check with all that a cycle of the filter gives it."""
    prediction = unpredicted(starts[0].state, hazards)._replace(starts=starts)
    rules = rules_of(config)
    assembly = assemble(config, rules, command, prediction, command, config.period)
    around = surroundings_of(config, prediction, assembly, command)
    return safe_scale(
        config, command, starts, around, command, command, Checked(1.0), config.period
    )


def fan(start: Ahead, command: Twist2D = ONWARD, others: tuple[Ahead, ...] = ()) -> list:
    grid = grid_of(NEEDLE, [start, *others], command)
    return [way.points for way in fans_of(NEEDLE, [start], command, grid)[0]]


def away_from(ways: list, point: np.ndarray) -> float:
    """Distance of a point to the nearest of the ways."""
    dense = np.concatenate([
        np.linspace(a, b, 50) for way in ways for a, b in itertools.pairwise(way)
    ])  # fmt: skip
    return float(np.linalg.norm(dense - point, axis=1).min())


def post(point: np.ndarray) -> Hazards:
    return Hazards(circles=[Circle(*point.tolist(), 0.0, name='post')])


def test_post_on_the_line_between_the_ends_of_two_stops_is_seen() -> None:
    ways = fan(Ahead(ROLLING))
    pairs = list(itertools.pairwise(ways))
    one, two = max(pairs, key=lambda pair: math.dist(pair[0][-1], pair[1][-1]))
    middle = 0.5 * (one[-1] + two[-1])
    assert away_from(ways, middle) > total_inflation(NEEDLE)
    assert checked(NEEDLE, post(middle), [Ahead(ROLLING)], ONWARD).hazard == 'post'


def test_post_between_two_stops_and_between_their_points_is_seen() -> None:
    ways = fan(Ahead(ROLLING))
    free = 0.0
    for one, two in itertools.pairwise(ways):
        for k in range(len(one) - 2):
            middle = 0.25 * (one[k] + one[k + 1] + two[k] + two[k + 1])
            rungs = [[one[k], two[k]], [one[k + 1], two[k + 1]]]
            away = away_from([*ways, *(np.array(rung) for rung in rungs)], middle)
            if away > free:
                free, hidden = away, middle
    assert free > total_inflation(NEEDLE)
    assert checked(NEEDLE, post(hidden), [Ahead(ROLLING)], ONWARD).hazard == 'post'


def test_post_that_only_another_base_inside_the_assumption_would_touch_is_seen() -> None:
    """It may have braked harder, and be behind; the post is between it and the expected one."""
    turning = RobotState(0.0, 0.0, 0.0, speed=1.0, yaw_rate=2.0)
    behind = Ahead(replace(turning, x=-0.8), Limits(1e-6, 1e9))
    starts = [Ahead(turning), behind]
    command = Twist2D(1.0, 2.0)
    ways = [
        way
        for start, other in ((starts[0], starts[1]), (starts[1], starts[0]))
        for way in fan(start, command, (other,))
    ]
    tips = [fan(start, command, (other,))[-1][-1] for start, other in (starts, starts[::-1])]
    middle = 0.5 * (tips[0] + tips[1])
    assert away_from(ways, middle) > total_inflation(NEEDLE)
    assert checked(NEEDLE, post(middle), starts, command).hazard == 'post'
    assert checked(NEEDLE, post(middle), starts[:1], command).scale == 1.0


def test_post_that_the_expected_base_has_passed_but_another_has_not_is_seen() -> None:
    turning = RobotState(0.0, 0.0, 0.0, speed=1.0, yaw_rate=2.0)
    starts = [Ahead(turning), Ahead(replace(turning, x=-0.3), Limits(1e-6, 1e9))]
    command = Twist2D(1.0, 2.0)
    way = fan(starts[1], command, (starts[0],))[-1]
    hidden = way[np.hypot(*(way - np.array((-0.1, 0.0))).T).argmin()]
    assert hidden[0] < 0.0
    beside = hidden + np.array((0.0, 0.02))
    assert checked(NEEDLE, post(beside), starts[:1], command).scale == 1.0
    assert checked(NEEDLE, post(beside), starts, command).hazard == 'post'


def test_wall_that_a_curve_reaches_between_two_looks_is_seen() -> None:
    ways = fan(Ahead(ROLLING))
    height = max(float(way[:, 1].max()) for way in ways)
    wall = Hazards(arena=Arena(-90.0, -90.0, 90.0, height))
    assert checked(NEEDLE, wall, [Ahead(ROLLING)], ONWARD).hazard == 'arena.y_max'
    wall = Hazards(arena=Arena(-90.0, -90.0, 90.0, height + 0.03))
    assert checked(NEEDLE, wall, [Ahead(ROLLING)], ONWARD).scale == 1.0


PAIR = FilterConfig(
    body_radius=0.15, vcp_offset=0.1, period=0.05, min_speed=-0.2, max_speed=1.0,
    max_yaw_rate=2.84,
)  # fmt: skip
TURNING = RobotState(0.0, 0.0, 0.0, speed=1.0, yaw_rate=2.0)
INWARD = Twist2D(0.0, 2.84)


def abreast(gap: float, responsibility: float) -> Hazards:
    """A peer that drives beside the robot, to its left, with a gap beyond the margins."""
    away = gap + 0.15 + total_inflation(PAIR)
    return Hazards(peers=[Peer(0.0, away, 0.0, 1.0, 0.0, 0.15, responsibility, name='ann')])


def left_of(command: Twist2D) -> float:
    """How far the robot's way to standing leads to the left [m]."""
    start = Ahead(TURNING)
    grid = grid_of(PAIR, [start], command)
    return float(fans_of(PAIR, [start], command, grid)[0][-1].points[:, 1].max())


@pytest.mark.parametrize('responsibility', [0.3, 0.5, 0.8])
def test_turn_towards_a_peer_ends_within_the_robots_part_of_the_gap(
    responsibility: float,
) -> None:
    aside = left_of(INWARD)
    assert aside > 0.1
    wide, tight = (factor * aside / responsibility for factor in (1.02, 0.98))
    passed = checked(PAIR, abreast(wide, responsibility), [Ahead(TURNING)], INWARD)
    assert passed.scale == 1.0
    slowed = checked(PAIR, abreast(tight, responsibility), [Ahead(TURNING)], INWARD)
    assert slowed.scale < 1.0
    assert slowed.hazard == 'ann'
    assert slowed.purpose == 'to keep to its part of the gap to ann'


def test_turn_away_from_a_peer_is_free_however_near_it_is() -> None:
    right = [Ahead(replace(TURNING, yaw_rate=-2.0))]
    for gap in (0.0, 0.02, 0.2):
        away = checked(PAIR, abreast(gap, 0.5), right, Twist2D(0.0, -2.84))
        assert away.scale == 1.0


def test_every_state_in_which_the_robot_may_be_keeps_to_the_part() -> None:
    """A base further to the left uses up more of the same part, counted from the expected one."""
    gap = 2.2 * left_of(INWARD)
    nearer = Ahead(replace(TURNING, y=0.1))
    assert checked(PAIR, abreast(gap, 0.5), [Ahead(TURNING)], INWARD).scale == 1.0
    hazards = abreast(gap, 0.5)
    peer = replace(hazards.peers[0], y=hazards.peers[0].y + 0.1)  # as far from the nearer state
    assert checked(PAIR, Hazards(peers=[peer]), [Ahead(TURNING), nearer], INWARD).scale < 1.0


def test_robot_that_has_no_part_left_may_still_drive_along() -> None:
    straight = [Ahead(replace(TURNING, yaw_rate=0.0))]
    assert checked(PAIR, abreast(0.0, 0.5), straight, Twist2D(1.0, 0.0)).scale == 1.0
    assert checked(PAIR, abreast(0.0, 0.5), straight, Twist2D(1.0, 1.0)).scale < 1.0


def test_body_that_is_inside_a_margin_may_leave_but_not_go_deeper() -> None:
    inside = RobotState(0.0, 0.0, 0.0)
    behind = Hazards(circles=[Circle(-total_inflation(PAIR) - 0.18, 0.0, 0.2)])
    assert checked(PAIR, behind, [Ahead(inside)], Twist2D(0.5, 0.0)).scale == 1.0
    assert checked(PAIR, behind, [Ahead(inside)], Twist2D(-0.2, 0.0)).scale == 0.0


def test_post_on_the_far_side_of_another_bases_way_is_seen() -> None:
    turning = RobotState(0.0, 0.0, 0.0, speed=1.0, yaw_rate=2.0)
    starts = [Ahead(turning), Ahead(replace(turning, y=0.4), Limits(1e-6, 1e9))]
    command = Twist2D(1.0, 2.0)
    way = fan(starts[1], command, (starts[0],))[-1]
    piece = int(np.linalg.norm(np.diff(way, axis=0), axis=1).argmax())
    along = way[piece + 1] - way[piece]
    length = float(np.linalg.norm(along))
    assert 0.5 * length > total_inflation(NEEDLE)
    left = np.array((-along[1], along[0])) / length
    beside = 0.5 * (way[piece] + way[piece + 1]) + 0.015 * left
    assert checked(NEEDLE, post(beside), starts, command).hazard == 'post'


def test_turning_away_from_what_a_stop_would_touch_is_not_refused() -> None:
    turning = RobotState(0.0, 0.0, 0.0, speed=3.0, yaw_rate=2.0)
    ways = fan(Ahead(turning))
    along = ways[0][-1] - ways[0][-3]
    right = np.array((along[1], -along[0])) / np.linalg.norm(along)
    beside = ways[0][-1] + 0.9 * total_inflation(NEEDLE) * right
    assert away_from(ways[1:], beside) > total_inflation(NEEDLE)
    assert checked(NEEDLE, post(beside), [Ahead(turning)], ONWARD).scale == 1.0


def test_state_beyond_the_part_already_may_go_on_if_it_goes_no_nearer() -> None:
    straight = replace(TURNING, yaw_rate=0.0)
    starts = [Ahead(straight), Ahead(replace(straight, y=0.1))]
    hazards = abreast(0.05, 0.5)
    assert checked(PAIR, hazards, starts, Twist2D(1.0, 0.0)).scale == 1.0
    assert checked(PAIR, hazards, starts, Twist2D(1.0, 2.84)).scale < 1.0


def test_part_holds_on_the_whole_of_the_way_and_not_only_at_its_end() -> None:
    swerving = replace(TURNING, heading=0.35, yaw_rate=-2.84)
    command = Twist2D(1.0, -2.84)
    start = Ahead(swerving)
    way = fans_of(PAIR, [start], command, grid_of(PAIR, [start], command))[0][-1].points
    seen_late = 0.5 * PAIR.actuation_delay * math.sin(swerving.heading)
    furthest, end = float(way[:, 1].max()), float(way[-1, 1])
    assert furthest > end + 0.02
    for share, passes in ((0.9, False), (1.02, True)):
        hazards = abreast(2.0 * (share * furthest + seen_late), 0.5)
        assert (checked(PAIR, hazards, [start], command).scale == 1.0) is passes


def test_what_is_plainly_clear_is_looked_at_where_something_else_may_cut_the_command() -> None:
    """The part that is left may be too slow to keep clear of it."""
    config = replace(NEEDLE, body_radius=0.15, max_speed=1.0, max_acceleration=1.0)
    behind, wall = Peer(-0.6, 0.0, 0.0, 0.0, 0.0, 0.15), Circle(0.45, 0.0, 0.2)
    robot, command = RobotState(0.0, 0.0, 0.0, speed=0.5), Twist2D(0.5, 0.0)
    left = []
    for circles in ([], [wall]):
        hazards = Hazards(circles=circles, peers=[behind])
        prediction = unpredicted(robot, hazards)
        assembly = assemble(config, rules_of(config), command, prediction, command, 0.05)
        around = surroundings_of(config, prediction, assembly, command)
        left.append(around.dynamic_obstacles)
    assert left[0] is None
    assert left[1] is not None
