"""control_cycle: what goes to the base in each mode, and what filter and supervisor remember."""

import math

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from ros_bench import PERIOD, Bench

from vcp_cbf_safety import Hazards, Outcome, RobotState, SafetyFilter, Twist2D
from vcp_cbf_safety.ros.control import control_cycle
from vcp_cbf_safety.ros.modes import DISABLED, EMERGENCY_STOP, ENFORCE, SHADOW, Modes

# A wall ahead, so that what the filter knows of the past shows in the barrier; slow brakes.
ROBOT = {
    'arena': [-2.0, -2.0, 2.0, 2.0], 'max_deceleration': 0.5, 'actuation_delay': 0.1,
    'velocity_lag': 0.1, 'min_speed': -0.2, 'max_yaw_rate': 2.0, 'control_frequency': 50.0,
    'period_jitter': 0.01,
}  # fmt: skip
STAND = Twist2D(0.0, 0.0)
BEFORE_THE_WALL = 1.2


class Loop(Bench):
    """The bench with the whole control cycle behind it."""

    def __init__(self, **parameters):
        super().__init__(**(ROBOT | parameters))
        self.filter = SafetyFilter(self.settings.filter)
        self.modes = Modes()

    def look(self):
        return control_cycle(
            self.filter,
            self.supervisor,
            self.modes,
            self.settings,
            bypass=self.bypass,
            elapsed=self.elapsed,
            now=self.now,
        )

    elapsed = PERIOD


def running(x=-1.0, **parameters):
    """A loop whose robot is allowed to drive, and stands."""
    loop = Loop(**parameters)
    loop.nominal, loop.x = (0.0, 0.0), x
    loop.cycle(30)
    return loop


def barrier_after(told, loop):
    """What a filter sees ahead that has told the base of a loop these commands, none before.

    Where the robot will be when the next command acts depends on what the base was told, and when.

    Args:
        told: commands, each with the time since the one before [s].
        loop: whose odometry and nominal command the filter gets.
    """
    reference = SafetyFilter(loop.settings.filter)
    for command, elapsed in told:
        reference.note_sent(command, elapsed)
    robot = RobotState(loop.x, 0.0, 0.0, loop.speed, loop.yaw_rate)
    nominal, hazards = Twist2D(*loop.nominal), Hazards(loop.settings.arena)
    return pytest.approx(reference.step(nominal, robot, hazards, PERIOD).min_barrier, abs=1e-9)


def test_enforce_sends_what_the_filter_says():
    loop = running()
    loop.nominal = (0.3, 0.1)
    cycle = loop.cycle()
    assert (cycle.mode, cycle.faults) == (ENFORCE, ())
    assert cycle.command.outcome is Outcome.NOMINAL
    assert cycle.sent == Twist2D(0.3, 0.1)
    loop.nominal = (3.0, 0.0)
    cycle = loop.cycle()
    assert cycle.command.outcome is Outcome.FILTERED
    assert cycle.sent == Twist2D(cycle.command.v, cycle.command.omega)
    assert cycle.sent.v <= 1.0


def test_a_fault_brakes_on_the_ramp_and_is_the_reason():
    loop = running()
    loop.nominal, loop.speed = (0.8, 0.0), 0.8
    loop.cycle(10)
    loop.bypass = '/joy publishes on /cmd_vel too'
    cycle = loop.cycle()
    assert cycle.command.outcome is Outcome.BRAKING
    assert (cycle.command.reason, cycle.faults) == (loop.bypass, (loop.bypass,))
    assert 0.5 < cycle.sent.v < 0.8
    assert cycle.sent.omega == 0.0


def test_a_late_cycle_brakes_and_time_that_runs_back_does_not():
    told = {}
    for elapsed in (PERIOD, -1.0, math.nan, 0.2):
        loop = running()
        loop.nominal, loop.speed = (0.8, 0.0), 0.8
        loop.cycle(10)
        loop.elapsed = elapsed
        cycle = loop.cycle()
        told[elapsed] = (cycle.sent, cycle.command.outcome, cycle.command.min_barrier)
    late = told.pop(0.2)
    assert late[1] is Outcome.BRAKING
    assert len(set(told.values())) == 1
    assert told[PERIOD][1] is not Outcome.BRAKING


