"""One running filter: what passes, what is filtered, and what stops the robot and why."""

import math

import pytest
from visualization_msgs.msg import Marker


@pytest.fixture(scope='module')
def running(module_filters):
    return module_filters.start()


@pytest.fixture
def rig(running):
    """A robot in the middle of the arena, driving, with nothing near it."""
    running.reset()
    running.mark(action=Marker.DELETEALL)
    running.drive(0.3, 0.1)
    return running


COMMANDS = [
    (0.1 + 0.2, -0.1),
    (1.0, 2.84),
    (-0.2, -2.84),
    (0.0, 1.2345678901234567),
    (5e-324, 0.0),
    (1.0 / 3.0, math.pi / 7.0),
]


@pytest.mark.parametrize('nominal', COMMANDS)
def test_a_command_comes_out_bit_identical_when_nothing_is_near(rig, nominal):
    rig.drive(*nominal)
    rig.wait_for_state(outcome='nominal', reason='', binding='')


def test_a_command_beyond_the_limits_is_brought_inside_them(rig):
    rig.nominal = (3.0, 0.0)
    _, omega = rig.wait_for_command(lambda v, omega: 0.99 < v <= 1.0)
    assert abs(omega) <= 2.84
    rig.wait_for_state(outcome='filtered', binding='limits')


def test_commands_go_on_at_the_control_frequency_without_new_nominal_commands(rig):
    rig.nominal = None
    seen = len(rig.commands)
    rig.wait_for(lambda: len(rig.commands) > seen + 30)


def test_a_stale_nominal_command_stops_the_robot_until_a_new_one_comes(rig):
    rig.nominal = None
    rig.wait_for_zero()
    rig.wait_for_state(reason='cmd_vel_nom is older than cmd_timeout (0.3 s)')
    rig.drive(0.2, 0.0)


def test_stale_odometry_stops_the_robot_until_new_odometry_comes(rig):
    rig.pose = None
    rig.wait_for_zero()
    rig.wait_for_state(reason='/odom is older than odom_timeout (0.3 s)')
    rig.pose = (0.0, 0.0, 0.0)
    rig.wait_for_nominal()


def test_odometry_in_another_frame_stops_the_robot_and_names_both_frames(rig):
    rig.frame = 'map'
    rig.wait_for_zero()
    rig.wait_for_state(reason="is in frame 'map'; it must be in world_frame, 'odom'")
    rig.frame = 'odom'
    rig.wait_for_nominal()


def test_a_leading_slash_does_not_make_another_frame(rig):
    rig.frame = '/odom'
    rig.wait_for_nominal()


@pytest.mark.parametrize(
    ('nominal', 'reason'),
    [
        ((math.nan, 0.0), 'v of the nominal command is nan'),
        ((0.1, math.nan), 'omega of the nominal command is nan'),
        ((math.inf, 0.0), 'v of the nominal command is inf'),
        ((0.1, -math.inf), 'omega of the nominal command is -inf'),
        ((1e308, 0.0), 'v of the nominal command is 1e+308'),
    ],
)
def test_a_command_that_is_no_speed_stops_the_robot(rig, nominal, reason):
    rig.nominal = nominal
    rig.wait_for_zero()
    rig.wait_for_state(reason=reason)


@pytest.mark.parametrize(
    ('pose', 'twist', 'reason'),
    [
        ((math.nan, 0.0, 0.0), (0.0, 0.0), 'has x nan'),
        ((0.0, math.inf, 0.0), (0.0, 0.0), 'has y inf'),
        ((0.0, 0.0, 0.0), (math.nan, 0.0), 'has speed nan'),
        ((0.0, 0.0, 0.0), (0.0, math.nan), 'has yaw_rate nan'),
    ],
)
def test_odometry_that_is_not_finite_stops_the_robot_and_is_named(rig, pose, twist, reason):
    rig.pose, rig.twist = pose, twist
    rig.wait_for_zero()
    rig.wait_for_state(reason=f'/{rig.namespace}/odom {reason}')


@pytest.mark.parametrize(
    'orientation', [(0.0,) * 4, (math.nan, 0.0, 0.0, 1.0), (0.0, 0.0, 0.0, 1e-9)]
)
def test_a_quaternion_that_is_no_rotation_stops_the_robot(rig, orientation):
    rig.orientation = orientation
    rig.wait_for_zero()
    rig.wait_for_state(reason='is no rotation')


def test_a_wall_is_not_driven_into(rig):
    # 0.15 m of body and 0.05 m of margin: less than 0.1 m is left to the wall at x = 5 m.
    rig.pose = (4.72, 0.0, 0.0)
    rig.nominal = (1.0, 0.0)
    v, _ = rig.wait_for_command(lambda v, omega: v < 0.5)
    assert v >= 0.0
    rig.wait_for_state(outcome='filtered', binding='arena.x_max')


def test_turning_and_leaving_are_free_at_a_wall(rig):
    rig.pose = (4.8, 0.0, 0.0)
    rig.drive(-0.2, 0.0)


