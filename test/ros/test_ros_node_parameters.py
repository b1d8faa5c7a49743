"""Parameters of a running filter: described, changed as a set, refused with a reason."""

import pytest
from rcl_interfaces.msg import ParameterType
from rcl_interfaces.srv import DescribeParameters, GetParameters, ListParameters, SetParameters
from rclpy.parameter import Parameter

from vcp_cbf_safety.ros.parameter import Kind
from vcp_cbf_safety.ros.parameters import PARAMETERS

TYPES = {
    Kind.BOOL: ParameterType.PARAMETER_BOOL,
    Kind.DOUBLE: ParameterType.PARAMETER_DOUBLE,
    Kind.INT: ParameterType.PARAMETER_INTEGER,
    Kind.STRING: ParameterType.PARAMETER_STRING,
    Kind.DOUBLES: ParameterType.PARAMETER_DOUBLE_ARRAY,
    Kind.STRINGS: ParameterType.PARAMETER_STRING_ARRAY,
}


@pytest.fixture(scope='module')
def rig(module_filters):
    arguments = ['-r', '/me_again/odom:=odom']
    rig = module_filters.start({'peers': ['ann']}, arguments, peers=['ann'])
    rig.peer_poses = {'ann': (0.0, 4.0, 0.0)}
    return rig


def change(rig, **values):
    parameters = [Parameter(name, value=v).to_parameter_msg() for name, v in values.items()]
    return rig.call(SetParameters, 'set_parameters', parameters=parameters).results


def value_of(rig, name):
    return rig.call(GetParameters, 'get_parameters', names=[name]).values[0]


def test_every_parameter_is_declared_and_described(rig):
    names = rig.call(ListParameters, 'list_parameters').result.names
    assert set(PARAMETERS) <= set(names)
    described = rig.call(DescribeParameters, 'describe_parameters', names=list(PARAMETERS))
    for parameter, shown in zip(PARAMETERS.values(), described.descriptors, strict=True):
        assert shown.name == parameter.name
        assert shown.type == TYPES[parameter.kind], parameter.name
        assert shown.read_only is parameter.read_only
        assert parameter.description in shown.description
        assert parameter.unit in shown.description
        assert shown.additional_constraints == parameter.rule
        if parameter.low is not None:
            whole = parameter.kind is Kind.INT
            (limits,) = shown.integer_range if whole else shown.floating_point_range
            assert (limits.from_value, limits.to_value) == (parameter.low, parameter.high)


def test_a_changed_obstacle_list_takes_effect_at_once(rig):
    rig.drive(1.0)
    (result,) = change(rig, obstacles=[0.6, 0.0, 0.2])
    assert result.successful, result.reason
    rig.wait_for_state(outcome='filtered', binding='obstacles[0]')
    # What `ros2 param set ... "[]"` sends: a list without a type.
    (result,) = change(rig, obstacles=[])
    assert result.successful, result.reason
    rig.wait_for_nominal()


def test_a_changed_body_takes_effect_at_once(rig):
    """On the spot, beside a post that only the front of a long body can meet."""
    rig.drive(0.0, 0.5)
    rig.wait_for_nominal()
    long = '[[0.8, 0.1], [-0.1, 0.1], [-0.1, -0.1], [0.8, -0.1]]'
    assert all(each.successful for each in change(rig, footprint=long, obstacles=[0.6, 0.4, 0.1]))
    rig.wait_for_state(binding='obstacles[0]')
    (result,) = change(rig, footprint='')
    assert result.successful, result.reason
    rig.wait_for_nominal()
    change(rig, obstacles=[])


def test_a_changed_speed_limit_takes_effect_at_once(rig):
    rig.drive(1.0)
    (result,) = change(rig, max_speed=0.5)
    assert result.successful, result.reason
    rig.wait_for_command(lambda v, omega: 0.49 < v <= 0.5)
    (result,) = change(rig, max_speed=1.0)
    rig.wait_for_nominal()


