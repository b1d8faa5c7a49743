"""Nominal drivers: goal, random and recorded, and the reader of recordings."""

import math
from pathlib import Path

import pytest

from vcp_cbf_safety import RobotState, Twist2D
from vcp_cbf_safety.sim.base import BaseModel
from vcp_cbf_safety.sim.drivers import (
    STANDSTILL,
    GoalDriver,
    RandomDriver,
    RecordedDriver,
    RecordingError,
    StampedTwist,
    read_recording,
)
from vcp_cbf_safety.sim.world import World

ANYWHERE = RobotState(0.0, 0.0, 0.0)


@pytest.mark.parametrize('bearing', [0.0, 0.4, 1.5, 3.1, -2.5])
def test_goal_driver_arrives_from_every_side(bearing: float) -> None:
    goal = (2.0 * math.cos(bearing), 2.0 * math.sin(bearing))
    driver = GoalDriver(goal, speed=0.5, max_yaw_rate=1.5, tolerance=0.1)
    world = World({'a': (0.0, 0.0, 0.0)}, base=BaseModel(lag=0.1))
    while not driver.arrived and world.time < 20.0:
        world.command('a', driver.command(world.time, world.state('a')))
        world.step(0.05)
    assert driver.arrived
    assert math.dist((world.state('a').x, world.state('a').y), goal) < 0.15


def test_goal_driver_goes_straight_and_at_its_speed() -> None:
    driver = GoalDriver((5.0, 0.0), speed=0.5, max_yaw_rate=1.5)
    assert driver.command(0.0, ANYWHERE) == Twist2D(0.5, 0.0)


def test_goal_driver_turns_on_the_spot_when_the_goal_is_behind() -> None:
    twist = GoalDriver((-5.0, 1.0), speed=0.5, max_yaw_rate=1.5).command(0.0, ANYWHERE)
    assert twist == Twist2D(0.0, 1.5)


def test_goal_driver_stays_arrived_when_it_is_pushed_away() -> None:
    driver = GoalDriver((0.0, 0.0), speed=0.5, max_yaw_rate=1.5)
    driver.command(0.0, ANYWHERE)
    assert driver.arrived
    assert driver.command(1.0, RobotState(1.0, 0.0, 0.0)) == STANDSTILL


def test_random_driver_stays_in_its_ranges_and_holds_commands() -> None:
    driver = RandomDriver(speeds=(-0.1, 0.4), max_yaw_rate=1.0, holds=(0.5, 0.5), seed=1)
    twists = [driver.command(0.1 * tick, ANYWHERE) for tick in range(200)]
    assert all(-0.1 <= each.v <= 0.4 and abs(each.omega) <= 1.0 for each in twists)
    assert 30 <= len(set(twists)) <= 41
    assert not driver.arrived


def test_random_drivers_of_one_seed_drive_alike() -> None:
    def drive(seed: int) -> list[Twist2D]:
        driver = RandomDriver(speeds=(0.0, 1.0), max_yaw_rate=1.0, seed=seed)
        return [driver.command(0.1 * tick, ANYWHERE) for tick in range(50)]

    assert drive(4) == drive(4)
    assert drive(4) != drive(5)


def test_recorded_driver_holds_each_command_until_the_next_and_then_stands() -> None:
    first, second = Twist2D(0.1, 0.2), Twist2D(0.3, 0.4)
    driver = RecordedDriver([StampedTwist(10.0, first), StampedTwist(10.5, second)])
    assert driver.command(0.0, ANYWHERE) == first
    assert driver.command(0.49, ANYWHERE) == first
    assert driver.command(0.55, ANYWHERE) == second
    assert not driver.arrived
    assert driver.command(0.7, ANYWHERE) == STANDSTILL
    assert driver.arrived


def test_an_empty_recording_is_refused() -> None:
    with pytest.raises(RecordingError, match='empty'):
        RecordedDriver([])


def test_a_recording_is_read_bit_by_bit(tmp_path: Path) -> None:
    path = tmp_path / 'drive.csv'
    path.write_text('stamp,v,omega\n# a comment\n\n1.5,0.1,-0.30000000000000004\n2.0,0.0,1e-3\n')
    assert read_recording(path) == [
        StampedTwist(1.5, Twist2D(0.1, -0.30000000000000004)),
        StampedTwist(2.0, Twist2D(0.0, 0.001)),
    ]


@pytest.mark.parametrize(
    ('text', 'place', 'rule'),
    [
        ('1.0,0.1,0.2\n2.0,0.1\n', 'line 2', 'stamp,v,omega'),
        ('stamp,v,omega\nstamp,v,omega\n', 'line 2', 'stamp,v,omega'),
        ('1.0,0.1,left\n', 'line 1', 'stamp,v,omega'),
        ('1.0,nan,0.0\n', 'line 1', 'finite'),
        ('2.0,0.1,0.0\n1.0,0.1,0.0\n', 'line 2', 'back in time'),
        ('stamp,v,omega\n', 'drive.csv', 'no command'),
    ],
)
def test_a_bad_recording_is_refused_with_file_and_line(
    tmp_path: Path, text: str, place: str, rule: str
) -> None:
    path = tmp_path / 'drive.csv'
    path.write_text(text)
    with pytest.raises(RecordingError, match=rule) as caught:
        read_recording(path)
    assert str(path) in str(caught.value)
    assert place in str(caught.value)


def test_a_missing_recording_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r'none\.csv'):
        read_recording(tmp_path / 'none.csv')
