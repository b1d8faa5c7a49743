"""Robots that share the work: their parts of a gap never add up to more than the gap."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vcp_cbf_safety import Circle, FilterConfig, Hazards, Peer, RobotState
from vcp_cbf_safety.checks.shared_gap import parts_of
from vcp_cbf_safety.hazards.hazards import discs_of
from vcp_cbf_safety.hazards.scene import scene_of_discs
from vcp_cbf_safety.motion.prediction import predict_discs
from vcp_cbf_safety.motion.unicycle import advance
from vcp_cbf_safety.qp.assembly import total_inflation

CONFIG = FilterConfig(
    body_radius=0.15,
    vcp_offset=0.1,
    period=0.05,
    min_speed=-1.0,
    max_speed=1.0,
    max_yaw_rate=2.0,
    actuation_delay=0.0,
    peer_min_deceleration=0.5,
)
OTHER = replace(CONFIG, body_radius=0.35, margin=0.0, period=0.1, velocity_lag=0.02)

POSES = st.tuples(st.floats(-2.0, 2.0), st.floats(-2.0, 2.0), st.floats(-math.pi, math.pi))
TWISTS = st.tuples(st.floats(-1.0, 1.0), st.floats(-2.0, 2.0))
SHARES = st.floats(0.05, 0.95)


def peer(robot: RobotState, config: FilterConfig, share: float, age: float = 0.0) -> Peer:
    """How a robot looks to another one, whose share of the work this is."""
    return Peer(
        robot.x, robot.y, robot.heading, robot.speed, robot.yaw_rate, config.body_radius,
        responsibility=share, age=age,
    )  # fmt: skip


def parts(config: FilterConfig, robot: RobotState, hazards: Hazards) -> tuple[list[float], ...]:
    """Parts and barriers of all hazards."""
    seen = discs_of(hazards)
    scene = scene_of_discs(hazards.arena, predict_discs(config, seen))
    near = scene.barriers(np.array([[robot.x, robot.y]]), total_inflation(config))
    found = parts_of(config, seen, scene, near.h[0], near.normals[0], robot.heading, [robot.speed])
    return found.tolist(), near.h[0].tolist()


def part(config: FilterConfig, robot: RobotState, other: Peer) -> float:
    return parts(config, robot, Hazards(peers=[other]))[0][0]


def state(pose: tuple[float, float, float], twist: tuple[float, float]) -> RobotState:
    return RobotState(*pose, *twist)


@given(
    pose=POSES, twist=TWISTS, seen=POSES, going=TWISTS, share=SHARES, age=st.floats(0.0, 0.5)
)  # fmt: skip
def test_part_is_no_more_than_the_share_of_the_gap_and_there_is_none_of_other_hazards(
    pose: tuple[float, float, float],
    twist: tuple[float, float],
    seen: tuple[float, float, float],
    going: tuple[float, float],
    share: float,
    age: float,
) -> None:
    fellow = peer(state(seen, going), CONFIG, share, age)
    stranger = replace(fellow, x=fellow.x + 1.0, responsibility=1.0)
    hazards = Hazards(circles=[Circle(3.0, 0.0, 0.2)], peers=[stranger, fellow])
    (of_circle, of_stranger, of_fellow), barriers = parts(CONFIG, state(pose, twist), hazards)
    assert of_circle == of_stranger == math.inf
    assert 0.0 <= of_fellow <= share * max(barriers[2], 0.0) + 1e-12


@given(first=POSES, going=TWISTS, second=POSES, coming=TWISTS, share=SHARES)
def test_parts_of_two_robots_are_together_no_more_than_the_gap_between_their_bodies(
    first: tuple[float, float, float],
    going: tuple[float, float],
    second: tuple[float, float, float],
    coming: tuple[float, float],
    share: float,
) -> None:
    one, two = state(first, going), state(second, coming)
    apart = math.dist(first[:2], second[:2]) - CONFIG.body_radius - OTHER.body_radius
    margin = min(total_inflation(each) - each.body_radius for each in (CONFIG, OTHER))
    together = part(CONFIG, one, peer(two, OTHER, share)) + part(
        OTHER, two, peer(one, CONFIG, 1.0 - share)
    )
    assert together <= max(apart - margin, 0.0) + 1e-9


def approach_of_stop(config: FilterConfig, other: Peer, normal: np.ndarray) -> float:
    """Furthest along the normal that a stop takes a peer, in steps of a millisecond."""
    pose, v, omega = (other.x, other.y, other.heading), other.speed, other.yaw_rate
    reaction, step, now, furthest = config.hold_time + config.velocity_lag, 0.001, 0.0, 0.0
    while v:
        if now >= reaction:
            v = math.copysign(max(abs(v) - config.peer_min_deceleration * step, 0.0), v)
            turn = max(abs(omega) - config.max_yaw_acceleration * step, 0.0)
            omega = math.copysign(turn, omega)
        pose = advance(pose, v, omega, step)
        now += step
        moved = np.array(pose[:2]) - (other.x, other.y)
        furthest = max(furthest, float(moved @ normal))
    return furthest


@given(pose=POSES, seen=POSES, going=TWISTS, share=SHARES)
@settings(max_examples=60)
def test_part_leaves_a_peer_that_brakes_what_its_stop_needs(
    pose: tuple[float, float, float],
    seen: tuple[float, float, float],
    going: tuple[float, float],
    share: float,
) -> None:
    robot, fellow = state(pose, (0.0, 0.0)), peer(state(seen, going), CONFIG, share)
    (left,), (gap,) = parts(CONFIG, robot, Hazards(peers=[fellow]))
    normal = np.array(pose[:2]) - seen[:2]
    if left > 0.0:
        needed = approach_of_stop(CONFIG, fellow, normal / np.linalg.norm(normal))
        assert needed <= gap - left + 0.01


# Abreast of the robot at the origin, two metres to its left, and what is free between the two.
ABREAST = Peer(0.0, 2.0, 0.0, 0.0, 0.0, 0.15, responsibility=0.5)
STANDING = RobotState(0.0, 0.0, 0.0)
FREE = 2.0 - 0.15 - total_inflation(CONFIG)


@pytest.mark.parametrize('share', [0.1, 0.5, 0.9])
def test_part_is_the_share_of_the_gap_where_both_stand(share: float) -> None:
    assert part(CONFIG, STANDING, replace(ABREAST, responsibility=share)) == pytest.approx(
        share * FREE
    )


def test_a_peer_that_rolls_at_the_robot_leaves_what_its_stop_does_not_need() -> None:
    coming = replace(ABREAST, heading=-math.pi / 2.0, speed=0.9)
    reaction = CONFIG.hold_time + CONFIG.velocity_lag
    stop = 0.9 * reaction + 0.9**2 / (2.0 * CONFIG.peer_min_deceleration)
    assert stop > 0.5 * FREE
    assert part(CONFIG, STANDING, coming) == pytest.approx(FREE - stop, abs=1e-3)
    along, leaving = replace(coming, heading=0.0), replace(coming, heading=math.pi / 2.0)
    assert part(CONFIG, STANDING, along) == pytest.approx(0.5 * FREE)
    assert part(CONFIG, STANDING, leaving) == pytest.approx(0.5 * FREE)


def test_a_peer_that_turns_towards_the_robot_needs_more_than_one_that_does_not() -> None:
    straight = replace(ABREAST, y=1.2, heading=-0.9, speed=0.9)
    left, kept, right = (
        part(CONFIG, STANDING, replace(straight, yaw_rate=rate)) for rate in (2.0, 0.0, -2.0)
    )
    assert right < kept <= left


def test_line_that_moved_towards_a_peer_since_that_was_seen_is_taken_from_the_part() -> None:
    """The peer may have seen the robot further away: of the way since, its share is not there."""
    config = replace(CONFIG, actuation_delay=0.1, peer_max_acceleration=0.0, peer_max_yaw_rate=0.0)
    away = RobotState(0.0, 0.0, -math.pi / 2.0, speed=0.5)
    towards = RobotState(0.0, 0.0, math.pi / 2.0, speed=0.5)
    fellow = replace(ABREAST, age=0.2, responsibility=0.25)
    assert part(config, away, fellow) == pytest.approx(0.25 * FREE)
    moved = 0.3 * 0.75 * 0.5
    assert part(config, towards, fellow) == pytest.approx(0.25 * FREE - moved)
    # What a peer has gained on the robot since is not shared; what it has come nearer by is.
    leaving = replace(fellow, heading=math.pi / 2.0, speed=0.2)
    assert part(config, STANDING, leaving) == pytest.approx(0.25 * FREE)
    coming = replace(fellow, heading=-math.pi / 2.0, speed=0.2)
    assert part(config, STANDING, coming) == pytest.approx(0.25 * (FREE - 0.3 * 0.2))


def test_a_part_is_never_less_than_nothing() -> None:
    assert part(CONFIG, STANDING, replace(ABREAST, y=0.4)) == pytest.approx(
        0.5 * max(FREE - 1.6, 0.0), abs=1e-9
    )
    assert part(CONFIG, STANDING, replace(ABREAST, y=0.2)) == 0.0
    fast = replace(ABREAST, y=0.5, heading=-math.pi / 2.0, speed=1.0)
    assert part(CONFIG, STANDING, fast) == 0.0


def test_parts_belong_to_the_peers_and_not_to_circles_or_walls() -> None:
    hazards = Hazards(
        circles=[Circle(2.0, 0.0, 0.1)] * 2, peers=[ABREAST, replace(ABREAST, y=-3.0)]
    )
    found, barriers = parts(CONFIG, STANDING, hazards)
    assert found[:2] == [math.inf, math.inf]
    assert found[2:] == pytest.approx([0.5 * barriers[2], 0.5 * barriers[3]])


def test_a_turning_peer_is_followed_to_where_it_is_when_the_command_takes_effect() -> None:
    config = replace(CONFIG, actuation_delay=0.1, peer_max_acceleration=0.0, peer_max_yaw_rate=0.0)
    seen = replace(ABREAST, y=2.0, heading=-0.8, speed=0.9, yaw_rate=-2.0, age=0.3)
    x, y, heading = advance((seen.x, seen.y, seen.heading), 0.9, -2.0, 0.4)
    # It may have driven straight on instead.
    grown = seen.radius + 0.9 * 0.4 * 0.5 * 2.0 * 0.4
    now = replace(seen, x=x, y=y, heading=heading, age=0.0, radius=grown)
    found = part(config, STANDING, seen)
    assert 0.0 < found < 0.4 * FREE
    assert found == pytest.approx(part(CONFIG, STANDING, now), abs=1e-6)


def test_a_peer_that_comes_nearer_before_it_turns_away_needs_that_too() -> None:
    turning = replace(ABREAST, y=0.6, heading=-0.35, speed=0.9, yaw_rate=2.0, responsibility=0.95)
    (left,), (gap,) = parts(CONFIG, STANDING, Hazards(peers=[turning]))
    needed = approach_of_stop(CONFIG, turning, np.array((0.0, -1.0)))
    assert needed > 0.05 * gap
    assert left == pytest.approx(gap - needed, abs=0.005)
