"""Lifecycle transitions that are not possible: refused with a sentence; the robot drives on."""

import pytest
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState


@pytest.fixture(scope='module')
def rig(module_filters):
    return module_filters.start()


def ask(rig, **transition):
    """Whether the filter did as it was asked."""
    return rig.call(ChangeState, 'change_state', transition=Transition(**transition)).success


@pytest.mark.parametrize(
    ('transition', 'named'),
    [
        ({'id': Transition.TRANSITION_CONFIGURE}, 'configure (1)'),
        ({'id': Transition.TRANSITION_ACTIVATE}, 'activate (3)'),
        ({'id': Transition.TRANSITION_INACTIVE_SHUTDOWN}, 'shutdown (6)'),
        ({'id': Transition.TRANSITION_ON_ACTIVATE_SUCCESS}, 'transition_success (30)'),
        ({'id': 99}, '99, which does not exist'),
        ({'label': 'cleanup'}, "'cleanup'"),
        ({'label': 'explode'}, "'explode'"),
        # The label counts where there are both.
        ({'id': Transition.TRANSITION_DEACTIVATE, 'label': 'configure'}, "'configure'"),
        ({}, '0, which does not exist'),
    ],
    ids=str,
)
def test_transition_that_is_not_possible_is_refused_by_name_and_the_robot_drives_on(
    module_filters, rig, transition, named
):
    rig.drive(0.5)
    assert not ask(rig, **transition)
    assert (
        f'refused the transition {named}: the node is active, where deactivate (4), shutdown (7) '
        'can be asked for'
    ) in module_filters.processes.output(rig.namespace)
    rig.drive(0.6)
    assert rig.call(GetState, 'get_state').current_state.label == 'active'


def test_transitions_that_are_possible_still_go_by_id_and_by_label(rig):
    rig.drive(0.5)
    assert ask(rig, id=Transition.TRANSITION_DEACTIVATE)
    assert ask(rig, label='activate')
    rig.drive(0.6)


def test_a_shut_down_filter_says_that_nothing_can_be_asked_for(filters):
    rig = filters.start()
    assert ask(rig, label='shutdown')
    assert not ask(rig, id=Transition.TRANSITION_ACTIVATE)
    assert (
        'refused the transition activate (3): the node is finalized, where none can be asked for'
    ) in filters.processes.output(rig.namespace)
    assert filters.stop(rig) == 0