def test_a_marker_becomes_an_obstacle_and_its_deletion_frees_the_way(rig):
    rig.mark(0.6, 0.0, 0.2)
    rig.nominal = (1.0, 0.0)
    rig.wait_for_command(lambda v, omega: v < 0.9)
    rig.wait_for_state(outcome='filtered', binding='post/0')
    rig.mark(action=Marker.DELETE)
    rig.wait_for_nominal()


def test_a_sphere_is_an_obstacle_too(rig):
    rig.mark(0.6, 0.0, 0.2, kind=Marker.SPHERE)
    rig.nominal = (1.0, 0.0)
    rig.wait_for_state(outcome='filtered', binding='post/0')


def test_delete_all_frees_the_way_of_every_marker(rig):
    rig.nominal = (1.0, 0.0)
    for number in range(3):
        rig.mark(0.6, 0.05 * number, 0.2, number=number)
    rig.wait_for_state(outcome='filtered', binding='post/')
    rig.mark(action=Marker.DELETEALL)
    rig.wait_for_nominal()


def test_a_marker_with_a_lifetime_is_gone_when_its_time_is_up(rig):
    rig.nominal = (1.0, 0.0)
    rig.mark(0.6, 0.0, 0.2, lifetime=0.4)
    rig.wait_for_state(outcome='filtered', binding='post/0')
    rig.wait_for_nominal()


def test_a_marker_that_is_sent_again_moves(rig):
    rig.nominal = (1.0, 0.0)
    rig.mark(0.6, 0.0, 0.2)
    rig.wait_for_state(outcome='filtered', binding='post/0')
    rig.mark(0.0, 4.0, 0.2)
    rig.wait_for_nominal()


@pytest.mark.parametrize(
    ('marker', 'reason'),
    [
        ({'kind': Marker.TRIANGLE_LIST}, 'marker post/7 has type TRIANGLE_LIST'),
        ({'frame': 'map'}, "marker post/7 is in frame 'map'"),
        ({'radius': 0.0}, 'marker post/7 has scale 0.0 m'),
        ({'x': math.nan}, 'marker post/7 has x nan'),
    ],
)
def test_a_marker_that_is_no_obstacle_is_counted_named_once_and_stops_the_robot(
    rig, module_filters, marker, reason
):
    before = module_filters.processes.output(rig.namespace).count(reason)
    for _ in range(3):
        rig.mark(**{'x': 0.6, 'number': 7} | marker)
    rig.diagnostics.clear()
    rig.wait_for(lambda: rig.diagnostics and rig.diagnostics[-1]['obstacles_refused'] == '1')
    rig.wait_for_state(outcome='stopped', reason=reason)
    rig.wait_for_zero()
    assert module_filters.processes.output(rig.namespace).count(reason) == before + 1
    rig.mark(number=7, action=Marker.DELETE)
    rig.drive(1.0, 0.0)


def test_a_marker_that_cannot_be_placed_stops_the_robot_for_its_lifetime(rig):
    rig.nominal = (1.0, 0.0)
    rig.mark(0.6, number=7, frame='map', lifetime=0.6)
    rig.wait_for_state(reason="marker post/7 is in frame 'map'")
    rig.wait_for_state(outcome='nominal', faults='')
    rig.wait_for_nominal()


def test_the_state_is_latched_for_whoever_comes_late(rig, module_filters):
    rig.wait_for_state(outcome='nominal')
    late = module_filters.rig(rig.namespace)
    late.pose = late.nominal = None
    late.wait_for(lambda: late.states)
    assert late.states[0]['outcome'] == 'nominal'


def test_the_state_repeats_once_a_second_while_nothing_changes(rig):
    rig.wait_for_state(outcome='nominal')
    rig.states.clear()
    rig.wait_for(lambda: len(rig.states) >= 2)
    assert {state['outcome'] for state in rig.states} == {'nominal'}


def test_the_diagnostics_carry_times_ages_and_counts(rig):
    rig.diagnostics.clear()
    rig.wait_for(lambda: len(rig.diagnostics) >= 2)
    older, newer = rig.diagnostics[-2:]
    expected = {f'{n}_{p}_ms' for n in ('tick', 'build', 'solve') for p in ('p50', 'p99', 'max')}
    expected |= {'late_ticks', 'cycles', 'odom_age_s', 'cmd_vel_nom_age_s'}
    expected |= {f'outcome.{o}' for o in ('nominal', 'filtered', 'relaxed', 'braking', 'stopped')}
    assert expected <= set(newer)
    assert int(newer['cycles']) > int(older['cycles'])
    assert int(newer['outcome.nominal']) > int(older['outcome.nominal'])
    assert 0.0 <= float(newer['odom_age_s']) < 0.3
    assert 0.0 < float(newer['solve_p50_ms']) <= float(newer['solve_p99_ms'])
    assert float(newer['solve_p99_ms']) <= float(newer['solve_max_ms'])
    assert int(newer['cycles']) == sum(
        int(value) for key, value in newer.items() if key.startswith('outcome.')
    )
