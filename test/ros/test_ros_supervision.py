"""Inputs that fail and come back: the robot brakes with its deceleration limit and drives on."""

import math
from time import monotonic

import pytest
from std_srvs.srv import Trigger

# How often a fault is made, and for how long the filter may say nothing of it each time [s].
_ATTEMPTS, _EACH = 5, 4.0


@pytest.fixture(scope='module')
def running(module_filters):
    # The rig's robot stays where it is, whatever its twist says.
    return module_filters.start({'check_odom_twist': False})


@pytest.fixture
def rig(running):
    running.reset()
    running.drive(1.0)
    return running


def speeds(rig):
    return [v for v, _ in rig.commands]


def silence_odometry(rig):
    rig.pose = None


def spoil_nominal(rig):
    rig.nominal = (math.nan, 0.0)


def freeze_stamps(rig):
    stamp = rig.now()
    rig.clock = lambda: stamp


def jump(rig):
    """By the same distance each time, and never to where odometry begins."""
    rig.pose = (0.0, 2.1, 0.0) if rig.pose == (2.0, 1.1, 0.0) else (2.0, 1.1, 0.0)


def turn_round(rig):
    rig.pose = (0.0, 0.1, math.pi - rig.pose[2])


def mend(rig):
    rig.nominal, rig.clock = (1.0, 0.0), rig.now
    rig.pose = rig.pose or (0.0, 0.1, 0.0)
    rig.wait_for_nominal()


def first_reason(rig):
    """The first reason to brake that the filter gives, '' when it gives none before long."""
    ends = monotonic() + _EACH

    def reason():
        return next((state['reason'] for state in rig.states if state['reason']), '')

    rig.wait_for(lambda: reason() or monotonic() > ends)
    return reason()


FAULTS = [
    (silence_odometry, '/odom is older than odom_timeout (0.3 s)'),
    (spoil_nominal, 'v of the nominal command is nan'),
    (freeze_stamps, '/odom is older than odom_timeout (0.3 s) by its stamp'),
    (jump, '/odom jumped by 2.236 m in'),
    (turn_round, '/odom jumped by 3.142 rad in'),
]


@pytest.mark.parametrize(('fault', 'reason'), FAULTS, ids=lambda value: str(value)[:30])
def test_a_fault_brakes_with_a_reason_and_ends_by_itself(rig, module_filters, fault, reason):
    rig.twist = (1.0, 0.0)
    # On a busy machine messages may be late, or so late that the robot could have driven there.
    for _ in range(_ATTEMPTS):
        mend(rig)
        log_before = module_filters.processes.output(rig.namespace)
        rig.states.clear()
        rig.commands.clear()
        fault(rig)
        told = first_reason(rig)
        if reason in told:
            break
    assert reason in told
    rig.wait_for(lambda: min(speeds(rig)) < 1.0)
    first = next(v for v in speeds(rig) if v < 1.0)
    assert first > 0.0, 'it must brake with its deceleration limit, not stand at once'
    mend(rig)
    log = module_filters.processes.output(rig.namespace).removeprefix(log_before)
    assert log.count(reason) == 1
    assert log.count('is good again after') == 1


def test_a_driver_that_falls_silent_leaves_a_robot_that_brakes_to_rest_and_is_idle(rig):
    rig.nominal = None
    rig.wait_for_zero()
    first = next(v for v in speeds(rig) if v < 1.0)
    assert first > 0.0, 'it must brake with its deceleration limit, not stand at once'
    rig.wait_for_state(outcome='idle', reason='/cmd_vel_nom is older than cmd_timeout (0.3 s)')


def test_bad_commands_are_counted(rig):
    rig.wait_for(lambda: rig.diagnostics)
    before = int(rig.diagnostics[-1]['commands_refused'])
    rig.nominal = (0.1, 1e308)
    rig.diagnostics.clear()
    rig.wait_for(lambda: rig.diagnostics and int(rig.diagnostics[-1]['commands_refused']) > before)


def test_the_robot_does_not_drive_before_an_input_has_been_good_for_the_recovery_time(rig):
    rig.pose = None
    rig.wait_for_zero()
    rig.states.clear()
    rig.pose = (0.0, 0.0, 0.0)
    rig.wait_for_nominal()
    assert any('is back; the robot drives on' in state['reason'] for state in rig.states)


