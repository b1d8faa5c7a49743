"""What moves by itself may do its worst while the robot stops: it is not driven into."""

import math
from dataclasses import replace

import numpy as np
import pytest

from vcp_cbf_safety import (
    Circle,
    FilterConfig,
    Hazards,
    Outcome,
    Peer,
    RobotState,
    SafetyFilter,
    Twist2D,
)
from vcp_cbf_safety.checks.foresight import DynamicObstacles, depths, dynamic_obstacles_of
from vcp_cbf_safety.checks.reachability import Motions, reach_of
from vcp_cbf_safety.hazards.hazards import discs_of
from vcp_cbf_safety.hazards.scene import scene_of
from vcp_cbf_safety.motion.prediction import Ahead
from vcp_cbf_safety.motion.stop_fan import stopping_trajectory
from vcp_cbf_safety.motion.unicycle import advance
from vcp_cbf_safety.qp.assembly import total_inflation
from vcp_cbf_safety.studies.campaign.ablation import AblatedFilter, Feature

CONFIG = FilterConfig(
    body_radius=0.2,
    vcp_offset=0.1,
    period=0.05,
    min_speed=-0.5,
    max_speed=1.0,
    max_yaw_rate=2.0,
    actuation_delay=0.0,
    peer_max_speed=1.0,
    peer_max_acceleration=1.0,
)
ORIGIN = RobotState(0.0, 0.0, 0.0)
AHEAD = RobotState(0.0, 0.0, 0.0, speed=0.8)

# The first of some, which is the only one.
ONE = np.zeros(1, int)


def obstacle(
    x: float,
    y: float,
    vx: float = 0.0,
    vy: float = 0.0,
    heading: float = math.nan,
    fastest: float = 1.0,
    acceleration: float = 1.0,
) -> Motions:
    """One hazard that the robot touches at 0.4 m; without heading it turns as it likes."""
    return Motions(
        np.array([[x, y]]), np.zeros(1), np.zeros(1), np.array([[vx, vy]]), np.zeros(1),
        np.array([fastest]), np.array([heading]), np.array([2.0]), acceleration,
    )  # fmt: skip


def meets(
    motions: Motions,
    robot: RobotState = AHEAD,
    command: Twist2D | None = None,
    config: FilterConfig = CONFIG,
) -> bool:
    told = Twist2D(robot.speed, 0.0) if command is None else command
    way = stopping_trajectory(config, robot, told)
    pose = np.array((robot.x, robot.y, robot.heading))
    reach = reach_of(motions, pose, way.times[-1])
    obstacles = DynamicObstacles(ONE, reach, np.array([0.4]), np.array([0.28]), 0.01, 0.01)
    return float(depths(obstacles, way.alone(), (ONE, ONE))[0]) < 0.0


def test_what_could_step_into_the_way_can_be_met_although_it_stands() -> None:
    assert meets(obstacle(0.6, 0.6))
    assert not meets(obstacle(0.6, 0.6, fastest=0.0))
    assert not meets(obstacle(0.6, 0.6, acceleration=0.0))


def test_what_comes_from_behind_runs_into_the_robot_and_is_not_driven_into() -> None:
    slow = RobotState(0.0, 0.0, 0.0, speed=0.4)
    assert not meets(obstacle(-0.45, 0.0, vx=0.5, fastest=0.5), slow)
    assert meets(obstacle(0.45, 0.0), slow)


def test_in_front_is_where_the_robot_travels_not_where_it_looks() -> None:
    reversing = RobotState(0.0, 0.0, math.pi, speed=-0.4)
    assert meets(obstacle(0.45, 0.0), reversing)
    assert not meets(obstacle(-0.45, 0.0, vx=0.5, fastest=0.5), reversing)


def test_what_is_behind_must_come_around_the_body_first() -> None:
    slow = RobotState(0.0, 0.0, 0.0, speed=0.4)
    assert not meets(obstacle(-0.5, 0.0, vx=0.9, heading=0.0), slow)
    assert meets(obstacle(-0.1, 0.45, vx=0.9, heading=0.0), slow)
    assert meets(obstacle(-0.5, 0.0, vx=0.9, heading=0.0, fastest=3.0, acceleration=9.0), slow)


def test_what_is_behind_is_in_front_once_the_robot_turns_back() -> None:
    patient = replace(CONFIG, period=0.3, max_acceleration=3.0, max_deceleration=3.0)
    behind, rolling = obstacle(-0.6, 0.0, heading=0.0), RobotState(0.0, 0.0, 0.0, speed=0.05)
    assert not meets(behind, rolling, config=patient)
    assert meets(behind, rolling, Twist2D(-0.5, 0.0), patient)