@pytest.mark.parametrize('mode', [SHADOW, DISABLED])
class TestUnfiltered:
    @pytest.fixture
    def loop(self, mode):
        return self.made(mode)

    @staticmethod
    def made(mode, **parameters):
        configured = SHADOW if mode == SHADOW else ENFORCE
        loop = running(BEFORE_THE_WALL, mode=configured, **parameters)
        if mode == DISABLED:
            loop.modes.enable(False, allow_disable=True)
        return loop

    def test_the_nominal_command_passes_and_what_the_filter_would_do_is_reported(self, loop, mode):
        loop.nominal = (2.5, -9.0)
        cycle = loop.cycle()
        assert cycle.mode == mode
        assert cycle.sent == Twist2D(2.5, -9.0)
        assert cycle.command.outcome is Outcome.FILTERED
        assert cycle.command.v <= 1.0

    def test_faults_brake_nothing_while_there_is_a_nominal_command(self, loop, mode):
        loop.x, loop.nominal = None, (0.3, 0.0)
        cycle = loop.cycle(30)
        assert cycle.sent == Twist2D(0.3, 0.0)
        assert cycle.command.v == 0.0
        assert (cycle.command.reason, *cycle.faults) == (cycle.command.reason,) * 2

    def test_without_a_nominal_command_the_robot_brakes(self, loop, mode):
        loop.nominal = (0.8, 0.0)
        loop.cycle(10)
        loop.nominal = None
        cycle = loop.cycle(30)
        assert cycle.sent == STAND
        assert cycle.command.outcome is Outcome.IDLE

    @pytest.mark.parametrize(
        ('nominal', 'followed'), [((2.5, 0.0), (1.0, 0.0)), ((-9.0, 9.0), (-0.2, 2.0))], ids=str
    )
    def test_the_filter_remembers_what_the_base_was_told_as_far_as_it_can_follow(
        self, loop, mode, nominal, followed
    ):
        loop.nominal = nominal
        for number in range(10):
            told = [(Twist2D(*followed), PERIOD)] * number
            assert loop.cycle().command.min_barrier == barrier_after(told, loop)

    def test_odometry_that_never_changes_is_found(self, mode):
        loop = self.made(mode, odom_stuck_timeout=0.5)
        loop.nominal = (0.3, 0.0)
        assert 'says the same numbers' in loop.cycle(30).command.reason


class TestEmergencyStop:
    @pytest.fixture
    def loop(self):
        loop = running(odom_stuck_timeout=0.5)
        loop.nominal, loop.speed = (0.8, 0.0), 0.8
        loop.cycle(10)
        loop.modes.emergency_stop('/button')
        return loop

    def test_it_tells_the_base_to_stand_at_once_and_says_who_it_was(self, loop):
        cycle = loop.cycle()
        assert (cycle.sent, cycle.mode) == (STAND, EMERGENCY_STOP)
        assert (cycle.command.v, cycle.command.omega) == (0.0, 0.0)
        assert cycle.command.reason == loop.modes.stop_reason

    @pytest.mark.parametrize(
        ('speed', 'yaw_rate', 'outcome'),
        [
            (0.8, 0.0, Outcome.BRAKING),
            (-0.1, 0.0, Outcome.BRAKING),
            (0.0, -0.5, Outcome.BRAKING),
            (0.0, 0.0, Outcome.STOPPED),
            (5e-4, 5e-3, Outcome.STOPPED),
        ],
    )
    def test_the_robot_is_braking_until_its_odometry_says_that_it_stands(
        self, loop, speed, yaw_rate, outcome
    ):
        loop.speed, loop.yaw_rate = speed, yaw_rate
        assert loop.cycle().command.outcome is outcome

    def test_a_robot_that_nobody_has_seen_stands(self):
        loop = Loop()
        loop.x = None
        loop.modes.emergency_stop('/button')
        assert loop.cycle().command.outcome is Outcome.STOPPED

    def test_it_holds_in_every_mode(self, loop):
        loop.modes.enable(False, allow_disable=True)
        assert loop.cycle(20).sent == STAND

    def test_faults_are_reported_meanwhile(self, loop):
        loop.bypass = '/joy publishes on /cmd_vel too'
        assert loop.cycle().faults == (loop.bypass,)

    def test_the_filter_remembers_when_the_base_was_told_to_stand(self, loop):
        """Also where that was between two cycles; the base is still following what came before."""
        loop.elapsed = 1e-3
        loop.cycle(3)
        loop.modes.release()
        loop.elapsed = PERIOD
        told = [(Twist2D(0.8, 0.0), PERIOD)] * 10 + [(STAND, 1e-3)] * 3
        assert loop.cycle().command.min_barrier == barrier_after(told, loop)

    def test_it_is_no_reason_to_distrust_odometry_that_stands_still(self, loop):
        loop.speed = 0.0
        loop.cycle(100)
        loop.modes.release()
        assert loop.cycle().faults == ()
