"""multi_robot.launch.py starts simulator, drivers and filters, and nobody touches anything."""

import pytest

launch_pytest = pytest.importorskip(
    'launch_pytest', reason='launch_pytest is not installed (apt: ros-<distro>-launch-pytest)'
)

from diagnostic_msgs.msg import DiagnosticArray  # noqa: E402
from geometry_msgs.msg import Twist  # noqa: E402

LAUNCH_FILE = 'multi_robot.launch.py'

ROBOTS = ('robot1', 'robot2', 'robot3')

# How long the robots are watched [s of simulated time]: they have met obstacles by then.
WATCHED = 8.0


@launch_pytest.fixture
def filtered(describe):
    return describe(LAUNCH_FILE)


@launch_pytest.fixture
def unfiltered(describe):
    return describe(LAUNCH_FILE, filtered='false')


def truth(messages):
    """Values of the newest ground truth by status name."""
    statuses = messages[-1].status if messages else []
    return {status.name: {v.key: v.value for v in status.values} for status in statuses}


def simulated_time(messages):
    return float(truth(messages).get('world', {}).get('time_s', 0.0))


@pytest.mark.launch(fixture=filtered)
def test_three_filtered_robots_drive_and_touch_nothing_and_all_end_cleanly(probe, started):
    truths = probe.listen(DiagnosticArray, '/arena_sim/ground_truth')
    commands = {robot: probe.listen(Twist, f'/{robot}/cmd_vel') for robot in ROBOTS}
    names = {'/arena_sim'}
    names |= {
        f'/{robot}/{node}' for robot in ROBOTS for node in ('safety_filter', 'nominal_driver')
    }
    probe.wait_for(lambda: names <= set(probe.node_names()), 'all seven nodes')
    probe.wait_for(
        lambda: all(any(c.linear.x > 0.1 for c in commands[robot]) for robot in ROBOTS),
        'every robot to be told to drive',
    )
    probe.wait_for(lambda: simulated_time(truths) > WATCHED, f'{WATCHED} s of simulated time')
    assert {robot: truth(truths)[robot]['collisions'] for robot in ROBOTS} == dict.fromkeys(
        ROBOTS, '0'
    )
    assert all(float(truth(truths)[robot]['worst_clearance_m']) > 0.0 for robot in ROBOTS)
    yield
    assert len(started) == 7
    assert not started.failures()


@pytest.mark.launch(fixture=unfiltered)
def test_without_filters_the_drivers_command_the_bases_directly(probe, started):
    commands = {robot: probe.listen(Twist, f'/{robot}/cmd_vel') for robot in ROBOTS}
    probe.wait_for(lambda: all(commands.values()), "every driver's command")
    assert not any(name.endswith('/safety_filter') for name in probe.node_names())
    yield
    assert len(started) == 4
    assert not started.failures()