def test_stamps_in_the_future_warn_once_and_the_robot_drives_on(rig, module_filters):
    rig.clock = lambda: rig.now() + 5.0
    rig.drive(0.7)
    rig.drive(0.8)
    output = module_filters.processes.output(rig.namespace)
    assert output.count(f'message on /{rig.namespace}/odom is ') == 1
    assert 's in the future; its messages count from their receipt' in output


def test_stamps_that_go_back_warn_once_and_the_robot_drives_on(rig, module_filters):
    before = module_filters.processes.output(rig.namespace)
    rig.clock = lambda: rig.now() - 8.0
    rig.drive(0.7)
    rig.drive(0.8)
    output = module_filters.processes.output(rig.namespace).removeprefix(before)
    assert output.count(f'message on /{rig.namespace}/odom is ') == 1
    assert 's before the stamp of the message before' in output


def test_stamps_of_zero_count_from_receipt_without_a_word(rig, module_filters):
    before = module_filters.processes.output(rig.namespace)
    rig.clock = lambda: 0.0
    rig.drive(0.7)
    rig.drive(0.8)
    assert 'the stamp' not in module_filters.processes.output(rig.namespace).removeprefix(before)


@pytest.mark.parametrize('action', ['brake', 'ignore'])
def test_a_peer_that_was_never_heard_of(module_filters, action):
    parameters = {'peers': ['nobody'], 'peer_lost_action': action, 'peer_lost_timeout': 0.6}
    rig = module_filters.start(parameters)
    rig.nominal = (0.5, 0.0)
    if action == 'ignore':
        rig.wait_for_state(outcome='nominal', faults='peer nobody is taken to be absent')
        rig.wait_for_nominal()
    else:
        rig.wait_for_state(reason='peer nobody has no odometry on /nobody/odom yet')
        rig.wait_for_zero()


def test_a_twist_of_zero_while_the_poses_move_stops_the_robot(module_filters):
    rig = module_filters.start()
    rig.drive(0.5)
    began = rig.now()

    def creep():
        rig.pose = (0.5 * (rig.now() - began), 0.1, 0.0)
        return rig.states and 'contradicts itself: its twist says 0.00' in rig.states[-1]['reason']

    rig.wait_for(creep)
    rig.wait_for_zero()
    rig.wait_for_nominal()


def test_odometry_that_starts_again_stops_the_robot_until_it_is_released(module_filters):
    rig = module_filters.start()
    rig.pose = (3.0, 1.0, 0.0)
    rig.drive(0.5)
    rig.pose = (0.0, 0.0, 0.0)
    rig.wait_for_state(reason=f'/{rig.namespace}/odom seems to have started again')
    rig.wait_for_zero()
    rig.pose = None
    rig.wait_for_state(faults='/odom is older than odom_timeout', reason='call ~/release')
    rig.pose = (0.0, 0.0, 0.0)
    rig.wait_for_zero()
    assert 'started again' in rig.states[-1]['reason']
    assert 'released the stop' in rig.call(Trigger, 'release').message
    rig.wait_for_nominal()


def test_odometry_that_never_changes_stops_a_robot_that_is_told_to_move(rig):
    assert rig.change(odom_stuck_timeout=0.4).successful
    rig.wait_for_state(reason='for longer than odom_stuck_timeout (0.4 s) although')
    rig.wait_for_zero()
    rig.pose = (0.01, 0.0, 0.0)
    rig.wait_for_command(lambda v, omega: v > 0.5, repeats=1)
    rig.nominal = (0.0, 0.0)
    rig.wait_for_state(outcome='nominal')
    assert rig.change(odom_stuck_timeout=0.0).successful
    rig.drive(1.0)


def test_obstacles_that_must_come_stop_the_robot_until_they_do(rig, module_filters):
    assert rig.change(obstacles_timeout=0.5).successful
    reason = 'nothing came on the topic obstacles within obstacles_timeout (0.5 s)'
    rig.wait_for_state(reason=reason)
    rig.wait_for_zero()
    rig.wait_for(lambda: reason in module_filters.processes.output(rig.namespace))

    def drives_while_marked():
        rig.mark(3.0, 3.0, 0.2)
        return rig.commands and rig.commands[-1] == rig.nominal

    rig.wait_for(drives_while_marked)
    rig.wait_for_state(reason=reason)
    assert rig.change(obstacles_timeout=0.0).successful
    rig.wait_for_nominal()
