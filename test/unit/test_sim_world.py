"""The simulated world: exact arcs, lag, limits, dead time, contact, ground truth."""

import math

import numpy as np
import pytest

from vcp_cbf_safety import Arena, Circle, Twist2D
from vcp_cbf_safety.motion.unicycle import advance
from vcp_cbf_safety.sim.base import TIME_STEP, BaseModel
from vcp_cbf_safety.sim.lidar import Lidar
from vcp_cbf_safety.sim.world import World

INSTANT = BaseModel(lag=0.0, body_radius=0.2)


def drive(world: World, twists: dict[str, Twist2D], duration: float, tick: float = 0.02) -> None:
    """Repeat the commands at every tick, as a driver does."""
    for _ in range(round(duration / tick)):
        for name, twist in twists.items():
            world.command(name, twist)
        world.step(tick)


@pytest.mark.parametrize(('v', 'omega'), [(0.5, 0.0), (0.5, 1.3), (-0.2, -2.0), (0.0, 1.0)])
def test_an_obedient_robot_moves_on_the_exact_arc(v: float, omega: float) -> None:
    world = World({'a': (0.3, -0.2, 0.7)}, base=INSTANT)
    drive(world, {'a': Twist2D(v, omega)}, 2.0)
    state = world.state('a')
    expected = advance((0.3, -0.2, 0.7), v, omega, 2.0)
    assert (state.x, state.y, state.heading) == pytest.approx(expected, abs=1e-9)
    assert world.time == pytest.approx(2.0)


@pytest.mark.parametrize('lag', [0.05, 0.1, 0.3])
def test_velocities_answer_a_step_with_a_first_order_lag(lag: float) -> None:
    world = World({'a': (0.0, 0.0, 0.0)}, base=BaseModel(lag=lag))
    for count in range(1, 51):
        world.command('a', Twist2D(0.4, -1.0))
        world.step(0.01)
        share = 1.0 - math.exp(-0.01 * count / lag)
        assert world.state('a').speed == pytest.approx(0.4 * share, rel=1e-9)
        assert world.state('a').yaw_rate == pytest.approx(-share, rel=1e-9)


def test_a_lagging_robot_is_where_the_step_response_puts_it() -> None:
    world = World({'a': (0.0, 0.0, 0.0)}, base=BaseModel(lag=0.2))
    drive(world, {'a': Twist2D(0.5, 0.0)}, 2.0)
    exact = 0.5 * (2.0 - 0.2 * (1.0 - math.exp(-10.0)))
    assert world.state('a').x == pytest.approx(exact, abs=0.5 * TIME_STEP)


def test_acceleration_limits_hold() -> None:
    base = BaseModel(lag=0.0, acceleration=0.5, deceleration=0.5, yaw_acceleration=2.0)
    world = World({'a': (0.0, 0.0, 0.0)}, base=base)
    drive(world, {'a': Twist2D(1.0, -3.0)}, 0.5)
    assert world.state('a').speed == pytest.approx(0.25)
    assert world.state('a').yaw_rate == pytest.approx(-1.0)


def test_a_base_follows_no_command_beyond_its_limits() -> None:
    base = BaseModel(lag=0.0, min_speed=-0.3, max_speed=0.3, max_yaw_rate=1.0)
    world = World({'a': (0.0, 0.0, 0.0)}, base=base)
    drive(world, {'a': Twist2D(-2.0, 5.0)}, 0.1)
    assert (world.state('a').speed, world.state('a').yaw_rate) == (-0.3, 1.0)


def test_a_command_takes_effect_after_the_dead_time() -> None:
    world = World({'a': (0.0, 0.0, 0.0)}, base=BaseModel(lag=0.0, delay=0.1))
    world.command('a', Twist2D(0.5, 0.0))
    world.step(0.095)
    assert world.state('a').x == 0.0
    world.step(0.1)
    assert world.state('a').x == pytest.approx(0.5 * 0.095, abs=0.5 * TIME_STEP)


def test_a_robot_whose_commands_stop_stops() -> None:
    world = World({'a': (0.0, 0.0, 0.0)}, base=BaseModel(lag=0.0, command_timeout=0.5))
    world.command('a', Twist2D(0.4, 0.0))
    world.step(3.0)
    assert world.state('a').speed == 0.0
    assert world.state('a').x == pytest.approx(0.2, abs=0.4 * TIME_STEP)


@pytest.mark.parametrize('bad', [math.nan, math.inf])
def test_a_command_that_is_not_finite_is_refused(bad: float) -> None:
    world = World({'a': (0.0, 0.0, 0.0)}, base=INSTANT)
    world.command('a', Twist2D(0.4, 0.0))
    world.command('a', Twist2D(bad, 0.0))
    world.step(0.1)
    assert world.state('a').speed == 0.4


