"""Long bodies: what attacks have found, and what a turn on the spot must be followed by."""

import math

import pytest
from long_bodies import LONG, Base, covered, driven, free_distance

from vcp_cbf_safety import Arena, Circle, FilterConfig, Hazards, RobotState, SafetyFilter, Twist2D
from vcp_cbf_safety.motion.body_ways import fans_of_disc
from vcp_cbf_safety.motion.prediction import Ahead
from vcp_cbf_safety.motion.stop_fan import fans_of, grid_of


def test_a_base_that_hardly_speeds_up_does_not_swing_into_a_wall() -> None:
    """It reverses towards a wall, and is told to drive off and to turn; the way off is slow."""
    config = FilterConfig(
        body_radius=0.3, body_discs=covered(1.091, 0.3475, -0.069, 4), vcp_offset=0.22,
        period=0.05, min_speed=-0.968, max_speed=0.665, max_yaw_rate=2.707,
        max_acceleration=0.781, max_deceleration=0.606, max_yaw_acceleration=2.537,
        actuation_delay=0.0, body_gain=2.0, margin=0.02, position_uncertainty=0.0,
        period_jitter=0.0, resolve_deadlock=False,
    )  # fmt: skip
    base, least = Base(config, -2.728, slower=0.47, harder=1.5), [math.inf]
    arena = (-1.9988, -1.4029, 1.0498, 0.648)

    def seen() -> None:
        least[0] = min(least[0], free_distance(base, [], arena))

    def nominal(cycle: int) -> Twist2D:
        wishes = {0: (0.0, 0.0), 6: (-0.17, 0.05), 27: (0.97, 2.26)}
        return Twist2D(*wishes[max(start for start in wishes if start <= cycle)])

    driven(base, lambda: Hazards(Arena(*arena)), nominal, 50, seen)
    assert least[0] > config.margin


def test_the_way_of_a_tail_is_followed_until_the_turn_has_ended() -> None:
    """The axle stands all the time; every piece is short, the last one too."""
    start, told = [Ahead(RobotState(0.0, 0.0, 0.3, yaw_rate=2.0))], Twist2D(0.0, 2.0)
    grid = grid_of(LONG, start, told)
    fans = fans_of(LONG, start, told, grid)
    tail = LONG.discs[0]
    (way,) = (fan[-1] for fan in fans_of_disc(fans, [0.3], tail))
    turned = float(fans[0][-1].turns.sum())
    assert turned > 2.0 * (LONG.hold_time + LONG.velocity_lag)
    angle = 0.3 + turned
    end = (tail.x * math.cos(angle), tail.x * math.sin(angle))
    assert way[-1] == pytest.approx(end)
    lengths = ((way[1:] - way[:-1]) ** 2).sum(axis=1) ** 0.5
    assert lengths.max() < 0.1
    # The arc is outside of its chords by less than half of the bend in the margins.
    bend = 0.5 * LONG.hold_time**2 * 2.0 * (1.0 + 2.0 * tail.distance)
    assert (tail.distance - (tail.distance**2 - 0.25 * lengths**2) ** 0.5).max() < 0.5 * bend


def test_something_inside_any_disc_is_refused() -> None:
    filter_ = SafetyFilter(LONG)
    tail = LONG.discs[0]
    robot = RobotState(1.0, 2.0, 0.5 * math.pi)
    inside = Hazards(circles=[Circle(1.0, 2.0 + 1.5 * tail.x, 0.05, name='post')])
    assert 'post is inside the body' in filter_.step(Twist2D(0.1, 0.0), robot, inside).reason
    beside = Hazards(circles=[Circle(1.0 + 1.5 * tail.x, 2.0, 0.05, name='post')])
    assert 'inside the body' not in filter_.step(Twist2D(0.1, 0.0), robot, beside).reason


def test_a_nose_outside_the_arena_is_named_with_how_far_it_is() -> None:
    nose = max(disc.x + disc.radius for disc in LONG.discs)
    arena = Hazards(Arena(-9.0, -9.0, nose - 0.1, 9.0))
    answer = SafetyFilter(LONG).step(Twist2D(0.5, 0.0), RobotState(0.0, 0.0, 0.0), arena)
    assert 'outside the arena by 0.10 m at arena.x_max' in answer.reason


def test_the_barrier_that_is_reported_is_that_of_the_nearest_disc() -> None:
    hazards = Hazards(circles=[Circle(2.0, 0.0, 0.1)])
    answer = SafetyFilter(LONG).step(Twist2D(0.0, 0.0), RobotState(0.0, 0.0, 0.0), hazards)
    nose = max(LONG.discs, key=lambda disc: disc.x)
    bend = 0.5 * LONG.hold_time**2 * 2.0 * (1.0 + 2.0 * nose.distance)
    kept = nose.radius + LONG.margin + LONG.position_uncertainty + bend
    assert answer.min_barrier == pytest.approx(2.0 - 0.1 - nose.x - kept)
