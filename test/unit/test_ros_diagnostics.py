"""Diagnostics: counts and times of the cycles, ages of the inputs, one message of all."""

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from diagnostic_msgs.msg import DiagnosticStatus
from ros_bench import source_of, sources_of
from visualization_msgs.msg import Marker, MarkerArray

from vcp_cbf_safety import Outcome, SafeCommand
from vcp_cbf_safety.command import StepTiming
from vcp_cbf_safety.ros.diagnostics import CycleStatistics, age_values, diagnostics_message
from vcp_cbf_safety.ros.inputs import Inputs
from vcp_cbf_safety.ros.markers import markers_of
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.ros.sources.markers import MarkerSource
from vcp_cbf_safety.ros.sources.peers import PeerSource
from vcp_cbf_safety.ros.state_content import State
from vcp_cbf_safety.ros.watch import Log

TIMED = SafeCommand(0.1, 0.0, Outcome.FILTERED, timing=StepTiming(2e-4, 1e-4, 5e-4))
BRAKE = SafeCommand(0.0, 0.0, Outcome.BRAKING, reason='no odometry on /odom yet')


def test_outcomes_and_late_cycles_are_counted_and_every_outcome_has_a_key():
    statistics = CycleStatistics()
    for late in (False, True, False):
        statistics.record(TIMED, 1e-3, late)
    statistics.record(BRAKE, 1e-3, True)
    values = statistics.values()
    assert (values['cycles'], values['late_ticks']) == ('4', '2')
    assert {key: n for key, n in values.items() if key.startswith('outcome.')} == {
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


def message(command, *faults):
    return diagnostics_message(
        name='robot1: safety filter',
        hardware_id='robot1',
        state=State(command, faults=faults),
        values={'cycles': '7'},
    )


def test_the_message_names_every_fault_once_and_carries_the_values():
    status = message(BRAKE, BRAKE.reason, 'peer ann is taken to be gone')
    assert status.message == f'{BRAKE.reason}; peer ann is taken to be gone'
    assert status.level == DiagnosticStatus.WARN
    assert (status.name, status.hardware_id) == ('robot1: safety filter', 'robot1')
    assert [(each.key, each.value) for each in status.values] == [('cycles', '7')]


def test_without_anything_to_say_the_message_is_the_outcome():
    status = message(SafeCommand(0.1, 0.0, Outcome.NOMINAL))
    assert (status.message, status.level) == ('nominal', DiagnosticStatus.OK)
