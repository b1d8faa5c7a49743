"""Parameters at start and while the node runs: types, unknown names, changes as a whole."""

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from rcl_interfaces.msg import ParameterType

from vcp_cbf_safety import ConfigurationError
from vcp_cbf_safety.ros.declaration import descriptor, given_value, unknown_among
from vcp_cbf_safety.ros.live_parameters import ParameterValues
from vcp_cbf_safety.ros.parameter import Kind
from vcp_cbf_safety.ros.parameters import PARAMETERS

A_DOUBLE, A_LIST, A_CHOICE = (PARAMETERS[name] for name in ('margin', 'obstacles', 'mode'))


@pytest.fixture
def values():
    return ParameterValues({'margin': 0.1, 'peers': ['ann']}, 'robot1')


def test_what_is_not_given_has_its_default(values):
    assert values.settings.filter.margin == 0.1
    assert values.settings.mode == 'enforce'


def test_a_change_changes_that_and_nothing_else(values):
    before = values.settings
    values.change({'margin': 0.2})
    assert values.settings.filter.margin == 0.2
    assert values.settings.peers == before.peers == ('ann',)
    values.change({'peers': []})
    assert values.settings.filter.margin == 0.2, 'changes add up'


def test_what_would_be_is_not_what_is(values):
    assert values.with_changes({'margin': 0.2}).filter.margin == 0.2
    assert values.settings.filter.margin == 0.1


@pytest.mark.parametrize(
    'changes',
    [
        {'margin': 0.3, 'peers': ['robot1']},
        {'margin': 0.3, 'cmd_timeout': 0.001},
        {'margin': 0.3, 'body_gain': 100.0},
        {'margin': 0.3, 'obstacles': 1.0},
        {'margin': 0.3, 'peers': 'ab'},
    ],
    ids=str,
)
def test_changes_that_are_not_legal_together_change_nothing(values, changes):
    before = values.settings
    for attempt in (values.with_changes, values.change):
        with pytest.raises(ConfigurationError):
            attempt(changes)
    assert values.settings == before
    values.change({'recovery_time': 0.5})
    assert values.settings.filter.margin == 0.1


def test_values_that_contradict_each_other_may_change_in_one_go(values):
    with pytest.raises(ConfigurationError):
        values.change({'peer_timeout': 3.0})
    values.change({'peer_timeout': 3.0, 'peer_lost_timeout': 5.0})
    assert values.settings.peer_timeout == 3.0


def test_parameters_of_the_client_library_are_none_of_ours(values):
    values.change({'use_sim_time': True, 'margin': 0.2})
    assert values.settings.filter.margin == 0.2


def test_a_given_integer_is_refused_where_a_double_belongs():
    with pytest.raises(ConfigurationError, match=r'margin is 1, an integer; .* a double: 1\.0'):
        given_value(A_DOUBLE, 1)
    assert given_value(A_DOUBLE, 1.0) == 1.0


@pytest.mark.parametrize(
    ('parameter', 'value'), [(A_DOUBLE, True), (A_DOUBLE, -1.0), (A_CHOICE, 'off'), (A_LIST, 1.0)]
)
def test_a_given_value_that_is_not_legal_is_refused_by_name(parameter, value):
    with pytest.raises(ConfigurationError, match=f'{parameter.name} is '):
        given_value(parameter, value)


@pytest.mark.parametrize('nothing', [None, []])
def test_a_list_may_be_empty_in_any_form(nothing):
    assert list(given_value(A_LIST, nothing)) == []


def test_a_name_that_is_no_parameter_is_told_with_the_one_that_was_meant():
    assert unknown_among(['margin', 'use_sim_time', 'qos_overrides./odom.depth']) == []
    assert unknown_among(['zzz', 'max_sped', 'margin']) == [
        'max_sped is not a parameter of the safety filter and does nothing; did you mean '
        'max_speed?',
        'zzz is not a parameter of the safety filter and does nothing',
    ]


def test_the_descriptor_shows_type_unit_and_range():
    shown = descriptor(A_DOUBLE)
    assert (shown.name, shown.type) == ('margin', ParameterType.PARAMETER_DOUBLE)
    assert shown.description.endswith(' [m]')
    (limits,) = shown.floating_point_range
    assert (limits.from_value, limits.to_value) == (0.0, 2.0)
    assert not shown.read_only
    assert not shown.dynamic_typing
    assert descriptor(PARAMETERS['autostart']).read_only


@pytest.mark.parametrize('parameter', PARAMETERS.values(), ids=lambda p: p.name)
def test_lists_alone_have_a_type_that_may_change(parameter):
    is_list = parameter.kind in (Kind.DOUBLES, Kind.STRINGS)
    assert descriptor(parameter).dynamic_typing == is_list
