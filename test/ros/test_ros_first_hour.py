"""What somebody meets who drives a robot through the filter for the first time."""

import pytest

# The rate of the nodes that people drive with.
TELEOPERATION = 20.0
# How often a start is tried: on a busy machine a message may be on its way for longer.
_ATTEMPTS = 5


@pytest.fixture(scope='module')
def running(module_filters):
    # The rig's robot stays where it is, whatever it is told.
    return module_filters.start({'cmd_timeout': 0.5})


@pytest.fixture
def rig(running):
    running.reset()
    running.nominal = None
    running.wait_for_state(outcome='idle')
    running.wait_for_zero()
    running.commands.clear()
    return running


def tap(rig, v=0.4):
    """Send one nominal command."""
    rig.nominal = (v, 0.0)
    rig.send()
    rig.nominal = None


def moving(rig):
    return [v for v, _ in rig.commands if v > 0.0]


def test_one_tap_of_a_key_moves_the_robot_until_the_command_is_too_old(rig):
    tap(rig)
    rig.wait_for(lambda: moving(rig))
    rig.wait_for_zero()
    # 25 periods of 20 ms at 0.4 m/s, and the braking; half of that on a busy machine.
    assert sum(v == 0.4 for v in moving(rig)) > 12
    rig.wait_for_state(outcome='idle', reason='/cmd_vel_nom is older than cmd_timeout (0.5 s)')


def test_teleoperation_moves_the_robot_within_a_tenth_of_a_second(rig):
    def cycles_until_it_moves():
        rig.wait_for_zero()
        before = len(rig.commands)
        tap(rig)
        rig.wait_for(lambda: any(v > 0.0 for v, _ in rig.commands[before:]))
        return next(n for n, (v, _) in enumerate(rig.commands[before:]) if v > 0.0)

    assert min(cycles_until_it_moves() for _ in range(_ATTEMPTS)) <= 5


def test_the_pause_of_a_planner_leaves_the_diagnostics_in_order(rig, module_filters):
    before = module_filters.processes.output(rig.namespace)
    rig.nominal = (0.4, 0.0)
    rig.wait_for_nominal()
    rig.statuses.clear()
    rig.states.clear()
    rig.nominal = None
    rig.wait_for(lambda: len(rig.statuses) > 4)
    # How the computer keeps time is another matter.
    levels = {each[name][0] for each in rig.statuses for name in ('inputs', 'safety')}
    assert levels | {each['level'] for each in rig.states} == {'OK'}
    assert 'cmd_vel_nom' in rig.statuses[-1]['safety'][1]
    assert rig.states[-1]['faults'] == ''
    rig.drive(0.3)
    log = module_filters.processes.output(rig.namespace).removeprefix(before)
    assert 'WARN' not in log, log


def test_a_filter_that_starts_first_lets_the_first_command_through(module_filters):
    rig = module_filters.start()
    rig.nominal = None
    rig.wait_for_state(outcome='idle')
    rig.states.clear()
    rig.drive(0.3)
    reasons = {state['reason'] for state in rig.states}
    assert not any('is back' in reason for reason in reasons), reasons


def test_a_robot_is_free_to_go_anywhere_until_it_is_given_an_arena(module_filters):
    rig = module_filters.start('/**: {ros__parameters: {max_speed: 1.0, max_acceleration: 5.0}}')
    rig.pose = (50.0, 0.0, 0.0)
    rig.drive(1.0)
    assert rig.change(arena=[45.0, -5.0, 50.5, 5.0]).successful
    rig.wait_for_state(binding='arena.x_max')
    assert rig.change(arena=[]).successful
    rig.wait_for_nominal()


def expect_warning(rig, namespace, processes, sentence):
    """Wait for a warning on the console of a filter whose robot is asked to drive."""
    rig.nominal = (0.4, 0.0)
    rig.wait_for(
        lambda: f'although it is asked to drive: {sentence}' in processes.output(namespace)
    )
    output = processes.output(namespace)
    assert output.count('although it is asked to drive') == 1, output


def test_a_silent_start_says_on_the_console_why_the_robot_stands(module_filters):
    processes = module_filters.processes
    rig = module_filters.rig(module_filters.launch())
    rig.pose = None
    rig.wait_for(rig.matched)
    expect_warning(rig, rig.namespace, processes, f'no odometry on /{rig.namespace}/odom yet')
    other = module_filters.start({'peers': ['nobody']})
    expect_warning(
        other, other.namespace, processes, 'peer nobody has no odometry on /nobody/odom yet'
    )


def test_simulated_time_without_a_clock_is_named(module_filters):
    rig = module_filters.start({'use_sim_time': True})
    rig.wait_for_state(faults='use_sim_time is true and nothing has come on /clock')
    assert 'nothing has come on /clock' in module_filters.processes.output(rig.namespace)


def test_a_robot_that_is_told_to_move_and_does_not_is_in_the_state(rig):
    rig.drive(0.3)
    rig.wait_for_state(faults='told to move for 3 s and its odometry stays where it is')
    rig.pose = (0.1, 0.1, 0.0)
    rig.wait_for(lambda: rig.states[-1]['faults'] == '')