@pytest.mark.parametrize(
    ('name', 'value', 'reason'),
    [
        ('margin', -0.1, 'margin is -0.1 m; it must be between 0 and 2 m'),
        ('body_gain', 100.0, 'body_gain is 100.0 1/s'),
        ('obstacles', [1.0], 'obstacles has 1 numbers'),
        ('obstacles', ['post'], "obstacles[0] is 'post'"),
        (
            'obstacles',
            1.0,
            'obstacles is 1.0, a double; it must be a double[], such as [1.0, 2.0, 0.3]',
        ),
        ('peers', 'ab', "peers is 'ab', a string; it must be a string[], such as ['robot2'"),
        ('arena', [0.0, 0.0, 0.1, 0.1], 'must be wider than'),
        ('max_speed', 'fast', "max_speed is 'fast', a string; it must be a double, such as 0.5"),
        ('max_speed', 1, 'max_speed is 1, an integer; it must be a double: 1.0'),
        (
            'check_odom_twist',
            1.0,
            'check_odom_twist is 1.0, a double; it must be a bool, true or false',
        ),
        ('mode', False, "mode is false, a bool; it must be a string, 'enforce' or 'shadow'"),
        ('max_speed', None, 'max_speed is to be deleted; it can only be set'),
        ('obstacles', None, 'obstacles is to be deleted; it can only be set'),
        ('odom_timeout', 0.011, 'it must be at least one period'),
        ('margin', float('nan'), 'margin is nan; it must be a finite number'),
        ('obstacles', [1.0, 2.0, -0.1], 'obstacles[0].radius is -0.1 m'),
        ('obstacles', [1.0, float('nan'), 0.1], 'obstacles[1] is nan'),
        ('peers', ['bob', 'bob'], "peers[1] is 'bob' again"),
        ('steering_gain', 40.0, 'steering_gain is 40.0 1/s while a command holds'),
        ('body_radius', -0.1, 'body_radius is -0.1 m; it must be between'),
        ('min_speed', 1.0, 'min_speed is 1.0 m/s; it must be between -10 and 0 m/s'),
        ('mode', 'off', "mode is 'off'; it must be 'enforce' or 'shadow'"),
        ('odom_timeout', 1.98, 'together they must not exceed 2 s'),
        ('arena', [0.0, 0.0, 1e7, 9.0], 'arena[2] is 10000000.0 m; it must be a number up to'),
        (
            'peers',
            ['ann', 'me_again'],
            "the odometry of peer 'me_again', /me_again/odom, and odom",
        ),
        ('footprint', '[[1.0, 0.0]]', 'footprint has 1 corners'),
        ('body_discs', [0.1, 0.2], 'body_discs has 2 numbers'),
        ('peer_lost_timeout', 0.1, 'it must not be shorter'),
    ],
)
def test_an_illegal_change_is_refused_with_the_reason_and_changes_nothing(
    rig, name, value, reason
):
    before = value_of(rig, name)
    (result,) = change(rig, **{name: value})
    assert not result.successful
    assert reason in result.reason
    assert value_of(rig, name) == before
    rig.drive(0.3)


def test_a_name_that_is_no_parameter_is_refused_with_the_one_that_was_meant(rig):
    (result,) = change(rig, max_sped=1.0)
    assert not result.successful
    sentence = 'max_sped is not a parameter of the safety filter; did you mean max_speed?'
    assert result.reason == sentence
    assert rig.change(margin=0.2, max_sped=1.0).reason == sentence
    assert value_of(rig, 'margin').double_value != 0.2


def test_a_parameter_of_the_client_library_can_be_set_with_those_of_the_filter(rig):
    result = rig.change(use_sim_time=False, max_speed=1.0)
    assert result.successful, result.reason


def test_its_own_name_among_the_peers_is_refused(rig):
    (result,) = change(rig, peers=['ann', rig.namespace])
    assert not result.successful
    assert 'a robot is not its own peer' in result.reason


def test_a_set_with_one_illegal_value_is_refused_as_a_whole(rig):
    result = rig.change(max_speed=0.5, margin=0.2, obstacles=[1.0])
    assert not result.successful
    assert 'obstacles has 1 numbers' in result.reason
    assert value_of(rig, 'max_speed').double_value == 1.0
    rig.drive(1.0)


def test_values_that_are_only_legal_together_are_taken_together(rig):
    # Alone, 4.0 1/s is too much for a lag of 0.1 s.
    (result,) = change(rig, body_gain=4.0)
    assert not result.successful
    result = rig.change(body_gain=4.0, velocity_lag=0.05)
    assert result.successful, result.reason
    assert rig.change(body_gain=2.5, velocity_lag=0.1).successful


def test_a_changed_arena_takes_effect_at_once(rig):
    rig.drive(1.0)
    assert rig.change(arena=[-5.0, -5.0, 0.6, 5.0]).successful
    rig.wait_for_state(outcome='filtered', binding='arena.x_max')
    assert rig.change(arena=[-5.0, -5.0, 5.0, 5.0]).successful
    rig.wait_for_nominal()


@pytest.mark.parametrize('name', [p.name for p in PARAMETERS.values() if p.read_only])
def test_what_belongs_to_the_start_cannot_be_changed_later(rig, name):
    (result,) = change(rig, **{name: PARAMETERS[name].default or ['bob']})
    assert not result.successful
    assert result.reason.startswith(f'{name} can be set only at start, in the parameter file or')
