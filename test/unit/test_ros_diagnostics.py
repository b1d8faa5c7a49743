"""Diagnostics: counts and times of the cycles, ages of the inputs, and what is made of them."""

import pytest
import yaml

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from documents import names, rows
from ros_bench import source_of, sources_of
from visualization_msgs.msg import Marker, MarkerArray

from vcp_cbf_safety import Outcome, SafeCommand, Twist2D
from vcp_cbf_safety.command import StepTiming
from vcp_cbf_safety.reason_code import ReasonCode
from vcp_cbf_safety.resources import share_directory
from vcp_cbf_safety.ros.control import Cycle
from vcp_cbf_safety.ros.cycle_statistics import CycleStatistics, RecentCycles
from vcp_cbf_safety.ros.diagnostics import (
    STATUSES,
    Diagnostics,
    Health,
    age_values,
    judge_inputs,
    judge_safety,
    judge_timing,
    values_of_nodes,
)
from vcp_cbf_safety.ros.inputs import Inputs
from vcp_cbf_safety.ros.markers import markers_of
from vcp_cbf_safety.ros.modes import EMERGENCY_STOP, ENFORCE, SHADOW
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.ros.sources.markers import MarkerSource
from vcp_cbf_safety.ros.sources.peers import PeerSource
from vcp_cbf_safety.ros.state import INACTIVE
from vcp_cbf_safety.ros.state_content import State
from vcp_cbf_safety.ros.timing import TimingLimits
from vcp_cbf_safety.ros.watch import Log

OK, WARN = DiagnosticStatus.OK, DiagnosticStatus.WARN
ERROR, STALE = DiagnosticStatus.ERROR, DiagnosticStatus.STALE
TIMED = SafeCommand(0.1, 0.0, Outcome.FILTERED, timing=StepTiming(2e-4, 1e-4, 5e-4))
BRAKE = SafeCommand(0.0, 0.0, Outcome.BRAKING, reason='no odometry on /odom yet')


def test_outcomes_and_late_cycles_are_counted_and_every_outcome_has_a_key():
    statistics = CycleStatistics()
    for late in (False, True, False):
        statistics.record(TIMED, 1e-3, late)
    statistics.record(BRAKE, 1e-3, True)
    values = statistics.values()
    assert (values['cycles'], values['late_ticks']) == ('4', '2')
    assert statistics.outcome_values() == {
        'outcome.nominal': '0',
        'outcome.filtered': '3',
        'outcome.relaxed': '0',
        'outcome.braking': '1',
        'outcome.stopped': '0',
        'outcome.idle': '0',
    }


def test_times_are_in_milliseconds_and_cycles_without_a_step_have_only_the_whole():
    statistics = CycleStatistics()
    statistics.record(TIMED, 2e-3, False)
    for _ in range(99):
        statistics.record(BRAKE, 1e-3, False)
    values = statistics.values()
    assert (values['tick_p50_ms'], values['tick_max_ms']) == ('1.0000', '2.0000')
    assert (values['build_p50_ms'], values['build_max_ms']) == ('0.2000', '0.2000')
    assert (values['solve_p50_ms'], values['solve_p99_ms']) == ('0.1000', '0.1000')


@pytest.fixture
def inputs():
    return Inputs(
        odom_topic='/odom',
        nominal_topic='/cmd_vel_nom',
        goal_topic='/goal_pose',
        ros_now=lambda: 0.0,
        warn=[].append,
    )


@pytest.fixture
def sources(inputs):
    settings = NodeSettings.from_parameters({'peers': ['ann']})
    return sources_of(inputs, Log([].append, [].append), settings, 50.0)


def test_what_was_never_heard_is_infinitely_old(inputs, sources):
    values = age_values(inputs, sources, 50.0)
    ages = ('odom_age_s', 'cmd_vel_nom_age_s', 'peer.ann.age_s')
    assert [values[key] for key in ages] == ['inf'] * 3
    assert (values['obstacles'], values['obstacles_refused']) == ('0', '0')


def test_every_input_has_its_own_age(inputs, sources):
    inputs.odom.store(object(), 49.9, 0.0)
    inputs.nominal.store(object(), 49.0, 5.0)
    source_of(PeerSource, sources).newest()['ann'].store(object(), 48.5, 0.0)
    values = age_values(inputs, sources, 50.0)
    ages = ('odom_age_s', 'cmd_vel_nom_age_s', 'peer.ann.age_s')
    assert [values[key] for key in ages] == ['0.100', '1.000', '1.500']


def test_obstacles_are_counted_while_they_are_in_force(inputs, sources):
    good = Marker(ns='a', id=0, type=Marker.CYLINDER)
    good.header.frame_id = 'odom'
    good.scale.x = good.scale.y = 0.4
    good.lifetime.sec = 1
    bad = Marker(ns='a', id=1, type=Marker.TRIANGLE_LIST)
    source_of(MarkerSource, sources).store.take(markers_of(MarkerArray(markers=[good, bad])), 50.0)
    counts = [age_values(inputs, sources, now) for now in (50.5, 51.5)]
    assert [values['obstacles'] for values in counts] == ['1', '0']
    assert [values['obstacles_refused'] for values in counts] == ['1', '1']


def health(cycle, **more):
    known = {
        'state': State(SafeCommand(0.1, 0.0, Outcome.NOMINAL)),
        'settings': NodeSettings.from_parameters(),
        'statistics': CycleStatistics(),
        'bypasses': (),
        'issues': (),
        'troubles': (),
        'input_values': {'odom_age_s': '0.1'},
        'advice_values': {'barriernet': 'on'},
    }
    return Health(cycle=cycle, **(known | more))