def test_a_robot_stops_at_an_obstacle_and_counts_one_collision() -> None:
    world = World({'a': (0.0, 0.0, 0.0)}, base=INSTANT, obstacles=[Circle(1.0, 0.0, 0.3)])
    drive(world, {'a': Twist2D(0.5, 0.0)}, 4.0)
    (collision,) = world.collisions('a')
    assert collision.against == 'obstacle0'
    assert collision.time == pytest.approx(1.0, abs=0.02)
    assert world.state('a').x == pytest.approx(0.5, abs=0.5 * TIME_STEP + 1e-9)
    assert world.state('a').speed == 0.0
    assert -0.5 * TIME_STEP - 1e-9 <= world.worst_clearance('a') < 0.0


def test_a_touching_robot_may_turn_and_back_away() -> None:
    world = World({'a': (0.0, 0.0, 0.0)}, base=INSTANT, obstacles=[Circle(1.0, 0.0, 0.3)])
    drive(world, {'a': Twist2D(0.5, 0.0)}, 2.0)
    drive(world, {'a': Twist2D(0.0, 1.0)}, 0.5)
    assert world.state('a').heading == pytest.approx(0.5)
    drive(world, {'a': Twist2D(-0.5, 0.0)}, 0.5)
    assert math.dist((world.state('a').x, world.state('a').y), (1.0, 0.0)) > 0.6
    assert len(world.collisions('a')) == 1


def test_a_second_contact_counts_only_after_a_real_release() -> None:
    world = World({'a': (0.0, 0.0, 0.0)}, base=INSTANT, obstacles=[Circle(1.0, 0.0, 0.3)])
    drive(world, {'a': Twist2D(0.5, 0.0)}, 2.0)
    drive(world, {'a': Twist2D(-0.5, 0.0)}, 0.02)  # 1 cm away: the same contact
    drive(world, {'a': Twist2D(0.5, 0.0)}, 0.5)
    assert len(world.collisions('a')) == 1
    drive(world, {'a': Twist2D(-0.5, 0.0)}, 0.1)  # 5 cm away: released
    drive(world, {'a': Twist2D(0.5, 0.0)}, 0.5)
    assert len(world.collisions('a')) == 2


@pytest.mark.parametrize(
    ('heading', 'wall'),
    [(0.0, 'arena.x_max'), (math.pi, 'arena.x_min'), (math.pi / 2, 'arena.y_max'),
     (-math.pi / 2, 'arena.y_min')],
)  # fmt: skip
def test_every_wall_stops_a_robot(heading: float, wall: str) -> None:
    world = World({'a': (0.0, 0.0, heading)}, base=INSTANT, arena=Arena(-1.0, -1.0, 1.0, 1.0))
    drive(world, {'a': Twist2D(0.5, 0.0)}, 3.0)
    assert [each.against for each in world.collisions('a')] == [wall]
    assert math.hypot(world.state('a').x, world.state('a').y) == pytest.approx(0.8, abs=0.003)


def test_two_robots_that_meet_both_have_a_collision_and_stand() -> None:
    starts = {'a': (-1.0, 0.0, 0.0), 'b': (1.0, 0.0, math.pi)}
    world = World(starts, base=INSTANT)
    drive(world, dict.fromkeys(starts, Twist2D(0.5, 0.0)), 4.0)
    assert [each.against for each in world.collisions('a')] == ['b']
    assert [each.against for each in world.collisions('b')] == ['a']
    assert world.state('b').x - world.state('a').x == pytest.approx(0.4, abs=0.006)


def test_a_robot_hit_from_behind_may_drive_away() -> None:
    world = World({'a': (-1.0, 0.0, 0.0), 'b': (0.0, 0.0, 0.0)}, base=INSTANT)
    drive(world, {'a': Twist2D(0.5, 0.0)}, 2.0)
    drive(world, {'b': Twist2D(0.5, 0.0)}, 1.0)
    assert world.state('b').x == pytest.approx(0.5, abs=1e-9)


def test_worst_clearance_is_that_of_a_brute_force_watcher() -> None:
    obstacles = [Circle(0.6, 0.5, 0.2), Circle(-0.8, -0.4, 0.3), Circle(0.1, -1.2, 0.1)]
    arena = Arena(-2.0, -2.0, 2.0, 2.0)
    starts = {'a': (0.0, 0.0, 0.3), 'b': (-1.5, 1.2, -0.5)}
    world = World(starts, base=BaseModel(body_radius=0.15), arena=arena, obstacles=obstacles)
    random = np.random.default_rng(3)

    def clearance(name: str) -> float:
        own, other = world.state(name), world.state('b' if name == 'a' else 'a')
        distances = [math.dist((own.x, own.y), (c.x, c.y)) - c.radius for c in obstacles]
        distances.append(math.dist((own.x, own.y), (other.x, other.y)) - 0.15)
        distances += [own.x + 2.0, 2.0 - own.x, own.y + 2.0, 2.0 - own.y]
        return min(distances) - 0.15

    smallest = {name: clearance(name) for name in starts}
    for _ in range(800):
        for name in starts:
            world.command(name, Twist2D(random.uniform(-0.3, 0.5), random.uniform(-2, 2)))
        world.step(TIME_STEP)
        smallest = {name: min(smallest[name], clearance(name)) for name in starts}
    for name in starts:
        assert world.worst_clearance(name) == pytest.approx(smallest[name], abs=1e-12)