def test_parked_robot_that_looks_along_the_way_must_turn_to_get_into_it() -> None:
    assert meets(obstacle(0.5, 0.85))
    assert meets(obstacle(0.5, 0.85, heading=-math.pi / 2.0))
    assert not meets(obstacle(0.5, 0.85, heading=0.0))


def test_a_contact_counts_where_the_robot_closes_in_faster_than_the_contact_speed() -> None:
    way = stopping_trajectory(CONFIG, AHEAD, Twist2D(0.8, 0.0))
    motions = obstacle(0.1, 0.42, vy=-0.5, acceleration=0.0)
    reach = reach_of(motions, np.zeros(3), way.times[-1])
    contact, touching = np.array([0.4]), np.array([0.28])
    obstacles = DynamicObstacles(ONE, reach, contact, touching, 0.01, 0.01)
    met = [
        float(depths(obstacles._replace(contact_speed=speed), way.alone(), (ONE, ONE))[0]) < 0.0
        for speed in (0.01, 0.3)
    ]
    assert met == [True, False]


def test_robot_that_stands_drives_into_nothing() -> None:
    assert not meets(obstacle(0.41, 0.0, vx=-1.0), RobotState(0.0, 0.0, 0.0), Twist2D(0.0, 2.0))


def test_hazard_that_retreats_can_turn_back() -> None:
    assert meets(obstacle(0.7, 0.0, vx=0.4, acceleration=8.0))
    assert not meets(obstacle(0.7, 0.0, vx=0.4, acceleration=0.1))


def found_among(
    hazards: Hazards, config: FilterConfig = CONFIG, stop: tuple[float, float] = (1.0, 9.0)
) -> DynamicObstacles | None:
    """What moves around a robot at the origin that may drive 1 m in 9 s before it stands."""
    inflation = total_inflation(config)
    scene = scene_of(hazards)
    barriers = scene.barriers(np.zeros((1, 2)), inflation).h[0]
    return dynamic_obstacles_of(
        config, discs_of(hazards), scene, barriers, inflation, stop, [Ahead(ORIGIN)]
    )


def reached(found: DynamicObstacles, time: float) -> list[float]:
    """How far ahead along x each hazard can be by then [m]."""
    supports: list[float] = found.reach.until(np.array([[time]]))[0, :, 0].tolist()
    return supports


def test_hazard_that_cannot_reach_the_way_in_time_is_not_looked_at() -> None:
    contact = 0.2 + total_inflation(CONFIG) - CONFIG.margin
    for beyond, reached in ((-0.01, True), (0.01, False)):
        away = contact + 1.0 + 2.0 * CONFIG.peer_max_speed + beyond
        coming = Hazards(peers=[Peer(away, 0.0, math.pi, 1.0, 0.0, 0.2)])
        assert (found_among(coming, stop=(1.0, 2.0)) is not None) == reached
        leaving = Hazards(peers=[Peer(away - 0.5, 0.0, 0.0, 1.0, 0.0, 0.2)])
        assert found_among(leaving, stop=(1.0, 2.0)) is None


def test_only_what_moves_and_leaves_all_of_the_distance_to_the_robot_is_foreseen() -> None:
    still, drifting = Circle(2.0, 0.0, 0.1), Circle(3.0, 0.0, 0.2, vx=0.5)
    blind = Peer(4.0, 0.0, 0.0, 0.3, 0.0, 0.3, age=0.1)
    fellow = Peer(5.0, 0.0, 0.0, 0.3, 0.0, 0.4, responsibility=0.5)
    hazards = Hazards(circles=[still, drifting], peers=[blind, fellow])
    inflation = total_inflation(CONFIG)
    found = found_among(hazards)
    assert found is not None
    assert [scene_of(hazards).names[k] for k in found.places] == ['circles[1]', 'peers[0]']
    assert found.contacts.tolist() == pytest.approx(
        [0.2 + inflation - CONFIG.margin, 0.3 + inflation - CONFIG.margin]
    )
    alone = Hazards(circles=[still], peers=[fellow])
    assert found_among(alone) is None


def test_hazard_faster_than_the_fastest_is_taken_at_its_word() -> None:
    hazards = Hazards(peers=[Peer(2.0, 0.0, 0.0, 3.0, 0.0, 0.2)])
    found = found_among(hazards)
    assert found is not None
    assert reached(found, 9.0) == pytest.approx([2.0 + 3.0 * 9.0])


