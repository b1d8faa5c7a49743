"""Shadow, disabled, emergency stop: who is in charge, and that it is said."""

import pytest
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from std_msgs.msg import Bool
from std_srvs.srv import SetBool, Trigger

AT_THE_WALL = (4.75, 0.0, 0.0)


@pytest.fixture(scope='module')
def running(module_filters):
    rig = module_filters.start({'allow_disable': True})
    rig.button = rig.node.create_publisher(Bool, 'emergency_stop', 10)
    rig.wait_for(rig.button.get_subscription_count)
    return rig


@pytest.fixture
def rig(running):
    running.reset()
    running.drive(0.8, 0.2)
    yield running
    assert running.change(mode='enforce').successful
    assert running.call(Trigger, 'release').success


def stop(rig):
    """Stop over the service."""
    assert rig.call(Trigger, 'emergency_stop').success


def press(rig):
    """Stop over the topic."""
    rig.button.publish(Bool(data=True))


def test_shadow_passes_the_nominal_unchanged_and_says_what_it_would_have_done(rig):
    assert rig.change(mode='shadow').successful
    rig.pose = AT_THE_WALL
    rig.nominal = (2.5, 0.1)
    rig.wait_for_nominal()
    rig.wait_for_state(mode='shadow', outcome='filtered', binding='arena.x_max')
    assert rig.change(mode='enforce').successful
    rig.wait_for_command(lambda v, omega: v < 0.5)
    rig.wait_for_state(mode='enforce', outcome='filtered')


def test_shadow_does_not_repeat_a_stale_nominal(rig):
    assert rig.change(mode='shadow').successful
    rig.wait_for_nominal()
    rig.nominal = None
    rig.wait_for_zero()


def test_shadow_does_not_need_odometry(rig):
    assert rig.change(mode='shadow').successful
    rig.pose = None
    rig.wait_for_state(mode='shadow', reason='is older than odom_timeout')
    rig.wait_for_nominal()


@pytest.fixture(scope='module')
def strict(module_filters):
    """A robot that nobody may drive unfiltered."""
    return module_filters.start()


def test_disabling_is_refused_with_a_reason_unless_it_was_allowed(strict):
    rig = strict
    answer = rig.call(SetBool, 'enable', data=False)
    assert not answer.success
    assert 'allow_disable is false' in answer.message
    assert rig.call(SetBool, 'enable', data=True).success
    rig.pose = AT_THE_WALL
    rig.nominal = (1.0, 0.0)
    rig.wait_for_command(lambda v, omega: v < 0.9)


def test_shadow_is_refused_with_a_reason_while_active_unless_it_was_allowed(strict):
    strict.pose = AT_THE_WALL
    strict.nominal = (1.0, 0.0)
    answer = strict.change(mode='shadow')
    assert not answer.successful
    assert "mode cannot change from 'enforce' to 'shadow' while the filter is" in answer.reason
    assert 'allow_disable must be true at start' in answer.reason
    strict.wait_for_state(mode='enforce')
    strict.wait_for_command(lambda v, omega: v < 0.9)


def test_a_filter_may_start_in_shadow_and_enforce_later(module_filters):
    rig = module_filters.start({'mode': 'shadow'})
    rig.nominal = (2.5, 0.0)
    rig.wait_for_nominal()
    assert rig.change(margin=0.06).successful
    assert rig.change(mode='enforce').successful
    rig.wait_for_command(lambda v, omega: v <= 1.0)
    assert not rig.change(mode='shadow').successful


def test_disabling_passes_the_nominal_until_it_is_enabled_again(module_filters):
    rig = module_filters.start({'allow_disable': True})
    rig.drive(0.5)
    assert rig.call(SetBool, 'enable', data=False).success
    rig.nominal = (3.0, 0.0)
    rig.wait_for_nominal()
    rig.wait_for_state(mode='disabled')
    assert rig.call(SetBool, 'enable', data=True).success
    rig.wait_for_command(lambda v, omega: v <= 1.0)
    rig.wait_for_state(mode='enforce')


@pytest.mark.parametrize('how', [stop, press])
@pytest.mark.parametrize('mode', ['enforce', 'shadow'])
def test_an_emergency_stop_commands_zero_at_once_until_it_is_released(rig, how, mode):
    assert rig.change(mode=mode).successful
    rig.wait_for_nominal()
    rig.commands.clear()
    how(rig)
    rig.wait_for_zero()
    assert set(rig.commands) <= {(0.8, 0.2), (0.0, 0.0)}, 'no ramp'
    rig.wait_for_state(mode='emergency_stop', outcome='stopped', reason='call ~/release')
    rig.button.publish(Bool(data=False))
    rig.wait_for_zero()
    rig.wait_for_state(mode='emergency_stop')
    assert 'released' in rig.call(Trigger, 'release').message
    rig.wait_for_nominal()


def test_an_emergency_stop_outlives_a_restart_of_the_lifecycle(rig):
    stop(rig)
    for transition in (Transition.TRANSITION_DEACTIVATE, Transition.TRANSITION_ACTIVATE):
        request = Transition(id=transition)
        assert rig.call(ChangeState, 'change_state', transition=request).success
    rig.wait_for_state(mode='emergency_stop', reason='call ~/release')
    rig.wait_for_zero()


def test_a_release_without_a_stop_says_so(rig):
    assert 'there was no emergency stop' in rig.call(Trigger, 'release').message