def test_without_anything_around_there_is_no_clearance_to_speak_of() -> None:
    world = World({'a': (0.0, 0.0, 0.0)})
    world.step(1.0)
    assert world.worst_clearance('a') == math.inf
    assert world.collisions('a') == ()


def test_odometry_is_the_truth_plus_seeded_noise() -> None:
    noise = BaseModel(
        position_noise=0.01, heading_noise=0.02, speed_noise=0.03, yaw_rate_noise=0.04
    )
    starts = {'a': (1.0, 2.0, 0.5)}
    quiet, noisy = World(starts), World(starts, base=noise, seed=7)
    assert quiet.odometry('a') == quiet.state('a')
    samples = np.array(
        [
            (s.x, s.y, s.heading, s.speed, s.yaw_rate)
            for s in (noisy.odometry('a') for _ in range(4000))
        ]
    )
    assert samples.mean(0) == pytest.approx([1.0, 2.0, 0.5, 0.0, 0.0], abs=0.005)
    assert samples.std(0) == pytest.approx([0.01, 0.01, 0.02, 0.03, 0.04], rel=0.1)
    again = World(starts, base=noise, seed=7)
    assert again.odometry('a').x == samples[0, 0]


@pytest.mark.parametrize(
    ('field', 'value'),
    [('lag', -0.1), ('delay', math.nan), ('body_radius', 0.0), ('command_timeout', -1.0)],
)
def test_an_impossible_base_is_refused_by_name(field: str, value: float) -> None:
    with pytest.raises(ValueError, match=field):
        BaseModel(**{field: value})


LONG = BaseModel(
    lag=0.0,
    body_radius=0.6,
    footprint=((0.45, 0.25), (-0.45, 0.25), (-0.45, -0.25), (0.45, -0.25)),
)


def test_a_long_robot_touches_with_its_front() -> None:
    world = World({'a': (0.0, 0.0, 0.0)}, base=LONG, obstacles=[Circle(1.0, 0.2, 0.1)])
    drive(world, {'a': Twist2D(0.5, 0.0)}, 3.0)
    assert world.state('a').x == pytest.approx(1.0 - 0.1 - 0.45, abs=0.5 * TIME_STEP + 1e-9)
    assert [each.against for each in world.collisions('a')] == ['obstacle0']


def test_a_long_robot_that_turns_on_the_spot_is_stopped_by_a_wall() -> None:
    world = World({'a': (0.0, 0.0, 0.0)}, base=LONG, arena=Arena(-2.0, -2.0, 2.0, 0.3))
    drive(world, {'a': Twist2D(0.0, 0.5)}, 3.0)
    turned = world.state('a').heading
    corner = 0.45 * math.sin(turned) + 0.25 * math.cos(turned)
    assert corner == pytest.approx(0.3, abs=0.5 * 0.6 * TIME_STEP)
    assert [each.against for each in world.collisions('a')] == ['arena.y_max']
    drive(world, {'a': Twist2D(0.0, -0.5)}, 1.0)
    assert world.state('a').heading < 0.0


def test_long_robots_stop_at_each_other() -> None:
    starts = {'a': (0.0, 0.0, 0.0), 'b': (2.0, 0.1, math.pi)}
    world = World(starts, base=LONG)
    drive(world, {name: Twist2D(0.5, 0.0) for name in starts}, 3.0)
    assert world.state('b').x - world.state('a').x == pytest.approx(0.9, abs=0.006)
    assert [each.against for each in world.collisions('a')] == ['b']


def test_a_scanner_sees_the_sides_of_other_robots_and_not_its_own() -> None:
    starts = {'a': (0.0, 0.0, 0.0), 'b': (2.0, 0.0, 0.5 * math.pi)}
    world = World(starts, base=LONG)
    ranges = world.scan('a', Lidar(beams=4, angle_increment=0.5 * math.pi, range_max=5.0))
    assert ranges.tolist() == pytest.approx([1.75, math.inf, math.inf, math.inf])


def test_a_body_reaches_no_further_than_its_radius() -> None:
    with pytest.raises(ValueError, match=r'body_radius is 0\.15; it must not be less'):
        BaseModel(footprint=LONG.footprint)