def test_robot_slows_for_a_peer_that_could_step_in_front_of_it() -> None:
    beside = Hazards(peers=[Peer(0.9, 0.8, 0.0, 0.0, 0.0, 0.2)])
    nominal = Twist2D(0.8, 0.0)
    command = SafetyFilter(CONFIG).step(nominal, AHEAD, beside)
    blind = AblatedFilter(CONFIG, frozenset({Feature.FORESIGHT}))
    assert command.v < blind.step(nominal, AHEAD, beside).v
    assert 'peers[0]' in command.reason


def test_robot_gives_way_no_faster_than_it_can_stop_and_says_so() -> None:
    rams = Hazards(peers=[Peer(0.75, 0.0, math.pi, 0.8, 0.0, 0.2)])
    nominal, robot = Twist2D(0.0, 0.0), RobotState(0.0, 0.0, 0.0, speed=-0.3)
    sluggish = replace(CONFIG, max_deceleration=0.2)
    command = SafetyFilter(sluggish).step(nominal, robot, rams)
    blind = AblatedFilter(sluggish, frozenset({Feature.FORESIGHT}))
    assert blind.step(nominal, robot, rams).v < command.v <= 0.0
    assert command.outcome is Outcome.RELAXED
    assert command.residual > 0.0


def test_peer_whose_twist_is_not_known_may_be_as_fast_as_any() -> None:
    known = Peer(2.0, 0.0, 0.0, 0.0, 0.0, 0.2)
    ways = []
    for peer in (known, replace(known, twist_known=False)):
        found = found_among(Hazards(peers=[peer]), stop=(1.0, 1.2))
        assert found is not None
        ways.append(reached(found, 1.2)[0] - 2.0)
    assert 0.5 < ways[0] < 0.8
    assert ways[1] == pytest.approx(1.2 * CONFIG.peer_max_speed)


def test_moving_circle_is_known_no_better_than_when_it_was_measured() -> None:
    known = Circle(2.0, 0.0, 0.2, vx=0.5)
    delayed = replace(CONFIG, actuation_delay=0.1)
    ways = []
    for circle in (known, replace(known, age=0.3), replace(known, velocity_uncertainty=0.25)):
        found = found_among(Hazards(circles=[circle]), delayed)
        assert found is not None
        ways += reached(found, 0.0)
    assert ways == pytest.approx([2.005, 2.08, 2.03])


def test_circle_of_unknown_velocity_moves_by_itself() -> None:
    unknown = Circle(2.0, 0.0, 0.2, velocity_uncertainty=1.0)
    assert found_among(Hazards(circles=[unknown])) is not None
    assert found_among(Hazards(circles=[replace(unknown, velocity_uncertainty=0.0)])) is None


def test_peer_that_turns_may_straighten_its_way() -> None:
    turns = Peer(2.0, 0.0, 0.0, 0.5, 2.0, 0.2, age=0.4)
    found = found_among(Hazards(peers=[turns]))
    assert found is not None
    directions, supports = found.reach.directions[0], found.reach.supports[0, 0]
    for yaw_rate in (2.0, 0.0, -2.0):
        place = advance((2.0, 0.0, 0.0), 0.5, yaw_rate, 0.4)[:2]
        assert (directions @ place <= supports + 1e-9).all()


def test_robot_drives_on_although_a_person_walks_up_behind_it() -> None:
    config = replace(CONFIG, period=0.02, min_speed=-0.2, max_yaw_rate=2.84, actuation_delay=0.05)
    driving = RobotState(0.0, 0.0, 0.0, speed=0.5)
    for gap in np.arange(0.01, 1.0, 0.03).tolist():
        person = Peer(-gap - 0.45, 0.0, 0.0, 0.75, 0.0, 0.25)
        command = SafetyFilter(config).step(Twist2D(0.5, 0.0), driving, Hazards(peers=[person]))
        assert command.v == pytest.approx(0.5), gap


def test_peer_is_looked_at_where_the_base_may_be_faster_than_expected() -> None:
    """A base that brakes harder than configured reverses sooner: with what it may do by then."""
    fast = FilterConfig(
        body_radius=0.15, vcp_offset=0.1, period=0.05, min_speed=-1.5, max_speed=1.5,
        max_yaw_rate=2.84, max_acceleration=2.0, max_deceleration=2.0, velocity_lag=0.0,
        actuation_delay=0.3,
    )  # fmt: skip
    safety_filter = SafetyFilter(fast)
    for _ in range(8):
        safety_filter.note_sent(Twist2D(-1.5, 0.0), 0.05)
    behind = Hazards(peers=[Peer(-0.75, 0.0, 0.0, 0.5, 0.0, 0.15)])
    command = safety_filter.step(
        Twist2D(-0.1, 0.0), RobotState(0.0, 0.0, 0.0, speed=0.6), behind, 0.05
    )
    assert command.v > -0.1
