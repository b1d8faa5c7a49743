"""Start, stop and the ways between: lifecycle transitions and signals."""

import os
import pty
import signal
import subprocess
import sys

import pytest
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState

MODULE = 'vcp_cbf_safety.ros.safety_filter_node'


def change(rig, transition):
    client = rig.node.create_client(ChangeState, 'safety_filter/change_state')
    request = ChangeState.Request(transition=Transition(id=transition))
    assert rig.ask(client, request).success


def lifecycle_state(rig):
    client = rig.node.create_client(GetState, 'safety_filter/get_state')
    return rig.ask(client, GetState.Request()).current_state.label


def test_a_lifecycle_manager_can_run_it_and_a_stop_comes_before_silence(filters):
    rig = filters.rig(filters.launch({'autostart': False, 'check_odom_twist': False}))
    assert lifecycle_state(rig) == 'unconfigured'
    change(rig, Transition.TRANSITION_CONFIGURE)
    rig.wait_for(rig.matched)
    assert lifecycle_state(rig) == 'inactive'
    assert not rig.commands
    change(rig, Transition.TRANSITION_ACTIVATE)
    rig.twist = (1.0, 0.0)
    rig.drive(1.0)
    change(rig, Transition.TRANSITION_DEACTIVATE)
    rig.wait_for_state(reason='the safety filter is inactive')
    # One second of silence: the state repeats once a second.
    rig.states.clear()
    rig.wait_for(lambda: len(rig.states) >= 2)
    assert rig.commands[-1] == (0.0, 0.0)
    assert 0.0 < rig.commands[-2][0] < 1.0, 'it must brake, not jump to zero'
    change(rig, Transition.TRANSITION_ACTIVATE)
    rig.drive(0.5)
    change(rig, Transition.TRANSITION_DEACTIVATE)
    change(rig, Transition.TRANSITION_CLEANUP)
    change(rig, Transition.TRANSITION_CONFIGURE)
    change(rig, Transition.TRANSITION_ACTIVATE)
    rig.wait_for(rig.matched)
    rig.drive(0.5)
    change(rig, Transition.TRANSITION_ACTIVE_SHUTDOWN)
    assert lifecycle_state(rig) == 'finalized'
    assert rig.commands[-1] == (0.0, 0.0)
    assert filters.stop(rig) == 0


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_ends_it_with_exit_code_0_and_zero_as_its_last_word(filters, number):
    rig = filters.start()
    rig.drive(0.8, 0.5)
    assert filters.stop(rig, number) == 0
    assert rig.commands[-1] == (0.0, 0.0)
    assert 'Traceback' not in filters.processes.output(rig.namespace)


def test_a_filter_that_has_ended_is_gone_from_the_graph_before_its_lease_is_over(filters):
    rig = filters.start()

    def is_there():
        nodes = rig.node.get_node_names_and_namespaces()
        return ('safety_filter', f'/{rig.namespace}') in nodes

    rig.wait_for(is_there)
    assert filters.stop(rig) == 0
    # The lease is 20 s; one that is killed is there until then.
    rig.wait_for(lambda: not is_there(), timeout=10.0)


def test_a_second_signal_does_not_cut_the_braking_short(filters):
    rig = filters.start({'max_deceleration': 1.0})
    rig.drive(1.0)
    filters.processes.signal(rig.namespace, signal.SIGINT)
    rig.wait_for_command(lambda v, omega: v < 0.95, repeats=1)
    assert filters.stop(rig, signal.SIGTERM) == 0
    assert rig.commands[-1] == (0.0, 0.0)


def test_a_terminal_that_is_closed_ends_it_with_zero_although_nobody_reads_its_log(
    filters, ros_environment
):
    name = filters.name()
    master, slave = pty.openpty()
    # What the first process of a session opens becomes its terminal.
    command = f'exec "$0" -m {MODULE} --ros-args -r __ns:=/{name} <$TERMINAL >$TERMINAL 2>&1'
    with subprocess.Popen(
        ['sh', '-c', command, sys.executable],
        env=ros_environment | {'TERMINAL': os.ttyname(slave)},
        start_new_session=True,
    ) as process:
        rig = filters.rig(name)
        rig.wait_for(rig.matched)
        rig.drive(0.4)
        os.close(slave)
        os.close(master)
        rig.wait_for(lambda: process.poll() is not None)
        assert process.returncode == 0
    assert rig.commands[-1] == (0.0, 0.0)


def test_a_filter_that_was_told_to_outlive_its_terminal_does(filters):
    # Children inherit what is ignored: this is what nohup does.
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        rig = filters.start()
    finally:
        signal.signal(signal.SIGHUP, before)
    rig.drive(0.8)
    filters.processes.signal(rig.namespace, signal.SIGHUP)
    rig.drive(0.7)
    assert filters.stop(rig, signal.SIGTERM) == 0


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_before_it_was_ever_configured(filters, number):
    rig = filters.rig(filters.launch({'autostart': False}))
    assert lifecycle_state(rig) == 'unconfigured'
    assert filters.stop(rig, number) == 0
