"""A filter that is killed and started again: what it still knows, and what it says about it."""

from pathlib import Path

import pytest
from std_srvs.srv import Trigger

ZERO = (0.0, 0.0)


@pytest.fixture
def rig(filters):
    """A robot at full speed."""
    made = filters.start()
    made.drive(1.0)
    return made


@pytest.fixture
def stop_file(ros_environment, rig):
    folder = Path(ros_environment['ROS_HOME'], 'vcp_cbf_safety')
    folder.mkdir(exist_ok=True)
    return (
        folder / f'emergency_stop.{ros_environment["ROS_DOMAIN_ID"]}.{rig.namespace}.safety_filter'
    )


def stop(rig):
    assert rig.call(Trigger, 'emergency_stop').success
    rig.wait_for_zero()


def release(rig):
    assert rig.call(Trigger, 'release').success
    rig.wait_for_nominal()


def stays_stopped(rig):
    """Far longer than a filter needs to trust its inputs, with a driver at full speed."""
    rig.wait_for_command(lambda *command: command == ZERO, repeats=50)
    return set(rig.commands) == {ZERO}


def test_an_emergency_stop_outlives_a_killed_filter_until_it_is_released(filters, rig):
    stop(rig)
    filters.kill(rig)
    filters.respawn(rig)
    rig.wait_for_state(
        mode='emergency_stop',
        outcome='stopped',
        reason='emergency stop by ~/emergency_stop, from before this start; call ~/release',
    )
    assert stays_stopped(rig)
    assert 'from before this start' in filters.processes.output(rig.namespace)
    release(rig)


def test_a_released_stop_does_not_outlive_the_filter(filters, rig):
    stop(rig)
    release(rig)
    filters.kill(rig)
    filters.respawn(rig)
    rig.wait_for_nominal()


def test_a_filter_without_a_stop_drives_on_after_it_was_killed(filters, rig):
    filters.kill(rig)
    filters.respawn(rig)
    rig.wait_for_nominal()


def test_a_stop_that_cannot_be_written_stops_the_robot_and_says_that_it_would_not_last(
    filters, rig, stop_file
):
    stop_file.with_name(f'{stop_file.name}.new').mkdir()
    stop(rig)
    sentence = 'the emergency stop would not outlive the filter'
    rig.wait_for_state(mode='emergency_stop', faults=sentence)
    rig.wait_for_state(faults=f'{stop_file} cannot be written (Is a directory)')
    assert filters.processes.output(rig.namespace).count(sentence) == 1
    release(rig)
    rig.wait_for(lambda: sentence not in rig.states[-1]['faults'])


def test_a_stop_file_that_cannot_be_read_stops_the_robot_and_is_named(filters, rig, stop_file):
    filters.kill(rig)
    stop_file.mkdir()
    filters.respawn(rig)
    rig.wait_for_state(mode='emergency_stop', reason=f'emergency stop by {stop_file}, which may')
    assert stays_stopped(rig)
    release(rig)
    rig.wait_for_state(mode='enforce', faults=f'{stop_file} cannot be removed (')