def cycle_of(command, brake='', *faults):
    return Cycle(command, Twist2D(0.0, 0.0), ENFORCE, faults, brake)


CALM = cycle_of(SafeCommand(0.1, 0.0, Outcome.NOMINAL))


def test_each_status_has_its_name_its_robot_and_values_that_no_other_has():
    message = Diagnostics('robot1/safety_filter', 'robot1').message(health(CALM), Time())
    assert [status.name for status in message.status] == [
        f'robot1/safety_filter: {name}' for name in STATUSES
    ]
    assert {status.hardware_id for status in message.status} == {'robot1'}
    keys = [each.key for status in message.status for each in status.values]
    assert len(keys) == len(set(keys))
    assert set(values_of_nodes(message)['/robot1/safety_filter']) == set(keys)


def test_other_nodes_have_no_values_of_a_filter():
    other = DiagnosticStatus(name='lidar: inputs')
    assert values_of_nodes(DiagnosticArray(status=[other])) == {}


def test_an_inactive_filter_has_stale_inputs_and_timing_and_warns():
    state = State(INACTIVE)
    message = Diagnostics('safety_filter', 'robot').message(health(None, state=state), Time())
    assert [status.level for status in message.status] == [STALE, WARN, STALE]
    assert {status.message for status in message.status} == {INACTIVE.reason}


LIMITS = TimingLimits(late_warn=0.05, late_error=0.5, duration_warn=0.8)


@pytest.mark.parametrize(
    ('recent', 'level', 'said'),
    [
        (RecentCycles(50, 0, 0.001), OK, '0 of 50 cycles came late'),
        (RecentCycles(50, 2, 0.001), OK, '2 of 50 cycles came late'),
        (RecentCycles(50, 3, 0.001), WARN, '3 of 50 cycles came late'),
        (RecentCycles(50, 26, 0.001), ERROR, '26 of 50 cycles came late'),
        (RecentCycles(50, 0, 0.017), WARN, 'cycles take 17.0 ms of a period of 20 ms'),
    ],
)
def test_timing_is_judged_by_the_cycles_of_the_last_second(recent, level, said):
    assert judge_timing(recent, 0.02, LIMITS) == (level, said)


def test_a_look_at_recent_cycles_takes_those_since_the_last_look():
    statistics = CycleStatistics()
    for late in (True, False, False):
        statistics.record(TIMED, 2e-3, late)
    assert statistics.recent() == RecentCycles(3, 1, pytest.approx(2e-3))
    # At 1 Hz there may be none in between.
    assert statistics.recent().cycles == 3
    statistics.record(TIMED, 1e-3, False)
    assert statistics.recent() == RecentCycles(1, 0, pytest.approx(1e-3))


@pytest.mark.parametrize(
    ('state', 'level', 'said'),
    [
        (State(SafeCommand(0.1, 0.0, Outcome.NOMINAL)), OK, 'nominal'),
        (State(SafeCommand(0.0, 0.0, Outcome.IDLE, reason='nobody')), OK, 'nobody'),
        (State(BRAKE), WARN, BRAKE.reason),
        (State(SafeCommand(0.1, 0.0, Outcome.NOMINAL), SHADOW), WARN, 'pass unchanged; nominal'),
        (State(SafeCommand(0.1, 0.0, Outcome.NOMINAL), EMERGENCY_STOP), WARN, 'nominal'),
        (
            State(SafeCommand(0.0, 0.0, Outcome.STOPPED, code=ReasonCode.INSIDE_BODY)),
            ERROR,
            'stopped',
        ),
    ],
)
def test_safety_is_what_the_filter_does_about_the_nominal_command(state, level, said):
    found = judge_safety(state, (), ())
    assert found.level == level
    assert found.message.endswith(said)


def test_a_filter_that_is_driven_around_is_an_error_of_safety_and_not_of_inputs():
    bypass = '/teleop publishes on /cmd_vel too'
    braked = cycle_of(BRAKE, bypass, bypass)
    assert judge_safety(State(BRAKE), (bypass,), ()).level == ERROR
    assert judge_inputs(braked, (bypass,), (bypass,)).level == OK


def test_inputs_warn_of_faults_and_are_an_error_where_one_makes_the_robot_brake():
    gone = 'peer ann is taken to be gone'
    assert judge_inputs(CALM, (), ()).level == OK
    assert judge_inputs(cycle_of(CALM.command, '', gone), (), ()) == (WARN, gone)
    braked = cycle_of(BRAKE, BRAKE.reason, BRAKE.reason, gone)
    assert judge_inputs(braked, (), (gone,)) == (ERROR, f'{BRAKE.reason}; {gone}')


def test_the_example_of_an_aggregator_sorts_every_status_into_one_group():
    text = (share_directory() / 'config' / 'diagnostic_aggregator.yaml').read_text()
    group = yaml.safe_load(text)['analyzers']['ros__parameters']['safety_filters']['analyzers']
    message = Diagnostics('robot1/safety_filter', 'robot1').message(health(CALM), Time())
    for status in message.status:
        found = [
            name for name, each in group.items() if any(c in status.name for c in each['contains'])
        ]
        assert found == [status.name.rpartition(': ')[2]]


def test_the_document_says_which_status_has_which_value():
    message = Diagnostics('safety_filter', 'robot').message(health(CALM), Time())
    has = {
        name.replace('<outcome>', 'nominal'): names(row['status'])[0]
        for row in rows('interface.md', 'Diagnostics')
        for name in names(row['key'])
    }
    for status in message.status:
        said = {has[each.key] for each in status.values if each.key in has}
        assert said == {status.name.rpartition(': ')[2]}
