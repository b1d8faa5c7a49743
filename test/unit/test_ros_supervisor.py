"""Supervisor: which inputs a cycle may use, and why the robot must brake, by a fake clock."""

import math

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from ros_bench import PERIOD, Bench, driving

from vcp_cbf_safety import Twist2D


@pytest.fixture
def bench_driving():
    return driving()


def test_before_the_first_messages_the_robot_brakes_and_nothing_is_news():
    bench = Bench()
    bench.x = bench.nominal = None
    view = bench.cycle(100)
    assert (view.nominal, view.robot) == (None, None)
    assert view.brake == 'no odometry on /odom yet'
    assert view.idle == 'no command on /cmd_vel_nom yet'
    assert view.faults == (view.brake,)
    assert bench.lines == []


def test_the_robot_drives_with_the_first_good_messages_because_nothing_has_failed():
    bench = Bench()
    view = bench.cycle()
    assert (view.brake, view.idle) == ('', '')
    assert view.nominal == Twist2D(0.3, 0.1)
    assert (view.robot.x, view.robot.age, view.faults) == (0.0, 0.0, ())


def test_silent_odometry_brakes_after_its_timeout_with_one_line_each_way():
    bench = driving()
    bench.x = None
    number, view = bench.until_it_brakes()
    assert number == pytest.approx(0.3 / PERIOD + 1, abs=1)
    assert view.brake == 'odometry on /odom is older than odom_timeout (0.3 s)'
    assert view.nominal == Twist2D(0.3, 0.1), 'a filter that only watches needs no odometry'
    assert view.robot.age == pytest.approx(number * PERIOD)
    bench.cycle(50)
    bench.x = 0.0
    assert 'is back; the robot drives on' in bench.cycle().brake
    number, _ = bench.until_it_drives()
    assert number == pytest.approx(0.2 / PERIOD, abs=1)
    assert [line[:17] for line in bench.lines] == ['odometry on /odom'] * 2
    assert 'is good again after 1.' in bench.lines[1]


def test_a_silent_driver_is_idle_which_is_no_fault_and_its_last_command_is_not_given_again():
    bench = driving()
    bench.nominal = None
    number, view = bench.cycles_until(lambda view: view.idle)
    assert number == pytest.approx(0.4 / PERIOD + 1, abs=1)
    assert view.idle == 'command on /cmd_vel_nom is older than cmd_timeout (0.4 s)'
    assert (view.nominal, view.brake, view.faults) == (None, '', ())
    bench.cycle(500)
    assert bench.lines == []
    assert bench.debug_lines[-1] == f'idle: {view.idle}'
    assert sum(line.startswith('idle: command') for line in bench.debug_lines) == 1


def test_one_command_is_followed_until_it_is_older_than_its_timeout():
    bench = driving()
    for _ in range(3):
        bench.nominal = None
        bench.cycle(50)
        bench.nominal = (0.2, 0.0)
        assert bench.cycle().nominal == Twist2D(0.2, 0.0)
        bench.nominal = None
        number, _ = bench.cycles_until(lambda view: view.nominal is None)
        assert number == pytest.approx(0.4 / PERIOD + 1, abs=1)


def test_a_command_that_is_late_by_its_stamp_is_a_fault_and_not_idleness():
    bench = driving()
    command = bench.inputs.nominal.message
    bench.nominal = None
    bench.now += PERIOD
    bench.inputs.nominal.store(command, bench.now, 0.5)
    view = bench.cycle()
    assert 'is older than cmd_timeout (0.4 s) by its stamp' in view.brake
    assert view.idle == ''


def test_people_are_told_once_that_the_first_command_is_awaited():
    bench = Bench()
    bench.nominal = None
    bench.cycle(500)
    assert bench.lines == ['no command on /cmd_vel_nom yet; the robot stands until one comes']


def test_content_that_is_old_by_its_stamp_brakes_although_messages_come():
    bench = driving()
    bench.x = None
    for _ in range(3):
        bench.now += PERIOD
        bench.inputs.odom.store(bench.odometry(0.0), bench.now, 0.35)
        view = bench.supervisor.look(bench.settings, '', bench.now)
    assert 'is older than odom_timeout (0.3 s) by its stamp' in view.brake


@pytest.mark.parametrize('bad', [(math.nan, 0.0), (0.3, math.inf), (1e9, 0.0)], ids=str)
def test_commands_that_are_no_speeds_brake_and_are_counted_once_each(bench_driving, bad):
    bench = bench_driving
    bench.nominal = bad
    view = bench.cycle(3)
    assert view.nominal is None
    assert 'of the nominal command is' in view.brake
    assert bench.supervisor.refused == 3
    bench.nominal = None
    bench.cycle(3)
    assert bench.supervisor.refused == 3
    bench.nominal = (0.2, 0.0)
    _, view = bench.until_it_drives()
    assert view.nominal == Twist2D(0.2, 0.0)


def test_odometry_in_another_frame_brakes_and_leaves_the_last_state(bench_driving):
    bench = bench_driving
    bench.frame, bench.x = 'map', 4.0
    view = bench.cycle()
    assert "/odom is in frame 'map'; it must be in world_frame, 'odom'" in view.brake
    assert view.robot.x == 0.0


def test_a_robot_that_jumps_brakes_for_the_recovery_time(bench_driving):
    bench = bench_driving
    bench.x = 2.0
    assert '/odom jumped by 2.000 m' in bench.cycle().brake
    number, view = bench.until_it_drives()
    assert number == pytest.approx(0.2 / PERIOD + 1, abs=1)
    assert view.robot.x == 2.0
    assert len(bench.lines) == 2


def test_who_drives_around_the_filter_brakes_it_until_that_ends(bench_driving):
    bench = bench_driving
    bench.bypass = '/joy publishes on /cmd_vel too and drives around the filter'
    assert bench.cycle().brake == bench.bypass
    bench.bypass = ''
    number, _ = bench.until_it_drives()
    assert number == pytest.approx(0.2 / PERIOD + 1, abs=1)


class TestNumbersThatNeverChange:
    @pytest.fixture
    def bench(self):
        return driving(odom_stuck_timeout=0.5)

    @staticmethod
    def tell(bench, v, omega=0.0):
        bench.supervisor.note_sent(Twist2D(v, omega), 'it must not', bench.now)

    def test_they_brake_a_robot_that_is_told_to_move_until_they_change(self, bench):
        self.tell(bench, 0.3)
        number, view = bench.until_it_brakes()
        assert number == pytest.approx(0.5 / PERIOD + 1, abs=1)
        assert 'says the same numbers for longer than odom_stuck_timeout (0.5 s)' in view.brake
        self.tell(bench, 0.0)
        assert bench.cycle(100).brake == view.brake, 'braking is no reason to believe them'
        bench.x = 0.001
        bench.until_it_drives()

    def test_the_time_counts_from_the_first_of_many_commands_to_move(self, bench):
        for _ in range(round(0.5 / PERIOD) - 2):
            self.tell(bench, 0.3)
            assert bench.cycle().brake == ''
        self.tell(bench, 0.3)
        assert bench.cycle(4).brake

    def test_they_are_believed_again_when_nobody_wants_the_robot_to_move(self, bench):
        self.tell(bench, 0.3)
        bench.until_it_brakes()
        bench.nominal = (0.0, 0.0)
        bench.until_it_drives()

    @pytest.mark.parametrize('told', [(0.0, 0.0), (0.01, 0.05), (-0.02, -0.1)])
    def test_a_robot_that_is_told_to_stand_or_creep_may_stand(self, bench, told):
        self.tell(bench, *told)
        assert bench.cycle(200).brake == ''

    @pytest.mark.parametrize('told', [(-0.3, 0.0), (0.0, 0.5), (0.0, -0.5)])
    def test_any_motion_counts(self, bench, told):
        self.tell(bench, *told)
        bench.until_it_brakes()

    def test_a_stop_in_between_starts_the_time_again(self, bench):
        for _ in range(10):
            self.tell(bench, 0.3)
            assert bench.cycle(20).brake == ''
            self.tell(bench, 0.0)
            assert bench.cycle().brake == ''

    def test_they_are_no_fault_where_the_parameter_is_zero(self):
        bench = driving()
        self.tell(bench, 0.3)
        assert bench.cycle(500).brake == ''


def test_after_a_reset_nothing_has_failed_and_silence_is_no_news():
    bench = driving(peers=['ann'])
    bench.x, bench.peers = None, {}
    bench.cycle(100)
    bench.lines.clear()
    bench.supervisor.reset(bench.now)
    assert len(bench.cycle(20).faults) == 2
    assert bench.lines == []
    bench.x, bench.peers = 0.0, {'ann': 3.0}
    assert bench.cycle().brake == ''
    assert bench.lines == []


def test_a_ros_clock_that_runs_back_is_one_warning_and_the_robot_drives_on():
    bench = Bench()
    bench.clock = 1000.0
    bench.cycle(50)
    bench.clock -= 8.0
    views = [bench.cycle() for _ in range(100)]
    assert {view.brake for view in views} == {''}
    assert all(0.0 <= view.robot.age <= PERIOD for view in views)
    assert len(bench.lines) == 1
    assert 's before the stamp of the message before' in bench.lines[0]
